import { TranslationBundle } from '@jupyterlab/translation';

import { baseName, formatBytes, formatMilliseconds } from '../format';
import { IFigure } from '../tokens';

/**
 * What to call a figure: its title, else its time, for people do not know its id.
 */
export function figureName(
  figure: Pick<IFigure, 'created' | 'title'>,
  trans: TranslationBundle
): string {
  if (figure.title) {
    return figure.title;
  }
  const time = new Date(figure.created * 1000).toLocaleTimeString();
  return trans.__('figure of %1', time);
}

/**
 * Where it was drawn: `run.ipynb · In[3]`; '' where nobody knows.
 */
export function figurePlace({
  notebook,
  cell
}: Pick<IFigure, 'notebook' | 'cell'>): string {
  return [
    notebook === null ? '' : baseName(notebook),
    // What is in a notebook is a cell.
    cell?.replace(/^Cell /, '')
  ]
    .filter(Boolean)
    .join(' · ');
}

/**
 * How it came to be, for whoever looks closer: `PNG · 48.2 kB · 132 ms · engine 0 of default`.
 */
export function figureFacts(figure: IFigure, trans: TranslationBundle): string {
  return [
    figure.format.toUpperCase(),
    formatBytes(figure.bytes),
    formatMilliseconds(figure.milliseconds),
    trans.__('engine %1 of %2', figure.engine, figure.session)
  ].join(' · ');
}
