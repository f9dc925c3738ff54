import type { WebSocketRoute } from '@playwright/test';

import { expectAccessible } from './helpers/axe';
import { pressInOrder, reachedByTab } from './helpers/keyboard';
import { Panel } from './helpers/panel';
import { expect, test } from './helpers/test';

const SECTIONS = [
  'Sessions',
  'Workers',
  'Objects',
  'Outputs',
  'Sweeps'
] as const;
/** All that the panel can do is in the palette. */
const COMMANDS = 36;
/** Pauses between two tries grow; the second or third one meets the server. */
const RECONNECT_MS = 30_000;

test.describe('Panel', () => {
  test('should open in the sidebar and say what to do', async ({ page }) => {
    const panel = new Panel(page);
    await panel.open();
    for (const name of SECTIONS) {
      await expect(panel.section(name)).toBeVisible();
    }
    await expect(panel.section('Sessions')).toContainText(
      'No session is running.'
    );
    await expect(panel.section('Workers')).toContainText('No engines.');
    await expect(panel.section('Objects')).toContainText('No objects.');
    await expect(panel.section('Outputs')).toContainText('No figures yet.');
    await expect(page.locator('.jp-EmoutLab-Status')).toContainText(
      'no session'
    );
    await expect(
      page.locator('.jp-LauncherCard', { hasText: 'emout session' })
    ).toBeVisible();
    await expectAccessible(page, '#emout-lab-panel');
  });

  test('should remember which sections are open', async ({ page }) => {
    const panel = new Panel(page);
    await panel.open();
    await panel.title('Engines').click();
    await expect(panel.section('Workers')).toBeHidden();
    // The state database saves with a delay of its own.
    await page.waitForResponse(
      answer =>
        answer.url().includes('/api/workspaces/') &&
        answer.request().method() === 'PUT'
    );
    await page.reload({ waitForIsReady: false });
    await expect(panel.title('Sessions')).toBeVisible();
    await expect(panel.section('Workers')).toBeHidden();
  });

  test('should be reached from palette, keys, status bar and launcher', async ({
    page
  }) => {
    const { startButton, dialog } = new Panel(page);
    const away = async () => {
      await page.sidebar.openTab('filebrowser');
      await expect(startButton).toBeHidden();
    };
    await page.keyboard.press('Control+Shift+C');
    await page.getByPlaceholder('SEARCH', { exact: true }).fill('emout');
    const listed = page.locator(
      '.lm-CommandPalette-item[data-command^="emout-lab:"]'
    );
    await expect(listed).toHaveCount(COMMANDS);
    await page
      .locator('.lm-CommandPalette-item[data-command="emout-lab:show-panel"]')
      .click();
    await expect(startButton).toBeVisible();

    await away();
    await pressInOrder(page, 'Control+E', 'E');
    await expect(startButton).toBeVisible();
    await away();
    await page.locator('.jp-EmoutLab-Status').click();
    await expect(startButton).toBeVisible();

    await pressInOrder(page, 'Control+E', 'S');
    await dialog.ready();
    await dialog.cancel();
    await expect(dialog.node).toHaveCount(0);
    await page
      .locator('.jp-LauncherCard', { hasText: 'emout session' })
      .click();
    await dialog.ready();
    await dialog.cancel();
  });

  test('should be worked without a mouse', async ({ page }) => {
    const panel = new Panel(page);
    await panel.open();
    const title = panel.title('Sessions').getByRole('button').first();
    await title.focus();
    await page.keyboard.press('Enter');
    await expect(title).toHaveAttribute('aria-expanded', 'false');
    await expect(panel.section('Sessions')).toBeHidden();
    await page.keyboard.press(' ');
    await expect(title).toHaveAttribute('aria-expanded', 'true');
    await expect(panel.section('Sessions')).toBeVisible();
    await page.keyboard.press('ArrowDown');
    await expect(
      panel.title('Engines').getByRole('button').first()
    ).toBeFocused();
    expect(await reachedByTab(page, '#emout-lab-panel')).toEqual([]);
  });

  test('should follow its settings', async ({ page }) => {
    const asked: (number | undefined)[] = [];
    page.on('websocket', socket =>
      socket.on('framesent', frame => {
        if (socket.url().includes('/emout-lab/')) {
          asked.push(JSON.parse(String(frame.payload)).interval);
        }
      })
    );
    await page.reload();
    await new Panel(page).open();
    await expect.poll(() => asked.at(-1)).toBe(0.5);
    await page.evaluate(async () => {
      await window.jupyterapp.commands.execute('settingeditor:open', {
        query: 'emout'
      });
    });
    const editor = page.locator('.jp-SettingsPanel');
    // The first of the numbers; the editor ties no label to a field.
    await editor.getByRole('spinbutton').first().fill('5');
    await expect.poll(() => asked.at(-1)).toBe(5);
    const status = page.locator('.jp-EmoutLab-Status');
    await expect(status).toBeVisible();
    await editor.getByRole('checkbox').first().uncheck();
    await expect(status).toBeHidden();
  });
});

