import { ILiveAxes } from '../../tokens';

/** Left, top, width and height as shares of the picture. */
export type Box = ILiveAxes['box'];

/** How a text beside axes looks, in the figure's own pixels. */
export interface ILook {
  readonly size: number;
  readonly color: string;
  readonly side?: string;
  readonly length?: number;
  readonly pad?: number;
  readonly width?: number;
}

/** What an engine may say of axes beside what is agreed. */
interface ILooks {
  readonly x?: ILook;
  readonly y?: ILook;
  readonly title?: ILook;
  readonly bar?: ILook;
}

/** What matplotlib does unless it is told otherwise. */
const USUAL: Required<ILook> = {
  size: 10,
  color: '#000000',
  side: '',
  length: 3.5,
  pad: 3.5,
  width: 0.8
};
const USUAL_SIDES = { x: 'bottom', y: 'left', title: 'top', bar: 'right' };

/** How the texts of axes look. */
export function lookOf(
  axes: ILiveAxes,
  name: 'x' | 'y' | 'title' | 'bar'
): Required<ILook> {
  const { ticks } = axes as { ticks?: ILooks };
  const known = Object.fromEntries(
    Object.entries(ticks?.[name] ?? {}).filter(([, value]) => value !== null)
  );
  return { ...USUAL, side: USUAL_SIDES[name], ...known };
}

/** The box of axes in a frame: it changes where both have one scale. */
export function boxOf(axes: ILiveAxes, frame: object | undefined): Box {
  const { box } = (frame ?? {}) as { box?: Box | null };
  return box ?? axes.box;
}

/** Lay an element over a box. */
export function place(
  node: HTMLElement,
  [left, top, width, height]: Box
): void {
  node.style.left = percent(left);
  node.style.top = percent(top);
  node.style.width = percent(width);
  node.style.height = percent(height);
}

export function percent(share: number): string {
  return `${Number((100 * share).toFixed(4))}%`;
}

/** Where a point of the picture lies in a box: shares from its left and its lower end. */
export function within(
  [left, top, width, height]: Box,
  across: number,
  down: number
): { readonly across: number; readonly up: number } {
  return {
    across: (across - left) / width,
    up: 1 - (down - top) / height
  };
}

/** Whether shares are those of a point inside. */
export function isInside(...shares: number[]): boolean {
  return shares.every(share => share >= 0 && share <= 1);
}
