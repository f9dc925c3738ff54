import { expect, IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

const API = '/emout-lab/api';

/** A session takes its time where two cores are shared. */
export const SESSION_TIMEOUT_MS = 90_000;

/**
 * The emout panel, in the words of somebody who uses it.
 */
export class Panel {
  constructor(readonly page: IJupyterLabPageFixture) {}

  get node(): Locator {
    return this.page.locator('#emout-lab-panel');
  }

  /** A section by the name in its title. */
  section(name: 'Sessions' | 'Workers' | 'Objects' | 'Outputs'): Locator {
    return this.page.locator(`#emout-lab-${name}`);
  }

  /** The title that opens and closes a section. */
  title(name: string): Locator {
    return this.node.locator('.lm-AccordionPanel-title', { hasText: name });
  }

  session(name: string): Locator {
    return this.section('Sessions').locator(`[data-session="${name}"]`);
  }

  get figures(): Locator {
    return this.section('Outputs').locator('[data-figure]');
  }

  /** In the order in which they are shown. */
  async figureIds(): Promise<(string | null)[]> {
    const figures = await this.figures.all();
    return Promise.all(figures.map(item => item.getAttribute('data-figure')));
  }

  get dialog(): StartDialog {
    return new StartDialog(this.page.locator('.jp-EmoutLab-StartDialog'));
  }

  async open(): Promise<void> {
    await this.page.sidebar.openTab('emout-lab-panel');
    await this.page.sidebar.setWidth(340, 'left');
    await expect(this.startButton).toBeVisible();
  }

  get startButton(): Locator {
    return this.node.getByRole('button', { name: 'Start session' });
  }

  /** What does not fit into the panel's width. */
  overflowing(): Promise<string[]> {
    return this.node.evaluate(panel => {
      const right = panel.getBoundingClientRect().right;
      return [...panel.querySelectorAll('*')]
        .filter(
          node =>
            node.checkVisibility() &&
            node.getBoundingClientRect().right > right + 0.5 &&
            node.closest('.jp-EmoutLab-Truncated, .jp-EmoutLab-Row-title') ===
              null
        )
        .map(node => node.outerHTML);
    });
  }

  /** An object by the beginning of its expression. */
  object(expression: string | RegExp): Locator {
    return this.section('Objects')
      .locator('[data-object]')
      .filter({ hasText: expression });
  }

  /** Stop a session through the API, whatever state the page is in. */
  async cleanUp(name: string): Promise<void> {
    await this.page.request.delete(`${API}/sessions/${name}`);
  }
}

/**
 * The dialog that starts a session.
 */
export class StartDialog {
  constructor(readonly node: Locator) {}

  /** Wait until the server has said what can be chosen. */
  async ready(): Promise<void> {
    await expect(this.field('jobs')).not.toHaveValue('');
  }

  field(name: string): Locator {
    return this.node.locator(`[name="${name}"]`);
  }

  error(name: string): Locator {
    return this.node
      .locator('.jp-EmoutLab-Field')
      .filter({ has: this.node.page().locator(`[name="${name}"]`) })
      .getByRole('alert');
  }

  async start(): Promise<void> {
    await this.node.getByRole('button', { name: 'Start', exact: true }).click();
  }

  async cancel(): Promise<void> {
    await this.node.getByRole('button', { name: 'Cancel' }).click();
  }
}
