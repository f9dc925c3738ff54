import { DisposableDelegate, IDisposable } from '@lumino/disposable';

/** Attributes of the page that JupyterLab changes with its theme. */
const ATTRIBUTES = ['data-jp-theme-name', 'data-jp-theme-light'];

/**
 * Have something done whenever the theme has changed: canvases do not follow style sheets.
 */
export function followTheme(work: () => void): IDisposable {
  const observer = new MutationObserver(work);
  observer.observe(document.body, { attributeFilter: ATTRIBUTES });
  return new DisposableDelegate(() => observer.disconnect());
}

/**
 * Reads values of CSS variables of the theme where an element is.
 */
export function themeOf(
  node: Element
): (variable: string, otherwise: string) => string {
  const style = getComputedStyle(node);
  return (variable, otherwise) =>
    style.getPropertyValue(variable).trim() || otherwise;
}
