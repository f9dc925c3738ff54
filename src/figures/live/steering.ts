import { ISignal, Signal } from '@lumino/signaling';

import { ILiveHello, Interval } from '../../tokens';
import { IColors, ViewState } from './viewstate';

/** What the pointer does on the figure. */
export type Tool = 'none' | 'pan' | 'zoom';

/**
 * What hands and keys do to the axes of a figure: which they are about, and what they choose.
 */
export class Steering {
  constructor(private _options: Steering.IOptions) {}

  /** Emitted when other parts of the axes are wanted. */
  get moved(): ISignal<this, void> {
    return this._moved;
  }

  /** Emitted after what is chosen, or can be chosen, has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get tool(): Tool {
    return this._tool;
  }
  set tool(tool: Tool) {
    this._tool = tool;
    this._changed.emit();
  }

  /** Number of the axes that keys and colours are for; -1 where there are none. */
  get current(): number {
    return this._current;
  }
  set current(i: number) {
    if (i !== this._current) {
      this._current = i;
      this._changed.emit();
    }
  }

  /** Take what a connection says of the figure; axes that are chosen stay so. */
  setFigure(hello: Pick<ILiveHello, 'axes' | 'kind'>): void {
    this._hello = hello;
    if (!this.isMovable(this._current)) {
      const first = hello.axes.find(({ i }) => this.isMovable(i));
      this._current = first?.i ?? -1;
    }
  }

  /** Whether a part of axes can be chosen. */
  isMovable(i: number): boolean {
    const axes = this._hello?.axes.find(each => each.i === i);
    return axes !== undefined && (axes.map || this._hello?.kind === 'pixels');
  }

  /** Move axes by shares of themselves; a step of the history only with {@link keep}. */
  pan(i: number, across: number, up: number): void {
    this._options.view.pan(i, across, up);
    this._onView();
  }

  /** Zoom by a factor about a place, told in shares. */
  zoom(i: number, factor: number, across = 0.5, up = 0.5): void {
    this._options.view.zoom(i, factor, across, up);
    this._onView();
  }

  /** Look at a part of axes, told in shares. */
  zoomTo(i: number, across: Interval, up: Interval): void {
    this._options.view.zoomTo(i, across, up);
    this._onView();
    this.keep();
  }

  /** What is in view can be come back to. */
  keep(): void {
    this._options.view.keep();
    this._changed.emit();
  }

  home(): void {
    this._options.view.home();
    this._onView();
  }

  back(): void {
    this._options.view.go(-1);
    this._onView();
  }

  forward(): void {
    this._options.view.go(1);
    this._onView();
  }

  setColors(i: number, colors: Partial<IColors>): void {
    this._options.view.setColors(i, colors);
    this._options.ask();
  }

  private _onView(): void {
    this._moved.emit();
    this._options.ask();
  }

  private _changed = new Signal<this, void>(this);
  private _current = -1;
  private _hello: Pick<ILiveHello, 'axes' | 'kind'> | null = null;
  private _moved = new Signal<this, void>(this);
  private _tool: Tool = 'pan';
}

export namespace Steering {
  export interface IOptions {
    view: ViewState;
    /** Something else is wanted. */
    ask: () => void;
  }
}
