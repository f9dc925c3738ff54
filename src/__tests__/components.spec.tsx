import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';
import { act } from 'react';

import { ConnectionBanner } from '../components/connectionbanner';
import { MemoryBar } from '../components/memorybar';
import { sharesOf } from '../components/sectionheights';
import { ObjectsBody } from '../objects/body';
import { ObjectsModel } from '../objects/model';
import { EmoutManager } from '../services/manager';
import { SessionsBody } from '../sessions/body';
import { SessionsModel } from '../sessions/model';
import { WorkersBody } from '../workers/body';
import { WorkersModel } from '../workers/model';
import {
  ACTIONS,
  FakeSocket,
  HttpServer,
  OBJECT,
  SESSION,
  Stage,
  state,
  until,
  WORKER
} from './helpers';

const trans = nullTranslator.load('emout_lab');

describe('components', () => {
  let server: HttpServer;
  let manager: EmoutManager;
  let stage: Stage;

  async function receive(message: unknown): Promise<void> {
    if (manager.connection.status !== 'connected') {
      await until(() => FakeSocket.instances.length > 0);
      await act(async () => FakeSocket.last.accept());
    }
    await act(async () => FakeSocket.last.say(message));
  }

  beforeEach(() => {
    FakeSocket.instances = [];
    server = new HttpServer().on('GET sessions', { sessions: [] });
    manager = new EmoutManager({ serverSettings: server.settings });
    stage = new Stage();
  });

  afterEach(async () => {
    await stage.clear();
    manager.dispose();
  });

  describe('SessionsBody', () => {
    const onStart = jest.fn();
    const onStop = jest.fn();
    let model: SessionsModel;

    beforeEach(async () => {
      model = new SessionsModel(manager);
      model.watch();
      await stage.draw(
        <SessionsBody
          model={model}
          trans={trans}
          {...ACTIONS}
          onStart={onStart}
          onStop={onStop}
        />
      );
    });

    it('should offer to start a session before anything is known', async () => {
      expect(stage.text).toContain('Loading…');
      await stage.click(stage.find('button'));
      expect(onStart).toHaveBeenCalled();
    });

    it('should say what to do where there is no session', async () => {
      await receive(state({}));
      expect(stage.text).toContain('No session is running.');
      expect(stage.text).toContain('Start one');
    });

    it('should show state, reason, jobs, workers and time left', async () => {
      const expires_at = new Date(Date.now() + 10_795_000).toISOString();
      await receive(state({ sessions: [{ ...SESSION, expires_at }] }));
      expect(stage.find('[data-state="queued"]').textContent).toBe('queued');
      for (const text of [
        'default',
        'active',
        'slurm · gr20001a · job 8123',
        'engines 0/1',
        'job 8123 is PENDING (Resources: what it asks for is in use by other jobs)',
        '2 h 59 min left'
      ]) {
        expect(stage.text).toContain(text);
      }
      // What nobody reads, only copies, is a tooltip.
      expect(stage.text).not.toContain('tls://');
      expect(stage.find('[title*="job 8123"]').title).toContain(
        'tls://10.0.0.1:10000'
      );
    });

    it('should offer the large button only while nothing runs', async () => {
      const texts = () =>
        [...stage.node.querySelectorAll('button')].map(b => b.textContent);
      await receive(state({ sessions: [{ ...SESSION, state: 'failed' }] }));
      expect(texts()).toContain('Start session');
      await receive(state({ sessions: [SESSION] }));
      expect(texts()).not.toContain('Start session');
    });

    it('should ask to stop the session of the row', async () => {
      await receive(state({ sessions: [SESSION] }));
      await stage.click(stage.button('Stop session default'));
      expect(onStop).toHaveBeenCalledWith(SESSION);
    });

    it('should offer to remove what has ended', async () => {
      const failed = { ...SESSION, state: 'failed' };
      await receive(state({ sessions: [failed] }));
      await stage.click(stage.button('Remove session default'));
      expect(onStop).toHaveBeenLastCalledWith(failed);
    });

    it('should show an error that can be dismissed above the rows', async () => {
      await receive(state({ sessions: [SESSION] }));
      await receive({ type: 'error', session: null, message: 'it broke' });
      expect(stage.find('[role="alert"]').textContent).toBe('it broke');
      await stage.click(stage.button('Dismiss'));
      expect(stage.node.querySelector('[role="alert"]')).toBeNull();
      expect(stage.text).toContain('default');
    });

    it('should keep the rows when the connection is lost', async () => {
      await receive(state({ sessions: [SESSION] }));
      await act(async () => FakeSocket.last.close());
      await until(() => manager.connection.status === 'lost');
      expect(stage.text).toContain('default');
    });

    it('should stop listening when it is taken away', async () => {
      await stage.draw(<div />);
      await receive(state({ sessions: [SESSION] }));
      expect(stage.text).toBe('');
    });
  });

  describe('ConnectionBanner', () => {
    it('should offer to retry while the connection is lost, and go by itself', async () => {
      await stage.draw(<ConnectionBanner manager={manager} trans={trans} />);
      const watch = manager.watch('sessions');
      await receive(state({}));
      expect(stage.text).toBe('');
      await act(async () => FakeSocket.last.close());
      await until(() => stage.text.includes('was lost'));
      const before = FakeSocket.instances.length;
      await stage.click(stage.find('button'));
      await until(() => FakeSocket.instances.length > before);
      await act(async () => FakeSocket.last.accept());
      expect(stage.text).toBe('');
      watch.dispose();
    });

    it('should tell how to enable a missing server extension', async () => {
      const bare = new EmoutManager({
        serverSettings: new HttpServer().settings
      });
      const model = new SessionsModel(bare);
      model.watch();
      await stage.draw(
        <>
          <ConnectionBanner manager={bare} trans={trans} />
          <SessionsBody model={model} trans={trans} {...ACTIONS} />
        </>
      );
      await until(() => stage.text.includes('not enabled'));
      expect(stage.text).toContain('jupyter server extension enable emout_lab');
      // Said once; there is nothing to start.
      expect(stage.node.querySelectorAll('[role="alert"]')).toHaveLength(1);
      expect(stage.text).not.toContain('Start session');
      model.dispose();
      bare.dispose();
    });
  });

  describe('WorkersBody', () => {
    it('should show memory, CPU and the current call', async () => {
      const model = new WorkersModel(manager);
      model.watch();
      await stage.draw(
        <WorkersBody {...ACTIONS} model={model} trans={trans} />
      );
      const since = Date.now() / 1000 - 65;
      const current = {
        label: 'remote_figure',
        since,
        notebook: 'a/run.ipynb',
        program: null
      };
      await receive(state({ workers: [{ ...WORKER, current }] }));
      for (const text of [
        'engine 0',
        'cn1',
        '512 MB of 2.00 GB',
        'objects 34.0 kB · figures 120 MB',
        'remote_figure · run.ipynb',
        '1 min 5 s'
      ]) {
        expect(stage.text).toContain(text);
      }
      expect(stage.text).toMatch(/CPU 1[23] %/);
      await receive({
        type: 'delta',
        part: 'workers',
        set: [{ ...WORKER, current: null }],
        removed: []
      });
      expect(stage.text).toContain('idle');
    });
  });

  describe('sharesOf', () => {
    it('should give each what it needs where there is room', () => {
      expect(sharesOf([100, 0, 40], 500)).toEqual([100, 0, 40]);
    });

    it('should let the large ones share what the small ones leave', () => {
      expect(sharesOf([900, 50, 400, 0], 500)).toEqual([225, 50, 225, 0]);
      expect(sharesOf([900, 50, 150, 0], 500)).toEqual([300, 50, 150, 0]);
    });

    it('should do without any room', () => {
      expect(sharesOf([10, 20], -5)).toEqual([0, 0]);
    });
  });

  describe('MemoryBar', () => {
    it('should mark the shares of objects and figures and warn when nearly full', async () => {
      await stage.draw(
        <MemoryBar
          trans={trans}
          used={97}
          limit={100}
          objects={40}
          figures={7}
        />
      );
      const bar = stage.find('[role="meter"]');
      expect(bar.dataset.level).toBe('danger');
      expect(bar.getAttribute('aria-valuenow')).toBe('97');
      const widths = [...bar.children].map(c => (c as HTMLElement).style.width);
      expect(widths.map(w => Math.round(parseFloat(w)))).toEqual([97, 40, 7]);
    });

    it('should not mark more than is used', async () => {
      await stage.draw(
        <MemoryBar
          trans={trans}
          used={50}
          limit={100}
          objects={25}
          figures={40}
        />
      );
      const bar = stage.find('[role="meter"]');
      const widths = [...bar.children].map(c => (c as HTMLElement).style.width);
      expect(widths).toEqual(['50%', '25%', '25%']);
      expect(bar.getAttribute('aria-valuetext')).toBe(
        '50 B of 100 B, objects 25 B · figures 40 B'
      );
    });

    it('should do without a limit', async () => {
      await stage.draw(
        <MemoryBar trans={trans} used={97} limit={0} objects={40} figures={7} />
      );
      expect(stage.text).toBe('97 Bobjects 40 B · figures 7 B');
      expect(stage.find('[role="meter"]').dataset.level).toBe('normal');
    });
  });

  describe('ObjectsBody', () => {
    it('should show objects under notebook and scope and drop one', async () => {
      server.on(`DELETE sessions/default/objects/${OBJECT.id}`, null, 204);
      const model = new ObjectsModel(manager);
      model.watch();
      await stage.draw(
        <ObjectsBody {...ACTIONS} model={model} trans={trans} />
      );
      await receive(state({ objects: [OBJECT] }));
      expect(
        stage.find('[data-kind="notebook"]').getAttribute('aria-label')
      ).toBe('run.ipynb');
      for (const text of [
        'scope-1',
        '-(phisp[-1, :, 64, :])',
        'Field · 65 × 65 · float32',
        '16.9 kB'
      ]) {
        expect(stage.text).toContain(text);
      }
      await stage.click(stage.button('Drop -(phisp[-1, :, 64, :])'));
      await until(() => stage.text.includes('No objects.'));
    });
  });
});
