import { TranslationBundle } from '@jupyterlab/translation';

import { IColumn } from './data';
import { ABOUT } from './records';

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
    [ABOUT.status]: trans.__('status'),
    [ABOUT.elapsed]: trans.__('seconds'),
    [ABOUT.engine]: trans.__('engine'),
    [ABOUT.memory]: trans.__('peak memory'),
    [ABOUT.error]: trans.__('error')
  };
  return words[name] ?? name;
}
