import { IColumn, textOf, Value } from './data';
import { compareValues } from './order';

type Test = (row: number) => boolean;

const COMPARISON = /^(.+?)(<=|>=|!=|==|=|<|>)(.+)$/;
const QUOTED = /^"[^"]*"$/;
/** Words, or what stands between quotes. */
const WORDS = /(?:[^\s"]|"[^"]*")+/g;

const TESTS: Record<string, (value: Value, wanted: Value) => boolean> = {
  '=': (value, wanted) => isSame(value, wanted),
  '==': (value, wanted) => isSame(value, wanted),
  '!=': (value, wanted) => !isSame(value, wanted),
  '<': (value, wanted) =>
    isComparable(value, wanted) && order(value, wanted) < 0,
  '<=': (value, wanted) =>
    isComparable(value, wanted) && order(value, wanted) <= 0,
  '>': (value, wanted) =>
    isComparable(value, wanted) && order(value, wanted) > 0,
  '>=': (value, wanted) =>
    isComparable(value, wanted) && order(value, wanted) >= 0
};

/**
 * What a filter asks for, or which of its words names no column.
 */
export interface IFilter {
  readonly fits: Test;
  /** Name in a comparison that is no column's; '' where all are. */
  readonly unknown: string;
}

/**
 * Understand a filter: words that some cell of a row must have in it, and comparisons with a
 * column's name on the left, such as `k>=2 status=failed`. All must hold.
 *
 * @param names - what the columns are called on the screen
 * @param texts - what can be read in each row
 */
export function parseFilter(
  text: string,
  columns: readonly IColumn[],
  names: readonly string[],
  texts: () => readonly string[]
): IFilter {
  const tests: Test[] = [];
  let unknown = '';
  for (const word of text.match(WORDS) ?? []) {
    const comparison = QUOTED.test(word) ? null : COMPARISON.exec(word);
    if (comparison === null) {
      const wanted = unquoted(word).toLowerCase();
      tests.push(row => texts()[row].includes(wanted));
      continue;
    }
    const [, left, sign, right] = comparison;
    const index = columns.findIndex(({ name }, place) =>
      [names[place], name].some(each => isCalled(each, unquoted(left)))
    );
    if (index < 0) {
      unknown = unknown || unquoted(left);
      continue;
    }
    const { values } = columns[index];
    const wanted = valueOf(right);
    const test = TESTS[sign];
    tests.push(row => test(values[row], wanted));
  }
  return { fits: row => tests.every(test => test(row)), unknown };
}

function isCalled(name: string, asked: string): boolean {
  return name.toLowerCase() === asked.toLowerCase();
}

function unquoted(word: string): string {
  return word.replace(/"/g, '');
}

function valueOf(text: string): Value {
  const word = unquoted(text);
  const isNumber = word !== '' && !text.includes('"') && !isNaN(Number(word));
  return isNumber ? Number(word) : word;
}

function isSame(value: Value, wanted: Value): boolean {
  return typeof value === 'number' && typeof wanted === 'number'
    ? value === wanted
    : textOf(value).toLowerCase() === textOf(wanted).toLowerCase();
}

/** Numbers are larger and smaller than numbers alone, texts than texts. */
function isComparable(value: Value, wanted: Value): boolean {
  return (
    value !== null &&
    (typeof value === 'number') === (typeof wanted === 'number')
  );
}

function order(value: Value, wanted: Value): number {
  return Number.isNaN(value) ? NaN : compareValues(value, wanted);
}
