import { TestNotebook } from './helpers/notebook';
import { expect, test } from './helpers/test';

const FIGURE = 'application/vnd.emout-lab.figure+json';
/** Four red pixels. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==';
const SCRIPT = 'window.top.wasRun = true';
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30" onload="${SCRIPT}"><script>${SCRIPT}</script><rect width="40" height="30"/></svg>`;
const HTML = `<img src="x" onerror="${SCRIPT}"><script>${SCRIPT}</script>`;

function drawn(format: string, mimetype: string, more: object): object[] {
  const particulars = {
    version: 1,
    id: '../../sessions',
    session: `<img src=x onerror="${SCRIPT}">`,
    engine: '0',
    format,
    mimetype,
    bytes: 100,
    milliseconds: 5,
    width: 40,
    height: 30
  };
  return [
    {
      output_type: 'display_data',
      metadata: {},
      data: { [FIGURE]: particulars, ...more }
    }
  ];
}

test.describe('A notebook of somebody else', () => {
  test('should show its figures, run nothing and save nothing', async ({
    page
  }) => {
    const downloads: string[] = [];
    const asked: string[] = [];
    page.on('download', download =>
      downloads.push(download.suggestedFilename())
    );
    page.on('request', request => {
      const { pathname } = new URL(request.url());
      // The status bar lists the sessions.
      if (/emout-lab/.test(pathname) && !/api\/sessions$/.test(pathname)) {
        asked.push(pathname);
      }
    });
    const notebook = new TestNotebook(page, 'foreign.ipynb');
    await notebook.create(
      ['draw()', 'draw("svg")', 'draw("html")', 'draw("nothing")'],
      [
        drawn('png', 'image/png', { 'image/png': PNG }),
        drawn('svg', 'image/svg+xml', { 'image/svg+xml': SVG }),
        drawn('html', 'text/html', {
          'image/png': PNG,
          'text/html': HTML
        }),
        drawn('js', 'application/javascript', {
          'application/javascript': SCRIPT
        })
      ]
    );
    const isTrusted = await page.evaluate(() =>
      document.querySelector('.jp-NotebookTrustedStatus')?.getAttribute('title')
    );
    expect(isTrusted ?? '').not.toMatch(/^Notebook trusted/);

    for (const index of [0, 1, 2]) {
      await expect(notebook.image(index)).toBeVisible();
      await expect
        .poll(() =>
          notebook
            .image(index)
            .evaluate((image: HTMLImageElement) => image.naturalWidth)
        )
        .toBeGreaterThan(0);
    }
    // What runs with the page's rights would have run by now: all images are decoded.
    expect(
      await page.evaluate(() => (window as { wasRun?: boolean }).wasRun)
    ).toBeUndefined();
    // Each is an image: no markup of the notebook has become a part of the page.
    await expect(
      page.locator('.jp-EmoutLab-Figure :is(script, iframe, object, embed)')
    ).toHaveCount(0);
    await expect(
      page.locator('.jp-EmoutLab-Figure img:not([src^="data:image/"])')
    ).toHaveCount(0);
    expect(downloads).toEqual([]);
    // Nor has the server been asked for anything that the notebook names.
    expect(asked).toEqual([]);
    await notebook.remove();
  });
});
