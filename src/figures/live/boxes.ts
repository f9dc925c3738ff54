import { ILiveAxes } from '../../tokens';

/** Left, top, width and height as shares of the picture. */
export type Box = ILiveAxes['box'];

/** How a text beside axes looks, and its marks, in the figure's own pixels. */
export type Look = Required<NonNullable<ILiveAxes['ticks'][string]>>;

/** What matplotlib does unless it is told otherwise. */
const USUAL: Look = {
  size: 13.9,
  color: '#000000',
  side: '',
  length: 4.9,
  pad: 4.9,
  width: 1.1
};
const USUAL_SIDES: ReadonlyMap<string, string> = new Map([
  ['x', 'bottom'],
  ['y', 'left'],
  ['title', 'top'],
  ['bar', 'right']
]);

/** How the texts of axes look. */
export function lookOf(
  { ticks }: ILiveAxes,
  name: 'x' | 'y' | 'title' | 'bar'
): Look {
  return { ...USUAL, side: USUAL_SIDES.get(name)!, ...ticks[name] };
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
