import type { Locator, Page } from '@playwright/test';
import * as fs from 'fs';
import * as path from 'path';

import { notebookOf, untilKernelAnswers } from './notebook';

/**
 * A page of any Jupyter server, without what the tests of JupyterLab put into it.
 */
export class PlainPage {
  constructor(readonly page: Page) {}

  /** Go to an address and wait until the application is there. */
  async goto(url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.waitForFunction(() => window.jupyterapp !== undefined);
    await this.page.evaluate(async () => {
      await window.jupyterapp.restored;
    });
  }

  async execute(command: string, args: Record<string, string> = {}) {
    await this.page.evaluate(
      async ([id, given]) => {
        // Not its result, which may be a widget.
        await window.jupyterapp.commands.execute(id, given);
      },
      [command, args] as const
    );
  }

  /** Run all cells of the notebook in front, once its kernel is there. */
  async runAll(): Promise<void> {
    await untilKernelAnswers(this.page);
    await this.execute('notebook:run-all-cells');
  }

  get cells(): Locator {
    return this.page.locator('.jp-Notebook .jp-CodeCell');
  }

  image(index: number): Locator {
    return this.cells.nth(index).locator('.jp-OutputArea img');
  }
}

/** Put a notebook where servers under test find it. */
export function writeNotebook(
  name: string,
  cells: string[],
  outputs: object[][] = []
): void {
  const root = path.join(process.env.UI_TESTS_HOME!, 'root');
  fs.writeFileSync(
    path.join(root, name),
    JSON.stringify(notebookOf(cells, outputs))
  );
}
