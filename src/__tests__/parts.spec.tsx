import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';
import { act } from 'react';

import { connectCode } from '../commands/notebook';
import { EmoutManager } from '../services/manager';
import { LogModel } from '../sessions/logmodel';
import { LogsBody } from '../sessions/logs';
import { timeLeft } from '../sessions/model';
import { DEFAULT_SETTINGS, readSettings } from '../settings';
import { CpuHistory } from '../workers/history';
import { HttpServer, SESSION, Stage, until, WORKER } from './helpers';

const trans = nullTranslator.load('emout_lab');

describe('CpuHistory', () => {
  it('should hold a value until the next one and forget after two minutes', () => {
    const history = new CpuHistory();
    history.record([{ ...WORKER, cpu: 50 }], 1000);
    history.record([{ ...WORKER, cpu: 10 }], 1060);
    const values = history.values(WORKER.address, 1060);
    expect(values[0]).toBe(0);
    expect(values[values.length - 2]).toBe(50);
    expect(values[values.length - 1]).toBe(10);
    history.record([{ ...WORKER, cpu: 10 }], 1300);
    expect(Math.max(...history.values(WORKER.address, 1300))).toBe(10);
  });

  it('should begin with what the server remembers', () => {
    const history = new CpuHistory();
    history.record([{ ...WORKER, cpu_history: [70, 70] }], 1000);
    expect(history.values(WORKER.address, 1000)[0]).toBe(70);
  });
});

describe('timeLeft', () => {
  it('should be a share of the whole time', () => {
    const start = Date.parse(SESSION.started_at) / 1000;
    expect(timeLeft(SESSION, start + 5400)).toEqual({
      seconds: 5400,
      share: 0.5
    });
    expect(timeLeft({ ...SESSION, expires_at: null }, start)).toBeNull();
    expect(timeLeft({ ...SESSION, state: 'failed' }, start)).toBeNull();
  });
});

describe('readSettings', () => {
  it('should take the default for a value of the wrong kind', () => {
    expect(readSettings({ gallerySize: 'x', statusBar: false })).toEqual({
      ...DEFAULT_SETTINGS,
      statusBar: false
    });
  });

  it('should leave an interval that nobody chose to the server', () => {
    const composite = { pollInterval: 2 };
    expect(readSettings(composite).pollInterval).toBeNull();
    const user = { pollInterval: 2 };
    expect(readSettings(composite, user).pollInterval).toBe(2);
  });
});

describe('connectCode', () => {
  it('should quote the name', () => {
    expect(connectCode('a"b')).toContain('emout_lab.connect(name="a\\"b")');
  });
});

describe('with a server', () => {
  let server: HttpServer;
  let manager: EmoutManager;
  let stage: Stage;

  beforeEach(() => {
    URL.createObjectURL = () => 'blob:x';
    URL.revokeObjectURL = () => undefined;
    server = new HttpServer().on('GET sessions', { sessions: [] });
    manager = new EmoutManager({ serverSettings: server.settings });
    stage = new Stage();
  });

  afterEach(async () => {
    await stage.clear();
    manager.dispose();
  });

  it('should follow a log and say what went wrong', async () => {
    const sources = [{ id: 'host', label: 'host' }];
    const model = new LogModel({ manager, session: 'a' });
    await stage.draw(<LogsBody model={model} trans={trans} />);
    model.isVisible = true;
    await until(() => model.failure !== null);
    expect(stage.text).toContain('Retry');
    server.on('GET sessions/a/logs', { text: 'one\n', offset: 4, sources });
    await act(async () => model.retry());
    await until(() => model.text !== '');
    expect(stage.find('[role="log"]').textContent).toContain('one');
    expect(model.failure).toBeNull();
    model.dispose();
  });

  it('should scale, interrupt and clear', async () => {
    server
      .on('PATCH sessions/default', { ...SESSION, jobs: 2 })
      .on('POST sessions/default/workers/0/interrupt', null, 204)
      .on('DELETE figures', null, 204);
    expect((await manager.scaleSession('default', 2)).jobs).toBe(2);
    await manager.interrupt('default', '0', '4f0c');
    await manager.clearFigures();
    expect(server.requests[0].body).toEqual({ jobs: 2 });
    expect(manager.dashboardUrl('a b')).toBe(
      'http://lab.test/user/ada/emout-lab/api/sessions/a%20b/dashboard/'
    );
  });
});
