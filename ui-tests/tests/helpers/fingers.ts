import type { CDPSession, Page } from '@playwright/test';

type Point = readonly [number, number];

const STEPS = 8;

/**
 * Fingers on a screen, several at once, as the browser itself gets them.
 */
export class Fingers {
  static async on(page: Page): Promise<Fingers> {
    // Galata's page is a stand-in, which the browser does not know.
    const own = page.mainFrame().page();
    return new Fingers(await own.context().newCDPSession(own));
  }

  private constructor(private _client: CDPSession) {}

  /** Put fingers down, move each by its way, and lift one after the other. */
  async move(from: readonly Point[], ways: readonly Point[]): Promise<void> {
    const at = (share: number) =>
      from.map(([x, y], id) => ({
        id,
        x: x + share * ways[id][0],
        y: y + share * ways[id][1]
      }));
    for (let count = 1; count <= from.length; count += 1) {
      await this._touch('touchStart', at(0).slice(0, count));
    }
    for (let step = 1; step <= STEPS; step += 1) {
      await this._touch('touchMove', at(step / STEPS));
    }
    for (let count = from.length - 1; count >= 0; count -= 1) {
      await this._touch('touchEnd', at(1).slice(0, count));
    }
  }

  private async _touch(
    type: 'touchStart' | 'touchMove' | 'touchEnd',
    touchPoints: { id: number; x: number; y: number }[]
  ): Promise<void> {
    await this._client.send('Input.dispatchTouchEvent', { type, touchPoints });
  }
}
