import type { Locator } from '@playwright/test';

const ROWS =
  '.jp-EmoutLab-Row, .jp-EmoutLab-Row-main, .jp-EmoutLab-Row-detail, .jp-EmoutLab-IconButton, .jp-EmoutLab-Memory-bar, .jp-EmoutLab-Sparkline, [role="treeitem"], .lm-AccordionPanel-title';

/** Place and size of all rows of the panel and of what stands in them. */
export function boxesOf(panel: Locator): Promise<string[]> {
  return panel.locator(ROWS).evaluateAll(nodes =>
    nodes.map(node => {
      const { x, y, width, height } = node.getBoundingClientRect();
      return `${node.className} ${x} ${y} ${width} ${height}`;
    })
  );
}

/** Have the browser itself note what moves in a part of the page from now on. */
export async function watchShifts(
  part: Locator
): Promise<() => Promise<string[]>> {
  const handle = await part.evaluateHandle(root => {
    const moved: string[] = [];
    const observer = new PerformanceObserver(list => {
      for (const entry of list.getEntries()) {
        const { sources } = entry as unknown as {
          sources: { node: Node | null }[];
        };
        for (const { node } of sources) {
          // Text that is flush right begins elsewhere with each digit; its box stays.
          if (node instanceof Element && root.contains(node)) {
            moved.push(node.outerHTML);
          }
        }
      }
    });
    observer.observe({ type: 'layout-shift' });
    return { moved, observer };
  });
  return async () => {
    const moved = await handle.evaluate(({ moved, observer }) => {
      observer.disconnect();
      return moved;
    });
    await handle.dispose();
    return moved;
  };
}
