import { expectAccessible } from './helpers/axe';
import { reachedByTab } from './helpers/keyboard';
import { TestNotebook } from './helpers/notebook';
import { Panel, SESSION_TIMEOUT_MS } from './helpers/panel';
import { expectLooks, illustrate, LOOKS } from './helpers/screenshots';
import { TestSession } from './helpers/session';
import { expect, test } from './helpers/test';

const CELLS = [
  [
    'import os, time',
    'from emout_lab import connect',
    'from emout_lab.experiments import ClusterLab, Experiment',
    'connect(name="sweeping")',
    'mended = os.path.abspath("mended")',
    '',
    'class Bowl(Experiment):',
    '    def do(self, params):',
    '        time.sleep(0.2)',
    '        if params["x"] == 2 and params["y"] == 3 and not os.path.exists(mended):',
    '            raise ValueError("no way through here")',
    '        return {"height": params["x"] ** 2 + params["y"] ** 2}'
  ].join('\n'),
  [
    'lab = ClusterLab()',
    'lab["x"] = range(6)',
    'lab["y"] = range(5)',
    'lab.runExperiment(Bowl())'
  ].join('\n')
];

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test.describe('A sweep', LOOKS, () => {
  const session = new TestSession('sweeping');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should be followed, repaired, read as a table and seen as a plot', async ({
    page
  }) => {
    const panel = new Panel(page);
    const notebook = new TestNotebook(page, 'sweeping.ipynb');
    const section = panel.section('Sweeps');
    const row = section.locator('[data-sweep]').first();
    const tab = page.locator('.jp-MainAreaWidget:visible');
    const told = tab.getByRole('status').last();
    await panel.open();
    await expect(section).toContainText('No sweeps.');
    await notebook.create(CELLS);
    await notebook.run(0);
    await notebook.run(1);

    await test.step('its progress', async () => {
      const progress = row.getByRole('progressbar');
      await expect(progress).toHaveAttribute('aria-valuemax', '30');
      await expect(row).toContainText(/running/);
      await expect(row).toContainText('30 of 30', {
        timeout: SESSION_TIMEOUT_MS
      });
      await expect(row).toContainText('done');
      await expect(row).toContainText(/took \d+ s/);
    });

    await test.step('what failed, and why', async () => {
      const failures = row.locator('details');
      await expect(failures.locator('summary')).toContainText(
        '1 failed: ValueError: no way through here'
      );
      await expectLooks(page, { sweeps: section });
      await failures.locator('summary').click();
      await expect(failures.locator('pre')).toContainText(
        'no way through here'
      );
      await row.getByRole('button', { name: /^Copy the error/ }).click();
      await expect
        .poll(() => page.evaluate(() => navigator.clipboard.readText()))
        .toContain('no way through here');
      await expectAccessible(page, '#emout-lab-Sweeps');
      expect(await reachedByTab(page, '#emout-lab-Sweeps')).toEqual([]);
      await illustrate(page, 'sweeps-light', '#emout-lab-Sweeps');
    });

    await test.step('a table, sorted and filtered', async () => {
      await row.getByRole('button', { name: /^Table of/ }).click();
      await expect(tab).toContainText('30 of 30 rows');
      await tab.getByRole('searchbox').fill('status=failed');
      await expect(tab).toContainText('1 of 30 rows');
      await tab.getByRole('searchbox').fill('height>=25');
      await expect(tab).toContainText('8 of 30 rows');
      await tab.getByLabel('Sort by').selectOption({ label: 'by height' });
      await tab.getByRole('button', { name: 'Largest first' }).click();
      await tab.getByRole('application').focus();
      await expect(told).toContainText('row 1 of 8');
      for (let column = 0; column < 3; column += 1) {
        await page.keyboard.press('ArrowRight');
      }
      await expect(told).toContainText('height: 41');
      await page.keyboard.press('ArrowDown');
      await expect(told).toContainText('row 2 of 8 · height: 34');
      await expectAccessible(page, '.jp-EmoutLab-SweepTable');
      await illustrate(page, 'sweep-table');
    });

    await test.step('sorted by a click on a column', async () => {
      const box = await tab.getByRole('application').boundingBox();
      // The head of the third column.
      await page.mouse.click((box?.x ?? 0) + 275, (box?.y ?? 0) + 12);
      await expect(tab.getByLabel('Sort by').locator(':checked')).toHaveText(
        'by y'
      );
    });

    await test.step('a plot, by keys', async () => {
      await row.getByRole('button', { name: /^Plot of/ }).click();
      const picture = tab.getByRole('img');
      await expect(picture).toHaveAccessibleName(
        'height against x and y: 0 – 41'
      );
      await expect(tab).toContainText('1 point without a number is left out.');
      await picture.focus();
      await page.keyboard.press('End');
      await expect(tab).toContainText('x = 5 · y = 4 · height = 41');
      await expectAccessible(page, '.jp-EmoutLab-SweepPlot');
      await expectLooks(page, {
        'sweep-plot': page.locator('.jp-EmoutLab-SweepPlot:visible')
      });
      await illustrate(page, 'sweep-plot');
    });

    await test.step('what failed runs again, and comes into the plot', async () => {
      await page.contents.uploadContent('', 'text', 'mended');
      await row.getByRole('button', { name: /^Run the failed/ }).click();
      await expect(row.locator('details')).toHaveCount(0, {
        timeout: SESSION_TIMEOUT_MS
      });
      await row.getByRole('button', { name: /^Plot of/ }).click();
      await expect(tab).not.toContainText('left out');
      await tab
        .getByLabel('and', { exact: true })
        .selectOption({ label: 'nothing else' });
      await expect(tab.getByRole('img')).toHaveAccessibleName(
        'height against x: 0 – 41'
      );
      await expect(tab).toContainText('up to 5 results stand at one place');
    });

    await test.step('both are there after a reload', async () => {
      await page.reload({ waitForIsReady: false });
      const tabs = page.locator('.lm-DockPanel-tabBar');
      await expect(tabs).toContainText('Table of Bowl');
      await expect(tabs).toContainText('Plot of Bowl');
      await panel.open();
    });

    await test.step('it is removed', async () => {
      await row.getByRole('button', { name: /^Remove sweep/ }).click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: 'Remove' })
        .click();
      await expect(section).toContainText('No sweeps.');
    });
    await page.contents.deleteFile('mended');
    await notebook.remove();
  });
});
