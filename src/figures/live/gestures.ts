import { IDisposable } from '@lumino/disposable';

import { ZOOM_STEP } from '../panzoom';
import { LiveModel } from './model';
import { IPlace } from './pointing';
import { LiveStage } from './stage';

/** A pointer that moves less has clicked. */
const CLICK_PIXELS = 4;
const NOTCH_PIXELS = 100;
/** Pinching a touchpad comes as small turns of a wheel with the Control key. */
const PINCH = 8;
/** When the wheel has stood still so long, what is in view is a step of the history. */
const WHEEL_REST_MS = 400;

/** One finger, or the mouse. */
interface IPointer {
  x: number;
  y: number;
}

/** What a pointer has begun. */
interface IGesture {
  readonly start: IPlace;
  readonly from: IPointer;
  readonly kind: 'pan' | 'zoom' | 'none';
  isMoving: boolean;
  /** Whether there were two fingers at any time: then it is neither a click nor a rectangle. */
  isPinch: boolean;
}

/**
 * Mouse, wheel and fingers on a live figure.
 *
 * The wheel belongs to the page: the figure takes it only with the Control key, or after a click.
 * So do fingers: one moves the figure only once it has been tapped, two always do.
 */
export class Gestures implements IDisposable {
  constructor(private _options: Gestures.IOptions) {
    const { stage } = _options;
    this._area.className = 'jp-EmoutLab-Live-area';
    this._area.hidden = true;
    stage.node.append(this._area);
    const { signal } = this._end;
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      listener: (event: HTMLElementEventMap[K]) => void
    ) =>
      stage.node.addEventListener(type, listener, { signal, passive: false });
    on('pointerdown', event => this._onDown(event));
    on('pointermove', event => this._onMove(event));
    on('pointerup', event => this._onUp(event));
    on('pointercancel', event => this._onCancel(event));
    on('pointerleave', () => stage.model.pointing.leave());
    on('wheel', event => this._onWheel(event));
    on('dragstart', event => event.preventDefault());
  }

  get isDisposed(): boolean {
    return this._end.signal.aborted;
  }

  dispose(): void {
    window.clearTimeout(this._wheelRest);
    this._end.abort();
    this._area.remove();
  }

  /** Leave what was begun as it was before; false where nothing was. */
  cancel(): boolean {
    const wasBegun = this._gesture?.isMoving === true;
    this._gesture = null;
    this._area.hidden = true;
    return wasBegun;
  }

  private get _model(): LiveModel {
    return this._options.stage.model;
  }

  private _onDown(event: PointerEvent): void {
    const { pointerId, button, target } = event;
    if (button !== 0 || isControl(target)) {
      return;
    }
    const pointer = this._pointer(event);
    this._pointers.set(pointerId, pointer);
    const place = this._place(pointer);
    if (place === null) {
      return;
    }
    this._options.stage.node.setPointerCapture?.(pointerId);
    this._gesture = {
      start: place,
      from: pointer,
      kind: this._kindOf(event, place),
      isMoving: false,
      isPinch: this._pointers.size > 1
    };
    if (this._model.steering.isMovable(place.i)) {
      this._model.steering.current = place.i;
    }
  }

  /** Fingers scroll the page until the figure has been tapped. */
  private _kindOf(event: PointerEvent, { i }: IPlace): IGesture['kind'] {
    const isTaken =
      event.pointerType !== 'touch' ||
      this._options.isActive() ||
      this._pointers.size > 1;
    return isTaken && this._model.steering.isMovable(i)
      ? this._model.steering.tool
      : 'none';
  }

  private _onMove(event: PointerEvent): void {
    const pointer = this._pointer(event);
    const old = this._pointers.get(event.pointerId);
    const gesture = this._gesture;
    if (old === undefined || gesture === null) {
      this._point(pointer);
      return;
    }
    if (this._pointers.size > 1) {
      this._pinch(event.pointerId, pointer);
      return;
    }
    const way = Math.hypot(
      pointer.x - gesture.from.x,
      pointer.y - gesture.from.y
    );
    gesture.isMoving = gesture.isMoving || way > CLICK_PIXELS;
    if (!gesture.isMoving) {
      return;
    }
    const from = this._pointers.get(event.pointerId)!;
    this._pointers.set(event.pointerId, pointer);
    if (gesture.kind === 'pan') {
      this._pan(gesture.start.i, from, pointer);
    } else if (gesture.kind === 'zoom' && !gesture.isPinch) {
      this._showArea(gesture.from, pointer);
    }
  }

  private _onUp(event: PointerEvent): void {
    const gesture = this._gesture;
    const pointer = this._pointer(event);
    this._pointers.delete(event.pointerId);
    if (gesture === null || this._pointers.size > 0) {
      return;
    }
    this._gesture = null;
    this._area.hidden = true;
    if (!gesture.isMoving && !gesture.isPinch) {
      this._options.onClick();
      this._model.pointing.pick(gesture.start);
    } else if (gesture.kind === 'zoom' && !gesture.isPinch) {
      this._zoomToArea(gesture, pointer);
    } else {
      this._model.steering.keep();
    }
  }

  private _onCancel({ pointerId }: PointerEvent): void {
    this._pointers.delete(pointerId);
    if (this._pointers.size === 0 && this._gesture !== null) {
      this.cancel();
      this._model.steering.keep();
    }
  }

  private _onWheel(event: WheelEvent): void {
    const place = this._place(this._pointer(event));
    const isOurs = event.ctrlKey || event.metaKey || this._options.isActive();
    if (!isOurs || place === null || !this._model.steering.isMovable(place.i)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const { deltaY, deltaMode, ctrlKey } = event;
    const pixels = deltaY * [1, NOTCH_PIXELS / 3, NOTCH_PIXELS][deltaMode];
    const isPinch = ctrlKey && Math.abs(pixels) < NOTCH_PIXELS / 2;
    const notches = ((isPinch ? PINCH : 1) * -pixels) / NOTCH_PIXELS;
    this._model.steering.current = place.i;
    this._model.steering.zoom(
      place.i,
      ZOOM_STEP ** notches,
      place.across,
      place.up
    );
    window.clearTimeout(this._wheelRest);
    this._wheelRest = window.setTimeout(
      () => this._model.steering.keep(),
      WHEEL_REST_MS
    );
  }

  private _point(pointer: IPointer): void {
    const place = this._place(pointer);
    if (place === null) {
      this._model.pointing.leave();
    } else {
      this._model.pointing.hover(place);
    }
  }

  private _pan(i: number, from: IPointer, to: IPointer): void {
    const [start, end] = [from, to].map(each => this._placeIn(i, each));
    this._model.steering.pan(i, start.across - end.across, start.up - end.up);
  }

  /** Two fingers: what lies between them stays between them. */
  private _pinch(id: number, pointer: IPointer): void {
    const gesture = this._gesture;
    const other = [...this._pointers].find(([each]) => each !== id)?.[1];
    const old = this._pointers.get(id)!;
    this._pointers.set(id, pointer);
    if (gesture === null || other === undefined) {
      return;
    }
    gesture.isMoving = gesture.isPinch = true;
    this._area.hidden = true;
    const { i } = gesture.start;
    if (!this._model.steering.isMovable(i)) {
      return;
    }
    const middle = (one: IPointer) => ({
      x: (one.x + other.x) / 2,
      y: (one.y + other.y) / 2
    });
    const apart = (one: IPointer) =>
      Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
    this._pan(i, middle(old), middle(pointer));
    const about = this._placeIn(i, middle(pointer));
    this._model.steering.zoom(
      i,
      apart(pointer) / apart(old),
      about.across,
      about.up
    );
  }

  private _showArea(from: IPointer, to: IPointer): void {
    const { style } = this._area;
    this._area.hidden = false;
    style.left = `${Math.min(from.x, to.x)}px`;
    style.top = `${Math.min(from.y, to.y)}px`;
    style.width = `${Math.abs(to.x - from.x)}px`;
    style.height = `${Math.abs(to.y - from.y)}px`;
  }

  private _zoomToArea({ start, from }: IGesture, to: IPointer): void {
    const isWide = [from.x - to.x, from.y - to.y].every(
      side => Math.abs(side) > CLICK_PIXELS
    );
    if (isWide) {
      const end = this._placeIn(start.i, to);
      const kept = (share: number) => Math.min(1, Math.max(0, share));
      this._model.steering.zoomTo(
        start.i,
        [start.across, kept(end.across)],
        [start.up, kept(end.up)]
      );
    }
  }

  /** Where an event is, in pixels from the corner of the picture. */
  private _pointer({ clientX, clientY }: MouseEvent): IPointer {
    const { left, top } = this._options.stage.node.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  private _place({ x, y }: IPointer): IPlace | null {
    const { clientWidth, clientHeight } = this._options.stage.node;
    return this._options.stage.at(x / clientWidth, y / clientHeight);
  }

  private _placeIn(i: number, { x, y }: IPointer): IPlace {
    const { clientWidth, clientHeight } = this._options.stage.node;
    return this._options.stage.placeIn(i, x / clientWidth, y / clientHeight);
  }

  private _area = document.createElement('div');
  private _end = new AbortController();
  private _gesture: IGesture | null = null;
  private _pointers = new Map<number, IPointer>();
  private _wheelRest = 0;
}

export namespace Gestures {
  export interface IOptions {
    stage: LiveStage;
    /** Whether the figure has been clicked, and not left since. */
    isActive: () => boolean;
    onClick: () => void;
  }
}

/** Whether something of its own lies there, as the handles of a colour bar. */
function isControl(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest('[role="slider"]') !== null
  );
}
