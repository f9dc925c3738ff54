import { LabShell } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import {
  IRunningSessionManagers,
  RunningSessionManagers
} from '@jupyterlab/running';
import { IStatusBar, StatusBar } from '@jupyterlab/statusbar';
import { PanelWithToolbar } from '@jupyterlab/ui-components';
import { TabPanel, Widget } from '@lumino/widgets';
import { act } from 'react';

import { CommandIDs, PALETTE_COMMANDS } from '../commands';
import plugins from '../index';
import { EmoutPanel } from '../panel';
import { ISession } from '../tokens';
import { OneDocument, schemas, TestApplication } from './application';
import { FakeSocket, HttpServer, SESSION, state, until } from './helpers';

const log = { text: 'scheduler is up', offset: 15, sources: [] };

describe('plugins', () => {
  let server: HttpServer;
  let open: jest.Mock;

  beforeEach(() => {
    FakeSocket.instances = [];
    server = new HttpServer()
      .on('GET sessions', { sessions: [SESSION] })
      .on('GET sessions/default/logs', log);
    open = jest.fn();
    window.open = open;
  });

  async function tell(...sessions: ISession[]): Promise<void> {
    await until(() => FakeSocket.instances.length > 0);
    await act(async () => FakeSocket.last.accept());
    await act(async () => FakeSocket.last.say(state({ sessions })));
  }

  it('should have ids and descriptions', () => {
    const ids = plugins.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, description } of plugins) {
      expect(id).toMatch(/^emout-lab:/);
      expect(description).toBeTruthy();
    }
  });

  describe('in JupyterLab', () => {
    let app: TestApplication;
    let shell: LabShell;

    beforeEach(async () => {
      shell = new LabShell();
      app = new TestApplication(server, shell).provideLab();
    });

    afterEach(async () => {
      await act(async () => shell.dispose());
      (await app.manager).dispose();
    });

    const labels = () =>
      [...shell.widgets('main')].map(widget => widget.title.label);

    it('should know every command that schemas and palette name', async () => {
      await app.activateAll();
      const named = [...schemas.values()].flatMap(schema =>
        [
          ...JSON.stringify(schema).matchAll(/"command":"(emout-lab:[^"]+)"/g)
        ].map(match => match[1])
      );
      expect(named).toContain(CommandIDs.startSession);
      for (const id of [...named, ...PALETTE_COMMANDS]) {
        expect([id, app.commands.hasCommand(id)]).toEqual([id, true]);
        expect(app.commands.label(id)).not.toBe('');
      }
    });

    it('should bind no key that writes a letter somewhere', () => {
      const shortcuts =
        schemas.get('emout-lab:plugin')!['jupyter.lab.shortcuts'];
      const keys = shortcuts!.flatMap(shortcut => shortcut.keys);
      expect(keys).toContain('Accel E');
      // Ctrl and Alt together are AltGr on many keyboards, Alt alone is Option.
      expect(keys.filter(key => key.includes('Alt'))).toEqual([]);
    });

    it('should bring the panel to the front', async () => {
      await app.activateAll();
      const panel = await app.panel;
      expect([...shell.widgets('left')].map(({ id }) => id)).toEqual([
        panel.id
      ]);
      const activated = jest.spyOn(shell, 'activateById');
      panel.activate();
      expect(activated).toHaveBeenCalledWith(panel.id);
    });

    it('should fill the toolbars of the sections from the schemas', async () => {
      await app.activateAll();
      const [panel] = shell.widgets('left') as IterableIterator<EmoutPanel>;
      const toolbars = () =>
        panel.widgets.map(section => [
          ...(section as PanelWithToolbar).toolbar.names()
        ]);
      await until(() => toolbars()[0].length > 0);
      expect(toolbars()).toEqual([['start', 'refresh'], [], [], ['clear'], []]);
    });

    it('should open logs once, with a toolbar, and remember them', async () => {
      await app.activateAll();
      const show = () =>
        app.commands.execute(CommandIDs.showLogs, { name: 'default' });
      await show();
      await app.commands.execute(CommandIDs.openDashboard, { name: 'default' });
      await show();
      expect(labels()).toEqual(['Logs of default', 'Dashboard of default']);
      const [logs] = shell.widgets('main') as IterableIterator<MainAreaWidget>;
      expect(logs.title.closable).toBe(true);
      await until(() => [...logs.toolbar.names()].includes('source'));
      const kept = await app.state.fetch(
        'emout-lab-logs:emout-lab-logs-default'
      );
      expect(kept).toEqual({ data: { name: 'default' } });
      expect(open).not.toHaveBeenCalled();
    });

    it('should open the tab that an address names', async () => {
      await app.activateAll();
      await app.commands.execute(CommandIDs.openAddress, {
        search: '?emout-lab-tab=logs&key=default'
      });
      await app.commands.execute(CommandIDs.openAddress, {
        search: '?emout-lab-tab=nothing&key=default'
      });
      expect(labels()).toEqual(['Logs of default']);
    });

    it('should show one session in status bar, panel and Running', async () => {
      const running = new RunningSessionManagers();
      const bar = new StatusBar();
      app.provide(IRunningSessionManagers, running).provide(IStatusBar, bar);
      await app.activateAll();
      await tell(SESSION, { ...SESSION, name: 'over', state: 'stopped' });
      const [listed] = running.items();
      const names = listed
        .running({ mode: 'list' })
        .map(item => [item.label(), item.detail?.()]);
      expect(names).toEqual([['default', SESSION.state]]);
      const item = bar.node.querySelector('.jp-EmoutLab-Status');
      expect(item).not.toBeNull();
      expect((await app.manager).sessions.items).toHaveLength(2);
      // One connection, whoever looks.
      expect(FakeSocket.instances).toHaveLength(1);

      server.on('DELETE sessions/default', null, 204);
      listed.shutdownAll();
      await until(() =>
        server.requests.some(r => r.route === 'DELETE sessions/default')
      );
      bar.dispose();
    });

    it('should list sessions at the start and on demand where nobody looks', async () => {
      const running = new RunningSessionManagers();
      app.provide(IRunningSessionManagers, running);
      await app.activateAll();
      const [listed] = running.items();
      await until(() => listed.running({ mode: 'list' }).length === 1);
      server.on('GET sessions', { sessions: [] });
      listed.refreshRunning();
      await until(() => listed.running({ mode: 'list' }).length === 0);
      expect(FakeSocket.instances).toEqual([]);
    });
  });

  describe('where nothing is but a document', () => {
    let app: TestApplication;
    let shell: OneDocument;

    beforeEach(async () => {
      shell = new OneDocument();
      app = new TestApplication(server, shell);
    });

    afterEach(async () => {
      await act(async () => shell.added.forEach(widget => widget.dispose()));
      (await app.manager).dispose();
    });

    it('should open tabs of the browser', async () => {
      shell.add(new Widget(), 'main');
      await app.activateAll();
      await app.commands.execute(CommandIDs.openDashboard, { name: 'default' });
      await app.commands.execute(CommandIDs.showLogs, { name: 'a b' });
      expect(open.mock.calls.map(([url]) => url)).toEqual([
        'http://lab.test/user/ada/emout-lab/api/sessions/default/dashboard/',
        'http://lab.test/user/ada/tree?emout-lab-tab=logs&key=a%20b'
      ]);
    });

    it('should put tabs beside the file list', async () => {
      const page = new TabPanel();
      shell.add(page, 'main');
      await app.activateAll();
      const address = new URL(
        'http://lab.test/user/ada/tree?emout-lab-tab=logs&key=default'
      );
      for (let time = 0; time < 2; time += 1) {
        await app.commands.execute(CommandIDs.openAddress, {
          search: address.search
        });
      }
      expect(page.widgets.map(({ title }) => title.label)).toEqual([
        'Logs of default'
      ]);
      expect(page.currentWidget).toBe(page.widgets[0]);
    });
  });
});
