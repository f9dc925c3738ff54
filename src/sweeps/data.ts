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

/** A record as it is put into a table: values by the column's key. */
export interface IRecord {
  readonly point: number;
  readonly values: readonly (readonly [ColumnKind, string, Value])[];
}

/**
 * The records of a sweep, column by column, in the order in which they came.
 *
 * A point has one row: what comes of it later, as after another try, takes the place of what was
 * there. A column that a later record brings is empty in the rows before it.
 */
export class SweepData {
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

  /** Take records over. */
  put(records: Iterable<IRecord>): void {
    for (const { point, values } of records) {
      let row = this._rows.get(point);
      if (row === undefined) {
        row = this._count;
        this._rows.set(point, row);
        this._count += 1;
        this._columns.forEach(({ values }) => values.push(null));
      } else {
        this._columns.forEach(({ values }) => (values[row!] = null));
      }
      this._column('point', '').values[row] = point;
      for (const [kind, name, value] of values) {
        this._column(kind, name).values[row] = value;
      }
    }
  }

  clear(): void {
    this._rows.clear();
    this._columns.clear();
    this._ordered = null;
    this._count = 0;
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
}

interface IGrowing extends IColumn {
  readonly values: Value[];
}

const KINDS: readonly ColumnKind[] = ['point', 'parameter', 'result', 'about'];

function keyOf(kind: ColumnKind, name: string): string {
  return `${kind} ${name}`;
}
