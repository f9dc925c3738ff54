import { ISignal, Signal } from '@lumino/signaling';

import { IColumn } from './data';
import { heatMap, isNumeric, linePlot, Plot } from './marks';
import { SweepTableModel } from './tablemodel';

/**
 * Which result is drawn against which parameters; what is drawn follows the results as they come.
 */
export class SweepPlotModel {
  /**
   * @param nameOf - what a column is called on the screen
   */
  constructor(
    readonly table: SweepTableModel,
    private _nameOf: (column: IColumn) => string = column => column.name
  ) {
    table.changed.connect(this._onTable, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Names of what can be drawn: results first, then what was measured of each point. */
  get results(): readonly string[] {
    const { data } = this.table;
    return [...data.columnsOf('result'), ...data.columnsOf('about')]
      .filter(isNumeric)
      .map(({ name }) => name);
  }

  get parameters(): readonly string[] {
    return this.table.data.columnsOf('parameter').map(({ name }) => name);
  }

  /** The chosen result, or the first one; null while there is none. */
  get result(): string | null {
    return chosenOf(this._result, this.results);
  }
  set result(name: string | null) {
    this._result = name;
    this._redraw();
  }

  /** The parameter to the right: the chosen one, or the first that varies. */
  get x(): string | null {
    return chosenOf(this._x, this._varying);
  }
  set x(name: string | null) {
    this._x = name;
    this._redraw();
  }

  /** The parameter upward; null for a line, and where nothing was chosen and only one varies. */
  get y(): string | null {
    if (this._y === NONE) {
      return null;
    }
    const others = this._varying.filter(name => name !== this.x);
    if (this._y !== null && others.includes(this._y)) {
      return this._y;
    }
    // Parameters that stay as they are make no map.
    return others.find(name => this._varies(name)) ?? null;
  }
  set y(name: string | null) {
    this._y = name ?? NONE;
    this._redraw();
  }

  /** What is to be drawn; null while there is nothing. */
  get plot(): Plot | null {
    if (this._plot === undefined) {
      this._plot = this._make();
    }
    return this._plot;
  }

  dispose(): void {
    this.table.changed.disconnect(this._onTable, this);
    Signal.clearData(this);
  }

  private _make(): Plot | null {
    const { data, sweep } = this.table;
    const result = this._numbers(this.result);
    const x = this._parameter(this.x);
    const y = this._parameter(this.y);
    if (result === null || x === null) {
      return null;
    }
    return y === null
      ? linePlot(result, x, data.count)
      : heatMap(result, x, y, data.count, sweep?.total ?? data.count);
  }

  private _numbers(name: string | null): IColumn | null {
    const { data } = this.table;
    const column =
      name === null
        ? null
        : (data.column('result', name) ?? data.column('about', name));
    return column && { ...column, name: this._nameOf(column) };
  }

  private _parameter(name: string | null): IColumn | null {
    return name === null ? null : this.table.data.column('parameter', name);
  }

  /** Those that vary first. */
  private get _varying(): readonly string[] {
    return [...this.parameters].sort(
      (a, b) => Number(this._varies(b)) - Number(this._varies(a))
    );
  }

  private _varies(name: string): boolean {
    const { values } = this._parameter(name)!;
    return values.some(value => value !== values[0]);
  }

  private _onTable(): void {
    this._redraw();
  }

  private _redraw(): void {
    this._plot = undefined;
    this._changed.emit();
  }

  private _changed = new Signal<this, void>(this);
  private _plot: Plot | null | undefined = undefined;
  private _result: string | null = null;
  private _x: string | null = null;
  private _y: string | null = null;
}

/** Chosen instead of a second parameter. */
const NONE = '\u0000';

function chosenOf(
  chosen: string | null,
  names: readonly string[]
): string | null {
  return chosen !== null && names.includes(chosen)
    ? chosen
    : (names[0] ?? null);
}
