import { IColumn, Value } from './data';

/** A mark on a plot: what stands at a place. */
export interface IMark {
  readonly x: number;
  readonly y: number;
  /** The result; the same as `y` where it is shown against one parameter. */
  readonly value: number;
  /** How many results it is the mean of. */
  readonly count: number;
}

/**
 * An axis: a range of numbers, or words at the whole numbers from 0.
 */
export interface IAxis {
  readonly label: string;
  readonly low: number;
  readonly high: number;
  readonly words: readonly string[] | null;
  /** The middles of cells, in order; null where there are none. */
  readonly middles: readonly number[] | null;
}

interface IBase {
  readonly x: IAxis;
  readonly y: IAxis;
  /** The result's name. */
  readonly result: string;
  readonly marks: readonly IMark[];
  /** How many rows have no number for the result, or nothing for a parameter. */
  readonly missing: number;
  /** How many results the most crowded mark is the mean of. */
  readonly crowd: number;
}

/** A result against one parameter: its points, and a line through their means. */
export interface ILinePlot extends IBase {
  readonly kind: 'line';
  readonly line: readonly IMark[];
}

/** A result against two parameters: cells of a grid, or dots where there is none. */
export interface IHeatMap extends IBase {
  readonly kind: 'cells' | 'dots';
  readonly range: readonly [low: number, high: number];
  /** Where cells begin and end, in order; one more than there are. */
  readonly xEdges: readonly number[];
  readonly yEdges: readonly number[];
}

export type Plot = ILinePlot | IHeatMap;

/** Cells that there may be for each point of a sweep before its points are taken for scattered. */
const SPARSE = 4;
/** Of a few points nobody can tell. */
const FEW = 8;
const MARGIN = 0.05;

/**
 * Lay out a result against one parameter.
 */
export function linePlot(
  result: IColumn,
  x: IColumn,
  count: number
): ILinePlot {
  const scale = scaleOf(x, count);
  const marks: IMark[] = [];
  const means = new Map<number, IMark>();
  for (let row = 0; row < count; row += 1) {
    const [place, value] = [scale.place(x.values[row]), numberOf(result, row)];
    if (place !== null && value !== null) {
      marks.push({ x: place, y: value, value, count: 1 });
      addTo(means, place, { x: place, y: value, value, count: 1 });
    }
  }
  const line = [...means.values()]
    .map(mark => ({ ...mark, y: mark.value }))
    .sort((a, b) => a.x - b.x);
  const byPlace = (a: IMark, b: IMark) => a.x - b.x || a.y - b.y;
  return {
    kind: 'line',
    result: result.name,
    x: axisOf(
      x.name,
      marks.map(mark => mark.x),
      scale.words,
      MARGIN
    ),
    y: axisOf(
      result.name,
      marks.map(mark => mark.y),
      null,
      MARGIN
    ),
    marks: marks.sort(byPlace),
    line,
    missing: count - marks.length,
    crowd: largest(
      line.map(mark => mark.count),
      0
    )
  };
}

/**
 * Lay out a result against two parameters.
 *
 * @param total - how many points the sweep has
 */
export function heatMap(
  result: IColumn,
  x: IColumn,
  y: IColumn,
  count: number,
  total: number
): IHeatMap {
  const [xScale, yScale] = [scaleOf(x, count), scaleOf(y, count)];
  const means = new Map<string, IMark>();
  let seen = 0;
  for (let row = 0; row < count; row += 1) {
    const xPlace = xScale.place(x.values[row]);
    const yPlace = yScale.place(y.values[row]);
    const value = numberOf(result, row);
    if (xPlace !== null && yPlace !== null && value !== null) {
      seen += 1;
      addTo(means, `${xPlace} ${yPlace}`, {
        x: xPlace,
        y: yPlace,
        value,
        count: 1
      });
    }
  }
  const marks = [...means.values()].sort((a, b) => a.y - b.y || a.x - b.x);
  const [xs, ys] = [
    distinct(marks.map(m => m.x)),
    distinct(marks.map(m => m.y))
  ];
  const kind = isScattered(xs.length, ys.length, marks.length, total)
    ? 'dots'
    : 'cells';
  const [xEdges, yEdges] = [edgesOf(xs), edgesOf(ys)];
  const values = marks.map(mark => mark.value);
  const isGrid = kind === 'cells';
  return {
    kind,
    result: result.name,
    x: isGrid
      ? gridAxis(x.name, xEdges, xScale.words, xs)
      : axisOf(x.name, xs, xScale.words, MARGIN),
    y: isGrid
      ? gridAxis(y.name, yEdges, yScale.words, ys)
      : axisOf(y.name, ys, yScale.words, MARGIN),
    marks,
    range: [smallest(values, 0), largest(values, 0)],
    xEdges,
    yEdges,
    missing: count - seen,
    crowd: largest(
      marks.map(mark => mark.count),
      0
    )
  };
}

