import AxeBuilder from '@axe-core/playwright';
import { expect } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';

/** JupyterLab's toolbar buttons say so that they are pressed, and axe takes their role for none. */
const PRESSED = 'aria-allowed-attr';

/**
 * Fail where axe-core finds that a part of the page shuts people out.
 */
export async function expectAccessible(
  page: Page,
  selector: string
): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .include(selector)
    .analyze();
  const told = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    nodes: nodes
      .filter(node => !(id === PRESSED && node.html.startsWith('<jp-button')))
      .map(node => `${node.html} ${node.failureSummary ?? ''}`)
  }));
  expect(told.filter(({ nodes }) => nodes.length > 0)).toEqual([]);
}
