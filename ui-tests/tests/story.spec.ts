import { TestNotebook } from './helpers/notebook';
import { Panel, SESSION_TIMEOUT_MS } from './helpers/panel';
import { keep } from './helpers/screenshots';
import { expect, test } from './helpers/test';

const CELLS = [
  '%load_ext emout_lab\nfrom emout_lab import Emout\n\ndata = Emout("demo").remote()',
  '%%remote_figure --dpi 120\nplt.figure(figsize=(4, 3))\ndata.phisp[-1, :, 32, :].plot()\nplt.title("potential")',
  'millivolts = 1000 * data.phisp[-1, :, 32, :]\nfloat(millivolts.min())',
  '%%remote_figure --dpi 120\nplt.figure(figsize=(4, 2.2))\ndata.phisp[-1, 32, 32, :].plot()'
];

test.describe('From the button to the figure', () => {
  const name = 'story';

  test.afterEach(async ({ page }) => {
    await new Panel(page).cleanUp(name);
  });

  test('should start a session, draw, show what lives there, drop and stop', async ({
    page
  }) => {
    const panel = new Panel(page);
    const notebook = new TestNotebook(page, 'sphere.ipynb');
    await panel.open();

    await test.step('press Start', async () => {
      await panel.startButton.click();
      await panel.dialog.ready();
      await panel.dialog.field('name').fill(name);
      await panel.dialog.field('backend').selectOption('local');
      await panel.dialog.field('memory').fill('2G');
      await panel.dialog.field('cores').fill('1');
      await panel.dialog.start();
      await expect(panel.dialog.node).toHaveCount(0, { timeout: 30_000 });
      await expect(panel.session(name)).toContainText('running', {
        timeout: SESSION_TIMEOUT_MS
      });
    });

    await test.step('see the memory of its worker', async () => {
      const worker = panel.section('Workers').locator('[data-worker="0"]');
      await expect(worker.getByRole('meter')).toHaveAttribute(
        'aria-valuetext',
        /MB of 2\.15 GB, objects/,
        { timeout: SESSION_TIMEOUT_MS }
      );
      await expect(worker).toContainText('idle', {
        timeout: SESSION_TIMEOUT_MS
      });
    });

    await test.step('draw a figure', async () => {
      await notebook.create(CELLS);
      await notebook.run(0);
      await notebook.run(1);
      await expect(notebook.image(1)).toBeVisible();
      await expect(notebook.image(1)).toHaveJSProperty('complete', true);
      await expect(notebook.cell(1)).toContainText(`engine 0 of ${name}`);
    });

    await test.step('see it in Outputs', async () => {
      await expect(panel.figures).toHaveCount(1);
      await expect(panel.figures.locator('img')).toBeVisible();
      await expect(panel.figures).toContainText('sphere.ipynb');
      await expect(panel.figures).toContainText(/PNG · .*kB/);
    });

    const object = panel.object('1000').first();
    await test.step('see the object and its bytes', async () => {
      await notebook.run(2);
      await expect(object).toContainText(/65 × 65/);
      await expect(object).toContainText(/kB/);
    });

    await test.step('draw another figure; the newest comes first', async () => {
      const [first] = await panel.figureIds();
      await notebook.run(3);
      await expect(panel.figures).toHaveCount(2);
      expect((await panel.figureIds())[1]).toBe(first);
      await expect(panel.figures.locator('img')).toHaveCount(2);
    });

    await notebook.cell(0).scrollIntoViewIfNeeded();
    await keep(page, 'panel');
    await page.theme.setDarkTheme();
    await keep(page, 'panel-dark');
    await page.theme.setLightTheme();

    await test.step('open the figure in a tab', async () => {
      await panel.figures.getByRole('button').first().click();
      await expect(page.locator('.jp-EmoutLab-Viewer img')).toBeVisible();
      await keep(page, 'viewer');
    });

    await test.step('drop the object', async () => {
      const id = await object.getAttribute('data-object');
      await object.getByRole('button', { name: /^Drop/ }).click();
      await expect(panel.node.locator(`[data-object="${id}"]`)).toHaveCount(0);
    });

    await test.step('stop the session', async () => {
      await panel
        .session(name)
        .getByRole('button', { name: `Stop session ${name}` })
        .click();
      const confirmation = page.getByRole('dialog');
      await expect(confirmation).toContainText('is lost');
      await confirmation.getByRole('button', { name: 'Stop' }).click();
      await expect(panel.session(name)).toHaveCount(0, {
        timeout: SESSION_TIMEOUT_MS
      });
      await expect(panel.section('Workers')).toContainText('No workers.');
    });

    await notebook.remove();
  });
});
