import { AccordionPanel, Panel, Widget } from '@lumino/widgets';

/**
 * Give each section of an accordion the height of its content.
 *
 * Where that is more than there is, the large sections share what the small ones leave. A person
 * may give another height to a section by dragging its edge, until one is opened or closed.
 */
export function followContent(accordion: AccordionPanel): void {
  // Tests without a layout have none.
  if (typeof ResizeObserver === 'undefined') {
    return;
  }
  let isDragged = false;
  const fit = () => {
    const heights = accordion.widgets.map(heightOf);
    accordion.widgets.forEach((section, index) => {
      if (!section.isHidden) {
        // Lumino's layout gives no widget more than its style allows.
        section.node.style.maxHeight = `${heights[index]}px`;
      }
    });
    if (!isDragged) {
      accordion.setRelativeSizes(sharesOf(heights, spaceOf(accordion)), false);
    }
    accordion.fit();
  };
  const observer = new ResizeObserver(fit);
  observer.observe(accordion.node);
  accordion.widgets.forEach(section => observer.observe(contentOf(section)));
  accordion.handleMoved.connect(() => (isDragged = true));
  accordion.expansionToggled.connect(() => {
    isDragged = false;
    fit();
  });
  accordion.disposed.connect(() => observer.disconnect());
}

/**
 * How much of a space each of some heights gets: all it needs, or else as much as the other
 * large ones.
 */
export function sharesOf(heights: readonly number[], space: number): number[] {
  const shares = heights.map(() => 0);
  const smallestFirst = [...heights.keys()].sort(
    (a, b) => heights[a] - heights[b]
  );
  let left = Math.max(0, space);
  smallestFirst.forEach((index, done) => {
    shares[index] = Math.min(heights[index], left / (heights.length - done));
    left -= shares[index];
  });
  return shares;
}

function contentOf(section: Widget): HTMLElement {
  return (section as Panel).widgets[0].node;
}

/** Pixels; at least one, since Lumino takes a limit of zero for none. */
function heightOf(section: Widget): number {
  return section.isHidden
    ? 0
    : Math.max(1, Math.ceil(contentOf(section).getBoundingClientRect().height));
}

/** Pixels that titles and edges leave to the sections. */
function spaceOf(accordion: AccordionPanel): number {
  const open = accordion.widgets.filter(section => !section.isHidden).length;
  const taken = accordion.titles.reduce(
    (sum, title) => sum + title.offsetHeight,
    accordion.spacing * Math.max(0, open - 1)
  );
  return accordion.node.clientHeight - taken;
}