test.describe('A connection that is lost', () => {
  test('should be told once, and come back by itself', async ({ page }) => {
    let sockets: WebSocketRoute[] = [];
    await page.routeWebSocket('**/emout-lab/api/events*', socket => {
      socket.connectToServer();
      sockets.push(socket);
    });
    await page.reload();
    const panel = new Panel(page);
    await panel.open();
    await expect(panel.section('Sessions')).toContainText(
      'No session is running.'
    );
    await page.route('**/emout-lab/api/sessions*', route => route.abort());
    const before = sockets;
    sockets = [];
    await Promise.all(before.map(socket => socket.close()));
    const told = panel.node.getByRole('alert');
    await expect(told).toContainText('The server cannot be reached.');
    await expect(told.getByRole('button', { name: 'Retry' })).toBeVisible();
    // What was known stays.
    await expect(panel.section('Sessions')).toContainText(
      'No session is running.'
    );
    await expectAccessible(page, '#emout-lab-panel');
    await page.unroute('**/emout-lab/api/sessions*');
    await expect(told).toHaveCount(0, { timeout: RECONNECT_MS });
    expect(sockets).toHaveLength(1);
  });
});

test.describe('What the panel asks for', () => {
  test.use({ autoGoto: false });

  test('should be what can be seen, without complaints in the console', async ({
    page
  }) => {
    const complaints: string[] = [];
    const asked: string[][] = [];
    page.on('pageerror', error => complaints.push(error.message));
    page.on('console', message => {
      if (message.type() === 'error') {
        complaints.push(message.text());
      }
    });
    page.on('websocket', socket => {
      if (socket.url().includes('/emout-lab/')) {
        socket.on('framesent', frame =>
          asked.push(JSON.parse(String(frame.payload)).parts)
        );
      }
    });

    await page.goto();
    // The status bar shows the session; engines are asked only while one runs.
    await expect.poll(() => asked).toEqual([['sessions']]);
    const panel = new Panel(page);
    await panel.open();
    const all = ['sessions', 'workers', 'objects', 'figures', 'sweeps'];
    await expect.poll(() => asked).toEqual([['sessions'], all]);

    await panel.title('Outputs').click();
    const withoutFigures = all.filter(part => part !== 'figures');
    await expect.poll(() => asked).toEqual([['sessions'], all, withoutFigures]);

    await page.sidebar.openTab('filebrowser');
    await expect
      .poll(() => asked)
      .toEqual([['sessions'], all, withoutFigures, ['sessions']]);
    expect(complaints).toEqual([]);
  });
});

test.describe('Without the server extension', () => {
  test.use({ autoGoto: false });

  test('should tell how to enable it', async ({ page }) => {
    await page.route('**/emout-lab/api/**', route =>
      route.fulfill({ status: 404, body: '404 : Not Found' })
    );
    await page.goto();
    const panel = new Panel(page);
    await panel.open();
    const told = panel.node.getByRole('alert');
    await expect(told).toContainText('is not enabled');
    await expect(told).toContainText(
      'jupyter server extension enable emout_lab'
    );
    await expectAccessible(page, '#emout-lab-panel');
    await page.unroute('**/emout-lab/api/**');
    await told.getByRole('button', { name: 'Retry' }).click();
    await expect(panel.section('Sessions')).toContainText(
      'No session is running.'
    );
  });
});
