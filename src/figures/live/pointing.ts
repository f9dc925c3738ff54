import { ISignal, Signal } from '@lumino/signaling';

import { ILiveAxes, ILiveProbe, ILiveValues, Interval } from '../../tokens';
import { ViewState } from './viewstate';

/** A place of axes, told in shares of them: 0 is left, or at the bottom. */
export interface IPlace {
  readonly i: number;
  readonly across: number;
  readonly up: number;
}

/** A value that does not come so long may be asked for again. */
const VALUE_MS = 1_000;
const DIGITS = 6;
const MOST_DIGITS = 15;
/** So many places beside each other are told apart. */
const APART = 1000;
const STRAIGHT: ReadonlySet<string> = new Set(['linear', 'log']);

/**
 * Where somebody points in a figure, and what is known of it.
 */
export class Pointing {
  constructor(private _options: Pointing.IOptions) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What is known of where somebody points, in words; '' where nobody does. */
  get told(): string {
    return this._told;
  }

  /** What is known of where somebody clicked; null where nobody did. */
  get picked(): ILiveValues | null {
    return this._picked;
  }

  /** Somebody points at a place; one question at a time is asked of it. */
  hover(place: IPlace): void {
    const { view } = this._options;
    const axes = view.find(place.i);
    if (!isStraight(axes)) {
      this._tell('');
      return;
    }
    if (!axes.map && !axes.words) {
      this._tell(this._place(place));
      return;
    }
    if (Date.now() - this._asked < VALUE_MS) {
      this._next = place;
      return;
    }
    this._next = null;
    this._asked = this._probe('hover', place) ? Date.now() : 0;
  }

  /** Nobody points any more. */
  leave(): void {
    this._next = null;
    this._isAway = true;
    this._tell('');
  }

  /** Ask for the values along both axes through a place. */
  pick(place: IPlace): void {
    if (this._options.view.find(place.i).map) {
      this._probe('pick', place);
    }
  }

  unpick(): void {
    this._picked = null;
    this._changed.emit();
  }

  /** An answer has come. */
  take(values: ILiveValues): void {
    if (values.kind === 'pick') {
      this._picked = values;
      this._changed.emit();
      return;
    }
    this._asked = 0;
    if (!this._isAway) {
      this._tell(values.text);
    }
    if (this._next !== null) {
      this.hover(this._next);
    }
  }

  /** No answer will come to what was asked. */
  forget(): void {
    this._asked = 0;
    this._next = null;
    const { axes } = this._options.view;
    if (!axes.some(({ i, map }) => map && i === this._picked?.i)) {
      this._picked = null;
    }
  }

  private _place(place: IPlace): string {
    const range = this._options.view.range(place.i);
    const { x, y } = this._numbers(place);
    return `x = ${short(x, range.x)}, y = ${short(y, range.y)}`;
  }

  private _probe(kind: ILiveProbe['kind'], place: IPlace): boolean {
    this._isAway = false;
    return this._options.ask({
      kind,
      i: place.i,
      ...this._numbers(place)
    });
  }

  private _numbers({ i, across, up }: IPlace): { x: number; y: number } {
    const { view } = this._options;
    const { x, y } = view.range(i);
    const scales = view.scales(i);
    return { x: scales.x.valueAt(x, across), y: scales.y.valueAt(y, up) };
  }

  private _tell(text: string): void {
    if (text !== this._told) {
      this._told = text;
      this._changed.emit();
    }
  }

  /** When the last value was asked for that has not come; 0 where none is awaited. */
  private _asked = 0;
  private _changed = new Signal<this, void>(this);
  private _isAway = true;
  /** Where somebody has pointed since the last question. */
  private _next: IPlace | null = null;
  private _picked: ILiveValues | null = null;
  private _told = '';
}

export namespace Pointing {
  export interface IOptions {
    view: ViewState;
    /** Ask for a value; false where nobody can be asked. */
    ask: (question: Omit<ILiveProbe, 'type' | 'seq'>) => boolean;
  }
}

/** Whether places follow from shares: not so in polar axes, in three dimensions and the like. */
function isStraight({ xscale, yscale }: ILiveAxes): boolean {
  return STRAIGHT.has(xscale) && STRAIGHT.has(yscale);
}

/** A number with as many digits as tell it from its neighbours in a range. */
function short(value: number, [low, high]: Interval): string {
  const finest = Math.abs(high - low) / APART;
  const needed = Math.ceil(Math.log10(Math.abs(value) / finest)) + 1;
  const digits = Math.min(Math.max(needed, DIGITS), MOST_DIGITS);
  return String(Number(value.toPrecision(digits || DIGITS)));
}
