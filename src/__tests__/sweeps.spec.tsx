import { LabShell } from '@jupyterlab/application';
import { Clipboard, MainAreaWidget } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';
import { act } from 'react';

import { CommandIDs } from '../commands';
import { EmoutManager } from '../services/manager';
import { SweepsBody } from '../sweeps/body';
import { SweepsModel } from '../sweeps/model';
import { SweepPlotModel } from '../sweeps/plotmodel';
import { PlotBody } from '../sweeps/plottab';
import { formatRate } from '../sweeps/row';
import { SweepTableModel } from '../sweeps/tablemodel';
import { SweepTable, TableBar } from '../sweeps/tabletab';
import { SweepView } from '../sweeps/view';
import { ISweep } from '../tokens';
import { TestApplication } from './application';
import {
  ACTIONS,
  FakeSocket,
  HttpServer,
  Stage,
  state,
  SWEEP,
  SWEEP_TABLE,
  type,
  until
} from './helpers';

const trans = nullTranslator.load('emout_lab');
const TABLE = `GET sweeps/${SWEEP.id}/table`;

describe('the section of the sweeps', () => {
  let server: HttpServer;
  let manager: EmoutManager;
  let model: SweepsModel;
  let stage: Stage;

  async function show(...sweeps: ISweep[]): Promise<void> {
    await stage.draw(<SweepsBody {...ACTIONS} model={model} trans={trans} />);
    await until(() => FakeSocket.instances.length > 0);
    await act(async () => FakeSocket.last.accept());
    await act(async () => FakeSocket.last.say(state({ sweeps })));
  }

  beforeEach(() => {
    jest.clearAllMocks();
    FakeSocket.instances = [];
    server = new HttpServer().on('GET sessions', { sessions: [] });
    manager = new EmoutManager({ serverSettings: server.settings });
    model = manager.sweeps;
    model.watch();
    stage = new Stage();
  });

  afterEach(async () => {
    await stage.clear();
    manager.dispose();
  });

  it('should say so where there are none', async () => {
    await show();
    expect(stage.text).toContain('No sweeps.');
  });

  it('should show how far a sweep is, its speed and the time left', async () => {
    await show(SWEEP);
    expect(stage.text).toContain('backtraces');
    expect(stage.text).toContain('14 of 30 · 4 running');
    expect(stage.text).toContain('3.4 per s · 4 s left');
    const bar = stage.find('[role="progressbar"]');
    expect(bar.getAttribute('aria-valuenow')).toBe('14');
    expect(bar.getAttribute('aria-valuemax')).toBe('30');
    expect(bar.getAttribute('aria-label')).toBe('Progress of backtraces');
  });

  it('should say how many failed and why the first one did', async () => {
    await show(SWEEP);
    const failures = stage.find<HTMLDetailsElement>('details');
    const summary = failures.querySelector('summary')!;
    expect(summary.textContent).toBe('2 failed: ValueError: no such angle');
    expect(summary.title).toContain('Traceback');
    expect(failures.querySelector('pre')?.textContent).toBe(SWEEP.first_error);
    await stage.click(stage.button('Copy the error of backtraces'));
    expect(ACTIONS.onCopySweepError).toHaveBeenCalledWith(SWEEP);
  });

  it('should show no failures where nothing failed', async () => {
    await show({ ...SWEEP, failed: 0, first_error: null });
    expect(stage.node.querySelector('details')).toBeNull();
    expect(
      stage.button('Run the failed points of backtraces again').disabled
    ).toBe(true);
  });

  it('should have the newest first, and tell how long they took', async () => {
    const over = {
      ...SWEEP,
      id: 'b',
      name: '',
      tag: 'scan',
      state: 'done' as const,
      ended: SWEEP.started! + 65,
      created: SWEEP.created + 1
    };
    await show(SWEEP, over);
    const names = [...stage.node.querySelectorAll('[data-sweep]')].map(
      row => row.querySelector('.jp-EmoutLab-Row-title')?.textContent
    );
    expect(names).toEqual(['scan', 'backtraces']);
    expect(stage.text).toContain('took 1 min 5 s');
    await stage.click(stage.button('Remove sweep scan'));
    expect(ACTIONS.onRemoveSweep).toHaveBeenCalledWith(over);
  });

  it('should have a button for each thing that can be done', async () => {
    await show(SWEEP);
    await stage.click(stage.button('Table of backtraces'));
    await stage.click(stage.button('Plot of backtraces'));
    await stage.click(
      stage.button('Run the failed points of backtraces again')
    );
    await stage.click(stage.button('Cancel sweep backtraces'));
    for (const action of [
      ACTIONS.onSweepTable,
      ACTIONS.onSweepPlot,
      ACTIONS.onRetrySweep,
      ACTIONS.onCancelSweep
    ]) {
      expect(action).toHaveBeenCalledWith(SWEEP);
    }
  });

  it('should say why something could not be done', async () => {
    const refusal = { error: { type: 'SweepError', message: 'session ended' } };
    server.on(`POST sweeps/${SWEEP.id}/retry`, refusal, 409);
    await show(SWEEP);
    await act(() => model.retry(SWEEP.id));
    expect(stage.text).toContain('session ended');
    await stage.click(stage.button('Dismiss'));
    expect(stage.text).not.toContain('session ended');
  });

  it('should forget a sweep that is removed', async () => {
    server.on(`DELETE sweeps/${SWEEP.id}`, null, 204);
    await show(SWEEP);
    await act(() => model.remove(SWEEP.id));
    expect(stage.text).toContain('No sweeps.');
  });

  it('should give slow speeds per minute and per hour', () => {
    expect(
      [120, 3.42, 0.5, 0.002].map(rate => formatRate(rate, trans))
    ).toEqual(['120 per s', '3.4 per s', '30 per min', '7.2 per h']);
  });

  describe('a sweep in a tab', () => {
    let table: SweepTableModel;

    beforeEach(async () => {
      server.on(TABLE, SWEEP_TABLE);
      table = new SweepTableModel({ manager, id: SWEEP.id });
    });

    afterEach(() => table.dispose());

    it('should be sorted and filtered by keyboard, too', async () => {
      const view = new SweepView(table, ({ name }) => name || 'point');
      await stage.draw(<TableBar view={view} trans={trans} />);
      table.isVisible = true;
      await until(() => table.isLoaded);
      expect(stage.text).toContain('3 of 3 rows');
      await type(stage.find<HTMLInputElement>('input'), 'k>1');
      expect(stage.text).toContain('2 of 3 rows');
      const energy = view.columns.findIndex(({ name }) => name === 'energy');
      await type(stage.find<HTMLSelectElement>('select'), String(energy));
      await stage.click(stage.button('Largest first'));
      expect(view.sorting).toEqual({ column: energy, isDescending: true });
      await type(stage.find<HTMLInputElement>('input'), 'speed>1');
      expect(stage.text).toContain("No column is called 'speed'.");
      expect(stage.find('input').getAttribute('aria-invalid')).toBe('true');
      view.dispose();
    });

    it('should be drawn against what varies, and tell what it leaves out', async () => {
      const model = new SweepPlotModel(table);
      await stage.draw(<PlotBody model={model} trans={trans} />);
      expect(stage.text).toContain('Loading');
      await act(async () => {
        table.isVisible = true;
      });
      await until(() => table.isLoaded);
      expect([model.result, model.x, model.y]).toEqual(['energy', 'k', 'mode']);
      expect(stage.text).toContain('1 point without a number is left out.');
      const canvas = stage.find('canvas');
      expect(canvas.getAttribute('aria-label')).toBe(
        'energy against k and mode: 0.5 – 1.5'
      );
      await act(async () => (model.y = null));
      expect(model.plot?.kind).toBe('line');
      await act(async () => {
        canvas.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'End', bubbles: true })
        );
      });
      expect(stage.text).toContain('k = 3 · energy = 1.5');
      await act(async () => (model.result = 'hits'));
      expect(canvas.getAttribute('aria-label')).toBe('hits against k: 4 – 10');
      await act(async () => (model.x = 'mode'));
      expect(model.plot?.x.words).toEqual(['a', 'b']);
      model.dispose();
    });

    it('should say so where it has no numbers', async () => {
      const columns = SWEEP_TABLE.columns.map(each => ({
        ...each,
        values: each.values.map(value =>
          typeof value === 'number' ? null : value
        )
      }));
      server.on(TABLE, { ...SWEEP_TABLE, columns });
      const model = new SweepPlotModel(table);
      await stage.draw(<PlotBody model={model} trans={trans} />);
      await act(async () => {
        table.isVisible = true;
      });
      await until(() => table.isLoaded);
      expect(stage.text).toContain('Nothing to draw.');
      model.dispose();
    });
  });
});

