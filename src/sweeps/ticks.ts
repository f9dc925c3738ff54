/**
 * Round numbers at equal distances that lie within a range: 1, 2 or 5 times a power of ten apart.
 *
 * @param wanted - about how many
 */
export function ticksOf(low: number, high: number, wanted: number): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span) || wanted < 1) {
    return Number.isFinite(low) ? [low] : [];
  }
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find(each => each * power >= rough)! * power;
  const first = Math.ceil(low / step - SLACK);
  const last = Math.floor(high / step + SLACK);
  const ticks: number[] = [];
  for (let index = first; index <= last; index += 1) {
    // Not added up: errors would grow from tick to tick.
    ticks.push(Number((index * step).toPrecision(PRECISION)));
  }
  return ticks;
}

/**
 * Numbers at equal distances in as few characters as tell each from its neighbours, all in one way.
 */
export function tickLabels(ticks: readonly number[]): string[] {
  if (ticks.length < 2) {
    return ticks.map(shortNumber);
  }
  const step = ticks[1] - ticks[0];
  const size = Math.max(...ticks.map(Math.abs));
  if (size < LARGE && step >= SMALL) {
    const digits = Math.max(0, -magnitude(step));
    return ticks.map(tick => tick.toFixed(digits));
  }
  return ticks.map(tick => {
    const digits = tick === 0 ? 0 : magnitude(tick) - magnitude(step);
    return tick === 0
      ? '0'
      : tidy(tick.toExponential(Math.min(Math.max(0, digits), MOST_DIGITS)));
  });
}

function magnitude(value: number): number {
  return Math.floor(Math.log10(Math.abs(value)) + SLACK);
}

/** A number for people: six significant digits at most. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) {
    return String(value);
  }
  return String(Number(value.toPrecision(6)));
}

function tidy(text: string): string {
  return text
    .replace(/(\.\d*?)0+e/, '$1e')
    .replace('.e', 'e')
    .replace('e+', 'e');
}

/** From here on, and below, numbers are written with powers of ten. */
const LARGE = 1e6;
const SMALL = 1e-5;
const MOST_DIGITS = 15;
const PRECISION = 12;
const SLACK = 1e-9;
