import type { Locator } from '@playwright/test';
import * as fs from 'fs';

import { LiveFigure } from './helpers/livefigure';
import { TestNotebook } from './helpers/notebook';
import { TestSession } from './helpers/session';
import { test } from './helpers/test';

const SECONDS = 3;
const REACH = 0.08;
const STEPS = 120;
const CELLS = [
  [
    '%load_ext emout_lab',
    'from emout_lab import connect, Emout',
    'session = connect(name="speed")',
    'data = Emout("demo").remote()'
  ].join('\n'),
  '%%remote_figure --live\ndata.phisp[5, :, 32, :].plot()'
];

// A trace takes a picture of the page before each move.
test.use({ trace: 'off' });

/**
 * Not a test: what `benchmarks/browser.py` measures, written to the file BENCH_RESULTS.
 */
test.describe('A live figure', () => {
  const session = new TestSession('speed');

  test.beforeAll(({ playwright, baseURL }) =>
    session.start(playwright, baseURL)
  );
  test.afterAll(() => session.stop());

  test('should be measured while it is moved', async ({ page }) => {
    // A frame is acknowledged once it is painted.
    await page.addInitScript(() => {
      const counts = { screen: 0, sharp: 0 };
      Object.assign(window, { emoutLabCounts: counts });
      let isNew = false;
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function (data) {
        isNew ||= typeof data === 'string' && data.includes('"type":"ack"');
        send.call(this, data);
      };
      const count = () => {
        counts.screen += 1;
        counts.sharp += Number(isNew);
        isNew = false;
        requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
    });
    await page.reload();
    const notebook = new TestNotebook(page, 'speed.ipynb');
    await notebook.create(CELLS);
    await notebook.run(0);
    const figure = new LiveFigure(page, await notebook.run(1));
    await figure.atRest();
    const counts = () =>
      page.evaluate(() => ({
        ...(window as unknown as { emoutLabCounts: object }).emoutLabCounts,
        at: performance.now() / 1000
      })) as Promise<{ screen: number; sharp: number; at: number }>;
    const box = (await figure.picture.boundingBox())!;
    const [x, y] = await figure.at(0.45, 0.5);
    await page.mouse.move(x, y);
    await page.mouse.down();
    const before = await counts();
    await drag(figure.picture, [x, y], REACH * box.width);
    const after = await counts();
    await page.mouse.up();
    const took = after.at - before.at;
    fs.writeFileSync(
      process.env.BENCH_RESULTS!,
      JSON.stringify({
        screen: (after.screen - before.screen) / took,
        sharp: (after.sharp - before.sharp) / took
      })
    );
    await notebook.remove();
  });
});

/**
 * Drag to and fro with the button down: one move for each frame of the screen, as Chromium tells
 * them of a mouse. The test's own mouse waits for its browser, and is slower than a hand.
 */
function drag(
  picture: Locator,
  [x, y]: readonly [number, number],
  reach: number
): Promise<void> {
  return picture.evaluate(
    (node, { x, y, reach, steps, seconds }) =>
      new Promise<void>(resolve => {
        const end = performance.now() + 1000 * seconds;
        let n = 0;
        const move = () => {
          const way = reach * Math.sin((2 * Math.PI * (n += 1)) / steps);
          node.dispatchEvent(
            new PointerEvent('pointermove', {
              bubbles: true,
              pointerId: 1,
              pointerType: 'mouse',
              isPrimary: true,
              buttons: 1,
              clientX: x + way,
              clientY: y + way / 2
            })
          );
          if (performance.now() < end) {
            requestAnimationFrame(move);
          } else {
            resolve();
          }
        };
        move();
      }),
    { x, y, reach, steps: STEPS, seconds: SECONDS }
  );
}
