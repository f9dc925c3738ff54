import { expectAccessible } from './helpers/axe';
import { TestNotebook } from './helpers/notebook';
import { Panel } from './helpers/panel';
import { TestSession } from './helpers/session';
import { expect, test } from './helpers/test';

const CELLS = [
  [
    'import emout_lab',
    'import numpy as np',
    'from emout_lab import parallel',
    'client = parallel.Client("names")',
    'view = client[0]',
    'view.push({"a": np.zeros(1_000_000), "n": 5}, block=True)'
  ].join('\n'),
  [
    'try:',
    '    print(view["a"])',
    'except NameError as error:',
    '    print("gone:", error)'
  ].join('\n'),
  ''
];

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test.describe('The names that a view assigns on engines', () => {
  const session = new TestSession('names');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should be listed with their sizes, copied and deleted', async ({
    page
  }, info) => {
    const panel = new Panel(page);
    const notebook = new TestNotebook(page, 'names.ipynb');
    const section = panel.section('Objects');
    await panel.open();
    await notebook.create(CELLS);
    await notebook.run(0);
    const group = section.getByRole('treeitem', { name: 'namespace' });
    const array = section.getByRole('treeitem', { name: 'a on engine 0' });
    const number = section.getByRole('treeitem', { name: 'n on engine 0' });
    await expect(group).toContainText('8.00 MB');
    await expect(array).toContainText('engine 0 · ndarray · 1000000');
    await expect(array).toContainText('8.00 MB');
    await expect(number).toContainText('engine 0 · int · 5');
    await expectAccessible(page, '#emout-lab-Objects');
    expect(await panel.overflowing()).toEqual([]);

    await test.step('copy as code that gives a ref to it', async () => {
      await array.click({ button: 'right' });
      await page.getByRole('menu').getByText('Copy as Code').click();
      const copied = () => page.evaluate(() => navigator.clipboard.readText());
      await expect.poll(copied).toContain('["a"]');
      await page.notebook.setCell(
        2,
        'code',
        `float((${await copied()} + 1).sum())`
      );
      await expect(await notebook.run(2)).toContainText('1000000.0');
    });

    await test.step('delete one: the view knows it no more', async () => {
      await array.hover();
      await array.getByRole('button', { name: 'Drop a' }).click();
      await expect(array).toHaveCount(0);
      await expect(await notebook.run(1)).toContainText(/gone: .*'a'/);
    });

    await test.step('delete all, not without asking', async () => {
      await group.hover();
      await group.getByRole('button', { name: 'Delete all names' }).click();
      const dialog = page.getByRole('dialog');
      await expect(dialog).toContainText('Delete all names?');
      await expect(dialog).toContainText('names.ipynb');
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await expect(number).toHaveCount(0);
      await expect(group).toHaveCount(0);
    });
    await notebook.remove();
  });
});
