import { JSONObject } from '@lumino/coreutils';
import { act } from 'react';

import { CommandIDs } from '../commands';
import { IEmoutManager, ISession } from '../tokens';
import { OneDocument, TestApplication } from './application';
import {
  FakeSocket,
  HttpServer,
  OBJECT,
  SESSION,
  state,
  until
} from './helpers';

const RUNNING: ISession = { ...SESSION, state: 'running', jobs: 1 };

describe('commands', () => {
  let server: HttpServer;
  let shell: OneDocument;
  let app: TestApplication;
  let manager: IEmoutManager;

  beforeEach(async () => {
    FakeSocket.instances = [];
    server = new HttpServer()
      .on('GET sessions', { sessions: [RUNNING] })
      .on('DELETE sessions/default', null, 204)
      .on('PATCH sessions/default', { ...RUNNING, jobs: 3 });
    shell = new OneDocument();
    app = new TestApplication(server, shell);
    await app.activateAll();
    manager = await app.manager;
  });

  afterEach(async () => {
    await act(async () => shell.added.forEach(widget => widget.dispose()));
    manager.dispose();
  });

  const dialog = () => document.querySelector<HTMLElement>('.jp-Dialog');

  /** Start a command and wait for what it asks. */
  async function ask(id: string, args: JSONObject = {}): Promise<HTMLElement> {
    await act(async () => void app.commands.execute(id, args));
    await until(dialog);
    return dialog()!;
  }

  async function answer(how: string): Promise<void> {
    await act(async () => dialog()?.querySelector<HTMLElement>(how)?.click());
    await until(() => dialog() === null);
  }

  const sent = (route: string) =>
    server.requests.filter(request => request.route === route);

  describe('stop-session', () => {
    it.each<JSONObject>([
      {},
      { name: 'default' },
      { name: 'default', force: true }
    ])('should ask, whatever the arguments: %p', async args => {
      const asked = await ask(CommandIDs.stopSession, args);
      expect(asked.textContent).toContain('Stop session default?');
      await answer('.jp-mod-reject');
      expect(sent('DELETE sessions/default')).toEqual([]);
    });

    it('should stop when the user agrees', async () => {
      await ask(CommandIDs.stopSession, { name: 'default' });
      await answer('.jp-mod-warn');
      await until(() => sent('DELETE sessions/default').length === 1);
    });
  });

  describe('scale-session', () => {
    it('should only propose the number that it is given', async () => {
      const asked = await ask(CommandIDs.scaleSession, {
        name: 'default',
        jobs: 3
      });
      expect(asked.querySelector('input')?.value).toBe('3');
      await answer('.jp-mod-reject');
      expect(sent('PATCH sessions/default')).toEqual([]);

      await ask(CommandIDs.scaleSession, { name: 'default', jobs: 3 });
      await answer('.jp-mod-accept');
      await until(() => sent('PATCH sessions/default').length === 1);
      expect(sent('PATCH sessions/default')[0].body).toEqual({ jobs: 3 });
    });
  });

  describe('what the panel shows', () => {
    beforeEach(async () => {
      manager.sessions.watch();
      manager.objects.watch();
      await until(() => FakeSocket.instances.length > 0);
      await act(async () => FakeSocket.last.accept());
      const ended = { ...RUNNING, name: 'over', state: 'failed' };
      await act(async () =>
        FakeSocket.last.say(
          state({ sessions: [RUNNING, ended], objects: [OBJECT] })
        )
      );
    });

    it('should be what a menu is about', async () => {
      manager.sessions.selectedKey = 'over';
      const asked = await ask(CommandIDs.stopSession, { selected: true });
      expect(asked.textContent).toContain('Stop session over?');
      await answer('.jp-mod-reject');
    });

    it('should be sorted and filtered', async () => {
      const requested = jest.fn();
      manager.objects.filterRequested.connect(requested);
      await app.commands.execute(CommandIDs.sortObjects);
      expect(manager.objects.order).toBe('size');
      await app.commands.execute(CommandIDs.filterObjects);
      expect(requested).toHaveBeenCalledTimes(1);
      expect(shell.activated).toEqual(['emout-lab-panel', 'emout-lab-panel']);
    });

    it('should be dropped when it was clicked', async () => {
      server.on(`DELETE sessions/default/objects/${OBJECT.id}`, null, 204);
      manager.objects.selectedKey = OBJECT.id;
      await app.commands.execute(CommandIDs.dropObject, { selected: true });
      expect(manager.objects.items).toEqual([]);
    });

    it('should say so where nothing was clicked', async () => {
      const asked = await ask(CommandIDs.copyAsCode);
      expect(asked.textContent).toContain('No object is selected');
      await answer('.jp-mod-reject');
    });
  });

  it('should not insert anything where no notebook is', () => {
    expect(app.commands.isEnabled(CommandIDs.insertObject)).toBe(false);
    expect(app.commands.isEnabled(CommandIDs.insertFigureCell)).toBe(false);
  });
});
