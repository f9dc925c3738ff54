import { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';

import { LiveModel } from './model';
import { LiveStage } from './stage';

/** Pixels that an arrow key moves the corner by. */
const KEY_STEP = 20;
const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1]
};

/**
 * How large a live figure is shown: as large as its still picture, or as fits its place.
 *
 * Dragging its corner gives the figure another size, with letters of the same size.
 */
export class Resizer implements IDisposable {
  constructor(private _options: Resizer.IOptions) {
    const { model, stage, frame, isFitted } = _options;
    if (!isFitted) {
      stage.node.append(this._corner());
    }
    model.changed.connect(this._onChanged, this);
    this._observer.observe(frame);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._options.model.changed.disconnect(this._onChanged, this);
    this._observer.disconnect();
  }

  private _onChanged(): void {
    const { hello } = this._options.model;
    if (hello !== null && hello !== this._hello) {
      this._hello = hello;
      this._fit();
    }
  }

  /** Show it as large as it may be. */
  private _fit(): void {
    const { frame, isFitted, model, height: shown } = this._options;
    const { clientWidth, clientHeight } = frame;
    const { hello } = model;
    if (hello === null || this._isFitting) {
      return;
    }
    const [width, height] = model.size;
    const wanted = isFitted
      ? Math.min(clientWidth / width, clientHeight / height)
      : // Not by its width: a live figure has room beside it, in which labels grow.
        (shown || hello.size[1]) / hello.size[1];
    // Never wider than its place; before it is laid out, nothing is known of that.
    const most = clientWidth > 0 ? clientWidth / width : Infinity;
    this._isFitting = true;
    model.scale = Math.min(wanted, most);
    this._isFitting = false;
  }

  private _corner(): HTMLElement {
    const { model, trans } = this._options;
    const node = document.createElement('button');
    node.type = 'button';
    node.className = 'jp-EmoutLab-Live-corner';
    node.title = trans.__('Drag to resize, or use arrow keys');
    node.setAttribute('aria-label', trans.__('Resize'));
    const grow = (across: number, down: number) => {
      const [width, height] = model.size;
      model.size = [width + across / model.scale, height + down / model.scale];
      this._fit();
    };
    node.addEventListener('pointerdown', event => {
      event.stopPropagation();
      if (event.button === 0) {
        this._drag(node, event, grow);
      }
    });
    node.addEventListener('keydown', event => {
      const way = KEYS[event.key];
      if (way !== undefined) {
        event.preventDefault();
        event.stopPropagation();
        grow(KEY_STEP * way[0], KEY_STEP * way[1]);
      }
    });
    return node;
  }

  private _drag(
    node: HTMLElement,
    down: PointerEvent,
    grow: (across: number, down: number) => void
  ): void {
    const { model } = this._options;
    const [width, height] = model.size;
    const { scale } = model;
    const end = new AbortController();
    const { signal } = end;
    node.setPointerCapture?.(down.pointerId);
    node.addEventListener(
      'pointermove',
      ({ clientX, clientY }) => {
        // From where it began: what was too small to be counted is not lost.
        const [wide, high] = model.size;
        grow(
          (width - wide) * scale + clientX - down.clientX,
          (height - high) * scale + clientY - down.clientY
        );
      },
      { signal }
    );
    for (const type of ['pointerup', 'pointercancel'] as const) {
      node.addEventListener(type, () => end.abort(), { signal });
    }
  }

  private _hello: LiveModel['hello'] = null;
  private _isDisposed = false;
  private _isFitting = false;
  private _observer = new ResizeObserver(() => this._fit());
}

export namespace Resizer {
  export interface IOptions {
    model: LiveModel;
    stage: LiveStage;
    /** The place that there is. */
    frame: HTMLElement;
    isFitted: boolean;
    /** Height at which the still picture is shown; 0 for the figure's own. */
    height: number;
    trans: TranslationBundle;
  }
}
