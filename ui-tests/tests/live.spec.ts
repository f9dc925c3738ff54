import type { PanelLayout } from '@lumino/widgets';
import type { Locator } from '@playwright/test';
import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';

import { expectAccessible } from './helpers/axe';
import { savedBy } from './helpers/downloads';
import { reachedByTab } from './helpers/keyboard';
import { LiveFigure } from './helpers/livefigure';
import { TestNotebook } from './helpers/notebook';
import { Panel, SESSION_TIMEOUT_MS } from './helpers/panel';
import { film, illustrate } from './helpers/screenshots';
import { TestSession } from './helpers/session';
import { expect, test } from './helpers/test';

const START = [
  '%load_ext emout_lab',
  'from emout_lab import connect, Emout',
  'session = connect(name="living")',
  'data = Emout("demo").remote()'
].join('\n');
const MAP = '%%remote_figure\ndata.phisp[5, :, 32, :].plot()';
const LIVE_MAP = '%%remote_figure --live\ndata.phisp[5, :, 32, :].plot()';
const LINES = '%%remote_figure --live\nplt.plot([1, 3, 2])';

/** The middle of a map, and a place beside it, in shares of the picture. */
const MIDDLE = [0.45, 0.5] as const;
const BESIDE = [0.55, 0.6] as const;

