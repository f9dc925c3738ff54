import { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';

import { ILiveAxes, ILiveHello, Interval } from '../../tokens';
import { place } from './boxes';
import { LiveModel } from './model';
import { Scale } from './scales';

type Bar = NonNullable<ILiveAxes['bar']>;

/** Share of the colours that an arrow key moves a limit by. */
const KEY_STEP = 0.05;
/** A pointer takes a limit within this share of its end; between them, both. */
const NEAR = 1 / 3;

/** By which shares of themselves the lower and the upper limit move. */
type Pull = readonly [number, number];

/**
 * Colour bars that can be dragged: an end moves its limit, the middle moves both.
 *
 * The two limits are sliders for keys.
 */
export class ColorBars implements IDisposable {
  constructor(
    private _model: LiveModel,
    private _trans: TranslationBundle
  ) {
    this.node.className = 'jp-EmoutLab-Live-bars';
    _model.changed.connect(this._onChanged, this);
    this._onChanged();
  }

  readonly node = document.createElement('div');

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._model.changed.disconnect(this._onChanged, this);
    this.node.remove();
  }

  private _onChanged(): void {
    const { hello } = this._model;
    if (hello !== this._hello && hello !== null) {
      this._hello = hello;
      this._handles = [];
      this.node.replaceChildren(
        ...hello.axes.flatMap(axes =>
          axes.bar && axes.map ? [this._bar(axes, axes.bar)] : []
        )
      );
    }
    for (const { node, i, end } of this._handles) {
      const limits = this._model.limits(i);
      const drawn = this._model.view.find(i).clim;
      if (limits !== null && drawn !== null) {
        const [low, high] = drawn;
        const share = (limits[end] - low) / (high - low);
        // In percent of the limits as drawn: numbers with powers of ten are not allowed there.
        node.setAttribute('aria-valuenow', (100 * share).toFixed(1));
        node.setAttribute('aria-valuetext', limits[end].toPrecision(4));
      }
    }
  }

  private _bar(axes: ILiveAxes, { box, vertical }: Bar): HTMLElement {
    const node = document.createElement('div');
    node.className = 'jp-EmoutLab-Live-bar';
    node.classList.toggle('jp-mod-vertical', vertical);
    node.title = this._trans.__(
      'Drag an end to move its limit; double-click for the limits as drawn'
    );
    place(node, box);
    node.append(
      this._handle(axes.i, 0, this._trans.__('Lower limit of the colors')),
      this._handle(axes.i, 1, this._trans.__('Upper limit of the colors'))
    );
    node.addEventListener('pointerdown', event => {
      event.stopPropagation();
      this._drag(event, node, axes.i, vertical);
    });
    node.addEventListener('dblclick', event => {
      event.stopPropagation();
      this._model.steering.setColors(axes.i, { clim: null });
    });
    return node;
  }

  private _handle(i: number, end: 0 | 1, label: string): HTMLElement {
    const node = document.createElement('div');
    node.className = 'jp-EmoutLab-Live-limit';
    node.dataset.end = String(end);
    node.tabIndex = 0;
    node.setAttribute('role', 'slider');
    node.setAttribute('aria-label', label);
    node.addEventListener('keydown', event => {
      const way = KEYS[event.key];
      if (way !== undefined) {
        event.preventDefault();
        event.stopPropagation();
        const step = KEY_STEP * way;
        this._pull(i, end === 0 ? [step, 0] : [0, step]);
      }
    });
    this._handles.push({ node, i, end });
    return node;
  }

  private _drag(
    down: PointerEvent,
    node: HTMLElement,
    i: number,
    isVertical: boolean
  ): void {
    if (down.button !== 0) {
      return;
    }
    const shareOf = ({ clientX, clientY }: PointerEvent) => {
      const { left, bottom, width, height } = node.getBoundingClientRect();
      return isVertical
        ? (bottom - clientY) / Math.max(1, height)
        : (clientX - left) / Math.max(1, width);
    };
    let last = shareOf(down);
    const ends: Pull = last < NEAR ? [1, 0] : last > 1 - NEAR ? [0, 1] : [1, 1];
    const end = new AbortController();
    const { signal } = end;
    node.setPointerCapture?.(down.pointerId);
    node.addEventListener(
      'pointermove',
      event => {
        const now = shareOf(event);
        // The colour follows the pointer: its limit goes the other way.
        const by = last - now;
        last = now;
        this._pull(i, [by * ends[0], by * ends[1]]);
      },
      { signal }
    );
    for (const type of ['pointerup', 'pointercancel'] as const) {
      node.addEventListener(type, () => end.abort(), { signal });
    }
  }

  private _pull(i: number, [lower, upper]: Pull): void {
    const limits = this._model.limits(i);
    if (limits === null) {
      return;
    }
    const norm =
      this._model.view.colors(i).norm ?? this._model.view.find(i).norm;
    const scale = new Scale(norm ?? 'linear');
    const wanted: Interval = [
      scale.valueAt(limits, lower),
      scale.valueAt(limits, 1 + upper)
    ];
    if (wanted[0] < wanted[1]) {
      const clim = scale.kept(limits, wanted);
      this._model.steering.setColors(i, { clim });
    }
  }

  private _handles: { node: HTMLElement; i: number; end: 0 | 1 }[] = [];
  private _hello: ILiveHello | null = null;
  private _isDisposed = false;
}

const KEYS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1
};