/** Whether a column has numbers to show; truth is 1 or 0. */
export function isNumeric({ values }: IColumn): boolean {
  return values.some(
    value =>
      typeof value === 'boolean' ||
      (typeof value === 'number' && Number.isFinite(value))
  );
}

/** Where values stand on an axis: numbers where they are, else each word at a number of its own. */
function scaleOf(
  { values }: IColumn,
  count: number
): {
  words: readonly string[] | null;
  place: (value: Value) => number | null;
} {
  const present = values.slice(0, count).filter(value => value !== null);
  if (present.every(value => typeof value === 'number')) {
    return {
      words: null,
      place: value =>
        typeof value === 'number' && Number.isFinite(value) ? value : null
    };
  }
  const words = [...new Set(present.map(String))].sort(COLLATOR.compare);
  const places = new Map(words.map((word, index) => [word, index]));
  return {
    words,
    place: value =>
      value === null ? null : (places.get(String(value)) ?? null)
  };
}

function numberOf({ values }: IColumn, row: number): number | null {
  const value = values[row];
  return typeof value === 'boolean'
    ? Number(value)
    : typeof value === 'number' && Number.isFinite(value)
      ? value
      : null;
}

/** Make a mark the mean of what stood at its place and of itself. */
function addTo<K>(means: Map<K, IMark>, place: K, mark: IMark): void {
  const known = means.get(place);
  if (known === undefined) {
    means.set(place, mark);
    return;
  }
  const count = known.count + 1;
  const value = known.value + (mark.value - known.value) / count;
  means.set(place, { ...known, value, count });
}

/**
 * Whether points stand in no grid, as those of a Latin hypercube: nearly each has a place of its
 * own on both axes, and a grid of all places would be nearly empty.
 */
function isScattered(
  xs: number,
  ys: number,
  marks: number,
  total: number
): boolean {
  const isAlone = marks >= FEW && xs > 0.8 * marks && ys > 0.8 * marks;
  return isAlone || xs * ys > SPARSE * Math.max(total, marks);
}

/** In the middle between neighbours, and as far beyond the outer ones. */
function edgesOf(places: readonly number[]): number[] {
  if (places.length === 0) {
    return [];
  }
  if (places.length === 1) {
    return [places[0] - 0.5, places[0] + 0.5];
  }
  const middles = places.slice(1).map((place, i) => (place + places[i]) / 2);
  const last = places.length - 1;
  return [
    2 * places[0] - middles[0],
    ...middles,
    2 * places[last] - middles[last - 1]
  ];
}

function axisOf(
  label: string,
  values: readonly number[],
  words: readonly string[] | null,
  margin: number
): IAxis {
  if (words !== null) {
    return { label, low: -0.5, high: words.length - 0.5, words, middles: null };
  }
  const [low, high] = [smallest(values, 0), largest(values, 1)];
  // A single value has no range: it stands in the middle of one.
  const more = high > low ? margin * (high - low) : Math.abs(low) / 2 || 0.5;
  return { label, low: low - more, high: high + more, words, middles: null };
}

function gridAxis(
  label: string,
  edges: readonly number[],
  words: readonly string[] | null,
  middles: readonly number[]
): IAxis {
  return { ...axisOf(label, edges, words, 0), middles };
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

// Not Math.min(...values): a hundred thousand arguments are too many.
function smallest(values: readonly number[], none: number): number {
  return values.reduce((a, b) => Math.min(a, b), values[0] ?? none);
}

function largest(values: readonly number[], none: number): number {
  return values.reduce((a, b) => Math.max(a, b), values[0] ?? none);
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true });
