import { execFileSync } from 'child_process';
import type { Locator } from '@playwright/test';

import { expectAccessible } from './helpers/axe';
import { savedBy } from './helpers/downloads';
import { TestNotebook } from './helpers/notebook';
import { Panel } from './helpers/panel';
import { expectLooks, LOOKS } from './helpers/screenshots';
import { TestSession } from './helpers/session';
import { expect, test } from './helpers/test';

const DRAW =
  'plt.figure(figsize=(4, 3))\nplt.plot([1, 3, 2])\nplt.title("a wave")';
const [SETUP, PNG, SVG, PDF, GIF] = [0, 1, 2, 3, 4];
const CELLS = [
  '%load_ext emout_lab\nfrom emout_lab import Emout, connect\nconnect(name="gallery")\ndata = Emout("demo").remote()',
  `%%remote_figure --dpi 100\n${DRAW}`,
  `%%remote_figure --fmt svg\n${DRAW}`,
  `%%remote_figure --fmt pdf\n${DRAW}`,
  '%%remote_figure --fmt gif --dpi 50\ndata.phisp[:5, :, 32, :].gifplot()'
];

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

function naturalWidth(image: Locator): Promise<number> {
  return image.evaluate((node: HTMLImageElement) => node.naturalWidth);
}

test.describe('Figures', LOOKS, () => {
  // The gallery of the second test holds what the notebook of the first has drawn.
  test.describe.configure({ mode: 'serial' });
  const session = new TestSession('gallery');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should have a toolbar in the notebook, and be plain images elsewhere', async ({
    page
  }) => {
    const panel = new Panel(page);
    const notebook = new TestNotebook(page, 'inline.ipynb');
    await panel.open();
    await notebook.create(CELLS);
    for (const cell of [SETUP, PNG, SVG, PDF, GIF]) {
      await notebook.run(cell);
    }
    const figure = (cell: number) =>
      notebook.cell(cell).locator('.jp-EmoutLab-Figure');
    const press = async (cell: number, name: string) => {
      await figure(cell).hover();
      await figure(cell).getByRole('button', { name }).click();
    };

    await test.step('the toolbar comes on hover and on keyboard focus', async () => {
      const toolbar = figure(PNG).getByRole('toolbar', { name: 'Figure' });
      await figure(PNG).scrollIntoViewIfNeeded();
      await panel.title('Sessions').hover();
      await expect(toolbar).toHaveCSS('opacity', '0');
      await figure(PNG).hover();
      await expect(toolbar).toHaveCSS('opacity', '1');
      await panel.title('Sessions').hover();
      await toolbar.getByRole('button', { name: 'Save' }).focus();
      await expect(toolbar).toHaveCSS('opacity', '1');
      await page.keyboard.press('Tab');
      await expect(
        toolbar.getByRole('button', { name: 'Copy picture' })
      ).toBeFocused();
      await expectAccessible(page, '.jp-EmoutLab-Figure');
      await expectLooks(page, { 'figure-toolbar': figure(PNG) });
    });

    await test.step('the caption comes with it, and is read aloud', async () => {
      const caption = figure(PNG).locator('.jp-EmoutLab-Figure-caption');
      await expect(
        figure(PNG).getByRole('img', { name: 'a wave' })
      ).toHaveAttribute(
        'aria-describedby',
        (await caption.getAttribute('id')) ?? ''
      );
      await expect(caption).toContainText('inline.ipynb · In[2]');
      await figure(PNG).hover();
      await expect(caption).toHaveCSS('opacity', '1');
      await page.keyboard.press('Escape');
      await panel.title('Sessions').click();
      await panel.title('Sessions').click();
      await expect(caption).toHaveCSS('opacity', '0');
    });

    await test.step('the caption says size, time and engine', async () => {
      for (const [cell, format] of [
        [PNG, 'PNG'],
        [SVG, 'SVG'],
        [PDF, 'PDF'],
        [GIF, 'GIF']
      ] as const) {
        await expect(figure(cell)).toContainText(
          new RegExp(
            `${format} · [\\d.]+ kB · [\\d.]+ m?s · engine 0 of gallery`
          )
        );
      }
    });

    await test.step('save the file that was drawn', async () => {
      const kinds = [
        [PNG, 'png', '\x89PNG'],
        [SVG, 'svg', '<?xml'],
        [PDF, 'pdf', '%PDF'],
        [GIF, 'gif', 'GIF8']
      ] as const;
      for (const [cell, suffix, start] of kinds) {
        const saved = await savedBy(page, () => press(cell, 'Save'));
        expect(saved.name).toMatch(new RegExp(`^inline-.*\\.${suffix}$`));
        expect(saved.start).toContain(start);
      }
      const linked = await savedBy(page, () =>
        figure(PDF).getByRole('link', { name: 'Download PDF' }).click()
      );
      expect(linked.start).toContain('%PDF');
    });

    await test.step('copy the picture', async () => {
      await press(SVG, 'Copy picture');
      await expect
        .poll(() =>
          page.evaluate(async () =>
            (await navigator.clipboard.read()).flatMap(item => item.types)
          )
        )
        .toEqual(['image/png']);
    });

    await test.step('render it again at twice the resolution, in its place', async () => {
      const image = figure(PNG).locator('img');
      const [before, box] = [
        await naturalWidth(image),
        await image.boundingBox()
      ];
      await press(PNG, 'Render again at 2×');
      await expect
        .poll(async () => (await naturalWidth(image)) / before)
        .toBeCloseTo(2, 1);
      expect((await image.boundingBox())?.width).toBeCloseTo(
        box?.width ?? 0,
        0
      );
      const saved = await savedBy(page, () => press(PNG, 'Save'));
      expect(saved.name).toMatch(/\.png$/);
    });

    await test.step('open it in a tab', async () => {
      await press(PDF, 'Open in a tab');
      const viewer = page.locator('.jp-EmoutLab-FigureTab');
      await expect(viewer.locator('img')).toBeVisible();
      await expect(page.locator('.lm-DockPanel-tabBar')).toContainText(
        'a wave'
      );
      const saved = await savedBy(page, () =>
        viewer.getByRole('button', { name: 'Save as…' }).click()
      );
      expect(saved.name).toMatch(/\.pdf$/);
      expect(saved.start).toContain('%PDF');
      await page.notebook.activate('inline.ipynb');
    });

    await test.step('other programs show the plain image', async () => {
      await page.notebook.save();
      const file = await page.request.get('/api/contents/inline.ipynb');
      const { content } = await file.json();
      const [gif] = content.cells[GIF].outputs;
      expect(JSON.stringify(gif).match(/R0lGODlh/g)).toHaveLength(1);
      const html = execFileSync(
        'jupyter',
        ['nbconvert', '--stdin', '--stdout', '--to', 'html'],
        { input: JSON.stringify(content), maxBuffer: 1e8 }
      ).toString();
      expect(html).toMatch(/<img[^>]+src="data:image\/png;base64,/);
      expect(html).toMatch(/<img[^>]+src="data:image\/gif;base64,/);
      expect(html).toMatch(/<svg|<img[^>]+src="data:image\/svg\+xml/);
      expect(html).not.toContain('vnd.emout-lab');
    });
    await notebook.remove();
  });

  test('should be listed, seen in a tab, rendered again, saved and cleared', async ({
    page
  }) => {
    const panel = new Panel(page);
    await panel.open();
    await expect(panel.figures).toHaveCount(4);
    const listed = (format: string) =>
      panel.figures.filter({ hasText: `${format} ·` });
    const viewer = page.locator('.jp-EmoutLab-FigureTab');
    const image = viewer.locator('img');
    const stage = viewer.getByRole('region', { name: 'Picture' });
    const width = async () => (await image.boundingBox())?.width ?? 0;

    await test.step('newest first, each with a picture', async () => {
      await expect(panel.figures.first()).toContainText('GIF');
      await expect(panel.figures.last()).toContainText('PNG');
      for (const format of ['PNG', 'SVG', 'PDF', 'GIF']) {
        await expect(listed(format).locator('img')).toBeVisible();
        await expect(listed(format)).toContainText('inline.ipynb · In[');
      }
      for (const format of ['PNG', 'SVG', 'PDF']) {
        await expect(
          listed(format).getByRole('button', { name: 'Open a wave in a tab' })
        ).toHaveAccessibleDescription(new RegExp(`${format} · .*kB`));
      }
      expect(await naturalWidth(listed('PDF').locator('img'))).toBeLessThan(
        321
      );
      const saved = await savedBy(page, async () => {
        await listed('GIF').hover();
        await listed('GIF').getByRole('button', { name: /^Save/ }).click();
      });
      expect(saved).toMatchObject({ start: expect.stringContaining('GIF8') });
    });

    // The page keeps what is open a little after the last change.
    const layoutKept = page.waitForRequest(
      request =>
        request.method() === 'PUT' &&
        request.url().includes('/api/workspaces/') &&
        /"widgets":\[[^\]]*emout-lab-figures:/.test(request.postData() ?? ''),
      { timeout: 0 }
    );

    await test.step('zoom by buttons, keys and wheel', async () => {
      await listed('PNG').getByRole('button', { name: /^Open/ }).click();
      await expect(image).toBeVisible();
      await expect(viewer).toContainText('fitted');
      const fitted = await width();
      await viewer.getByRole('button', { name: 'Zoom in' }).click();
      await expect.poll(width).toBeCloseTo(1.25 * fitted, -1);
      await stage.focus();
      await page.keyboard.press('=');
      await expect.poll(width).toBeCloseTo(1.25 ** 2 * fitted, -1);
      await page.keyboard.press('-');
      await expect.poll(width).toBeCloseTo(1.25 * fitted, -1);
      await page.keyboard.press('1');
      await expect(viewer).toContainText('100 %');
      await expect.poll(width).toBeCloseTo(await naturalWidth(image), -1);
      await image.hover();
      await page.keyboard.down('Control');
      await page.mouse.wheel(0, -100);
      await page.keyboard.up('Control');
      await expect(viewer).toContainText('125 %');
      await page.keyboard.press('0');
      await expect(viewer).toContainText('fitted');
    });

    await test.step('zoom to the pointer, and move the picture', async () => {
      const box = async () => {
        const found = await image.boundingBox();
        expect(found).not.toBeNull();
        return found!;
      };
      const frame = (await stage.boundingBox())!;
      const before = await box();
      const [x, y] = [before.x + 0.25 * before.width, before.y + 60];
      await page.mouse.move(x, y);
      for (let turn = 0; turn < 8; turn += 1) {
        await page.mouse.wheel(0, -100);
      }
      await expect
        .poll(async () => (await box()).width / before.width)
        .toBeCloseTo(1.25 ** 8, 0);
      const after = await box();
      expect((x - after.x) / after.width).toBeCloseTo(0.25, 1);
      expect(after.width).toBeGreaterThan(frame.width);
      await page.mouse.down();
      await page.mouse.move(x + 40, y + 30, { steps: 4 });
      await page.mouse.up();
      await expect
        .poll(async () => (await box()).x)
        .toBeCloseTo(after.x + 40, 0);
      await expectLooks(page, { 'viewer-zoomed': viewer });
      await page.mouse.move(x, y);
      await stage.focus();
      await page.keyboard.press('ArrowRight');
      await expect
        .poll(async () => (await box()).x)
        .toBeCloseTo(after.x - 20, 0);
      await page.keyboard.press('0');
    });

    await test.step('zoom by what keys write, wherever they lie', async () => {
      const before = await width();
      const zooms: [string, number, number][] = [
        ['+', 107, 1],
        ['+', 171, 2],
        ['-', 54, 1]
      ];
      for (const [key, keyCode, steps] of zooms) {
        await stage.evaluate(
          (node, init) =>
            node.dispatchEvent(
              new KeyboardEvent('keydown', { ...init, bubbles: true })
            ),
          { key, keyCode }
        );
        await expect
          .poll(async () => (await width()) / before)
          .toBeCloseTo(1.25 ** steps, 2);
      }
    });

    await test.step('stay where it is while another tab is in front', async () => {
      for (const key of ['-', '-', '-', 'ArrowRight', 'ArrowDown']) {
        await page.keyboard.press(key);
      }
      await expect(viewer).not.toContainText('fitted');
      const before = await image.boundingBox();
      await page.evaluate(async () => {
        await window.jupyterapp.commands.execute('launcher:create');
      });
      await expect(image).toBeHidden();
      await page.locator('.lm-DockPanel-tabBar').getByText('a wave').click();
      await expect(image).toBeVisible();
      await expect.poll(() => image.boundingBox()).toEqual(before);
      await stage.focus();
      await page.keyboard.press('0');
    });

    await test.step('render again in another resolution and format', async () => {
      // It was drawn at 100 dots per inch.
      const drawn = await naturalWidth(image);
      await viewer.getByLabel('Resolution').selectOption('300');
      await viewer.getByRole('button', { name: 'Render again' }).click();
      await expect
        .poll(async () => (await naturalWidth(image)) / drawn)
        .toBeCloseTo(3, 1);
      await viewer.getByLabel('Format').selectOption('svg');
      await viewer.getByRole('button', { name: 'Render again' }).click();
      await expect(viewer).toContainText(/SVG · /);
      const saved = await savedBy(page, () =>
        viewer.getByRole('button', { name: 'Save as…' }).click()
      );
      expect(saved.name).toMatch(/\.svg$/);
      expect(saved.start).toContain('<?xml');
      await expectLooks(page, { 'viewer-svg': viewer });
      await expectAccessible(page, '.jp-EmoutLab-FigureTab');
    });

    await test.step('find the tab again after a reload', async () => {
      await layoutKept;
      await page.reload({ waitForIsReady: false });
      await expect(image).toBeVisible();
      await expect(stage).toHaveAttribute('aria-busy', 'false');
      await expect(page.locator('.lm-DockPanel-tabBar')).toContainText(
        'a wave'
      );
      await panel.open();
    });

    await test.step('take one off the list', async () => {
      await listed('SVG').click({ button: 'right' });
      await page.getByRole('menu').getByText('Remove from the List').click();
      await expect(panel.figures).toHaveCount(3);
    });

    await test.step('clear them, not without asking', async () => {
      const clear = panel.node.getByRole('button', { name: 'Clear outputs' });
      const dialog = page.getByRole('dialog');
      await clear.click();
      await expect(dialog).toContainText('Clear outputs?');
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await expect(panel.figures).toHaveCount(3);
      await clear.click();
      await dialog.getByRole('button', { name: 'Clear', exact: true }).click();
      await expect(panel.figures).toHaveCount(0);
      await expect(panel.section('Outputs')).toContainText('No figures yet.');
      await page.reload({ waitForIsReady: false });
      await panel.open();
      await expect(panel.section('Outputs')).toContainText('No figures yet.');
    });
  });
});