describe('the commands of sweeps', () => {
  let server: HttpServer;
  let shell: LabShell;
  let app: TestApplication;

  const labels = () =>
    [...shell.widgets('main')].map(widget => widget.title.label);
  const run = (id: string, args = {}) => app.commands.execute(id, args);
  const asked = () => document.querySelector('.jp-Dialog');
  const answer = (style: string) =>
    act(async () =>
      document.querySelector<HTMLElement>(`.jp-Dialog .${style}`)?.click()
    );

  beforeEach(async () => {
    FakeSocket.instances = [];
    server = new HttpServer()
      .on('GET sessions', { sessions: [] })
      .on('GET sweeps', { sweeps: [SWEEP] })
      .on(TABLE, SWEEP_TABLE);
    shell = new LabShell();
    app = new TestApplication(server, shell).provideLab();
    await app.activateAll();
  });

  afterEach(async () => {
    await act(async () => shell.dispose());
    (await app.manager).dispose();
  });

  it('should open a tab once for each kind, and remember it', async () => {
    await run(CommandIDs.openSweepTable);
    await run(CommandIDs.openSweepPlot, { id: SWEEP.id });
    await run(CommandIDs.openSweepTable, { id: SWEEP.id });
    expect(labels()).toEqual(['Table of backtraces', 'Plot of backtraces']);
    const [table] = shell.widgets('main') as IterableIterator<
      MainAreaWidget<SweepTable>
    >;
    expect(table.content.view.count).toBe(0);
    const id = `emout-lab-sweep-table-${SWEEP.id}`;
    const kept = await app.state.fetch(`emout-lab-sweep-table:${id}`);
    expect(kept).toEqual({ data: { id: SWEEP.id } });
  });

  it('should open what a layout remembers before the server has told of it', async () => {
    await run(CommandIDs.openSweepPlot, { id: 'ffffffffffff' });
    expect(labels()).toEqual(['Plot of ffffffff']);
  });

  it('should ask before a sweep is removed or cancelled', async () => {
    server.on(`DELETE sweeps/${SWEEP.id}`, null, 204);
    server.on(`POST sweeps/${SWEEP.id}/cancel`, null, 204);
    const isDone = (route: string) =>
      server.requests.some(request => request.route === route);
    const removed = run(CommandIDs.removeSweep, { id: SWEEP.id });
    await until(asked);
    await answer('jp-mod-reject');
    await removed;
    expect(isDone(`DELETE sweeps/${SWEEP.id}`)).toBe(false);
    const cancelled = run(CommandIDs.cancelSweep, { id: SWEEP.id });
    await until(asked);
    await answer('jp-mod-warn');
    await cancelled;
    expect(isDone(`POST sweeps/${SWEEP.id}/cancel`)).toBe(true);
  });

  it('should run failed points again and copy the first error', async () => {
    server.on(`POST sweeps/${SWEEP.id}/retry`, null, 204);
    await run(CommandIDs.retrySweep);
    const { route } = server.requests[server.requests.length - 1];
    expect(route).toBe(`POST sweeps/${SWEEP.id}/retry`);
    const copied = jest
      .spyOn(Clipboard, 'copyToSystem')
      .mockImplementation(() => undefined);
    await run(CommandIDs.copySweepError);
    expect(copied).toHaveBeenCalledWith(SWEEP.first_error);
    copied.mockRestore();
  });

  it('should be greyed in the menu of a sweep that they are not for', async () => {
    const { sweeps } = await app.manager;
    await (await app.manager).listSweeps();
    sweeps.selectedKey = SWEEP.id;
    const selected = { selected: true };
    const isEnabled = (id: string) => app.commands.isEnabled(id, selected);
    expect(isEnabled(CommandIDs.cancelSweep)).toBe(true);
    expect(app.commands.label(CommandIDs.cancelSweep, selected)).toBe(
      'Cancel…'
    );
    server.on('GET sweeps', {
      sweeps: [{ ...SWEEP, state: 'done', failed: 0 }]
    });
    await (await app.manager).listSweeps();
    expect(isEnabled(CommandIDs.cancelSweep)).toBe(false);
    expect(isEnabled(CommandIDs.retrySweep)).toBe(false);
  });
});
