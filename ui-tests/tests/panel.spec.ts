import { expectAccessible } from './helpers/axe';
import { Panel } from './helpers/panel';
import { keep } from './helpers/screenshots';
import { expect, test } from './helpers/test';

test.describe('Panel', () => {
  test('should open in the sidebar and say what to do', async ({ page }) => {
    const panel = new Panel(page);
    await panel.open();
    for (const name of ['Sessions', 'Workers', 'Objects', 'Outputs'] as const) {
      await expect(panel.section(name)).toBeVisible();
    }
    await expect(panel.section('Sessions')).toContainText(
      'No session is running.'
    );
    await expect(panel.section('Workers')).toContainText('No workers.');
    await expect(panel.section('Objects')).toContainText('No objects.');
    await expect(panel.section('Outputs')).toContainText('No figures yet.');
    await expect(page.locator('.jp-EmoutLab-Status')).toContainText(
      'no session'
    );
    await expect(
      page.locator('.jp-LauncherCard', { hasText: 'emout session' })
    ).toBeVisible();
    await keep(page, 'panel-empty');
    await expectAccessible(page, '#emout-lab-panel');
  });

  test('should remember which sections are open', async ({ page }) => {
    const panel = new Panel(page);
    await panel.open();
    await panel.title('Workers').click();
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

  test('should be reached from the command palette', async ({ page }) => {
    await page.keyboard.press('Control+Shift+C');
    await page.getByPlaceholder('SEARCH', { exact: true }).fill('emout');
    await page
      .locator('.lm-CommandPalette-item[data-command="emout-lab:show-panel"]')
      .click();
    await expect(new Panel(page).startButton).toBeVisible();
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
    const all = ['sessions', 'workers', 'objects', 'figures'];
    await expect.poll(() => asked).toEqual([['sessions'], all]);

    await panel.title('Outputs').click();
    const withoutFigures = all.slice(0, 3);
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
    await expect(panel.section('Sessions')).toContainText(
      'jupyter server extension enable emout_lab'
    );
    await keep(page, 'panel-missing');
    await page.unroute('**/emout-lab/api/**');
    await panel.node.getByRole('button', { name: 'Retry' }).click();
    await expect(panel.section('Sessions')).toContainText(
      'No session is running.'
    );
  });
});

test.describe('Start dialog', () => {
  test('should show what is wrong beside the field and keep the values', async ({
    page
  }) => {
    const panel = new Panel(page);
    await panel.open();
    await panel.startButton.click();
    const { dialog } = panel;
    await dialog.ready();
    await keep(page, 'dialog');
    await expectAccessible(page, '.jp-EmoutLab-StartDialog');
    await dialog.field('memory').fill('60 gigs');
    await dialog.field('jobs').fill('some');
    await dialog.start();
    await expect(dialog.error('memory')).toContainText('is not a size');
    await expect(dialog.error('jobs')).toContainText('is not a number');
    await expect(dialog.field('jobs')).toBeFocused();
    await expect(dialog.field('memory')).toHaveValue('60 gigs');
    await keep(page, 'dialog-errors');
    await dialog.cancel();
    await expect(dialog.node).toHaveCount(0);
    await expect(panel.section('Sessions')).toContainText(
      'No session is running.'
    );
  });

  test('should show what the server refuses beside the field', async ({
    page
  }) => {
    const panel = new Panel(page);
    await panel.open();
    await panel.startButton.click();
    const { dialog } = panel;
    await dialog.ready();
    // Well formed, and still less than a worker needs: only the server knows.
    await dialog.field('memory').fill('1M');
    await dialog.start();
    await expect(dialog.error('memory')).toContainText('too small');
    await expect(dialog.field('memory')).toHaveValue('1M');
    await dialog.cancel();
  });
});
