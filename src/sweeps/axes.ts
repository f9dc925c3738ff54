import { IAxis } from './marks';
import { shortNumber, tickLabels, ticksOf } from './ticks';

/** A tick with what is written beside it. */
export interface ITick {
  readonly value: number;
  readonly text: string;
}

/** Pixels from tick to tick, about. */
export const TICK_EVERY_X = 90;
export const TICK_EVERY_Y = 50;
const LONGEST_WORD = 14;

/** The ticks of an axis: in the middle of cells where there is room; of many words only some. */
export function ticksOn(axis: IAxis, wanted: number): ITick[] {
  if (axis.words !== null) {
    const every = Math.max(
      1,
      Math.ceil(axis.words.length / Math.max(1, wanted * 1.5))
    );
    return axis.words
      .map((word, value) => ({ value, text: shortened(word) }))
      .filter(({ value }) => value % every === 0);
  }
  const { low, high, middles } = axis;
  if (middles !== null && areApart(middles, (high - low) / (1.5 * wanted))) {
    return middles.map(value => ({ value, text: shortNumber(value) }));
  }
  const ticks = ticksOf(low, high, Math.max(2, Math.floor(wanted)));
  const texts = tickLabels(ticks);
  return ticks.map((value, index) => ({ value, text: texts[index] }));
}

function areApart(places: readonly number[], least: number): boolean {
  return places
    .slice(1)
    .every((place, index) => place - places[index] >= least);
}

function shortened(word: string): string {
  return word.length > LONGEST_WORD
    ? `${word.slice(0, LONGEST_WORD - 1)}…`
    : word;
}

/** Pixels of the widest text. */
export function widest(
  context: CanvasRenderingContext2D,
  ticks: readonly ITick[]
): number {
  return ticks.reduce(
    (width, { text }) => Math.max(width, context.measureText(text).width),
    0
  );
}
