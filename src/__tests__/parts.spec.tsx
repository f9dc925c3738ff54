import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';
import { act } from 'react';

import { connectCode } from '../commands/notebook';
import { FigureImage } from '../components/figureimage';
import { fileName } from '../outputs/save';
import { Viewer } from '../outputs/viewer';
import { ViewerModel } from '../outputs/viewermodel';
import { EmoutManager } from '../services/manager';
import { retryAfter } from '../services/request';
import { LogModel } from '../sessions/logmodel';
import { LogsBody } from '../sessions/logs';
import { timeLeft } from '../sessions/model';
import { DEFAULT_SETTINGS, readSettings } from '../settings';
import { CpuHistory } from '../workers/history';
import { FIGURE, HttpServer, SESSION, Stage, until, WORKER } from './helpers';

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

describe('fileName', () => {
  it('should be made of notebook and time', () => {
    const figure = { ...FIGURE, notebook: '/a/my run.ipynb', created: 0 };
    expect(fileName(figure, 'svg')).toBe('my-run-1970-01-01-00-00-00.svg');
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

  it('should zoom a figure and render it again', async () => {
    server.on(`GET figures/${FIGURE.id}/image`, new Uint8Array(3));
    const model = new ViewerModel({ manager, figure: FIGURE });
    await stage.draw(
      <Viewer
        model={model}
        trans={trans}
        onZoom={steps => model.zoomBy(steps, 1)}
      />
    );
    await act(() => model.load());
    expect(stage.find<HTMLImageElement>('img').src).toBe('blob:x');
    await stage.click(stage.button('Zoom in'));
    expect(model.zoom).toBeCloseTo(1.25);
    await stage.click(stage.button('Fit into the tab'));
    expect(model.zoom).toBeNull();
    await act(() => model.render({ format: 'svg', dpi: 300 }));
    expect(model.format).toBe('svg');
    model.dispose();
  });

  it('should ask a busy engine again for a picture', async () => {
    const path = `GET figures/${FIGURE.id}/image`;
    const busy = { error: { type: 'EngineBusy', message: 'it is busy' } };
    server.on(path, busy, 409, { 'Retry-After': '0.01' });
    const load = async () => {
      await manager.figureImage(FIGURE.id);
      return 'blob:picture';
    };
    await stage.draw(
      <FigureImage
        load={load}
        alt="figure"
        width={4}
        height={3}
        retryAfter={retryAfter}
        waiting="It comes later."
      />
    );
    await until(() => stage.text === 'It comes later.');
    server.on(path, new Uint8Array(3));
    await until(() => stage.node.querySelector('img') !== null);
    expect(stage.text).toBe('');
  });

  it('should say what is wrong where asking again is of no use', async () => {
    const gone = { error: { type: 'ObjectGone', message: 'it is gone' } };
    server.on(`GET figures/${FIGURE.id}/image`, gone, 404);
    const load = () => manager.figureImage(FIGURE.id).then(() => '');
    await stage.draw(
      <FigureImage
        load={load}
        alt=""
        width={0}
        height={0}
        {...{ retryAfter }}
      />
    );
    await until(() => stage.text === 'it is gone');
  });

  it('should fetch a file of which a notebook has only a preview', async () => {
    server.on(`GET figures/${FIGURE.id}/image`, new Uint8Array(3));
    const figure = { ...FIGURE, format: 'pdf', mimetype: 'application/pdf' };
    const model = new ViewerModel({ manager, figure, source: 'data:preview' });
    expect(model.source).toBeNull();
    await model.load();
    expect(model.source).toBe('blob:x');
    expect(model.format).toBe('pdf');
    expect(model.bytes).toBe(3);
    model.dispose();
  });

  it('should ask again for just what failed', async () => {
    const model = new ViewerModel({
      manager,
      figure: FIGURE,
      source: 'data:x'
    });
    await model.render({ format: 'svg', dpi: 300 });
    expect(model.failure).not.toBeNull();
    server.on(`GET figures/${FIGURE.id}/image`, new Uint8Array(3));
    await model.retry();
    expect(model.format).toBe('svg');
    expect(model.failure).toBeNull();
    model.dispose();
  });

  it('should keep the picture when its engine is gone', async () => {
    const model = new ViewerModel({
      manager,
      figure: FIGURE,
      source: 'data:x'
    });
    const gone = { error: { type: 'ObjectGone', message: 'engine is gone' } };
    server.on(`GET figures/${FIGURE.id}/image`, gone, 410);
    await model.render({ format: 'pdf' });
    expect(model.failure).toBe('engine is gone');
    expect(model.source).toBe('data:x');
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
