import { expect, IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Locator, Page } from '@playwright/test';

/** A kernel takes its time where two cores are shared. */
const KERNEL_TIMEOUT_MS = 60_000;

/**
 * The content of a notebook of code cells, with what they have put out.
 */
export function notebookOf(cells: string[], outputs: object[][] = []): object {
  return {
    cells: cells.map((source, index) => ({
      cell_type: 'code',
      execution_count: null,
      id: `cell-${index}`,
      metadata: {},
      outputs: outputs[index] ?? [],
      source
    })),
    metadata: {
      kernelspec: {
        display_name: 'Python 3 (ipykernel)',
        language: 'python',
        name: 'python3'
      }
    },
    nbformat: 4,
    nbformat_minor: 5
  };
}

/**
 * Wait until the kernel of the notebook in front answers.
 *
 * Its status does not tell: JupyterLab may show one as starting, or unknown, that has long started.
 */
export async function untilKernelAnswers(page: Page): Promise<void> {
  const ask = () =>
    page.evaluate(async () => {
      // No widget is the current one while a sidebar has the focus.
      const shown = [...window.jupyterapp.shell.widgets('main')].filter(
        widget => widget.isVisible
      ) as NotebookPanel[];
      const kernel = shown.find(each => each.sessionContext)?.sessionContext
        .session?.kernel;
      if (kernel?.connectionStatus !== 'connected') {
        return `connection: ${kernel?.connectionStatus}`;
      }
      const late = new Promise<string>(resolve =>
        setTimeout(() => resolve('no answer'), 3_000)
      );
      const answer = kernel
        .requestKernelInfo()
        .then(reply => reply?.content.status ?? 'no reply');
      return Promise.race([answer, late]);
    });
  await expect.poll(ask, { timeout: KERNEL_TIMEOUT_MS }).toBe('ok');
}

/**
 * A notebook in the root folder, where the demo data are.
 */
export class TestNotebook {
  constructor(
    readonly page: IJupyterLabPageFixture,
    readonly name: string
  ) {}

  async create(cells: string[], outputs: object[][] = []): Promise<void> {
    await this.page.contents.uploadContent(
      JSON.stringify(notebookOf(cells, outputs)),
      'text',
      this.name
    );
    // Not through the file browser, which would take the panel's place.
    await this.page.evaluate(async path => {
      await window.jupyterapp.commands.execute('docmanager:open', { path });
    }, this.name);
    await expect(this.page.locator('.jp-Notebook .jp-CodeCell')).toHaveCount(
      cells.length
    );
    await this.untilIdle();
    await this._untilReady();
  }

  /** Wait until its kernel is there and does nothing. */
  async untilIdle(): Promise<void> {
    await expect(
      this.page.locator(
        '.jp-NotebookPanel-toolbar .jp-Notebook-ExecutionIndicator'
      )
    ).toHaveAttribute('data-status', 'idle', { timeout: KERNEL_TIMEOUT_MS });
  }

  /** Restart its kernel as a person does, and wait until the new one is there. */
  async restartKernel(): Promise<void> {
    // Ends when the kernel has come back; what is run before then may never be answered.
    const restarted = this.page.evaluate(async () => {
      await window.jupyterapp.commands.execute('notebook:restart-kernel');
    });
    await this.page
      .getByRole('dialog')
      .getByRole('button', { name: 'Confirm Kernel Restart' })
      .click();
    await restarted;
    await this._untilReady();
  }

  /** Run a cell; fails with what the cell says where it raises. */
  async run(index: number): Promise<Locator> {
    await this._select(index);
    // Ends with the cell, however long that takes.
    await this.page.evaluate(async () => {
      await window.jupyterapp.commands.execute('notebook:run-cell');
    });
    const cell = this.cell(index);
    await expect(
      cell.locator(
        '.jp-OutputArea-output[data-mime-type*="stderr"], .jp-RenderedText[data-mime-type="application/vnd.jupyter.error"]'
      )
    ).toHaveCount(0);
    return cell;
  }

  /** Start a cell without waiting for its end. */
  async start(index: number): Promise<void> {
    await this._select(index);
    await this.page.evaluate(() => {
      void window.jupyterapp.commands.execute('notebook:run-cell');
    });
  }

  cell(index: number): Locator {
    return this.page.locator('.jp-Notebook .jp-CodeCell').nth(index);
  }

  image(index: number): Locator {
    return this.cell(index).locator('.jp-OutputArea img');
  }

  async remove(): Promise<void> {
    await this.page.notebook.close(true);
    await this.page.kernel.shutdownAll();
    await this.page.contents.deleteFile(this.name);
  }

  /** Indicators may say that a kernel is idle before it takes cells. */
  private async _untilReady(): Promise<void> {
    await this.page.evaluate(async () => {
      const panel = window.jupyterapp.shell.currentWidget as NotebookPanel;
      await panel.sessionContext.ready;
    });
    await untilKernelAnswers(this.page);
  }

  /** Make a cell of the notebook in front the one that commands are about. */
  private async _select(index: number): Promise<void> {
    await this.page.evaluate(cell => {
      const panel = window.jupyterapp.shell.currentWidget as NotebookPanel;
      panel.content.deselectAll();
      panel.content.activeCellIndex = cell;
    }, index);
  }
}
