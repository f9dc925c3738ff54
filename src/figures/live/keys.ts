import { ZOOM_STEP } from '../panzoom';
import { LiveModel } from './model';

/** Share of the axes that an arrow key moves them by. */
const PAN_STEP = 0.1;
/** Share of the axes that the cross moves by. */
const CROSS_STEP = 0.02;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1]
};

/** By the sign that a key writes: which keys those are is another matter on each keyboard. */
const ZOOMS: Readonly<Record<string, number>> = { '+': 1, '=': 1, '-': -1 };
const STEPS: Readonly<Record<string, number>> = { ',': -1, '.': 1 };

/** The place that keys read values at. */
export interface ICross {
  across: number;
  up: number;
}

/**
 * What a key means for a live figure; false where it means nothing.
 *
 * @param cross - moved by arrow keys with Shift
 * @param leave - what Escape does when no tool is in the hand
 */
export function pressKey(
  event: Pick<
    KeyboardEvent,
    'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'
  >,
  model: LiveModel,
  cross: ICross,
  leave: () => void
): boolean {
  const { key, shiftKey } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return false;
  }
  const i = model.steering.current;
  const isMovable = model.steering.isMovable(i);
  if (key in ARROWS) {
    if (!isMovable) {
      return false;
    }
    const [across, up] = ARROWS[key];
    if (shiftKey) {
      moveCross(model, cross, across, up);
    } else {
      model.steering.pan(i, PAN_STEP * across, PAN_STEP * up);
      model.steering.keep();
    }
    return true;
  }
  if (key in ZOOMS) {
    if (isMovable) {
      model.steering.zoom(i, ZOOM_STEP ** ZOOMS[key]);
      model.steering.keep();
    }
    return isMovable;
  }
  if (key in STEPS) {
    model.seek(model.player.at + STEPS[key]);
    return true;
  }
  return pressOther(event, model, cross, leave);
}

function pressOther(
  { key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>,
  model: LiveModel,
  cross: ICross,
  leave: () => void
): boolean {
  switch (key) {
    case ' ':
      model.togglePlay();
      return true;
    case 'Home':
      model.steering.home();
      return true;
    case 'Backspace':
      if (shiftKey) {
        model.steering.forward();
      } else {
        model.steering.back();
      }
      return true;
    case 'p':
      model.steering.tool = model.steering.tool === 'pan' ? 'none' : 'pan';
      return true;
    case 'o':
      model.steering.tool = model.steering.tool === 'zoom' ? 'none' : 'zoom';
      return true;
    case 'Enter':
      if (model.steering.isMovable(model.steering.current)) {
        model.pointing.pick({ i: model.steering.current, ...cross });
      }
      return true;
    case 'Escape':
      if (model.pointing.picked !== null) {
        model.pointing.unpick();
      } else if (model.steering.tool !== 'none') {
        model.steering.tool = 'none';
      } else {
        leave();
      }
      return true;
    default:
      return false;
  }
}

function moveCross(
  model: LiveModel,
  cross: ICross,
  across: number,
  up: number
): void {
  const kept = (share: number) => Math.min(1, Math.max(0, share));
  cross.across = kept(cross.across + CROSS_STEP * across);
  cross.up = kept(cross.up + CROSS_STEP * up);
  model.pointing.hover({ i: model.steering.current, ...cross });
}
