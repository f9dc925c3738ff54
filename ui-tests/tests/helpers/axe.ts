import AxeBuilder from '@axe-core/playwright';
import { expect } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';

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
    nodes: nodes.map(node => `${node.html} ${node.failureSummary ?? ''}`)
  }));
  expect(told).toEqual([]);
}
