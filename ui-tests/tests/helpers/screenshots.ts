import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import * as path from 'path';

const FOLDER = path.resolve(__dirname, '../../../build/screenshots');

/**
 * Keep a picture of the page, or of one part of it, under build/screenshots.
 */
export async function keep(
  page: IJupyterLabPageFixture,
  name: string,
  selector?: string
): Promise<void> {
  // After a change of theme images are decoded anew; a picture shall have them.
  await page.evaluate(() =>
    Promise.allSettled([...document.images].map(image => image.decode()))
  );
  const target = selector ? page.locator(selector) : page;
  await target.screenshot({ path: path.join(FOLDER, `${name}.png`) });
}
