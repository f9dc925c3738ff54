import { Panel, SESSION_TIMEOUT_MS } from './helpers/panel';
import { keep } from './helpers/screenshots';
import { SlurmLab } from './helpers/slurm';
import { expect, test } from './helpers/test';

test.describe('On a real SLURM', () => {
  const name = 'queued';
  const slurm = new SlurmLab();

  test.beforeAll(() => slurm.start());
  test.afterAll(() => slurm.stop());

  test.afterEach(async ({ page }) => {
    await new Panel(page).cleanUp(name);
  });

  test('should tell why a job waits and when it is expected to start', async ({
    page
  }) => {
    test.skip(slurm.reason !== null, slurm.reason ?? '');
    const panel = new Panel(page);
    await panel.open();
    await panel.startButton.click();
    await panel.dialog.ready();
    const { dialog } = panel;
    await dialog.field('name').fill(name);
    await dialog.field('backend').selectOption('slurm');
    await dialog.field('memory').fill('2G');
    await dialog.field('cores').fill('1');
    await dialog.node.locator('summary').click();
    await dialog.field('directives').fill('--begin=now+1hour');
    await keep(page, 'dialog-directives');
    await dialog.start();
    await expect(dialog.node).toHaveCount(0, { timeout: SESSION_TIMEOUT_MS });
    const row = panel.session(name);
    await expect(row).toContainText('queued', { timeout: SESSION_TIMEOUT_MS });
    await expect(row).toContainText(/BeginTime/, {
      timeout: SESSION_TIMEOUT_MS
    });
    await expect(row).toContainText(/Expected to start at/, {
      timeout: SESSION_TIMEOUT_MS
    });
    // Once, and not in the words of a terminal too.
    await expect(row).not.toContainText('estimated start');
    await keep(page, 'session-queued', '#emout-lab-Sessions');
    await row.getByRole('button', { name: `Stop session ${name}` }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: 'Stop', exact: true })
      .click();
    await expect(row).toHaveCount(0, { timeout: SESSION_TIMEOUT_MS });
  });

  test('should start a job and cancel it', async ({ page }) => {
    test.skip(slurm.reason !== null, slurm.reason ?? '');
    const panel = new Panel(page);
    await panel.open();
    await panel.startButton.click();
    await panel.dialog.ready();
    const { dialog } = panel;
    await dialog.field('name').fill(name);
    await dialog.field('backend').selectOption('slurm');
    await expect(dialog.field('partition')).toHaveValue('gr20001a');
    await dialog.field('memory').fill('2G');
    await dialog.field('cores').fill('1');
    await dialog.field('walltime').fill('00:10:00');
    await keep(page, 'dialog-slurm');
    await dialog.start();
    await expect(dialog.node).toHaveCount(0, { timeout: SESSION_TIMEOUT_MS });
    const row = panel.session(name);
    await expect(row).toContainText('running', { timeout: SESSION_TIMEOUT_MS });
    await expect(row).toContainText(/slurm · gr20001a · job \d+/);
    await expect(row.getByRole('meter')).toHaveAttribute(
      'aria-valuetext',
      /min left/
    );
    await expect(panel.section('Workers')).toContainText('engine 0', {
      timeout: SESSION_TIMEOUT_MS
    });
    await keep(page, 'panel-slurm');
    await row.getByRole('button', { name: `Stop session ${name}` }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: 'Stop', exact: true })
      .click();
    await expect(row).toHaveCount(0, { timeout: SESSION_TIMEOUT_MS });
  });
});
