import { IColumn, Value } from './data';

/** By which column rows are sorted. */
export interface ISorting {
  readonly column: number;
  readonly isDescending: boolean;
}

/**
 * Which rows are shown, in which order: those that fit the filter, sorted by a column.
 *
 * Rows of equal values stay in the order of their points; what is empty comes last in both directions.
 */
export function orderRows(
  columns: readonly IColumn[],
  count: number,
  fits: (row: number) => boolean,
  sorting: ISorting | null
): Int32Array {
  const rows = new Int32Array(count);
  let kept = 0;
  for (let row = 0; row < count; row += 1) {
    if (fits(row)) {
      rows[kept] = row;
      kept += 1;
    }
  }
  const shown = rows.subarray(0, kept);
  const column = sorting === null ? undefined : columns[sorting.column];
  const points = columns.find(({ kind }) => kind === 'point')?.values ?? [];
  const byPoint = (a: number, b: number) =>
    (points[a] as number) - (points[b] as number);
  if (column === undefined) {
    return shown.sort(byPoint);
  }
  const { values } = column;
  const sign = sorting?.isDescending ? -1 : 1;
  return shown.sort((a, b) => {
    const emptiness = Number(isEmpty(values[a])) - Number(isEmpty(values[b]));
    return (
      emptiness || sign * compareValues(values[a], values[b]) || byPoint(a, b)
    );
  });
}

/** Numbers by size and before texts; texts as people sort them. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') {
    // NaN has a place of its own: after all numbers.
    return Number.isNaN(a) || Number.isNaN(b)
      ? Number(Number.isNaN(a)) - Number(Number.isNaN(b))
      : a < b
        ? -1
        : Number(a > b);
  }
  if (typeof a === 'number' || typeof b === 'number') {
    return typeof a === 'number' ? -1 : 1;
  }
  return COLLATOR.compare(String(a), String(b));
}

function isEmpty(value: Value): boolean {
  return value === null || value === '';
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true });
