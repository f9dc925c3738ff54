import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

const MANY = 200;
const CONTROLS =
  'button, input, select, textarea, summary, a[href], [tabindex="0"], [role="button"]';

/**
 * The controls of a part of the page that the Tab key does not reach, as HTML.
 *
 * What has `tabindex="-1"` by intention (lines of a tree, reached by arrows) is no control here.
 */
export async function reachedByTab(
  page: IJupyterLabPageFixture,
  selector: string
): Promise<string[]> {
  await page.evaluate(
    ([root, controls]) => {
      const nodes = [
        ...document.querySelectorAll<HTMLElement>(`${root} :is(${controls})`)
      ].filter(
        node =>
          node.tabIndex >= 0 &&
          !(node as HTMLButtonElement).disabled &&
          node.checkVisibility()
      );
      nodes.forEach(node => (node.dataset.unreached = ''));
      nodes[0].focus();
    },
    [selector, CONTROLS]
  );
  for (let count = 0; count < MANY; count += 1) {
    const isInside = await page.evaluate(root => {
      const node = document.activeElement as HTMLElement | null;
      const isNew = node?.dataset.unreached !== undefined;
      delete node?.dataset.unreached;
      return isNew && node?.closest(root) !== null;
    }, selector);
    if (!isInside) {
      break;
    }
    await page.keyboard.press('Tab');
  }
  const left = page.locator(`${selector} [data-unreached]`);
  return left.evaluateAll(nodes => nodes.map(node => node.outerHTML));
}

/**
 * Press keys one after the other, as for a shortcut of two.
 */
export async function pressInOrder(
  page: IJupyterLabPageFixture,
  ...keys: string[]
): Promise<void> {
  for (const key of keys) {
    await page.keyboard.press(key);
  }
}
