import { expect, IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';

const API = '/emout-lab/api';

/** A session takes its time where two cores are shared. */
export const SESSION_TIMEOUT_MS = 90_000;

/** What the start dialog is filled with for a session of this machine. */
export const SMALL = { backend: 'local', memory: '2G', cores: '1' };

/**
 * The emout panel, in the words of somebody who uses it.
 */
export class Panel {
  constructor(readonly page: Page) {}

  get node(): Locator {
    return this.page.locator('#emout-lab-panel');
  }

  /** A section by the name in its title. */
  section(
    name: 'Sessions' | 'Workers' | 'Objects' | 'Outputs' | 'Sweeps'
  ): Locator {
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
    await this.page.evaluate(async () => {
      await window.jupyterapp.commands.execute('emout-lab:show-panel');
    });
    // Pages that the tests of JupyterLab do not help with keep the width that they have.
    const { sidebar } = this.page as Partial<IJupyterLabPageFixture>;
    await sidebar?.setWidth(340, 'left');
    await expect(this.startButton).toBeVisible();
  }

  /** The one in the title of the sessions, which is always there. */
  get startButton(): Locator {
    return this.title('Sessions').getByRole('button', {
      name: 'Start session'
    });
  }

  /** Open the start dialog, when the server has said what can be chosen. */
  async openDialog(): Promise<StartDialog> {
    await this.startButton.click();
    await this.dialog.ready();
    return this.dialog;
  }

  /** Start a session as a person does, and wait until the dialog has gone. */
  async startSession(values: Record<string, string>): Promise<void> {
    const dialog = await this.openDialog();
    await dialog.fill(values);
    await dialog.start();
    await expect(dialog.node).toHaveCount(0, { timeout: SESSION_TIMEOUT_MS });
  }

  /** Stop a session as a person does, and wait until it has gone. */
  async stopSession(name: string): Promise<void> {
    await this.session(name)
      .getByRole('button', { name: `Stop session ${name}` })
      .click();
    const confirmation = this.page.getByRole('dialog');
    await expect(confirmation).toContainText('is lost');
    await confirmation
      .getByRole('button', { name: 'Stop', exact: true })
      .click();
    await expect(this.session(name)).toHaveCount(0, {
      timeout: SESSION_TIMEOUT_MS
    });
  }

  /** The row of an engine. */
  engine(id: string | number = 0): Locator {
    return this.section('Workers').locator(`[data-worker="${id}"]`);
  }

  /** Wait until an engine has warmed up and runs nothing. */
  async untilIdle(id: string | number = 0): Promise<void> {
    await expect(this.engine(id)).toContainText('idle', {
      timeout: SESSION_TIMEOUT_MS
    });
  }

  /** What does not fit into the panel's width, or into its line because of that width. */
  overflowing(): Promise<string[]> {
    return this.node.evaluate(panel => {
      const right = panel.getBoundingClientRect().right;
      const isTooWide = (node: Element) =>
        node.getBoundingClientRect().right > right + 0.5 &&
        node.closest('.jp-EmoutLab-Truncated, .jp-EmoutLab-Row-title') === null;
      const isTooHigh = (node: Element) => {
        const line = node.parentElement;
        if (!line?.matches('.jp-EmoutLab-Row-detail')) {
          return false;
        }
        const [box, limits] = [node, line].map(each =>
          each.getBoundingClientRect()
        );
        return box.top < limits.top - 0.5 || box.bottom > limits.bottom + 0.5;
      };
      return [...panel.querySelectorAll('*')]
        .filter(
          node => node.checkVisibility() && (isTooWide(node) || isTooHigh(node))
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

  /** Stop a session and forget its figures through the API, whatever state the page is in. */
  async cleanUp(name: string): Promise<void> {
    await this.page.request.delete(`${API}/sessions/${name}`);
    await this.page.request.delete(`${API}/figures`);
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

  /** Fill in some fields, in the order in which they are given. */
  async fill(values: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(values)) {
      const field = this.field(name);
      if (!(await field.isVisible())) {
        await this.showAll();
      }
      const isChoice = await field.evaluate(node => node.tagName === 'SELECT');
      await (isChoice ? field.selectOption(value) : field.fill(value));
    }
  }

  /** Unfold the fields that few people need. */
  async showAll(): Promise<void> {
    await this.node.locator('summary').click();
  }

  async start(): Promise<void> {
    await this.node.getByRole('button', { name: 'Start', exact: true }).click();
  }

  async cancel(): Promise<void> {
    await this.node.getByRole('button', { name: 'Cancel' }).click();
  }
}
