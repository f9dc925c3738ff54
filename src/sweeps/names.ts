import { TranslationBundle } from '@jupyterlab/translation';

import { IColumn } from './data';

/**
 * What a column is called on the screen: parameters and results by their own names.
 */
export function columnName(column: IColumn, trans: TranslationBundle): string {
  if (column.kind === 'point') {
    return trans.__('point');
  }
  return column.kind === 'about' ? aboutName(column.name, trans) : column.name;
}

/** The word for something that is known of each point. */
function aboutName(name: string, trans: TranslationBundle): string {
  const words: Record<string, string> = {
    status: trans.__('status'),
    elapsed: trans.__('seconds'),
    engine: trans.__('engine'),
    peak_memory: trans.__('peak memory'),
    error: trans.__('error'),
    runs: trans.__('runs (means are shown)')
  };
  return words[name] ?? name;
}
