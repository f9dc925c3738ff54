import { boxesOf, watchShifts } from './helpers/layout';
import { TestNotebook } from './helpers/notebook';
import { Panel, SESSION_TIMEOUT_MS } from './helpers/panel';
import { TestSession } from './helpers/session';
import { expect, test } from './helpers/test';

const CELLS = [
  [
    'import numpy as np',
    'from emout_lab import connect, remote',
    'session = connect(name="busy")',
    'def count(path):',
    '    total = 0',
    '    while True:',
    '        total += 1',
    'array = session.open("numpy:arange", 1000.0)',
    'float(array.sum())'
  ].join('\n'),
  'remote.call(count, "forever").fetch()'
];

test.describe('An engine', () => {
  const session = new TestSession('busy');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should show what it runs and stop it', async ({ page }) => {
    const panel = new Panel(page);
    const notebook = new TestNotebook(page, 'busy.ipynb');
    const worker = panel.engine();
    await panel.open();
    await notebook.create(CELLS);
    await notebook.run(0);
    await panel.untilIdle();
    const idle = await worker.boundingBox();

    await notebook.start(1);
    await expect(worker).toContainText(/count.*busy\.ipynb/, {
      timeout: SESSION_TIMEOUT_MS
    });
    expect(await worker.boundingBox()).toEqual(idle);

    // Values tick; everything keeps its place and its size.
    const call = worker.locator('.jp-EmoutLab-Workers-call');
    const before = await boxesOf(panel.node);
    const shifts = await watchShifts(panel.node);
    for (let tick = 0; tick < 4; tick += 1) {
      const shown = await call.textContent();
      await expect(call).not.toHaveText(shown ?? '');
    }
    expect(await shifts()).toEqual([]);
    expect(await boxesOf(panel.node)).toEqual(before);

    // A thumbnail of what lies in memory comes beside the running call.
    const array = panel.object('arange').first();
    await array.click();
    await expect(array.locator('img')).toBeVisible();

    await worker
      .getByRole('button', { name: 'Cancel what engine 0 is running' })
      .click();
    await panel.untilIdle();
    await expect(notebook.cell(1)).toContainText(/Interrupt|Cancel/);
    await notebook.remove();
  });
});
