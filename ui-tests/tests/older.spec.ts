import { TestNotebook } from './helpers/notebook';
import { Panel, SMALL } from './helpers/panel';
import { expect, SETTINGS, test } from './helpers/test';

// Played on the oldest JupyterLab that we support too, whose requests the test's own stand-ins for
// the server do not know all.
test.use({
  autoGoto: false,
  kernels: null,
  terminals: null,
  mockConfig: false,
  // All cells are in the page, also those that would have to be scrolled to.
  mockSettings: {
    ...SETTINGS,
    '@jupyterlab/notebook-extension:tracker': { windowingMode: 'none' }
  },
  mockState: false,
  mockUser: false
});

test.describe('On every JupyterLab', () => {
  const name = 'older';

  test.describe.configure({ timeout: 300_000 });

  test.afterEach(async ({ page }) => {
    await new Panel(page).cleanUp(name);
  });

  test('should start a session, draw, list, drop and stop', async ({
    page
  }) => {
    const panel = new Panel(page);
    const notebook = new TestNotebook(page, 'older.ipynb');
    const errors: string[] = [];
    page.on('pageerror', error => errors.push(error.message));
    await page.goto();
    await panel.open();

    await panel.startSession({ name, ...SMALL });
    await panel.untilIdle();
    await expect(page.locator('.jp-EmoutLab-Status')).toContainText(
      `${name} · 1 engine`
    );

    await notebook.create([
      '%load_ext emout_lab\nfrom emout_lab import Emout, connect\n\ndata = Emout("demo").remote()',
      '%%remote_figure --dpi 60\ndata.phisp[-1, :, 32, :].plot()',
      'large = connect().open("numpy:ones", (2000, 2000))\nfloat(large.sum())'
    ]);
    await notebook.run(0);
    await notebook.run(1);
    await expect(notebook.image(1)).toHaveJSProperty('complete', true);
    await expect(notebook.cell(1)).toContainText(`engine 0 of ${name}`);
    const drawn = panel.figures.filter({ hasText: 'older.ipynb' });
    await expect(drawn.locator('img')).toBeVisible();

    await notebook.run(2);
    const large = panel.object('ones').first();
    await expect(large).toContainText(/2000 × 2000.*32\.0 MB/);
    await large.focus();
    await page.keyboard.press('Delete');
    await expect(panel.object('ones')).toHaveCount(0);

    await drawn.getByRole('button', { name: /^Open/ }).click();
    await expect(page.locator('.jp-EmoutLab-Viewer img')).toBeVisible();

    await panel.stopSession(name);
    await notebook.remove();
    expect(errors).toEqual([]);
  });
});
