import { ILiveAxes, ILiveFrameAxes, ILiveTicks, Interval } from '../../tokens';
import { Box, Look, lookOf, percent, place } from './boxes';
import { Scale } from './scales';

/** Ticks at the ends of an axis may lie beside it by rounding. */
const SLACK = 1e-3;

/** Where a tick of a frame is when another part of the axis is in view. */
type Move = (share: number) => number;

/** A line of text begins so far above its tallest letter, where matplotlib's begins [of its size]. */
const LEADING = 0.17;

const STAY: Move = share => share;

/**
 * What stands around one pair of axes while it moves: ticks and titles, as text.
 */
export class Labels {
  constructor(private _axes: ILiveAxes) {
    this.node.className = 'jp-EmoutLab-Live-labels';
    // The picture's own name says what it is.
    this.node.setAttribute('aria-hidden', 'true');
    this.node.append(this._around, this._beside);
    place(this._around, _axes.box);
    if (_axes.bar) {
      place(this._beside, _axes.bar.box);
    }
  }

  readonly node = document.createElement('div');

  set box(box: Box) {
    place(this._around, box);
  }

  /** How large the figure is shown, compared to its own pixels. */
  set scale(scale: number) {
    this._scale = scale;
  }

  /** Write what a frame says, for the part of the axes that is in view. */
  write(frame: ILiveFrameAxes, x: Interval, y: Interval): void {
    const { xscale, yscale, bar } = this._axes;
    this._around.replaceChildren(
      ...this._ticks('x', frame.x, mover(xscale, frame.xlim, x)),
      ...this._ticks('y', frame.y, mover(yscale, frame.ylim, y)),
      ...this._title(frame.title)
    );
    if (bar && frame.bar) {
      this._beside.replaceChildren(...this._barTicks(frame.bar, bar.vertical));
    }
  }

  private _ticks(
    name: 'x' | 'y',
    ticks: ILiveTicks,
    move: Move
  ): HTMLElement[] {
    const look = lookOf(this._axes, name);
    return [
      ...this._row(ticks, look, name === 'x', move),
      ...this._offset(ticks.offset, look, name === 'x')
    ];
  }

  private _barTicks(ticks: ILiveTicks, isVertical: boolean): HTMLElement[] {
    const look = lookOf(this._axes, 'bar');
    const isTurned = isVertical === ['left', 'right'].includes(look.side);
    const side = isVertical ? 'right' : 'bottom';
    const rightLook = isTurned ? look : { ...look, side };
    return [
      ...this._row(ticks, rightLook, !isVertical, STAY),
      ...this._offset(ticks.offset, rightLook, !isVertical)
    ];
  }

  /** Marks and texts along one side. */
  private _row(
    { at, text }: ILiveTicks,
    look: Look,
    isAcross: boolean,
    move: Move
  ): HTMLElement[] {
    return at.flatMap((share, index) => {
      const now = move(share);
      return now < -SLACK || now > 1 + SLACK
        ? []
        : [
            this._mark(look, isAcross, now),
            this._text(text[index] ?? '', look, isAcross, now)
          ];
    });
  }

  private _mark(look: Look, isAcross: boolean, share: number): HTMLElement {
    const node = element('mark');
    const length = `${look.length * this._scale}px`;
    const width = `${Math.max(1, look.width * this._scale)}px`;
    node.style.backgroundColor = look.color;
    node.style.width = isAcross ? width : length;
    node.style.height = isAcross ? length : width;
    put(node, look.side, isAcross, share, 0);
    return node;
  }

  private _text(
    text: string,
    look: Look,
    isAcross: boolean,
    share: number
  ): HTMLElement {
    const node = this._word(text, look);
    const away = (look.length + look.pad - leading(look)) * this._scale;
    put(node, look.side, isAcross, share, away);
    return node;
  }

  /** What all numbers of an axis are to be added to, or multiplied with. */
  private _offset(text: string, look: Look, isAcross: boolean): HTMLElement[] {
    if (!text) {
      return [];
    }
    const node = this._word(text, look);
    const away =
      (look.length + 2 * look.pad + look.size - leading(look)) * this._scale;
    node.classList.add('jp-mod-offset');
    if (isAcross) {
      node.style.right = '0';
      node.style.top = `calc(100% + ${away}px)`;
    } else {
      node.style.left = '0';
      node.style.bottom = `calc(100% + ${look.pad * this._scale}px)`;
    }
    return [node];
  }

  private _title(text: string): HTMLElement[] {
    if (!text) {
      return [];
    }
    const look = lookOf(this._axes, 'title');
    const node = this._word(text, look);
    node.classList.add('jp-mod-title');
    put(node, 'top', true, 0.5, look.pad * this._scale);
    return [node];
  }

  private _word(text: string, look: Look): HTMLElement {
    const node = element('text');
    node.textContent = text;
    node.style.color = look.color;
    node.style.fontSize = `${look.size * this._scale}px`;
    return node;
  }

  private _around = element('around');
  private _beside = element('around');
  private _scale = 1;
}

/** Below an axis, what lies above the letters takes none of the room between. */
function leading({ side, size }: Look): number {
  return side === 'bottom' ? LEADING * size : 0;
}

function element(name: string): HTMLElement {
  const node = document.createElement('div');
  node.className = `jp-EmoutLab-Live-${name}`;
  return node;
}

/** Put something outside a side of a box, its middle at a share of that side. */
function put(
  node: HTMLElement,
  side: string,
  isAcross: boolean,
  share: number,
  away: number
): void {
  const { style } = node;
  const isFar = isAcross ? side === 'top' : side === 'right';
  const outside = `calc(100% + ${away}px)`;
  if (isAcross) {
    style.left = percent(share);
    style[isFar ? 'bottom' : 'top'] = outside;
    style.transform = 'translateX(-50%)';
  } else {
    style.bottom = percent(share);
    style[isFar ? 'left' : 'right'] = outside;
    style.transform = 'translateY(50%)';
  }
}

/** Ticks stand at their numbers, also where the view has moved since they came. */
function mover(name: string, old: Interval, now: Interval): Move {
  const scale = new Scale(name);
  const [from, to] = scale.ends(old);
  const [low, high] = scale.ends(now);
  return share => (from + share * (to - from) - low) / (high - low);
}
