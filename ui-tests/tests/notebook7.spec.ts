import type { Locator, Page } from '@playwright/test';

import { Panel, SESSION_TIMEOUT_MS } from './helpers/panel';
import { PlainPage, writeNotebook } from './helpers/plainpage';
import { JupyterServer } from './helpers/server';
import { TestSession } from './helpers/session';
import { expect, test } from './helpers/test';

const CELLS = [
  '%load_ext emout_lab\nfrom emout_lab import connect\nsession = connect(name="seven")',
  '%%remote_figure\nplt.plot([1, 3, 2])'
];

test.describe('In Notebook 7', () => {
  const server = new JupyterServer('notebook');
  const session = new TestSession('seven');

  test.beforeAll(async ({ playwright, baseURL }) => {
    await Promise.all([session.start(playwright, baseURL), server.start()]);
  });
  test.afterAll(() => Promise.all([session.stop(), server.stop()]));

  test('should draw in the notebook and open the rest in tabs of the browser', async ({
    browser
  }) => {
    const context = await browser.newContext({
      viewport: { width: 1400, height: 900 }
    });
    const page = await context.newPage();
    const errors: string[] = [];
    // Notebook 7 has errors of its own.
    page.on('pageerror', ({ message, stack }) => {
      if (stack?.includes('/extensions/emout-lab/')) {
        errors.push(message);
      }
    });
    const notebook = new PlainPage(page);
    writeNotebook('seven.ipynb', CELLS);
    await notebook.goto(server.url('notebooks/seven.ipynb'));

    const figure = notebook.cells.nth(1).locator('.jp-EmoutLab-Figure');
    await test.step('draw', async () => {
      await notebook.runAll();
      await expect(notebook.image(1)).toBeVisible({
        timeout: SESSION_TIMEOUT_MS
      });
      await expect(notebook.image(1)).toHaveJSProperty('complete', true);
    });

    await test.step('the panel is in the left sidebar, once that is opened', async () => {
      const panel = new Panel(page);
      await panel.open();
      await expect(panel.session(session.name)).toContainText('running');
      await expect(panel.figures.first().locator('img')).toBeVisible();
    });

    await test.step('render again in its place', async () => {
      const image = notebook.image(1);
      const width = () =>
        image.evaluate((node: HTMLImageElement) => node.naturalWidth);
      const before = await width();
      await figure.hover();
      await figure.getByRole('button', { name: 'Render again at 2×' }).click();
      await expect.poll(width).toBeGreaterThan(1.9 * before);
    });

    await test.step('open the figure in a tab of the browser', async () => {
      await figure.hover();
      const tab = await openedBy(
        page,
        figure.getByRole('button', { name: 'Open in a tab' })
      );
      await expect(
        tab.locator('img:is([src^="blob:"], [src^="data:image/"])')
      ).toBeVisible();
      await tab.close();
    });

    await test.step('read the logs and the dashboard in tabs of the browser', async () => {
      const row = new Panel(page).session(session.name);
      const logs = await openedBy(
        page,
        row.getByRole('button', { name: 'Logs of seven' })
      );
      await expect(logs.getByRole('log')).toContainText('scheduler');
      await logs.close();
      const dashboard = await openedBy(
        page,
        row.getByRole('button', { name: 'Dashboard of seven' })
      );
      await expect(dashboard.locator('canvas').first()).toBeVisible({
        timeout: SESSION_TIMEOUT_MS
      });
      await dashboard.close();
    });
    expect(errors).toEqual([]);
    await context.close();
  });
});

/** The tab of the browser that a click opens. */
async function openedBy(page: Page, button: Locator): Promise<Page> {
  const [tab] = await Promise.all([
    page.context().waitForEvent('page'),
    button.click()
  ]);
  return tab;
}
