import { ISignal, Signal } from '@lumino/signaling';

import { IColumn, Value } from './data';
import { IFilter, parseFilter } from './filter';
import { ISorting, orderRows } from './order';
import { SweepTableModel } from './tablemodel';

/**
 * What a table shows of a sweep's results: the rows that fit a filter, sorted by a column.
 */
export class SweepView {
  /**
   * @param nameOf - what a column is called on the screen
   */
  constructor(
    readonly table: SweepTableModel,
    readonly nameOf: (column: IColumn) => string
  ) {
    table.changed.connect(this._arrange, this);
    this._arrange();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get columns(): readonly IColumn[] {
    return this._columns;
  }

  /** How many rows are shown. */
  get count(): number {
    return this._rows.length;
  }

  value(row: number, column: number): Value {
    return this._columns[column]?.values[this._rows[row]] ?? null;
  }

  /** The shown row of a point; -1 where it is not shown. */
  rowOfPoint(point: Value): number {
    const points = this.table.data.column('point', '')?.values ?? [];
    return this._rows.findIndex(row => points[row] === point);
  }

  get sorting(): ISorting | null {
    return this._sorting;
  }
  set sorting(sorting: ISorting | null) {
    this._sorting = sorting;
    this._sortedName = sorting && keyOf(this._columns[sorting.column]);
    this._arrange();
  }

  /** Sort by a column: upward, then downward, then by points again. */
  toggle(column: number): void {
    const { sorting } = this;
    const isSame = sorting?.column === column;
    this.sorting =
      isSame && sorting.isDescending ? null : { column, isDescending: isSame };
  }

  get filter(): string {
    return this._filter;
  }
  set filter(text: string) {
    if (text !== this._filter) {
      this._filter = text;
      this._arrange();
    }
  }

  /** What the filter compares that is no column; '' where all are. */
  get unknown(): string {
    return this._parsed.unknown;
  }

  dispose(): void {
    this.table.changed.disconnect(this._arrange, this);
    Signal.clearData(this);
  }

  private _arrange(): void {
    const { data } = this.table;
    this._columns = data.columns;
    if (this._sorting !== null) {
      // A new column may have come before it.
      const column = this._columns.findIndex(
        each => keyOf(each) === this._sortedName
      );
      this._sorting = column < 0 ? null : { ...this._sorting, column };
    }
    const names = this._columns.map(this.nameOf);
    this._parsed = parseFilter(
      this._filter,
      this._columns,
      names,
      () => data.texts
    );
    this._rows = orderRows(
      this._columns,
      data.count,
      this._parsed.fits,
      this._sorting
    );
    this._changed.emit();
  }

  private _changed = new Signal<this, void>(this);
  private _columns: readonly IColumn[] = [];
  private _filter = '';
  private _parsed: IFilter = { fits: () => true, unknown: '' };
  private _rows: Int32Array = new Int32Array(0);
  private _sortedName: string | null = null;
  private _sorting: ISorting | null = null;
}

function keyOf(column: IColumn | undefined): string {
  return column === undefined ? '' : `${column.kind} ${column.name}`;
}
