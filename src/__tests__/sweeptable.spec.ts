import { DataModel } from '@lumino/datagrid';

import { ColumnKind, IColumn, SweepData, textOf, Value } from '../sweeps/data';
import { parseFilter } from '../sweeps/filter';
import { SweepGridModel } from '../sweeps/grid';
import { compareValues, orderRows } from '../sweeps/order';
import { SweepTableModel } from '../sweeps/tablemodel';
import { SweepView } from '../sweeps/view';
import { EmoutManager } from '../services/manager';
import {
  FakeSocket,
  HttpServer,
  state,
  SWEEP,
  SWEEP_TABLE,
  until
} from './helpers';

const column = (kind: ColumnKind, name: string, values: Value[]): IColumn => ({
  kind,
  name,
  values
});
const columnsIn = (data: SweepData) => data.columns.map(({ name }) => name);

describe('SweepData', () => {
  let data: SweepData;

  beforeEach(() => {
    data = new SweepData();
    data.declare('parameter', SWEEP_TABLE.parameters);
    data.put(SWEEP_TABLE.points, SWEEP_TABLE.columns);
  });

  it('should put parameters before results, and both before what else is known', () => {
    expect(columnsIn(data).slice(0, 5)).toEqual([
      '',
      'k',
      'mode',
      'energy',
      'hits'
    ]);
    expect(data.columnsOf('about').length).toBeGreaterThan(3);
  });

  it('should leave cells of failed points empty', () => {
    expect(data.column('result', 'energy')?.values).toEqual([1.5, 0.5, null]);
  });

  it('should let what came later take the place of what a point had', () => {
    data.put(
      [1],
      [column('parameter', 'k', [2]), column('result', 'energy', [7])]
    );
    expect(data.count).toBe(3);
    expect(data.column('result', 'energy')?.values).toEqual([1.5, 0.5, 7]);
    expect(data.column('about', 'error')?.values[2]).toBeNull();
  });

  it('should fill a new column with nothing in earlier rows', () => {
    data.put([9], [column('result', 'late', [1])]);
    expect(data.column('result', 'late')?.values).toEqual([
      null,
      null,
      null,
      1
    ]);
  });

  it('should know the numbers that JSON does not have', () => {
    data.put([1, 2], [column('result', 'energy', ['nan', '-inf'])]);
    expect(data.column('result', 'energy')?.values).toEqual([
      -Infinity,
      0.5,
      NaN
    ]);
    expect([NaN, Infinity, -Infinity, null, 0.1].map(textOf)).toEqual([
      'nan',
      'inf',
      '-inf',
      '',
      '0.1'
    ]);
  });

  it('should keep a result apart from a parameter of the same name', () => {
    data.put([2], [column('result', 'k', [5])]);
    expect(data.column('parameter', 'k')?.values[0]).toBeNull();
    expect(data.column('result', 'k')?.values[0]).toBe(5);
  });
});

describe('the order of rows', () => {
  const points = (count: number) =>
    column('point', '', [...Array(count).keys()]);
  const sorted = (
    values: (number | string | boolean | null)[],
    isDescending = false
  ) => [
    ...orderRows(
      [points(values.length), column('result', 'a', values)],
      values.length,
      () => true,
      { column: 1, isDescending }
    )
  ];

  it('should be by size for numbers and by number within words', () => {
    expect(sorted([10, 9, -1])).toEqual([2, 1, 0]);
    expect(sorted(['run10', 'run9'])).toEqual([1, 0]);
    expect(compareValues(2, 'a')).toBe(-1);
    expect(compareValues(NaN, 5)).toBe(1);
  });

  it('should put what is empty last in both directions', () => {
    expect(sorted([null, 1, 2])).toEqual([1, 2, 0]);
    expect(sorted([null, 1, 2], true)).toEqual([2, 1, 0]);
  });

  it('should keep equal values by their points', () => {
    expect(sorted([1, 1, 1])).toEqual([0, 1, 2]);
    expect(sorted([1, 1, 1], true)).toEqual([0, 1, 2]);
  });

  it('should take a hundred thousand rows', () => {
    const count = 100_000;
    const values = [...Array(count).keys()].map(i => (i * 7919) % count);
    const rows = orderRows(
      [points(count), column('result', 'a', values)],
      count,
      row => row % 2 === 0,
      {
        column: 1,
        isDescending: true
      }
    );
    expect(rows).toHaveLength(count / 2);
    expect(values[rows[0]]).toBeGreaterThan(values[rows[1]]);
  });
});

describe('a filter', () => {
  const data = new SweepData();
  data.put(SWEEP_TABLE.points, SWEEP_TABLE.columns);
  const pointsOf = (text: string) => {
    const { fits } = parseFilter(
      text,
      data.columns,
      columnsIn(data),
      () => data.texts
    );
    const points = data.column('point', '')!.values;
    return points.filter((_, row) => fits(row));
  };

  it('should let all rows pass where it is empty', () => {
    expect(pointsOf(' ')).toHaveLength(3);
  });

  it('should find words in any cell', () => {
    expect(pointsOf('valueerror')).toEqual([1]);
    expect(pointsOf('"no such"')).toEqual([1]);
    expect(pointsOf('nothing')).toEqual([]);
  });

  it('should compare, and want all of its parts', () => {
    expect(pointsOf('k>=2')).toEqual([2, 1]);
    expect(pointsOf('k>=2 status=done')).toEqual([2]);
    expect(pointsOf('mode!=a')).toEqual([2]);
    expect(pointsOf('K<2')).toEqual([0]);
    expect(pointsOf('energy<1')).toEqual([0]);
  });

  it('should compare numbers with numbers alone', () => {
    expect(pointsOf('mode>1')).toEqual([]);
    expect(pointsOf('energy<9')).toEqual([2, 0]);
  });

  it('should say which name is no column', () => {
    const parsed = parseFilter(
      'speed>1',
      data.columns,
      columnsIn(data),
      () => data.texts
    );
    expect(parsed.unknown).toBe('speed');
    expect(parsed.fits(0)).toBe(true);
    expect(
      parseFilter('"a<b"', data.columns, columnsIn(data), () => data.texts)
        .unknown
    ).toBe('');
  });
});

