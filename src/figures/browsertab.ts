import { TranslationBundle } from '@jupyterlab/translation';

import { told } from '../messages';

const STYLE = `
  body { margin: 0; display: flex; min-height: 100vh; background: #eee; font-family: sans-serif }
  img, p { margin: auto; max-width: 100% }
  @media (prefers-color-scheme: dark) { body { background: #222; color: #ddd } }
`;

/**
 * Show a picture in a tab of the browser; false where the browser opens none.
 *
 * It is an image in a page of ours: an SVG that was the page itself could run scripts as the user.
 */
export function showInBrowserTab(
  name: string,
  load: () => Promise<string>,
  trans: TranslationBundle
): boolean {
  // Opened before the picture is there: later the browser would not know that the user wants it.
  const page = window.open('', '_blank');
  if (page === null) {
    return false;
  }
  page.opener = null;
  const { document } = page;
  document.title = name;
  const style = document.createElement('style');
  style.textContent = STYLE;
  document.head.append(style);
  load().then(
    url => {
      const image = document.createElement('img');
      image.alt = name;
      image.src = url;
      document.body.replaceChildren(image);
    },
    reason => {
      const text = document.createElement('p');
      text.textContent = told(
        reason instanceof Error ? reason.message : String(reason),
        trans
      );
      document.body.replaceChildren(text);
    }
  );
  return true;
}
