import { TestNotebook } from './helpers/notebook';
import { Panel } from './helpers/panel';
import { PlainPage } from './helpers/plainpage';
import { TestSession } from './helpers/session';
import { expect, test } from './helpers/test';

const CELLS = [
  '%load_ext emout_lab\nfrom emout_lab import connect\nsession = connect(name="shared")',
  'numbers = session.open("numpy:arange", 300.0)\nfloat(numbers.sum())',
  '%%remote_figure\nplt.plot([1, 3, 2])'
];

test.describe('Two tabs of one server', () => {
  const session = new TestSession('shared');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should both follow, and leave each other alone', async ({
    page,
    baseURL
  }) => {
    const notebook = new TestNotebook(page, 'shared.ipynb');
    const first = new Panel(page);
    await first.open();
    const otherPage = await page.context().newPage();
    await new PlainPage(otherPage).goto(`${baseURL}/lab`);
    const second = new Panel(otherPage);
    await second.open();
    await expect(second.session(session.name)).toContainText('running');

    await test.step('what one draws, both list', async () => {
      await page.bringToFront();
      await notebook.create(CELLS);
      for (const index of CELLS.keys()) {
        await notebook.run(index);
      }
      for (const panel of [first, second]) {
        await expect(panel.object('arange')).toHaveCount(1);
        await expect(panel.figures).toHaveCount(1);
        await expect(panel.figures.locator('img')).toHaveJSProperty(
          'complete',
          true
        );
      }
    });

    await test.step('a section that is closed in one stays open in the other', async () => {
      await second.title('Outputs').click();
      await expect(second.section('Outputs')).toBeHidden();
      await expect(first.section('Outputs')).toBeVisible();
      await second.title('Outputs').click();
    });

    await test.step('a filter of one is not that of the other', async () => {
      await first.section('Objects').getByRole('searchbox').fill('nothing');
      await expect(first.object('arange')).toHaveCount(0);
      await expect(second.object('arange')).toHaveCount(1);
    });

    await test.step('what one drops and removes, both miss', async () => {
      await second.object('arange').focus();
      await otherPage.keyboard.press('Delete');
      await expect(second.object('arange')).toHaveCount(0);
      await expect(first.section('Objects')).not.toContainText('1 object');
      await second.figures.hover();
      await second.figures.getByRole('button', { name: /^Remove/ }).click();
      await expect(second.figures).toHaveCount(0);
      await expect(first.figures).toHaveCount(0);
      // The notebook keeps what it shows.
      await expect(notebook.image(2)).toBeVisible();
    });

    await test.step('one that is closed does not end what the other sees', async () => {
      await otherPage.close();
      await notebook.run(2);
      await expect(first.figures).toHaveCount(1);
    });
    await notebook.remove();
  });
});
