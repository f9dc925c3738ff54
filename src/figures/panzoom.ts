import { IDisposable } from '@lumino/disposable';
import { select, Selection } from 'd3-selection';
import { zoom, ZoomBehavior, zoomIdentity, ZoomTransform } from 'd3-zoom';

export const ZOOM_STEP = 1.25;
const SMALLEST = 0.05;
const LARGEST = 20;
/** Pixels that an arrow key moves the picture by. */
const PAN_STEP = 60;
/** Free space around a fitted picture. */
const MARGIN = 16;
/** A notch of a wheel is a step of the buttons. */
const NOTCH_PIXELS = 100;
/** Pinching a touchpad comes as small turns of a wheel with the Control key. */
const PINCH = 8;

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [PAN_STEP, 0],
  ArrowRight: [-PAN_STEP, 0],
  ArrowUp: [0, PAN_STEP],
  ArrowDown: [0, -PAN_STEP]
};

/** By the sign that a key writes: which keys those are is another matter on each keyboard. */
const STEPS: Record<string, number> = { '+': 1, '=': 1, '-': -1 };

/**
 * Zooms a picture to the pointer and lets it be dragged, within a frame that it does not leave.
 */
export class PanZoom implements IDisposable {
  constructor(private _options: PanZoom.IOptions) {
    const { frame, image } = _options;
    this._zoom = zoom<HTMLElement, unknown>()
      .scaleExtent([SMALLEST, LARGEST])
      .duration(0)
      .wheelDelta(wheelDelta)
      .constrain(transform => this._kept(transform))
      .on('zoom', ({ transform }: IZoomEvent) => {
        this._isFitted = this._isFitted && this._isFitting;
        this._apply(transform);
      });
    this._frame = select(frame);
    this._frame.call(this._zoom);
    frame.addEventListener('keydown', this._onKeyDown);
    image.addEventListener('load', this._onLoad);
    this._observer = new ResizeObserver(() => this._onResize());
    this._observer.observe(frame);
    this._onLoad();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    const { frame, image } = this._options;
    this._observer.disconnect();
    this._frame.on('.zoom', null);
    frame.removeEventListener('keydown', this._onKeyDown);
    image.removeEventListener('load', this._onLoad);
  }

  /** Null while the whole picture is fitted into the frame. */
  get zoom(): number | null {
    return this._isFitted ? null : this._scale;
  }
  set zoom(zoom: number | null) {
    this._isFitted = zoom === null;
    if (zoom === null) {
      this._fit();
    } else {
      this._zoom.scaleTo(this._frame, zoom);
    }
  }

  /** Zoom in or out by some steps, about the middle. */
  zoomBy(steps: number): void {
    this._isFitted = false;
    this._zoom.scaleBy(this._frame, ZOOM_STEP ** steps);
  }

  /** Move the picture by pixels of the screen. */
  panBy(x: number, y: number): void {
    this._zoom.translateBy(this._frame, x / this._scale, y / this._scale);
  }

  private _fit(): void {
    const { clientWidth, clientHeight } = this._options.frame;
    const [width, height] = this._size;
    const scale = Math.min(
      1,
      Math.max(SMALLEST, (clientWidth - 2 * MARGIN) / width),
      Math.max(SMALLEST, (clientHeight - 2 * MARGIN) / height)
    );
    const middle = zoomIdentity
      .translate(
        (clientWidth - scale * width) / 2,
        (clientHeight - scale * height) / 2
      )
      .scale(scale);
    this._isFitting = true;
    this._zoom.transform(this._frame, middle);
    this._isFitting = false;
  }

  /** The picture stays in the middle of the frame, with one part or another. */
  private _kept(transform: ZoomTransform): ZoomTransform {
    const { x, y, k } = transform;
    const { clientWidth, clientHeight } = this._options.frame;
    if (clientWidth === 0) {
      // Behind another tab: it is found again where it was.
      return transform;
    }
    const [width, height] = this._size;
    const within = (place: number, frame: number, size: number) =>
      Math.min(frame / 2, Math.max(frame / 2 - k * size, place));
    return zoomIdentity
      .translate(within(x, clientWidth, width), within(y, clientHeight, height))
      .scale(k);
  }

  private _apply({ x, y, k }: ZoomTransform): void {
    const { image, onZoom } = this._options;
    this._scale = k;
    // Its width, not a scale: what has no pixels stays sharp.
    image.style.width = `${this._size[0] * k}px`;
    image.style.transform = `translate(${x}px, ${y}px)`;
    onZoom(this.zoom);
  }

  private _onLoad = (): void => {
    const { image, width } = this._options;
    // As it was drawn, also where it was rendered finer since.
    const full = width || image.naturalWidth || 1;
    const shape = image.naturalHeight / image.naturalWidth || 1;
    this._size = [full, full * shape];
    this._onResize();
  };

  private _onResize(): void {
    if (this._isFitted) {
      this._fit();
    } else {
      this.panBy(0, 0);
    }
  }

  private _onKeyDown = (event: KeyboardEvent): void => {
    const { key, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey || !(key in ARROWS || key in STEPS)) {
      return;
    }
    event.preventDefault();
    if (key in ARROWS) {
      this.panBy(...ARROWS[key]);
    } else {
      this.zoomBy(STEPS[key]);
    }
  };

  private _frame: Selection<HTMLElement, unknown, null, undefined>;
  private _isDisposed = false;
  private _isFitted = true;
  /** Whether it is us, not the user, who move the picture. */
  private _isFitting = false;
  private _observer: ResizeObserver;
  private _scale = 1;
  private _size: [number, number] = [1, 1];
  private _zoom: ZoomBehavior<HTMLElement, unknown>;
}

export namespace PanZoom {
  export interface IOptions {
    frame: HTMLElement;
    /** Lies in the frame's upper left corner. */
    image: HTMLImageElement;
    /** Pixels at 100 %; 0 for those that the picture has. */
    width: number;
    /** Told of every change; null while the picture is fitted. */
    onZoom: (zoom: number | null) => void;
  }
}

interface IZoomEvent {
  transform: ZoomTransform;
}

/** By how many powers of two a turn of the wheel zooms. */
function wheelDelta({ deltaY, deltaMode, ctrlKey }: WheelEvent): number {
  // Lines and pages, where they are told, are as good as notches.
  const pixels = deltaY * [1, NOTCH_PIXELS / 3, NOTCH_PIXELS][deltaMode];
  const isPinch = ctrlKey && Math.abs(pixels) < NOTCH_PIXELS / 2;
  const notches = (isPinch ? PINCH : 1) * (pixels / NOTCH_PIXELS);
  return -Math.log2(ZOOM_STEP) * notches;
}