describe('with a server', () => {
  let server: HttpServer;
  let manager: EmoutManager;
  let model: SweepTableModel;
  const route = `GET sweeps/${SWEEP.id}/table`;
  const asked = () =>
    server.requests.filter(request => request.route === route).length;

  beforeEach(() => {
    FakeSocket.instances = [];
    server = new HttpServer()
      .on('GET sessions', { sessions: [] })
      .on(route, SWEEP_TABLE);
    manager = new EmoutManager({ serverSettings: server.settings });
    model = new SweepTableModel({ manager, id: SWEEP.id });
  });

  afterEach(() => {
    model.dispose();
    manager.dispose();
  });

  it('should ask for nothing until somebody looks', async () => {
    expect(asked()).toBe(0);
    model.isVisible = true;
    await until(() => model.isLoaded);
    expect(model.data.count).toBe(3);
  });

  it('should ask for what is new when the server tells of progress', async () => {
    model.isVisible = true;
    await until(() => model.isLoaded && FakeSocket.instances.length > 0);
    server.on(route, {
      ...SWEEP_TABLE,
      points: [7],
      columns: [column('result', 'energy', [1])],
      next: '5f1d:4',
      restarted: false
    });
    FakeSocket.last.accept();
    FakeSocket.last.say(state({ sweeps: [SWEEP] }));
    await until(() => model.data.count === 4);
    expect(model.sweep?.name).toBe('backtraces');
    expect(asked()).toBe(2);
    model.isVisible = false;
    FakeSocket.last.say(state({ sweeps: [{ ...SWEEP, done: 20 }] }));
    expect(asked()).toBe(2);
  });

  it('should begin anew where the server has', async () => {
    model.isVisible = true;
    await until(() => model.isLoaded);
    server.on(route, {
      ...SWEEP_TABLE,
      points: [4],
      columns: []
    });
    model.retry();
    await until(() => model.data.count === 1);
  });

  it('should say what went wrong, and try again when it is told to', async () => {
    const refusal = { error: { type: 'SweepGone', message: 'it is gone' } };
    server.on(route, refusal, 404);
    model.isVisible = true;
    await until(() => model.failure !== null);
    expect(model.failure).toBe('it is gone');
    server.on(route, SWEEP_TABLE);
    model.retry();
    await until(() => model.data.count === 3);
    expect(model.failure).toBeNull();
  });

  describe('the grid', () => {
    let view: SweepView;
    let grid: SweepGridModel;
    let changes: DataModel.ChangedArgs['type'][];

    beforeEach(async () => {
      view = new SweepView(model, ({ name }) => name || 'point');
      grid = new SweepGridModel(view);
      changes = [];
      grid.changed.connect((_, { type }) => changes.push(type));
      model.isVisible = true;
      await until(() => model.isLoaded);
    });

    afterEach(() => {
      grid.dispose();
      view.dispose();
    });

    const points = () =>
      [...Array(grid.rowCount('body')).keys()].map(row =>
        grid.data('body', row, 0)
      );

    it('should be in the order of points at first', () => {
      expect(points()).toEqual([0, 1, 2]);
      expect(grid.data('column-header', 0, 1)).toBe('k');
      expect(grid.columnCount('body')).toBe(view.columns.length);
    });

    it('should sort upward, downward and not at all, and mark the column', () => {
      const energy = view.columns.findIndex(({ name }) => name === 'energy');
      view.toggle(energy);
      expect(points()).toEqual([0, 2, 1]);
      expect(grid.data('column-header', 0, energy)).toBe('energy ▲');
      view.toggle(energy);
      expect(points()).toEqual([2, 0, 1]);
      expect(grid.data('column-header', 0, energy)).toBe('energy ▼');
      view.toggle(energy);
      expect(view.sorting).toBeNull();
    });

    it('should tell of rows alone when the filter takes some away', () => {
      changes = [];
      view.filter = 'status=failed';
      expect(points()).toEqual([1]);
      expect(changes).toEqual([
        'rows-removed',
        'cells-changed',
        'cells-changed'
      ]);
      changes = [];
      view.filter = '';
      expect(changes[0]).toBe('rows-inserted');
    });

    it('should keep the sorting by its column when another one comes', () => {
      const elapsed = view.columns.findIndex(({ name }) => name === 'elapsed');
      view.toggle(elapsed);
      changes = [];
      model.data.put([5], [column('result', 'late', [1])]);
      model.retry();
      expect(view.columns[view.sorting!.column].name).toBe('elapsed');
      expect(changes).toEqual(['model-reset']);
      expect(view.rowOfPoint(5)).toBe(3);
      expect(view.rowOfPoint(99)).toBe(-1);
    });
  });
});