test.describe('A figure of the list', () => {
  const session = new TestSession('dragged');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should be dragged into a notebook, or put there by a command', async ({
    page
  }) => {
    const panel = new Panel(page);
    const notebook = new TestNotebook(page, 'dragged.ipynb');
    await panel.open();
    await notebook.create([
      '%load_ext emout_lab\nfrom emout_lab import connect\nconnect(name="dragged")',
      `%%remote_figure --dpi 50\n${DRAW}`,
      '"here"'
    ]);
    await notebook.run(0);
    await notebook.run(1);
    const figure = panel.figures.filter({ hasText: 'dragged.ipynb' });
    await expect(figure.locator('img')).toBeVisible();
    const id = (await figure.getAttribute('data-figure')) ?? '';

    await test.step('drop it above a cell', async () => {
      const from = (await figure.locator('img').boundingBox())!;
      const prompt = notebook.cell(2).locator('.jp-InputPrompt').first();
      const to = (await prompt.boundingBox())!;
      await page.mouse.move(from.x + 20, from.y + 20);
      await page.mouse.down();
      await page.mouse.move(from.x + 60, from.y + 20, { steps: 5 });
      await page.mouse.move(to.x + 10, to.y + 5, { steps: 10 });
      await page.mouse.up();
      await expect(notebook.cell(2)).toContainText(id);
      // JupyterLab selects the cell above as well, and would run both.
      await notebook.cell(2).locator('.jp-InputPrompt').first().click();
      await notebook.run(2);
      await expect(
        notebook.cell(2).getByRole('img', { name: 'a wave' })
      ).toBeVisible();
    });

    await test.step('insert it by the menu', async () => {
      await notebook.cell(3).click();
      await figure.click({ button: 'right' });
      await page
        .getByRole('menu')
        .getByText('Insert into the Notebook')
        .click();
      await expect(notebook.cell(4)).toContainText(id);
    });
    await notebook.remove();
  });
});
