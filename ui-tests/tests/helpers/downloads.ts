import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import * as fs from 'fs';

/**
 * What the browser saves when something is done: the file's name and its first bytes as text.
 */
export async function savedBy(
  page: IJupyterLabPageFixture,
  act: () => Promise<void>
): Promise<{ name: string; start: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), act()]);
  const bytes = fs.readFileSync(await download.path());
  return {
    name: download.suggestedFilename(),
    start: bytes.subarray(0, 8).toString('latin1')
  };
}
