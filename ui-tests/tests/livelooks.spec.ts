import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

import { LiveFigure } from './helpers/livefigure';
import { TestNotebook } from './helpers/notebook';
import { expectLooks, LOOKS } from './helpers/screenshots';
import { TestSession } from './helpers/session';
import { expect, SETTINGS, test } from './helpers/test';

const [START, MAP, LINES] = [0, 1, 2];
const CELLS = [
  [
    '%load_ext emout_lab',
    'from emout_lab import connect, Emout',
    'session = connect(name="livelooks")',
    'data = Emout("demo").remote()'
  ].join('\n'),
  '%%remote_figure --live\ndata.phisp[5, :, 32, :].plot()',
  '%%remote_figure --live\nplt.plot([1, 3, 2])'
];

/** A map with its colours and its time, and lines with the reason why they come as pictures. */
async function expectFigures(
  page: IJupyterLabPageFixture,
  prefix: string
): Promise<void> {
  const notebook = new TestNotebook(page, 'livelooks.ipynb');
  await notebook.create(CELLS);
  await notebook.run(START);
  const map = new LiveFigure(page, await notebook.run(MAP));
  await map.atRest();
  await expect(map.slider).toHaveValue('5');
  await expectLooks(page, { [`${prefix}live-map`]: map.node });
  const lines = new LiveFigure(page, await notebook.run(LINES));
  await lines.atRest();
  await expectLooks(page, { [`${prefix}live-lines`]: lines.node });
  await notebook.remove();
}

test.describe('The looks of live figures', LOOKS, () => {
  const session = new TestSession('livelooks');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('in English', ({ page }) => expectFigures(page, ''));

  test.describe('for others', () => {
    test.use({
      mockSettings: {
        ...SETTINGS,
        '@jupyterlab/translation-extension:plugin': { locale: 'ja_JP' }
      },
      // Galata waits for a tab that is named in English.
      waitForApplication: async ({}, use) => {
        await use(async page => {
          await page
            .locator('#jupyterlab-splash')
            .waitFor({ state: 'detached' });
          await page.locator('.jp-Launcher').first().waitFor();
        });
      }
    });

    test('in Japanese', ({ page }) => expectFigures(page, 'japanese-'));
  });
});
