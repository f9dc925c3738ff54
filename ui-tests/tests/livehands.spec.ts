import { Fingers } from './helpers/fingers';
import { LiveFigure, LiveSockets } from './helpers/livefigure';
import { TestNotebook } from './helpers/notebook';
import { TestSession } from './helpers/session';
import { expect, SETTINGS, test } from './helpers/test';

const START = [
  '%load_ext emout_lab',
  'from emout_lab import connect, Emout',
  'session = connect(name="living")',
  'data = Emout("demo").remote()'
].join('\n');
const LIVE_MAP = '%%remote_figure --live\ndata.phisp[5, :, 32, :].plot()';

/** The middle of a map, in shares of the picture. */
const MIDDLE = [0.45, 0.5] as const;

test.describe('A live figure under fingers, on a fine screen', () => {
  const session = new TestSession('living');

  test.use({
    deviceScaleFactor: 2,
    hasTouch: true,
    mockSettings: {
      ...SETTINGS,
      '@jupyterlab/notebook-extension:tracker': { windowingMode: 'full' }
    }
  });
  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should follow fingers, its corner, and a notebook that scrolls', async ({
    page
  }) => {
    const notebook = new TestNotebook(page, 'hands.ipynb');
    const sockets = new LiveSockets(page);
    const long = Array.from({ length: 60 }, (_, n) => `${n}\n\n\n`);
    await notebook.create([START, LIVE_MAP, ...long]);
    await notebook.run(0);
    const figure = new LiveFigure(page, await notebook.run(1));
    await figure.atRest();
    const fingers = await Fingers.on(page);
    const scrolled = () =>
      page
        .locator('.jp-WindowedPanel-outer:visible')
        .evaluate(node => node.scrollTop);

    await test.step('with a pixel of its own for each of the screen', async () => {
      const { width } = (await figure.picture.boundingBox())!;
      const pixels = await figure.still.evaluate(
        (node: HTMLImageElement) => node.naturalWidth
      );
      expect(Math.abs(pixels - 2 * width)).toBeLessThan(3);
    });

    await test.step('one finger is the page’s', async () => {
      const [ticks, before] = [await figure.ticks(), await scrolled()];
      await fingers.move([await figure.at(...MIDDLE)], [[0, -120]]);
      await expect.poll(scrolled).toBeGreaterThan(before);
      expect(await figure.ticks()).toEqual(ticks);
      await figure.atRest();
    });

    await test.step('two zoom and move', async () => {
      const before = await figure.range();
      const [x, y] = await figure.at(...MIDDLE);
      await figure.changes(() =>
        fingers.move(
          [
            [x - 30, y],
            [x + 30, y]
          ],
          [
            [-60, 0],
            [60, 0]
          ]
        )
      );
      const now = await figure.range();
      // From 60 pixels to 180.
      expect(before / now).toBeGreaterThan(2.5);
      expect(before / now).toBeLessThan(3.5);
      const [from, ticks] = [await scrolled(), await figure.ticks()];
      await figure.changes(() =>
        fingers.move(
          [
            [x - 30, y],
            [x + 30, y]
          ],
          [
            [70, 60],
            [70, 60]
          ]
        )
      );
      expect(await figure.ticks()).not.toEqual(ticks);
      expect(await scrolled()).toBe(from);
    });

    await test.step('nor do they draw a rectangle', async () => {
      await figure.button('Zoom to a rectangle').click();
      const before = await figure.range();
      const [x, y] = await figure.at(...MIDDLE);
      await figure.changes(() =>
        fingers.move(
          [
            [x - 80, y],
            [x + 80, y]
          ],
          [
            [40, 30],
            [-40, 30]
          ]
        )
      );
      expect(await figure.range()).toBeGreaterThan(1.5 * before);
      await figure.button('Move').click();
    });

    await test.step('one that has tapped moves it', async () => {
      await page.touchscreen.tap(...(await figure.at(...MIDDLE)));
      await expect(
        figure.node.getByRole('img', { name: /^Values along x/ })
      ).toBeVisible();
      const [ticks, before] = [await figure.ticks(), await scrolled()];
      await figure.changes(async () =>
        fingers.move([await figure.at(...MIDDLE)], [[60, -60]])
      );
      expect(await figure.ticks()).not.toEqual(ticks);
      expect(await scrolled()).toBe(before);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
    });

    await test.step('its corner makes it smaller', async () => {
      const corner = figure.node.getByRole('button', { name: 'Resize' });
      await corner.scrollIntoViewIfNeeded();
      const before = (await figure.picture.boundingBox())!;
      await corner.hover();
      const { x, y } = (await corner.boundingBox())!;
      await figure.changes(async () => {
        await page.mouse.down();
        await page.mouse.move(x - 100, y - 60, { steps: 6 });
        await page.mouse.up();
      });
      const now = (await figure.picture.boundingBox())!;
      expect(Math.abs(before.width - now.width - 100)).toBeLessThan(15);
      expect(Math.abs(before.height - now.height - 60)).toBeLessThan(15);
      const pixels = await figure.still.evaluate(
        (node: HTMLImageElement) => node.naturalWidth
      );
      expect(Math.abs(pixels - 2 * now.width)).toBeLessThan(3);
    });

    await test.step('scrolled away and back', async () => {
      // Without the title: that has the time.
      const numbers = async () =>
        (await figure.ticks()).filter(text => !text.startsWith('t ='));
      const ticks = await numbers();
      await figure.button('Play').click();
      // The cell that is worked on stays.
      await notebook.cell(2).locator('.jp-InputPrompt').click();
      await expect
        .poll(async () => {
          await page.mouse.wheel(0, 1500);
          return figure.node.isVisible();
        })
        .toBe(false);
      await expect.poll(() => sockets.wish?.visible).toBe(false);
      // Nothing is drawn for it meanwhile, also of what it plays.
      await stands(() => sockets.frames);
      await expect
        .poll(async () => {
          await page.mouse.wheel(0, -1500);
          return scrolled();
        })
        .toBe(0);
      const at = await figure.slider.inputValue();
      await expect.poll(() => figure.slider.inputValue()).not.toBe(at);
      await figure.button('Pause').click();
      await figure.atRest();
      await expect.poll(numbers).toEqual(ticks);
      await figure.stage.focus();
      await figure.changes(() => page.keyboard.press('Home'));
    });

    await test.step('run again, and closed', async () => {
      expect(sockets.open).toBe(1);
      const { length } = sockets.opened;
      await notebook.run(1);
      await figure.atRest();
      expect(sockets.opened.length).toBeGreaterThan(length);
      await expect.poll(() => sockets.open).toBe(1);
      await page.notebook.close(true);
      await expect.poll(() => sockets.open).toBe(0);
    });
    await notebook.remove();
  });
});

/** Wait until a number does not change any more. */
async function stands(count: () => number): Promise<void> {
  let before = -1;
  await expect
    .poll(
      () => {
        const isStill = count() === before;
        before = count();
        return isStill;
      },
      { intervals: [500] }
    )
    .toBe(true);
}
