import { expectAccessible } from './helpers/axe';
import { pressInOrder } from './helpers/keyboard';
import { TestNotebook } from './helpers/notebook';
import { Panel, SESSION_TIMEOUT_MS, SMALL } from './helpers/panel';
import { illustrate } from './helpers/screenshots';
import { expect, test } from './helpers/test';

const CELLS = [
  '%load_ext emout_lab\nfrom emout_lab import Emout, connect, remote_scope\n\ndata = Emout("demo").remote()',
  '%%remote_figure --dpi 120\nplt.figure(figsize=(4, 3))\ndata.phisp[-1, :, 32, :].plot()\nplt.title("potential")',
  'scope = remote_scope("slices").open()\nmillivolts = 1000 * data.phisp[-1, :, 32, :]\nfloat(millivolts.min())',
  'large = connect().open("numpy:ones", (2000, 2000))\nfloat(large.sum())',
  '%%remote_figure --fmt gif --dpi 60\ndata.phisp[:, :, 32, :].gifplot()'
];

/** Pictures of the documentation. */
const SECTIONS = {
  sessions: '#emout-lab-Sessions',
  engines: '#emout-lab-Workers',
  objects: '#emout-lab-Objects',
  outputs: '#emout-lab-Outputs'
};

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
    const drawn = panel.figures.filter({ hasText: 'sphere.ipynb' });
    const worker = panel.engine();
    await panel.open();

    await test.step('press Start', async () => {
      await panel.startSession({ name, ...SMALL });
      await expect(panel.session(name)).toContainText('running', {
        timeout: SESSION_TIMEOUT_MS
      });
    });

    const memory = worker.getByRole('meter');
    await test.step('see the memory of its worker move', async () => {
      await expect(memory).toHaveAttribute(
        'aria-valuetext',
        /MB of 2\.15 GB, objects/,
        { timeout: SESSION_TIMEOUT_MS }
      );
      await panel.untilIdle();
      await expect(page.locator('.jp-EmoutLab-Status')).toContainText(
        /story · 1 engine · .*MB/
      );
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
      await expect(drawn).toHaveCount(1);
      await expect(drawn.locator('img')).toBeVisible();
      await expect(drawn).toContainText('potential');
      await expect(drawn).toContainText('sphere.ipynb · In[');
    });

    await test.step('use the toolbar of the figure', async () => {
      const cell = notebook.cell(1);
      await cell.getByRole('button', { name: 'Copy picture' }).focus();
      await expect(cell.getByRole('toolbar', { name: 'Figure' })).toHaveCSS(
        'opacity',
        '1'
      );
      await expectAccessible(page, '.jp-EmoutLab-Figure');
      const image = notebook.image(1);
      const [width, box] = await Promise.all([
        image.evaluate((img: HTMLImageElement) => img.naturalWidth),
        image.boundingBox()
      ]);
      await cell.getByRole('button', { name: 'Render again at 2×' }).click();
      await expect
        .poll(async () =>
          Math.abs(
            (await image.evaluate(
              (img: HTMLImageElement) => img.naturalWidth
            )) /
              width -
              2
          )
        )
        .toBeLessThan(0.05);
      expect((await image.boundingBox())?.width).toBeCloseTo(
        box?.width ?? 0,
        0
      );
    });

    const object = panel.object('1000').first();
    const large = panel.object('ones').first();
    await test.step('see objects under their notebook', async () => {
      await notebook.run(2);
      await expect(object).toContainText(/65 × 65/);
      await notebook.run(3);
      await expect(large).toContainText(/2000 × 2000.*32\.0 MB/);
      await expect(memory).toHaveAttribute(
        'aria-valuetext',
        /objects 32\.\d MB/
      );
      const group = panel
        .section('Objects')
        .getByRole('treeitem', { name: 'sphere.ipynb' });
      await expect(group).toHaveAttribute('aria-expanded', 'true');
      await expect(
        panel.section('Objects').getByRole('treeitem', { name: 'slices' })
      ).toBeVisible();
    });

    await test.step('play a GIF while the pointer is on it', async () => {
      await notebook.run(4);
      const gif = drawn.first().locator('img');
      await expect(drawn).toHaveCount(2);
      await expect(gif).toHaveJSProperty('complete', true);
      // It moves under the pointer.
      const source = await gif.getAttribute('src');
      await drawn.first().hover();
      await expect(gif).not.toHaveAttribute('src', source ?? '');
      const still = await gif.screenshot();
      await expect
        .poll(async () => (await gif.screenshot()).equals(still))
        .toBe(false);
    });

    await test.step('look at an array', async () => {
      await object.hover();
      await object.getByRole('button', { name: /^Preview/ }).click();
      await expect(object.locator('img')).toBeVisible();
    });

    await notebook.cell(0).scrollIntoViewIfNeeded();
    for (const theme of ['light', 'dark'] as const) {
      if (theme === 'dark') {
        await page.theme.setDarkTheme();
      }
      await illustrate(page, theme === 'dark' ? 'panel-dark' : 'panel');
      for (const [name, selector] of Object.entries(SECTIONS)) {
        await illustrate(page, `${name}-${theme}`, selector);
      }
      await expectAccessible(page, '#emout-lab-panel');
      await expectAccessible(page, '.jp-EmoutLab-Status');
    }
    await page.theme.setLightTheme();
    for (const width of [240, 640]) {
      await page.sidebar.setWidth(width, 'left');
      expect(await panel.overflowing()).toEqual([]);
    }
    await page.sidebar.setWidth(340, 'left');

    await test.step('use the session in this notebook', async () => {
      await page.notebook.activate('sphere.ipynb');
      await panel
        .session(name)
        .getByRole('button', { name: `Use ${name} in this notebook` })
        .click();
      await expect(page.getByRole('dialog')).toHaveCount(0);
    });

    await test.step('insert a figure cell', async () => {
      await notebook.cell(CELLS.length - 1).click();
      await page
        .locator('.jp-NotebookPanel-toolbar')
        .getByRole('button', { name: /drawn on an engine/ })
        .click();
      await expect(notebook.cell(CELLS.length)).toContainText(
        '%%remote_figure'
      );
      await page.keyboard.press('Escape');
      await pressInOrder(page, 'Control+E', 'F');
      await expect(notebook.cell(CELLS.length + 1)).toContainText(
        '%%remote_figure'
      );
    });

    await test.step('open the figure in a tab', async () => {
      await drawn.getByRole('button', { name: /^Open/ }).last().click();
      const viewer = page.locator('.jp-EmoutLab-FigureTab');
      await expect(viewer.locator('img')).toBeVisible();
      const before = await viewer.locator('img').boundingBox();
      await viewer.getByRole('button', { name: 'Zoom in' }).click();
      await viewer.getByRole('button', { name: 'Zoom in' }).click();
      await expect
        .poll(async () => (await viewer.locator('img').boundingBox())?.width)
        .toBeGreaterThan(before?.width ?? 0);
      await viewer.getByLabel('Format').selectOption('svg');
      await viewer.getByRole('button', { name: 'Render again' }).click();
      await expect(viewer.locator('[aria-busy="false"]')).toBeVisible();
      await expect(viewer.getByRole('alert')).toHaveCount(0);
      // What was told about the session fades.
      await expect(page.locator('.Toastify__toast')).toHaveCount(0, {
        timeout: 15_000
      });
      await illustrate(page, 'viewer');
      await expectAccessible(page, '.jp-EmoutLab-FigureTab');
    });

    await test.step('read the logs', async () => {
      await panel
        .session(name)
        .getByRole('button', { name: `Logs of ${name}` })
        .click();
      const logs = page.locator('.jp-EmoutLab-Logs');
      await expect(logs.getByRole('log')).toContainText(/\w{4}/);
      await expect(
        page.locator('.jp-EmoutLab-Logs-source option')
      ).not.toHaveCount(0);
      await expectAccessible(page, '.jp-EmoutLab-Logs');
    });

    await test.step('drop an object; memory falls', async () => {
      const id = await large.getAttribute('data-object');
      await large.focus();
      await page.keyboard.press('Delete');
      await expect(panel.node.locator(`[data-object="${id}"]`)).toHaveCount(0);
      await expect(memory).not.toHaveAttribute('aria-valuetext', /objects 32/);
    });

    await test.step('clear outputs', async () => {
      await panel.title('Outputs').getByRole('button').last().click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: 'Clear', exact: true })
        .click();
      await expect(panel.figures).toHaveCount(0);
    });

    await test.step('stop the session', async () => {
      await panel.stopSession(name);
      await expect(panel.section('Workers')).toContainText('No engines.');
    });

    await notebook.remove();

    await test.step('find the choices of last time in the dialog', async () => {
      await panel.openDialog();
      await expect(panel.dialog.field('memory')).toHaveValue('2G');
      await expect(panel.dialog.field('cores')).toHaveValue('1');
      await panel.dialog.cancel();
      // The tabs of the figure and the logs come back, so no launcher does.
      await page.reload({ waitForIsReady: false });
      await panel.open();
      await panel.openDialog();
      await expect(panel.dialog.field('memory')).toHaveValue('2G');
      await expect(panel.dialog.field('backend')).toHaveValue('local');
      await panel.dialog.cancel();
    });
  });
});
