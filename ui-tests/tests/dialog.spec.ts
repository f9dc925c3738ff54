import { expectAccessible } from './helpers/axe';
import { reachedByTab } from './helpers/keyboard';
import { Panel } from './helpers/panel';
import { expect, test } from './helpers/test';

test.describe('Start dialog', () => {
  test('should show what is wrong beside the field and keep the values', async ({
    page
  }) => {
    const panel = new Panel(page);
    await panel.open();
    const dialog = await panel.openDialog();
    await expectAccessible(page, '.jp-EmoutLab-StartDialog');
    await dialog.showAll();
    await expectAccessible(page, '.jp-EmoutLab-StartDialog');
    expect(await reachedByTab(page, '.jp-EmoutLab-StartDialog')).toEqual([]);
    await dialog.fill({ memory: '60 gigs', jobs: 'some' });
    await dialog.start();
    await expect(dialog.error('memory')).toContainText('is not a size');
    await expect(dialog.error('jobs')).toContainText('is not a number');
    await expect(dialog.field('jobs')).toBeFocused();
    await expect(dialog.field('memory')).toHaveValue('60 gigs');
    await dialog.cancel();
    await expect(dialog.node).toHaveCount(0);
    await expect(panel.section('Sessions')).toContainText(
      'No session is running.'
    );
  });

  test('should leave keys to the field that has the focus', async ({
    page
  }) => {
    const panel = new Panel(page);
    await panel.open();
    const dialog = await panel.openDialog();
    await test.step('open the advanced fields', async () => {
      await dialog.node.locator('summary').press('Enter');
      await expect(dialog.field('idle_timeout')).toBeVisible();
    });
    await test.step('write in the middle', async () => {
      const name = dialog.field('name');
      await name.fill('ab');
      await name.press('ArrowLeft');
      await page.keyboard.type('12');
      await expect(name).toHaveValue('a12b');
    });
    await test.step('end a word of an input method', async () => {
      const name = dialog.field('name');
      for (const key of ['Enter', 'Escape']) {
        await name.dispatchEvent('keydown', { key, isComposing: true });
      }
      await expect(dialog.node).toBeVisible();
      await expect(dialog.node.locator('[aria-busy="true"]')).toHaveCount(0);
    });
    await dialog.cancel();
  });

  test('should show what the server refuses beside the field', async ({
    page
  }) => {
    const panel = new Panel(page);
    await panel.open();
    const dialog = await panel.openDialog();
    // Well formed, and still less than a worker needs: only the server knows.
    await dialog.fill({ memory: '1M' });
    await dialog.start();
    await expect(dialog.error('memory')).toContainText('too small');
    await expect(dialog.field('memory')).toHaveValue('1M');
    await dialog.cancel();
  });
});
