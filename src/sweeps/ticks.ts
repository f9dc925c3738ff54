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
 * A number in as few characters as tell it from its neighbours.
 */
export function tickLabel(value: number, step: number): string {
  const size = Math.max(Math.abs(value), step);
  const isPlain = value === 0 || (size < 1e6 && size >= 1e-4);
  if (step === 0) {
    return shortNumber(value);
  }
  if (isPlain && step < 1e6 && step >= 1e-5) {
    const digits = Math.max(0, -Math.floor(Math.log10(step) + SLACK));
    return value.toFixed(digits);
  }
  if (value === 0) {
    return '0';
  }
  const digits = magnitude(value) - magnitude(step);
  return tidy(value.toExponential(Math.min(Math.max(0, digits), MOST_DIGITS)));
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

const MOST_DIGITS = 15;
const PRECISION = 12;
const SLACK = 1e-9;
