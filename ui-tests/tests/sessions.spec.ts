import { expectAccessible } from './helpers/axe';
import { TestNotebook } from './helpers/notebook';
import { Panel, SESSION_TIMEOUT_MS } from './helpers/panel';
import { TestSession } from './helpers/session';
import { expect, test } from './helpers/test';

/** Within this time a session that died must be red. */
const RED_WITHIN_MS = 10_000;

test.describe('A running session', () => {
  const session = new TestSession('rows');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should be scaled in a dialog', async ({ page }) => {
    const panel = new Panel(page);
    await panel.open();
    const row = panel.session(session.name);
    await expect(row).toContainText('engines 1/1');
    const jobs = page.getByRole('dialog').getByRole('spinbutton');

    await row.getByRole('button', { name: 'Scale rows' }).click();
    await expect(jobs).toHaveValue('1');
    await expectAccessible(page, '.jp-Dialog');
    await jobs.fill('0');
    await page.getByRole('button', { name: 'Scale', exact: true }).click();
    await expect(page.getByRole('dialog')).toContainText(
      '0 is not a number of jobs'
    );
    await page.getByRole('dialog').getByRole('button').last().click();

    await row.getByRole('button', { name: 'Scale rows' }).click();
    await jobs.fill('2');
    await page.getByRole('button', { name: 'Scale', exact: true }).click();
    await expect(row).toContainText('engines 2/2', {
      timeout: SESSION_TIMEOUT_MS
    });
    await expect(panel.section('Workers')).toContainText('engine 1', {
      timeout: SESSION_TIMEOUT_MS
    });

    const called = page.evaluate(async name => {
      await window.jupyterapp.commands.execute('emout-lab:scale-session', {
        name,
        jobs: 1
      });
    }, session.name);
    // Arguments alone scale nothing.
    await expect(jobs).toHaveValue('1');
    await page.getByRole('button', { name: 'Scale', exact: true }).click();
    await called;
    await expect(row).toContainText('engines 1/1', {
      timeout: SESSION_TIMEOUT_MS
    });
  });

  test('should show its logs in a tab, and what is written next', async ({
    page
  }) => {
    const panel = new Panel(page);
    await panel.open();
    await panel
      .session(session.name)
      .getByRole('button', { name: 'Logs of rows' })
      .click();
    const logs = page.locator('.jp-EmoutLab-Logs');
    const text = logs.getByRole('log');
    await expect(text).toContainText('scheduler');
    await expect(
      page.locator('.jp-EmoutLab-Logs-source option')
    ).not.toHaveCount(0);
    await expectAccessible(page, '.jp-EmoutLab-Logs');

    const before = (await text.textContent())?.length ?? 0;
    await session.scale(2);
    await expect
      .poll(async () => (await text.textContent())?.length)
      .toBeGreaterThan(before);
    // It stays at its end.
    await expect
      .poll(() =>
        text.evaluate(
          node => node.scrollHeight - node.scrollTop - node.clientHeight
        )
      )
      .toBeLessThan(5);
    await session.scale(1);
  });

  test('should have its tabs again after a reload', async ({ page }) => {
    const panel = new Panel(page);
    await panel.open();
    const row = panel.session(session.name);
    await row.getByRole('button', { name: 'Dashboard of rows' }).click();
    const kept = page.waitForResponse(
      answer =>
        answer.url().includes('/api/workspaces/') &&
        answer.request().method() === 'PUT' &&
        (answer.request().postData() ?? '').includes('emout-lab-logs-rows')
    );
    await row.getByRole('button', { name: 'Logs of rows' }).click();
    const tab = (label: string) =>
      page.locator('.lm-DockPanel-tabBar').getByText(label, { exact: true });
    await expect(tab('Logs of rows')).toHaveCount(1);
    await kept;
    await page.reload({ waitForIsReady: false });
    await expect(tab('Logs of rows')).toHaveCount(1);
    await expect(tab('Dashboard of rows')).toHaveCount(1);
    await expect(
      page.locator('.jp-EmoutLab-Logs').getByRole('log')
    ).toContainText('scheduler');
    await row.getByRole('button', { name: 'Logs of rows' }).click();
    await expect(tab('Logs of rows')).toHaveCount(1);
  });

  test('should be listed beside kernels and terminals', async ({ page }) => {
    await page.sidebar.openTab('jp-running-sessions');
    const item = page
      .locator('#jp-running-sessions .jp-RunningSessions-item')
      .filter({ has: page.getByText(session.name, { exact: true }) });
    await expect(item).toBeVisible();
    await item.hover();
    await item.locator('.jp-RunningSessions-itemShutdown').click();
    await expect(page.getByRole('dialog')).toContainText('Stop session rows?');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await item.getByText(session.name, { exact: true }).click();
    await expect(new Panel(page).session(session.name)).toBeVisible();
  });

  test("should open Dask's dashboard in a tab", async ({ page }) => {
    const panel = new Panel(page);
    await panel.open();
    await panel
      .session(session.name)
      .getByRole('button', { name: 'Dashboard of rows' })
      .click();
    const dashboard = page.frameLocator('iframe[title="Dashboard of rows"]');
    // Drawn by scripts with what comes over the dashboard's own socket.
    await expect(dashboard.locator('canvas').first()).toBeVisible({
      timeout: SESSION_TIMEOUT_MS
    });
    await dashboard.getByRole('link', { name: 'Workers' }).click();
    await expect(dashboard.getByText('nthreads').first()).toBeVisible({
      timeout: SESSION_TIMEOUT_MS
    });
  });

  test('should be used by the notebook in front', async ({ page }) => {
    const panel = new Panel(page);
    const notebook = new TestNotebook(page, 'use.ipynb');
    await panel.open();
    const use = panel
      .session(session.name)
      .getByRole('button', { name: 'Use rows in this notebook' });
    await use.click();
    await expect(page.getByRole('dialog')).toContainText('No notebook is open');
    await page.getByRole('dialog').getByRole('button').last().click();

    await notebook.create(['%%remote_figure\nplt.plot([1, 2])']);
    await use.click();
    await expect(page.getByText('use.ipynb uses session rows.')).toBeVisible();
    // No %load_ext: the button has done that.
    await notebook.run(0);
    await expect(notebook.cell(0)).toContainText('engine 0 of rows');
    await notebook.remove();
  });

  test('should have a menu of its own and commands', async ({ page }) => {
    const panel = new Panel(page);
    await panel.open();
    await panel.session(session.name).click({ button: 'right' });
    const menu = page.getByRole('menu');
    await expect(menu.getByText('Scale Session…')).toBeVisible();
    await menu.getByText('Stop Session').click();
    await expect(page.getByRole('dialog')).toContainText('Stop session rows?');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect(panel.session(session.name)).toContainText('running');
  });
});

test.describe('A session that dies', () => {
  const session = new TestSession('mortal');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should turn red while it is watched', async ({ page }) => {
    const panel = new Panel(page);
    await panel.open();
    const row = panel.session(session.name);
    await expect(row).toContainText('running');
    process.kill(session.pid, 'SIGKILL');
    await expect(row).toContainText('failed', { timeout: RED_WITHIN_MS });
    const dot = row.locator('.jp-EmoutLab-State-dot');
    const red = await page.evaluate(() =>
      getComputedStyle(document.body).getPropertyValue('--jp-error-color1')
    );
    expect(red).not.toBe('');
    await expect(dot).toHaveCSS(
      'background-color',
      await page.evaluate(color => {
        const probe = document.body.appendChild(document.createElement('i'));
        probe.style.color = color;
        const shown = getComputedStyle(probe).color;
        probe.remove();
        return shown;
      }, red)
    );
    await expect(row).toContainText(/host/);
    await expect(panel.section('Workers')).toContainText('No engines.');
    await expectAccessible(page, '#emout-lab-panel');
    await row.getByRole('button', { name: 'Remove session mortal' }).click();
    await expect(row).toHaveCount(0);
  });
});
