import { ISweepTable } from '../tokens';
import { ColumnKind, IRecord, Value } from './data';

/** Names of the columns that tell how a point was computed. */
export const ABOUT = {
  status: 'status',
  elapsed: 'elapsed',
  engine: 'engine',
  memory: 'peak_memory',
  error: 'error'
} as const;

/**
 * The rows of a piece of a table, each value with its column.
 */
export function* recordsOf(piece: ISweepTable): Iterable<IRecord> {
  for (const row of piece.rows) {
    const about: [string, Value][] = [
      [ABOUT.status, row.status ? 'done' : 'failed'],
      [ABOUT.elapsed, row.elapsed],
      [ABOUT.engine, row.engine],
      [ABOUT.memory, row.peak_memory],
      [ABOUT.error, row.exception]
    ];
    yield {
      point: row.point,
      values: [
        ...valuesOf('parameter', Object.entries(row.parameters)),
        ...valuesOf('result', Object.entries(row.results)),
        ...valuesOf('about', about)
      ]
    };
  }
}

function valuesOf(
  kind: ColumnKind,
  entries: readonly (readonly [string, Value])[]
): (readonly [ColumnKind, string, Value])[] {
  return entries.map(([name, value]) => [kind, name, value] as const);
}
