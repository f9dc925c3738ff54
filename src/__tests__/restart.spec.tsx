import { JupyterFrontEnd } from '@jupyterlab/application';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { JSONObject } from '@lumino/coreutils';
import * as React from 'react';
import { act } from 'react';

import { addEngineCommands, lossOf } from '../commands/engines';
import { CommandIDs } from '../commands/ids';
import { ICommandOptions } from '../commands/options';
import { EmoutManager } from '../services/manager';
import { IWorker } from '../tokens';
import { WorkersBody } from '../workers/body';
import {
  ACTIONS,
  FakeSocket,
  HttpServer,
  Stage,
  state,
  until,
  WORKER
} from './helpers';

const trans = nullTranslator.load('emout_lab');
const RESTART = 'POST sessions/default/workers/0/restart';
const IDLE: IWorker = { ...WORKER, current: null, progress: null };

describe('restarting an engine', () => {
  let server: HttpServer;
  let manager: EmoutManager;
  let stage: Stage;
  const onRestart = jest.fn();

  async function show(...workers: IWorker[]): Promise<void> {
    await act(async () => FakeSocket.last.say(state({ workers })));
  }

  const posted = () =>
    server.requests.filter(({ route }) => route === RESTART).length;

  beforeEach(async () => {
    FakeSocket.instances = [];
    server = new HttpServer()
      .on('GET sessions', { sessions: [] })
      .on(RESTART, null, 204);
    manager = new EmoutManager({ serverSettings: server.settings });
    stage = new Stage();
    manager.workers.watch();
    await stage.draw(
      <WorkersBody
        {...ACTIONS}
        model={manager.workers}
        trans={trans}
        onRestart={onRestart}
      />
    );
    await until(() => FakeSocket.instances.length > 0);
    await act(async () => FakeSocket.last.accept());
  });

  afterEach(async () => {
    await stage.clear();
    manager.dispose();
  });

  describe('WorkersBody', () => {
    it('should offer it for every engine, idle or not', async () => {
      await show(IDLE, { ...WORKER, id: '1', address: 'tls://w1' });
      await stage.click(stage.button('Restart engine 0'));
      expect(onRestart).toHaveBeenLastCalledWith(IDLE);
      expect(stage.button('Restart engine 1').disabled).toBe(false);
    });

    it('should say since when an engine does not answer', async () => {
      const silent_since = Date.now() / 1000 - 12;
      const other = { ...IDLE, id: '1', address: 'tls://w1' };
      await show({ ...WORKER, silent_since }, other);
      expect(stage.text).toMatch(/does not answer since 1[23] s/);
      expect(stage.text).toContain('idle');
      expect(stage.button('Restart engine 0').disabled).toBe(false);
    });

    it('should keep the place of an engine that is away', async () => {
      await show(IDLE);
      await act(async () => {
        const done = manager.workers.restart(IDLE);
        FakeSocket.last.say(state({ workers: [] }));
        expect(manager.workers.items).toEqual([IDLE]);
        await done;
      });
      expect(posted()).toBe(1);
      await show({ ...IDLE, address: 'tls://new', ready: false });
      expect(manager.workers.items.map(each => each.address)).toEqual([
        'tls://new'
      ]);
      expect(stage.text).toContain('warming up');
    });

    it('should say that it is under way, and do it once', async () => {
      await show(IDLE);
      let done: Promise<unknown> = Promise.resolve();
      await act(async () => {
        done = Promise.all([0, 1].map(() => manager.workers.restart(IDLE)));
      });
      await act(async () => done);
      expect(posted()).toBe(1);
      expect(manager.workers.isRestarting(IDLE)).toBe(false);
    });

    it('should say why it could not', async () => {
      const error = { type: 'EngineLost', message: 'its nanny hangs' };
      server.on(RESTART, { error }, 503);
      await show(IDLE);
      await act(() => manager.workers.restart(IDLE));
      expect(stage.find('[role="alert"]').textContent).toBe('its nanny hangs');
    });
  });

  describe('the command', () => {
    let commands: CommandRegistry;

    beforeEach(() => {
      commands = new CommandRegistry();
      const app = { commands } as JupyterFrontEnd;
      addEngineCommands({
        app,
        manager,
        trans
      } as Partial<ICommandOptions> as ICommandOptions);
    });

    async function execute(args: JSONObject): Promise<HTMLElement> {
      await act(async () => {
        void commands.execute(CommandIDs.restartEngine, args);
      });
      await until(() => document.querySelector('.jp-Dialog'));
      return document.querySelector<HTMLElement>('.jp-Dialog')!;
    }

    async function answer(dialog: HTMLElement, how: string): Promise<void> {
      await act(async () => dialog.querySelector<HTMLElement>(how)?.click());
      await until(() => document.querySelector('.jp-Dialog') === null);
    }

    it('should say first what is lost and what comes back', async () => {
      await show({ ...IDLE, object_count: 3 });
      const dialog = await execute({ session: 'default', engine: '0' });
      for (const text of [
        'Restart engine 0?',
        '3 objects (34.0 kB) are lost',
        'computed again',
        'Other engines go on'
      ]) {
        expect(dialog.textContent).toContain(text);
      }
      await answer(dialog, '.jp-mod-warn');
      await until(() => posted() === 1);
    });

    it('should do nothing where the user gives up', async () => {
      await show(IDLE);
      await answer(await execute({}), '.jp-mod-reject');
      expect(posted()).toBe(0);
    });

    it('should take the engine that was clicked', async () => {
      await show(IDLE, { ...IDLE, id: '1', address: 'tls://w1' });
      await act(async () => stage.button('Restart engine 0').focus());
      const dialog = await execute({ selected: true });
      expect(dialog.textContent).toContain('Restart engine 0?');
      await answer(dialog, '.jp-mod-reject');
    });
  });

  describe('lossOf', () => {
    it('should not tell a number that nobody knows', () => {
      const silent = { ...IDLE, ready: false, object_count: 0 };
      expect(lossOf(silent, trans)).not.toMatch(/\d/);
      expect(lossOf({ ...IDLE, object_count: 1 }, trans)).toContain(
        '1 object (34.0 kB) is lost'
      );
    });
  });
});
