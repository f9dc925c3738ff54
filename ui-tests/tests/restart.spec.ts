import { expectAccessible } from './helpers/axe';
import { reachedByTab } from './helpers/keyboard';
import { TestNotebook } from './helpers/notebook';
import { Panel, SESSION_TIMEOUT_MS } from './helpers/panel';
import { TestSession } from './helpers/session';
import { expect, test } from './helpers/test';

const CELLS = [
  [
    'from emout_lab import connect',
    'session = connect(name="deaf")',
    'numbers = session.open("numpy:arange", 1000.0)',
    'float(numbers.sum())'
  ].join('\n'),
  'float(numbers[3])'
];

test.describe('An engine that does not answer', () => {
  const session = new TestSession('deaf');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should be shown as that, and be restarted', async ({ page }) => {
    const panel = new Panel(page);
    const notebook = new TestNotebook(page, 'deaf.ipynb');
    const worker = panel.engine();
    const restart = worker.getByRole('button', { name: 'Restart engine 0' });
    await panel.open();
    await notebook.create(CELLS);
    await notebook.run(0);
    await panel.untilIdle();
    await expect(panel.object('arange').first()).toBeVisible();
    const idle = await worker.boundingBox();

    // "tls://127.0.0.1:34567, process 4711"
    const title = await worker.getAttribute('title');
    const pid = Number(/process (\d+)/.exec(title ?? '')?.[1]);
    process.kill(pid, 'SIGSTOP');
    await expect(worker).toContainText(/does not answer since \d+ s/, {
      timeout: SESSION_TIMEOUT_MS
    });
    // The notice above moves it; it keeps its size.
    const silent = await worker.boundingBox();
    expect([silent?.width, silent?.height]).toEqual([
      idle?.width,
      idle?.height
    ]);
    expect(await panel.overflowing()).toEqual([]);
    await expectAccessible(page, '#emout-lab-Workers');
    expect(await reachedByTab(page, '#emout-lab-Workers')).toEqual([]);

    const dialog = page.locator('.jp-Dialog');
    await test.step('give up with the keyboard', async () => {
      await restart.focus();
      await page.keyboard.press('Enter');
      await expect(dialog).toContainText('Restart engine 0?');
      await expect(dialog).toContainText(/\d+ objects? \(.*\) (is|are) lost/);
      await page.keyboard.press('Escape');
      await expect(dialog).toHaveCount(0);
      await expect(worker).toContainText('does not answer');
    });

    await test.step('restart from the context menu', async () => {
      await worker.click({ button: 'right' });
      await page
        .locator('.lm-Menu-item', { hasText: 'Restart Engine…' })
        .click();
      await dialog.getByRole('button', { name: 'Restart' }).click();
      await expect(worker).toContainText('restarting…');
    });

    await panel.untilIdle();
    await expect(worker).not.toHaveAttribute('title', title ?? '');
    await expect(panel.object('arange')).toHaveCount(0);

    // Its warning is what this is about.
    await notebook.start(1);
    await expect(notebook.cell(1)).toContainText('3.0', {
      timeout: SESSION_TIMEOUT_MS
    });
    await expect(notebook.cell(1)).toContainText(
      "engine '0' was restarted from the panel"
    );
    await notebook.remove();
  });
});
