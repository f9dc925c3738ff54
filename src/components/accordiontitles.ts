import { AccordionPanel, Widget } from '@lumino/widgets';

/** What a title says about its section; none of it may be said of a heading. */
const MOVED = ['aria-expanded', 'aria-controls'];

/**
 * Make an accordion's titles headings with a button in them.
 *
 * Lumino makes the heading itself behave like a button: with attributes that a heading may not
 * have, with a toolbar inside, and named in English whatever the language.
 */
export function followTitles(accordion: AccordionPanel): void {
  const repair = () =>
    accordion.titles.forEach((title, index) =>
      repairTitle(title, accordion.widgets[index])
    );
  repair();
  // Lumino writes its attributes anew each time.
  accordion.expansionToggled.connect(repair);
}

function repairTitle(title: HTMLElement, section: Widget): void {
  const button = title.querySelector<HTMLElement>(
    '.lm-AccordionPanel-titleLabel'
  );
  if (button === null) {
    return;
  }
  for (const name of MOVED) {
    const value = title.getAttribute(name);
    if (value !== null) {
      button.setAttribute(name, value);
      title.removeAttribute(name);
    }
  }
  if (button.getAttribute('role') === 'button') {
    return;
  }
  // Else it would be called by its toolbar as well.
  title.setAttribute('aria-label', button.textContent ?? '');
  button.setAttribute('role', 'button');
  button.id = `${title.id}-label`;
  section.node.setAttribute('aria-labelledby', button.id);
  button.tabIndex = 0;
  // The arrow keys lead from title to title.
  title.tabIndex = -1;
  title.addEventListener('focus', () => button.focus());
}
