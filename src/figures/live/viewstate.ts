import { ILiveWishAxes, ILiveAxes, ILiveHello, Interval } from '../../tokens';
import { isSameRange, Scale } from './scales';

/** What part of the axes is in view, by their numbers; those that are missing are as drawn. */
type Views = ReadonlyMap<
  number,
  { readonly x: Interval; readonly y: Interval }
>;

/** How numbers become colours. */
export interface IColors {
  readonly clim: Interval | null;
  readonly cmap: string | null;
  readonly norm: ILiveWishAxes['norm'] | null;
}

const AS_DRAWN: IColors = { clim: null, cmap: null, norm: null };
/** Steps that can be gone back. */
const MOST_STEPS = 100;

/**
 * What a viewer wants to see of a figure, and the way back to what it saw.
 *
 * It belongs to the viewer: the figure on the engine never changes, and a new connection goes on
 * where the old one stood.
 */
export class ViewState {
  /** The figure's axes as they were drawn. */
  axes: readonly ILiveAxes[] = [];

  /**
   * Take what a connection says of the figure; what is in view stays, except of axes that are
   * others now.
   */
  setFigure({ axes }: Pick<ILiveHello, 'axes'>): void {
    const isOther = this.axes.some(old => {
      const now = axes.find(({ i }) => i === old.i);
      return now?.xscale !== old.xscale || now?.yscale !== old.yscale;
    });
    if (isOther) {
      this._history = [new Map()];
      this._now = this._history[0];
      this._place = 0;
    }
    for (const i of [...this._colors.keys()]) {
      if (!axes.some(each => each.i === i && each.map)) {
        this._colors.delete(i);
      }
    }
    this.axes = axes;
  }

  get canGoBack(): boolean {
    return this._place > 0;
  }

  get canGoForward(): boolean {
    return this._place < this._history.length - 1;
  }

  get isHome(): boolean {
    return this._now.size === 0;
  }

  range(i: number): { readonly x: Interval; readonly y: Interval } {
    const { x, y } = this._now.get(i) ?? this.find(i);
    return { x, y };
  }

  /** Change what is in view; it becomes a step of the history with {@link keep}. */
  setRange(i: number, x: Interval, y: Interval): void {
    this._now = new Map([...this._now, [i, { x, y }]]);
  }

  /** Move axes by shares of themselves. */
  pan(i: number, across: number, up: number): void {
    const { x, y } = this.range(i);
    const scales = this.scales(i);
    this.setRange(i, scales.x.panned(x, across), scales.y.panned(y, up));
  }

  /** Zoom by a factor about a place, told in shares. */
  zoom(i: number, factor: number, across: number, up: number): void {
    const { x, y } = this.range(i);
    const scales = this.scales(i);
    this.setRange(
      i,
      scales.x.zoomed(x, factor, across),
      scales.y.zoomed(y, factor, up)
    );
  }

  /** Look at a part of axes, told in shares. */
  zoomTo(i: number, across: Interval, up: Interval): void {
    const { x, y } = this.range(i);
    const scales = this.scales(i);
    this.setRange(i, scales.x.part(x, ...across), scales.y.part(y, ...up));
  }

  /** What the engine makes of a wish is what is seen: axes with one scale for both do so. */
  correct(i: number, x: Interval, y: Interval): void {
    const wanted = this._now.get(i);
    if (
      wanted === undefined ||
      (isSameRange(wanted.x, x) && isSameRange(wanted.y, y))
    ) {
      return;
    }
    const isKept = this._history[this._place] === this._now;
    this.setRange(i, x, y);
    if (isKept) {
      this._history[this._place] = this._now;
    }
  }

  /** Make what is in view a step of the history. */
  keep(): void {
    if (isSameView(this._history[this._place], this._now)) {
      return;
    }
    this._history = [
      ...this._history.slice(0, this._place + 1),
      this._now
    ].slice(-MOST_STEPS);
    this._place = this._history.length - 1;
  }

  home(): void {
    this._now = new Map();
    this.keep();
  }

  /** Go some steps back, or forward. */
  go(steps: number): void {
    const place = this._place + steps;
    if (place >= 0 && place < this._history.length) {
      this._place = place;
      this._now = this._history[place];
    }
  }

  colors(i: number): IColors {
    return this._colors.get(i) ?? AS_DRAWN;
  }

  setColors(i: number, colors: Partial<IColors>): void {
    this._colors.set(i, { ...this.colors(i), ...colors });
  }

  scales(i: number): { readonly x: Scale; readonly y: Scale } {
    const { xscale, yscale } = this.find(i);
    return { x: new Scale(xscale), y: new Scale(yscale) };
  }

  /** The axes with a number. */
  find(i: number): ILiveAxes {
    const found = this.axes.find(each => each.i === i);
    if (found === undefined) {
      throw new Error(`The figure has no axes ${i}`);
    }
    return found;
  }

  /** All that is not as drawn, as the server is told. */
  wishes(): ILiveWishAxes[] {
    return this.axes
      .map(({ i }) => {
        const { x, y } = this._now.get(i) ?? { x: null, y: null };
        return { i, x, y, ...this.colors(i) };
      })
      .filter(({ x, clim, cmap, norm }) =>
        [x, clim, cmap, norm].some(each => each !== null)
      );
  }

  private _colors = new Map<number, IColors>();
  private _history: Views[] = [new Map()];
  private _now: Views = new Map();
  private _place = 0;
}

function isSameView(one: Views, other: Views): boolean {
  return (
    one.size === other.size &&
    [...one].every(
      ([i, { x, y }]) =>
        isSameRange(x, other.get(i)?.x) && isSameRange(y, other.get(i)?.y)
    )
  );
}
