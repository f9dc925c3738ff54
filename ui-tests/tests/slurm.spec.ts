import { Panel, SESSION_TIMEOUT_MS } from './helpers/panel';
import { expectLooks, LOOKS } from './helpers/screenshots';
import { SlurmLab } from './helpers/slurm';
import { expect, test } from './helpers/test';

const ON_SLURM = { backend: 'slurm', memory: '2G', cores: '1' };

test.describe('On a real SLURM', LOOKS, () => {
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
    await panel.startSession({
      name,
      ...ON_SLURM,
      directives: '--begin=now+1hour'
    });
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
    await expectLooks(page, { 'session-queued': panel.section('Sessions') });
    await panel.stopSession(name);
  });

  test('should start a job and cancel it', async ({ page }) => {
    test.skip(slurm.reason !== null, slurm.reason ?? '');
    const panel = new Panel(page);
    await panel.open();
    const dialog = await panel.openDialog();
    await dialog.fill({ name, ...ON_SLURM, walltime: '00:10:00' });
    await expect(dialog.field('partition')).toHaveValue('gr20001a');
    await expectLooks(page, {
      'dialog-slurm': dialog.node.locator('.jp-Dialog-content')
    });
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
    await expectLooks(page, { 'session-slurm': panel.section('Sessions') });
    await panel.stopSession(name);
  });
});