test.describe('A live figure', () => {
  const session = new TestSession('living');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should be moved, zoomed, played, read, saved and closed in a notebook', async ({
    page
  }) => {
    const notebook = new TestNotebook(page, 'live.ipynb');
    await notebook.create([START, MAP]);
    await notebook.run(0);
    const cell = await notebook.run(1);
    const place = cell.locator('.jp-EmoutLab-Figure');
    const figure = new LiveFigure(page, place);

    await test.step('live', async () => {
      const size = await notebook.image(1).boundingBox();
      await place.hover();
      await place.getByRole('button', { name: 'Live', exact: true }).click();
      await figure.atRest();
      // As large as the picture was, with room for labels beside it.
      const now = await figure.picture.boundingBox();
      expect(now!.width).toBeGreaterThan(size!.width - 2);
      expect(Math.abs(now!.height - size!.height)).toBeLessThan(2);
      await expectAccessible(page, '.jp-EmoutLab-Live');
      expect(await reachedByTab(page, '.jp-EmoutLab-Live')).toEqual([]);
    });

    await test.step('move', async () => {
      const before = await figure.ticks();
      await figure.changes(() => figure.drag(MIDDLE, BESIDE));
      await expect.poll(() => figure.ticks()).not.toEqual(before);
      await figure.changes(() => figure.button('View as drawn').click());
      await expect.poll(() => figure.ticks()).toEqual(before);
      await figure.changes(() => figure.button('Previous view').click());
      await figure.changes(() => figure.button('View as drawn').click());
    });

    await test.step('zoom, by a rectangle, the wheel and keys', async () => {
      await figure.button('Zoom to a rectangle').click();
      await figure.changes(() => figure.drag(MIDDLE, BESIDE));
      await illustrate(page, 'live-zoom', '.jp-EmoutLab-Live');
      await figure.button('Move').click();
      await figure.stage.focus();
      await figure.changes(() => page.keyboard.press('Home'));
      await figure.changes(() => page.keyboard.press('+'));
      await figure.changes(() => page.keyboard.press('ArrowLeft'));
      await figure.changes(() => page.keyboard.press('Home'));
      await page.mouse.move(...(await figure.at(...MIDDLE)));
      await page.keyboard.down('Control');
      await figure.changes(() => page.mouse.wheel(0, -200));
      await page.keyboard.up('Control');
      await figure.stage.focus();
      await figure.changes(() => page.keyboard.press('Home'));
    });

    await test.step('go through time', async () => {
      await expect(figure.slider).toHaveValue('5');
      await figure.slider.focus();
      await figure.changes(() => page.keyboard.press('ArrowRight'));
      await expect(figure.slider).toHaveValue('6');
      await figure.button('Play').click();
      const steps = new Set<string>();
      await expect
        .poll(async () => steps.add(await figure.slider.inputValue()).size)
        .toBeGreaterThan(4);
      await figure.button('Pause').click();
      await figure.atRest();
      await figure.stage.focus();
      const at = Number(await figure.slider.inputValue());
      await page.keyboard.press(at > 0 ? ',' : '.');
      await expect(figure.slider).toHaveValue(String(at > 0 ? at - 1 : 1));
      await figure.atRest();
    });

    await test.step('as the documents show it', () =>
      film(page, 'live', '.jp-EmoutLab-Live', async () => {
        await figure.slider.focus();
        await page.keyboard.press('Home');
        await figure.node.getByLabel('Speed').selectOption('10');
        await figure.button('Play').click();
        await expect
          .poll(async () => Number(await figure.slider.inputValue()))
          .toBeGreaterThan(10);
        await figure.button('Pause').click();
        await figure.node.getByLabel('Speed').selectOption('30');
        await page.mouse.move(...(await figure.at(...MIDDLE)));
        await page.keyboard.down('Control');
        for (let turn = 0; turn < 6; turn += 1) {
          await page.mouse.wheel(0, -50);
        }
        await page.keyboard.up('Control');
        await figure.drag(MIDDLE, BESIDE);
        await figure.drag(BESIDE, MIDDLE);
        await figure.atRest();
        await figure.button('View as drawn').click();
        await figure.atRest();
      }));

    await test.step('change the colors', async () => {
      const colors = figure.node.getByLabel('Color map');
      await figure.changes(async () => {
        await colors.selectOption('gray');
      });
      const upper = figure.node.getByRole('slider', {
        name: 'Upper limit of the colors'
      });
      const before = await upper.getAttribute('aria-valuetext');
      await upper.focus();
      await figure.changes(() => page.keyboard.press('ArrowDown'));
      expect(await upper.getAttribute('aria-valuetext')).not.toBe(before);
    });

    await test.step('read values, and along both axes', async () => {
      await page.mouse.move(...(await figure.at(...MIDDLE)));
      const told = figure.node.locator('.jp-EmoutLab-Live-value');
      await expect(told).toContainText(/V$/);
      await page.mouse.click(...(await figure.at(...MIDDLE)));
      await expect(
        figure.node.getByRole('img', { name: /^Values along x/ })
      ).toBeVisible();
      await expect(
        figure.node.getByRole('img', { name: /^Values along z/ })
      ).toBeVisible();
      await expectAccessible(page, '.jp-EmoutLab-Live');
      await illustrate(page, 'live-profiles', '.jp-EmoutLab-Live');
      await page.keyboard.press('Escape');
      await expect(
        figure.node.getByRole('img', { name: /^Values along/ })
      ).toHaveCount(0);
    });

    await test.step('save it as it stands', async () => {
      const { name, start } = await savedBy(page, () =>
        figure.button('Save as shown').click()
      );
      expect(name).toMatch(/^live-.*\.png$/);
      expect(start).toContain('PNG');
    });

    await test.step('it goes on while the kernel is busy, and without it', async () => {
      await page.evaluate(async () => {
        const panel = window.jupyterapp.shell.currentWidget as {
          sessionContext?: { session?: { kernel?: { restart(): unknown } } };
        };
        await panel.sessionContext?.session?.kernel?.restart();
      });
      await figure.stage.focus();
      await figure.changes(() => page.keyboard.press('+'));
    });

    await test.step('close', async () => {
      await figure.button('End live view').click();
      await expect(figure.node).toHaveCount(0);
      await expect(notebook.image(1)).toBeVisible();
    });
    await notebook.remove();
  });

  test('should leave what rests to everybody who opens the notebook', async ({
    page
  }) => {
    const notebook = new TestNotebook(page, 'kept.ipynb');
    await notebook.create([START, LIVE_MAP]);
    await notebook.run(0);
    const figure = new LiveFigure(page, await notebook.run(1));
    await figure.atRest();
    const plain = await contentOf(figure.still);
    await figure.stage.focus();
    await figure.changes(() => page.keyboard.press('+'));

    await test.step('the notebook keeps what rests, for everybody', async () => {
      const file = path.join(process.env.UI_TESTS_HOME!, 'root', 'kept.ipynb');
      const png = await contentOf(figure.still);
      await expect
        .poll(async () => {
          await page.notebook.save();
          return pngsOf(file, 1);
        })
        .toEqual([png]);
      const html = execFileSync(
        'jupyter',
        ['nbconvert', file, '--stdout', '--to', 'html'],
        { maxBuffer: 1e8 }
      ).toString();
      expect(html).toContain(`src="data:image/png;base64,${png}"`);
      expect(html).not.toContain('vnd.emout-lab');
    });

    await test.step('close', async () => {
      const png = await contentOf(figure.still);
      await figure.button('End live view').click();
      await expect(figure.node).toHaveCount(0);
      await expect.poll(() => contentOf(notebook.image(1))).not.toBe(plain);
      expect(await contentOf(notebook.image(1))).toBe(png);
    });
    await notebook.remove();
  });

  test('should be live in two places at once, and by itself where it is meant to be', async ({
    page
  }) => {
    const panel = new Panel(page);
    const notebook = new TestNotebook(page, 'twice.ipynb');
    await panel.open();
    await notebook.create([START, LIVE_MAP, LINES]);
    await notebook.run(0);
    const figure = new LiveFigure(page, await notebook.run(1));
    await figure.atRest();

    await test.step('in a tab, by the Outputs', async () => {
      const item = panel.figures.first();
      await item.hover();
      await item.getByRole('button', { name: /live$/ }).click();
      const tab = new LiveFigure(
        page,
        page.locator('.jp-EmoutLab-FigureTab:visible')
      );
      await tab.atRest();
      const before = await figure.slider.inputValue();
      await tab.slider.focus();
      await tab.changes(() => page.keyboard.press('ArrowLeft'));
      // The other one is another viewer.
      expect(await figure.slider.inputValue()).toBe(before);
      await illustrate(page, 'live-tab');
      await page
        .locator('.jp-EmoutLab-FigureTab:visible')
        .getByRole('button', { name: 'Live', exact: true })
        .click();
      await expect(tab.node).toHaveCount(0);
    });

    await test.step('whole pictures, and why', async () => {
      await page.activity.activateTab('twice.ipynb');
      const lines = new LiveFigure(page, await notebook.run(2));
      await lines.atRest();
      await expect(lines.node).toContainText('Drawn as whole pictures:');
      await lines.changes(() => lines.drag([0.4, 0.5], [0.6, 0.6]));
    });

    await test.step('out of sight and back', async () => {
      await figure.stage.focus();
      await figure.changes(() => page.keyboard.press('+'));
      const ticks = await figure.ticks();
      // As a notebook does with what is far from what is in view.
      await page.evaluate(() => {
        const { content } = window.jupyterapp.shell
          .currentWidget as unknown as {
          content: { widgets: { outputArea: { layout: PanelLayout } }[] };
        };
        const { layout } = content.widgets[1].outputArea;
        const [output] = layout.widgets;
        layout.removeWidget(output);
        layout.insertWidget(0, output);
      });
      await figure.atRest();
      await expect.poll(() => figure.ticks()).toEqual(ticks);
    });

    await test.step('what is gone leaves its picture', async () => {
      await session.stop();
      const place = notebook.cell(1).locator('.jp-EmoutLab-Figure');
      await expect(figure.node).toHaveCount(0, { timeout: SESSION_TIMEOUT_MS });
      await expect(place.getByRole('status')).not.toBeEmpty();
      await expect(notebook.image(1)).toBeVisible();
    });
    await notebook.remove();
  });
});

/** A picture's file, in the letters that a notebook has it in. */
function contentOf(image: Locator): Promise<string> {
  return image.evaluate(async (node: HTMLImageElement) => {
    const file = await fetch(node.src).then(answer => answer.blob());
    const reader = new FileReader();
    const read = new Promise(resolve => (reader.onload = resolve));
    reader.readAsDataURL(file);
    await read;
    return String(reader.result).replace(/^data:image\/png;base64,/, '');
  });
}

/** The pictures that a saved notebook has for programs without the extension. */
function pngsOf(file: string, cell: number): string[] {
  const { cells } = JSON.parse(fs.readFileSync(file, 'utf-8'));
  const outputs: { data?: Record<string, string | string[]> }[] =
    cells[cell].outputs;
  return outputs.flatMap(({ data }) =>
    data?.['image/png'] ? [[data['image/png']].flat().join('').trim()] : []
  );
}
