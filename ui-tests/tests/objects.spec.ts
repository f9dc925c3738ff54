import { expectAccessible } from './helpers/axe';
import { pressInOrder } from './helpers/keyboard';
import { TestNotebook } from './helpers/notebook';
import { Panel, SESSION_TIMEOUT_MS } from './helpers/panel';
import { TestSession } from './helpers/session';
import { expect, test } from './helpers/test';

const CELLS = [
  [
    'from emout_lab import connect, remote_scope',
    'session = connect(name="things")',
    'image = session.open("numpy:ones", (40, 30))',
    'line = session.open("numpy:arange", 500.0)',
    'scope = remote_scope("slices").open()',
    'part = session.open("numpy:zeros", (100, 100))',
    'other = part + 1',
    'float(other.sum()), float(image.sum()), float(line.sum())'
  ].join('\n'),
  [
    'many = [line + i for i in range(5000)]',
    'float(sum(many[1:], many[0]).max())'
  ].join('\n')
];

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test.describe('The objects of a notebook', () => {
  const session = new TestSession('things');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should be filtered, sorted, previewed, copied, dropped and cleared', async ({
    page
  }) => {
    const panel = new Panel(page);
    const notebook = new TestNotebook(page, 'things.ipynb');
    const section = panel.section('Objects');
    await panel.open();
    await notebook.create(CELLS);
    await notebook.run(0);
    const image = panel.object('ones').first();
    const part = panel.object('zeros').first();
    await expect(image).toContainText(/ndarray · 40 × 30 · float64/);
    await expect(section.getByRole('treeitem')).toHaveCount(6);

    await test.step('filter', async () => {
      await pressInOrder(page, 'Control+E', 'O');
      const filter = section.getByRole('searchbox');
      await expect(filter).toBeFocused();
      await filter.fill('zeros');
      await expect(section.locator('[data-object]')).toHaveCount(2);
      await filter.fill('nothing like this');
      await section.getByRole('button', { name: 'Show all' }).click();
      await expect(section.locator('[data-object]')).toHaveCount(4);
    });

    await test.step('largest first', async () => {
      const first = section.locator('[data-object]').first();
      await expect(first).toContainText('ones');
      await section.getByRole('button', { name: 'Largest first' }).click();
      await expect(first).toContainText('ones');
      const loose = section.locator('[data-level="2"][data-object]');
      await expect(loose.nth(1)).toContainText('arange');
      await section.getByRole('button', { name: 'Largest first' }).click();
    });

    await test.step('preview by key; the whole of it comes into view', async () => {
      await image.focus();
      await page.keyboard.press('Enter');
      await expect(image.locator('img')).toBeVisible();
      await expect
        .poll(async () => {
          const [row, view] = await Promise.all([
            image.boundingBox(),
            section.boundingBox()
          ]);
          return (
            (view?.y ?? 0) +
            (view?.height ?? 0) -
            (row?.y ?? 0) -
            (row?.height ?? 0)
          );
        })
        .toBeGreaterThanOrEqual(0);
      await expectAccessible(page, '#emout-lab-Objects');
      await page.keyboard.press('Enter');
      await expect(image.locator('img')).toHaveCount(0);
    });

    await test.step('copy as code', async () => {
      const copied = () => page.evaluate(() => navigator.clipboard.readText());
      await part.hover();
      await part.getByRole('button', { name: /^Copy .* as code$/ }).click();
      await expect.poll(copied).toContain('zeros');
      await image.focus();
      await page.keyboard.press('Control+C');
      await expect.poll(copied).toContain('ones');
    });

    await test.step('drag into a cell, or insert by the menu', async () => {
      const last = notebook.cell(1);
      const before = await last.locator('.cm-line').allTextContents();
      await image.dragTo(last.locator('.cm-line').last(), {
        targetPosition: { x: 2, y: 8 }
      });
      await expect(last.locator('.cm-line').last()).toContainText('ones');
      await page.notebook.setCell(1, 'code', before.join('\n') + '\n');
      await page.notebook.enterCellEditingMode(1);
      await part.click({ button: 'right' });
      await page.getByRole('menu').getByText('Insert into Notebook').click();
      await expect(last).toContainText('zeros');
    });

    await test.step('a menu of its own', async () => {
      await image.click({ button: 'right' });
      const menu = page.getByRole('menu');
      await expect(menu.getByText('Copy as Code')).toBeVisible();
      await menu.getByText('Drop', { exact: true }).click();
      await expect(image).toHaveCount(0);
    });

    await test.step('clear a scope, not without asking', async () => {
      const scope = section.getByRole('treeitem', { name: 'slices' });
      await scope.focus();
      await page.keyboard.press('Delete');
      const dialog = page.getByRole('dialog');
      await expect(dialog).toContainText('Clear scope slices?');
      await expect(dialog).toContainText('things.ipynb');
      await expectAccessible(page, '.jp-Dialog');
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await expect(part).toBeVisible();
      await scope.hover();
      await scope.getByRole('button', { name: 'Clear scope slices' }).click();
      await dialog.getByRole('button', { name: 'Clear', exact: true }).click();
      await expect(part).toHaveCount(0);
      await expect(scope).toHaveCount(0);
    });
    await notebook.remove();
  });

  test('should scroll smoothly where they are 5,000', async ({ page }) => {
    const panel = new Panel(page);
    const notebook = new TestNotebook(page, 'many.ipynb');
    const section = panel.section('Objects');
    const tree = section.getByRole('tree');
    await panel.open();
    await notebook.create([CELLS[0], CELLS[1]]);
    await notebook.run(0);
    await notebook.run(1);
    await expect(section).toContainText(/500\d objects/, {
      timeout: SESSION_TIMEOUT_MS
    });
    // Only what can be seen is in the page.
    expect(await tree.getByRole('treeitem').count()).toBeLessThan(60);
    const frames = await section.evaluate(async node => {
      const last = node.scrollHeight - node.clientHeight;
      const empty: number[] = [];
      const times: number[] = [];
      for (let step = 1; step <= 120; step += 1) {
        const start = performance.now();
        node.scrollTop = (last * step) / 120;
        await new Promise(resolve => requestAnimationFrame(resolve));
        await new Promise(resolve => requestAnimationFrame(resolve));
        times.push(performance.now() - start);
        const box = node.getBoundingClientRect();
        const middle = document.elementFromPoint(
          box.left + box.width / 2,
          box.top + box.height / 2
        );
        if (middle?.closest('[role="treeitem"]') === null) {
          empty.push(step);
        }
      }
      times.sort((a, b) => a - b);
      return { empty, median: times[60], slowest: times[119] };
    });
    test.info().annotations.push({
      type: 'milliseconds for two frames',
      description: JSON.stringify(frames)
    });
    expect(frames.empty).toEqual([]);
    await tree.getByRole('treeitem').last().focus();
    await page.keyboard.press('Home');
    await expect(tree.getByRole('treeitem').first()).toBeFocused();
    await page.keyboard.press('End');
    await expect(tree.locator('[aria-posinset="5000"]').first()).toBeVisible();
    await notebook.remove();
  });
});
