import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import * as fs from 'fs';
import * as path from 'path';

const FOLDER = path.resolve(
  __dirname,
  '../../node_modules/@fontsource-variable'
);
const PACKAGES = ['noto-sans', 'noto-sans-jp', 'noto-sans-mono'];
/** Where the server under test offers that folder. */
const ADDRESS = '/static';
const STYLE_ID = 'fonts-of-the-tests';

const FAMILIES = `:root {
  --jp-ui-font-family: 'Noto Sans Variable', 'Noto Sans JP Variable' !important;
  --jp-content-font-family: 'Noto Sans Variable', 'Noto Sans JP Variable' !important;
  --jp-code-font-family: 'Noto Sans Mono Variable', 'Noto Sans JP Variable' !important;
}`;

/**
 * Write the page in fonts that come with the tests, in place of those of the machine.
 */
export async function useOwnFonts(page: IJupyterLabPageFixture): Promise<void> {
  const isThere = await page.evaluate(
    id => document.getElementById(id) !== null,
    STYLE_ID
  );
  if (!isThere) {
    await page.evaluate(
      ([id, content]) => {
        const style = document.createElement('style');
        style.id = id;
        style.textContent = content;
        document.head.append(style);
      },
      [STYLE_ID, [...PACKAGES.map(facesOf), FAMILIES].join('\n')]
    );
  }
  // Faces are fetched when a letter of theirs is first laid out.
  await page.evaluate(async () => {
    document.body.getBoundingClientRect();
    await document.fonts.ready;
  });
}

function facesOf(name: string): string {
  const css = fs.readFileSync(path.join(FOLDER, name, 'index.css'), 'utf8');
  return css.replaceAll('url(./', `url(${ADDRESS}/${name}/`);
}
