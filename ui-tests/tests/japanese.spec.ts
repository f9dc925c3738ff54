import { galata } from '@jupyterlab/galata';

import { expectAccessible } from './helpers/axe';
import { Panel, SMALL } from './helpers/panel';
import { expectLooks, LOOKS } from './helpers/screenshots';
import { TestSession } from './helpers/session';
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

test.describe('In Japanese', LOOKS, () => {
  const session = new TestSession('nihongo');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should speak Japanese in panel, dialog, status bar and settings', async ({
    page
  }) => {
    const panel = new Panel(page);
    await page.sidebar.openTab('emout-lab-panel');
    const row = panel.session(session.name);
    await expect(row).toContainText('実行中');
    await expect(row).toContainText('エンジン 1/1');
    await expect(panel.section('Workers')).toContainText('待機中');
    await expect(panel.section('Objects')).toContainText(
      'オブジェクトはありません。'
    );
    await expect(panel.section('Outputs')).toContainText(
      '図はまだありません。'
    );
    for (const title of ['セッション', 'エンジン', 'オブジェクト', '出力']) {
      await expect(panel.title(title)).toBeVisible();
    }
    await expect(page.locator('.jp-EmoutLab-Status')).toContainText(
      'nihongo · 1 エンジン'
    );
    await expectLooks(page, { 'japanese-panel': panel.node });
    expect(await panel.overflowing()).toEqual([]);
    await expectAccessible(page, '#emout-lab-panel');
    await page.keyboard.press('Control+Shift+C');
    await page.locator('.lm-CommandPalette-input').fill('セッション');
    for (const label of ['セッションを開始', 'セッションを停止']) {
      await expect(
        page.locator('.lm-CommandPalette-item', { hasText: label }).first()
      ).toBeVisible();
    }
    await page.keyboard.press('Escape');
    await panel.node.getByRole('button', { name: 'セッションを開始' }).click();
    await panel.dialog.ready();
    await expect(panel.dialog.node).toContainText('バックエンド');
    await panel.dialog.fill(SMALL);
    await expectLooks(page, {
      'japanese-dialog': panel.dialog.node.locator('.jp-Dialog-content')
    });
    await panel.dialog.node.getByRole('button', { name: 'キャンセル' }).click();

    await page.evaluate(async () => {
      await window.jupyterapp.commands.execute('settingeditor:open', {
        query: 'emout'
      });
    });
    await expect(page.getByText('ギャラリーの大きさ').first()).toBeVisible();
  });
});
