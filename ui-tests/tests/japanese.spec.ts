import { galata } from '@jupyterlab/galata';

import { Panel } from './helpers/panel';
import { keep } from './helpers/screenshots';
import { expect, test } from './helpers/test';

test.use({
  mockSettings: {
    ...galata.DEFAULT_SETTINGS,
    '@jupyterlab/translation-extension:plugin': { locale: 'ja_JP' }
  },
  // Galata waits for a tab that is named in English.
  waitForApplication: async ({}, use) => {
    await use(async page => {
      await page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
      await page.locator('.jp-Launcher').first().waitFor();
    });
  }
});

test.describe('In Japanese', () => {
  test('should speak Japanese in panel, dialog, status bar and settings', async ({
    page
  }) => {
    const panel = new Panel(page);
    await page.sidebar.openTab('emout-lab-panel');
    await expect(panel.section('Sessions')).toContainText(
      '実行中のセッションはありません。'
    );
    for (const title of ['セッション', 'ワーカー', 'オブジェクト', '出力']) {
      await expect(panel.title(title)).toBeVisible();
    }
    await expect(page.locator('.jp-EmoutLab-Status')).toContainText(
      'セッションなし'
    );
    await panel.node.getByRole('button', { name: 'セッションを開始' }).click();
    await panel.dialog.ready();
    await expect(panel.dialog.node).toContainText('バックエンド');
    await keep(page, 'japanese');
    await panel.dialog.node.getByRole('button', { name: 'キャンセル' }).click();

    await page.evaluate(async () => {
      await window.jupyterapp.commands.execute('settingeditor:open', {
        query: 'emout'
      });
    });
    await expect(page.getByText('ギャラリーの大きさ').first()).toBeVisible();
    await keep(page, 'japanese-settings');
  });
});
