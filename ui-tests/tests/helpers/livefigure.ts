import { expect } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';

import { SESSION_TIMEOUT_MS } from './panel';

/**
 * A live figure, in the words of somebody who looks at it.
 */
export class LiveFigure {
  constructor(
    readonly page: Page,
    place: Locator
  ) {
    this.node = place.locator('.jp-EmoutLab-Live');
  }

  readonly node: Locator;

  get picture(): Locator {
    return this.node.locator('.jp-EmoutLab-Live-picture');
  }

  /** What takes keys. */
  get stage(): Locator {
    return this.node.getByRole('application');
  }

  /** matplotlib's own picture. */
  get still(): Locator {
    return this.picture.locator('img');
  }

  get cells(): Locator {
    return this.picture.locator('.jp-EmoutLab-Live-axes > canvas').first();
  }

  get slider(): Locator {
    // Not by its role: it is asked for behind another tab, too.
    return this.node.locator('input[type="range"]');
  }

  button(name: string): Locator {
    return this.node.getByRole('button', { name, exact: true });
  }

  /** Wait until it shows what is wanted, as matplotlib draws it. */
  async atRest(): Promise<void> {
    // What nobody can see is not drawn.
    await this.picture.scrollIntoViewIfNeeded();
    await expect(this.node.locator('[data-status]')).toHaveAttribute(
      'data-status',
      'connected',
      { timeout: SESSION_TIMEOUT_MS }
    );
    await expect(this.stage).toHaveAttribute('aria-busy', 'false', {
      timeout: SESSION_TIMEOUT_MS
    });
    await expect(this.still).toBeVisible();
  }

  /** The picture that rests, to tell one from another. */
  source(): Promise<string> {
    return this.still.evaluate((node: HTMLImageElement) => node.src);
  }

  /** Do something that changes what is shown, and wait until it rests. */
  async changes(act: () => Promise<void>): Promise<void> {
    const before = await this.source();
    await act();
    await expect.poll(() => this.source()).not.toBe(before);
    await this.atRest();
  }

  /** Ticks along the lower side, as they are read. */
  async ticks(): Promise<string[]> {
    return this.picture
      .locator('.jp-EmoutLab-Live-around')
      .first()
      .locator('.jp-EmoutLab-Live-text')
      .allTextContents();
  }

  /** How much of the x axis is in view, by how far its ticks are apart [1/pixel]. */
  async range(): Promise<number> {
    const texts = this.picture
      .locator('.jp-EmoutLab-Live-around')
      .first()
      .locator('.jp-EmoutLab-Live-text');
    const places = await texts.evaluateAll(nodes =>
      (nodes as HTMLElement[])
        .filter(({ style }) => style.left.endsWith('%'))
        .map(({ style, textContent }) => [
          parseFloat(style.left),
          Number(textContent!.replace('\u2212', '-'))
        ])
        .filter(([, value]) => !Number.isNaN(value))
        .sort(([one], [other]) => one - other)
    );
    const [first, last] = [places[0], places[places.length - 1]];
    return (last[1] - first[1]) / (last[0] - first[0]);
  }

  /** A point of the map, told in shares of the picture. */
  async at(across: number, down: number): Promise<[number, number]> {
    const box = await this.picture.boundingBox();
    return [box!.x + across * box!.width, box!.y + down * box!.height];
  }

  /** Drag from one point to another, as a hand does. */
  async drag(
    from: readonly [number, number],
    to: readonly [number, number]
  ): Promise<void> {
    const { mouse } = this.page;
    await mouse.move(...(await this.at(...from)));
    await mouse.down();
    await mouse.move(...(await this.at(...to)), { steps: 8 });
    await mouse.up();
  }
}

/** The connections of all live figures of a page: what they ask for, and get. */
export class LiveSockets {
  constructor(page: Page) {
    page.on('websocket', socket => {
      if (!socket.url().includes('/emout-lab/api/live/')) {
        return;
      }
      this.opened.push(socket.url());
      this.open += 1;
      socket.on('close', () => (this.open -= 1));
      socket.on('framesent', ({ payload }) => {
        const question = JSON.parse(String(payload));
        if (question.type === 'wish') {
          this.wish = question;
        }
      });
      socket.on('framereceived', ({ payload }) => {
        // Frames are binary.
        this.frames += typeof payload === 'string' ? 0 : 1;
      });
    });
  }

  /** The addresses of all that were ever opened. */
  readonly opened: string[] = [];
  /** How many are open. */
  open = 0;
  /** How many frames have come. */
  frames = 0;
  /** The newest wish. */
  wish: { readonly visible: boolean } | null = null;
}
