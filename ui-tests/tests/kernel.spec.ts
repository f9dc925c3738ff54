import { TestNotebook } from './helpers/notebook';
import { Panel, SESSION_TIMEOUT_MS } from './helpers/panel';
import { TestSession } from './helpers/session';
import { expect, test } from './helpers/test';

const [SETUP, KEEP, DRAW, USE] = [0, 1, 2, 3];
const CELLS = [
  '%load_ext emout_lab\nfrom emout_lab import connect\nsession = connect(name="kernels")',
  'numbers = session.open("numpy:arange", 300.0)\nfloat(numbers.sum())',
  '%%remote_figure\nplt.plot([1, 3, 2])',
  'try:\n    print(float(numbers[7]))\nexcept NameError as error:\n    print(error)'
];

test.describe('A kernel that is restarted', () => {
  const session = new TestSession('kernels');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should leave figures, lose its objects, and find the session again', async ({
    page
  }) => {
    const panel = new Panel(page);
    const notebook = new TestNotebook(page, 'kernels.ipynb');
    await panel.open();
    await notebook.create(CELLS);
    for (const index of [SETUP, KEEP, DRAW]) {
      await notebook.run(index);
    }
    await expect(panel.object('arange')).toHaveCount(1);
    await expect(panel.figures).toHaveCount(1);

    await notebook.restartKernel();

    // Nobody can use them any more: the engine lets go of them, and the panel says so.
    await expect(panel.section('Objects')).toContainText('No objects.', {
      timeout: SESSION_TIMEOUT_MS
    });
    await expect(panel.figures).toHaveCount(1);
    await expect(notebook.image(DRAW)).toBeVisible();
    await panel.figures.getByRole('button', { name: /^Open/ }).click();
    await expect(page.locator('.jp-EmoutLab-Viewer img')).toBeVisible();
    await page.notebook.activate('kernels.ipynb');

    // The new kernel knows no ref of the old one.
    await notebook.run(USE);
    await expect(notebook.cell(USE)).toContainText(
      "name 'numbers' is not defined"
    );
    for (const index of [SETUP, KEEP, USE, DRAW]) {
      await notebook.run(index);
    }
    await expect(notebook.cell(USE)).toContainText('7.0');
    await expect(panel.object('arange').first()).toBeVisible();
    await expect(panel.figures).toHaveCount(2);
    await notebook.remove();
  });
});
