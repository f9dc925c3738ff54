import type { WebSocketRoute } from '@playwright/test';

import { expectAccessible } from './helpers/axe';
import { TestNotebook } from './helpers/notebook';
import { Panel, SESSION_TIMEOUT_MS, SMALL } from './helpers/panel';
import { expectLooks, LOOKS } from './helpers/screenshots';
import { TestSession } from './helpers/session';
import { expect, test } from './helpers/test';

const [KEEP, DRAW, BUSY, MANY] = [0, 1, 2, 3];
const CELLS = [
  [
    '%load_ext emout_lab',
    'from emout_lab import connect, remote, remote_scope',
    'session = connect(name="looks")',
    'line = session.open("numpy:arange", 500.0)',
    'scope = remote_scope("slices").open()',
    'part = session.open("numpy:zeros", (100, 100))',
    'float(line.sum()), float(part.sum())'
  ].join('\n'),
  '%%remote_figure\nplt.plot([1, 3, 2])\nplt.title("three values")',
  [
    'def count(path):',
    '    total = 0',
    '    while True:',
    '        total += 1',
    'remote.call(count, "forever").fetch()'
  ].join('\n'),
  'many = [line + i for i in range(60)]\nfloat(sum(many[1:], many[0]).max())'
];

test.describe('The looks without a session', LOOKS, () => {
  test('of the panel and its dialog', async ({ page }) => {
    const panel = new Panel(page);
    await panel.open();
    await expect(panel.section('Outputs')).toContainText('No figures yet.');
    await expectLooks(page, {
      'panel-empty': panel.node,
      'status-empty': page.locator('.jp-EmoutLab-Status')
    });

    const dialog = await panel.openDialog();
    const box = dialog.node.locator('.jp-Dialog-content');
    await dialog.fill({ name: 'looks', ...SMALL });
    await expectLooks(page, { dialog: box });
    await dialog.showAll();
    await expectLooks(page, { 'dialog-advanced': box });
    await dialog.fill({ memory: '60 gigs', jobs: 'some' });
    await dialog.start();
    await expect(dialog.error('jobs')).toBeVisible();
    await expectLooks(page, { 'dialog-errors': box });
    await dialog.cancel();
  });

  test('of a connection that is lost', async ({ page }) => {
    const sockets: WebSocketRoute[] = [];
    await page.routeWebSocket('**/emout-lab/api/events*', socket => {
      socket.connectToServer();
      sockets.push(socket);
    });
    await page.reload();
    const panel = new Panel(page);
    await panel.open();
    await expect(panel.section('Outputs')).toContainText('No figures yet.');
    await page.route('**/emout-lab/api/sessions*', route => route.abort());
    await Promise.all(sockets.map(socket => socket.close()));
    // What the browser says of the try that followed.
    await expect(panel.node.getByRole('alert')).toContainText('fetch');
    await expectLooks(page, { 'panel-lost': panel.node });
  });

  test('of an extension that is not enabled', async ({ page }) => {
    await page.route('**/emout-lab/api/**', route =>
      route.fulfill({ status: 404, body: '404 : Not Found' })
    );
    await page.reload();
    const panel = new Panel(page);
    await panel.open();
    await expect(panel.node.getByRole('alert')).toBeVisible();
    await expectLooks(page, { 'panel-missing': panel.node });
  });
});

test.describe('The looks with a session', LOOKS, () => {
  const session = new TestSession('looks');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('of engines, objects, outputs, dialogs and logs', async ({ page }) => {
    const panel = new Panel(page);
    const notebook = new TestNotebook(page, 'looks.ipynb');
    const dialog = page.locator('.jp-Dialog-content');
    const press = (name: string) =>
      panel.node.getByRole('button', { name }).click();
    await panel.open();
    await notebook.create(CELLS);
    await notebook.run(KEEP);
    await notebook.run(DRAW);
    await expect(panel.figures.first().locator('img')).toBeVisible();
    await panel.untilIdle();
    await expectLooks(page, {
      panel: panel.node,
      status: page.locator('.jp-EmoutLab-Status')
    });
    await page.sidebar.setWidth(240, 'left');
    await expectLooks(page, { 'panel-240': panel.node });
    expect(await panel.overflowing()).toEqual([]);
    await page.sidebar.setWidth(340, 'left');

    await press('Scale looks');
    await expectLooks(page, { scale: dialog });
    await page.keyboard.press('Escape');
    await panel
      .section('Objects')
      .getByRole('treeitem', { name: 'slices' })
      .focus();
    await page.keyboard.press('Delete');
    await expectLooks(page, { 'clear-scope': dialog });
    await page.keyboard.press('Escape');
    await press('Restart engine 0');
    await expectLooks(page, { 'restart-engine': dialog });
    await page.keyboard.press('Escape');

    await notebook.start(BUSY);
    await expect(panel.engine()).toContainText('count', {
      timeout: SESSION_TIMEOUT_MS
    });
    await expectLooks(page, { 'engines-busy': panel.section('Workers') });
    await press('Cancel what engine 0 is running');
    await panel.untilIdle();

    const title = await panel.engine().getAttribute('title');
    const pid = Number(/process (\d+)/.exec(title ?? '')?.[1]);
    process.kill(pid, 'SIGSTOP');
    await expect(panel.engine()).toContainText('does not answer', {
      timeout: SESSION_TIMEOUT_MS
    });
    await expectLooks(page, { 'engines-silent': panel.section('Workers') });
    process.kill(pid, 'SIGCONT');
    await panel.untilIdle();
    await expect(panel.node).not.toContainText(/does not answer|not answered/);

    await notebook.run(MANY);
    await expect(panel.section('Objects')).toContainText(/6\d objects/);
    await expectLooks(page, { 'panel-full': panel.node });

    await press('Logs of looks');
    const logs = page.locator('.jp-EmoutLab-Logs');
    await expect(logs.getByRole('log')).toContainText('scheduler');
    const tab = page.locator('.jp-MainAreaWidget').filter({ has: logs });
    await expectLooks(page, { logs: tab.getByRole('toolbar').first() });
    await notebook.remove();
  });

  test('of a session that has failed', async ({ page }) => {
    const panel = new Panel(page);
    await panel.open();
    const row = panel.session(session.name);
    await expect(row).toContainText('running');
    process.kill(session.pid, 'SIGKILL');
    await expect(row).toContainText('failed', { timeout: SESSION_TIMEOUT_MS });
    await expectLooks(page, { 'session-failed': panel.section('Sessions') });
    await expectAccessible(page, '#emout-lab-panel');
    await row.getByRole('button', { name: 'Remove session looks' }).click();
    await expect(row).toHaveCount(0);
  });
});
