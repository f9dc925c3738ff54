import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

import { useOwnFonts } from './fonts';
import { expect } from './test';

/** Tag of the tests that compare pictures: `make screenshots` plays just these. */
export const LOOKS = { tag: '@looks' };

/**
 * Compare parts of the page, by name, with the pictures in `screenshots/`, in light and dark.
 *
 * What a machine or a moment decides is masked by `steady.css`.
 */
export async function expectLooks(
  page: IJupyterLabPageFixture,
  parts: Record<string, Locator>
): Promise<void> {
  await useOwnFonts(page);
  // Nothing is under the pointer.
  await page.mouse.move(0, 0);
  for (const theme of ['light', 'dark'] as const) {
    await setTheme(page, theme);
    await decoded(page);
    for (const [name, part] of Object.entries(parts)) {
      // Softly: one that differs does not hide the others.
      await expect.soft(part).toHaveScreenshot(`${name}-${theme}.png`);
    }
  }
  await setTheme(page, 'light');
}

async function setTheme(
  page: IJupyterLabPageFixture,
  theme: 'light' | 'dark'
): Promise<void> {
  await (theme === 'dark'
    ? page.theme.setDarkTheme()
    : page.theme.setLightTheme());
}

/**
 * Take a picture for the documentation, where one is asked for: `make pictures`.
 */
export async function illustrate(
  page: IJupyterLabPageFixture,
  name: string,
  selector?: string
): Promise<void> {
  const folder = process.env.DOCS_IMAGES;
  if (folder) {
    await decoded(page);
    const target = selector ? page.locator(selector) : page;
    await target.screenshot({ path: path.join(folder, `${name}.png`) });
  }
}

/**
 * Take a film for the documentation, where pictures are asked for: of what happens in a part of
 * the page while something is done there.
 */
export async function film(
  page: IJupyterLabPageFixture,
  name: string,
  selector: string,
  act: () => Promise<void>
): Promise<void> {
  const folder = process.env.DOCS_IMAGES;
  if (!folder) {
    return act();
  }
  const frames = fs.mkdtempSync(path.join(os.tmpdir(), 'film-'));
  const box = (await page.locator(selector).boundingBox())!;
  // Galata's page is a stand-in, which the browser does not know.
  const own = page.mainFrame().page();
  const client = await own.context().newCDPSession(own);
  client.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
    // Named by its time: the browser sends what has changed.
    const at = Math.round(1000 * metadata.timestamp!);
    fs.writeFileSync(path.join(frames, `${at}.png`), data, 'base64');
    void client.send('Page.screencastFrameAck', { sessionId });
  });
  await client.send('Page.startScreencast', { format: 'png' });
  try {
    await act();
  } finally {
    await client.send('Page.stopScreencast');
    await client.detach();
  }
  const script = path.join(__dirname, 'film.py');
  const part = [box.x, box.y, box.x + box.width, box.y + box.height];
  execFileSync('python', [
    script,
    frames,
    path.join(folder, `${name}.webp`),
    ...part.map(side => String(Math.round(side)))
  ]);
  fs.rmSync(frames, { recursive: true });
}

/** After a change of theme images are decoded anew; a picture shall have them. */
async function decoded(page: IJupyterLabPageFixture): Promise<void> {
  await page.evaluate(() =>
    Promise.allSettled([...document.images].map(image => image.decode()))
  );
}
