import type { Page } from '@playwright/test';

import { expectAccessible } from './helpers/axe';
import { LiveFigure } from './helpers/livefigure';
import { Panel } from './helpers/panel';
import { PlainPage, writeNotebook } from './helpers/plainpage';
import { JupyterServer } from './helpers/server';
import { TestSession } from './helpers/session';
import { test } from './helpers/test';

const START = [
  '%load_ext emout_lab',
  'from emout_lab import connect, Emout',
  'session = connect(name="living")',
  'data = Emout("demo").remote()'
].join('\n');
const LIVE_MAP = '%%remote_figure --live\ndata.phisp[5, :, 32, :].plot()';

/** The middle of a map, and a place beside it, in shares of the picture. */
const MIDDLE = [0.45, 0.5] as const;
const BESIDE = [0.55, 0.6] as const;

test.describe('A live figure in Notebook 7', () => {
  const server = new JupyterServer('notebook');
  const session = new TestSession('living');

  test.beforeAll(async ({ playwright, baseURL }) => {
    await Promise.all([session.start(playwright, baseURL), server.start()]);
  });
  test.afterAll(() => Promise.all([session.stop(), server.stop()]));

  test('should move in the notebook, and in a tab of the browser', async ({
    browser
  }) => {
    const context = await browser.newContext({
      viewport: { width: 1400, height: 900 }
    });
    const page = await context.newPage();
    const notebook = new PlainPage(page);
    writeNotebook('live-seven.ipynb', [START, LIVE_MAP]);
    await notebook.goto(server.url('notebooks/live-seven.ipynb'));
    await notebook.runAll();
    const figure = new LiveFigure(page, notebook.cells.nth(1));
    await figure.atRest();
    await expectAccessible(page, '.jp-EmoutLab-Live');
    await figure.changes(() => figure.drag(MIDDLE, BESIDE));
    await figure.stage.focus();
    await figure.changes(() => page.keyboard.press(','));

    await test.step('in a tab of the browser', async () => {
      const panel = new Panel(page);
      await panel.open();
      const item = panel.figures.first();
      await item.hover();
      const [opened] = await Promise.all([
        context.waitForEvent('page'),
        item.getByRole('button', { name: /live$/ }).click()
      ]);
      await movesIn(opened);
      await opened.close();
    });
    await context.close();
  });
});

/** A page with one live figure, which moves. */
async function movesIn(page: Page): Promise<void> {
  const figure = new LiveFigure(page, page.locator('.jp-EmoutLab-FigureTab'));
  await figure.atRest();
  await expectAccessible(page, '.jp-EmoutLab-Live');
  await figure.stage.focus();
  await figure.changes(() => page.keyboard.press('+'));
}
