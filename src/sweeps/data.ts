/** What stands in a cell: JSON's scalars. */
export type Value = number | string | boolean | null;

/** What a column tells of points. */
export type ColumnKind = 'point' | 'parameter' | 'result' | 'about';

/**
 * One column: a value per row.
 */
export interface IColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly values: readonly Value[];
}

/**
 * The records of a sweep, column by column, in the order in which they came.
 *
 * A point has one row: what comes of it later, as after another try, takes the place of what was
 * there. A column that a later record brings is empty in the rows before it.
 */
export class SweepData {
  constructor() {
    this._column('point', '');
  }

  /** How many rows there are. */
  get count(): number {
    return this._count;
  }

  /** In the order point, parameters, results, what else is known. */
  get columns(): readonly IColumn[] {
    if (this._ordered === null) {
      const rank = (kind: ColumnKind) => KINDS.indexOf(kind);
      // Sorting is stable: within a kind they stay as they came.
      this._ordered = [...this._columns.values()].sort(
        (a, b) => rank(a.kind) - rank(b.kind)
      );
    }
    return this._ordered;
  }

  /** What can be read in each row, in small letters, a line per column; kept until rows change. */
  get texts(): readonly string[] {
    if (this._texts === null) {
      const { columns } = this;
      this._texts = Array.from({ length: this._count }, (_, row) =>
        columns
          .map(({ values }) => textOf(values[row]))
          .join('\n')
          .toLowerCase()
      );
    }
    return this._texts;
  }

  columnsOf(kind: ColumnKind): readonly IColumn[] {
    return this.columns.filter(column => column.kind === kind);
  }

  column(kind: ColumnKind, name: string): IColumn | null {
    return this._columns.get(keyOf(kind, name)) ?? null;
  }

  /** Make columns known in their order before any record has them. */
  declare(kind: ColumnKind, names: readonly string[]): void {
    names.forEach(name => this._column(kind, name));
  }

  /**
   * Take over what came of some points.
   *
   * @param columns - with a value for each of the points
   */
  put(points: readonly number[], columns: readonly IColumn[]): void {
    this._texts = null;
    const rows = points.map(point => this._rowOf(point));
    // What a later record does not have shall not stay from an earlier one.
    this._columns.forEach(({ kind, values }) =>
      rows.forEach((row, index) => {
        values[row] = kind === 'point' ? points[index] : null;
      })
    );
    for (const { kind, name, values } of columns) {
      const target = this._column(kind, name).values;
      rows.forEach((row, index) => {
        target[row] = valueOf(values[index]);
      });
    }
  }

  clear(): void {
    this._rows.clear();
    this._columns.clear();
    this._count = 0;
    this._texts = null;
    this._column('point', '');
  }

  private _rowOf(point: number): number {
    let row = this._rows.get(point);
    if (row === undefined) {
      row = this._count;
      this._rows.set(point, row);
      this._count += 1;
    }
    return row;
  }

  private _column(kind: ColumnKind, name: string): IGrowing {
    const key = keyOf(kind, name);
    let column = this._columns.get(key);
    if (column === undefined) {
      const values = new Array<Value>(this._count).fill(null);
      column = { name, kind, values };
      this._columns.set(key, column);
      this._ordered = null;
    }
    return column;
  }

  private _columns = new Map<string, IGrowing>();
  private _count = 0;
  private _ordered: readonly IColumn[] | null = null;
  private _rows = new Map<number, number>();
  private _texts: readonly string[] | null = null;
}

interface IGrowing extends IColumn {
  readonly values: Value[];
}

const NUMBERS: Readonly<Record<string, number | undefined>> = {
  nan: NaN,
  inf: Infinity,
  '-inf': -Infinity
};

const KINDS: readonly ColumnKind[] = ['point', 'parameter', 'result', 'about'];

/** Numbers that JSON does not have come as words. */
function valueOf(value: Value): Value {
  return typeof value === 'string' ? (NUMBERS[value] ?? value) : value;
}

/** A value in words: numbers with all of their digits, as Python writes those that are none. */
export function textOf(value: Value): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  }
  return value === null ? '' : String(value);
}

function keyOf(kind: ColumnKind, name: string): string {
  return `${kind} ${name}`;
}
