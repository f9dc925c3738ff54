import { MimeData } from '@lumino/coreutils';
import { Drag } from '@lumino/dragdrop';

import { IFigure } from '../tokens';
import { isId } from './bundle';

/** What notebooks take between two cells, and editors at the pointer. */
const CELLS = 'application/vnd.jupyter.cells';
const TEXT = 'text/plain';
/** A pointer that moves less has clicked. */
const CLICK_PIXELS = 5;

/**
 * Python that shows a figure which an engine drew.
 */
export function figureCode({ id, session }: IFigure): string {
  if (!isId(id)) {
    throw new Error(`'${id}' is the id of no figure`);
  }
  // A JSON string is a Python string.
  return [
    'import emout_lab',
    `emout_lab.FigureResult.find(${JSON.stringify(id)}, session=${JSON.stringify(session)})`
  ].join('\n');
}

/**
 * A pointer went down on a figure: once it moves, the figure can be dropped into a notebook.
 */
export function dragFigure(down: PointerEvent, figure: IFigure): void {
  if (down.button !== 0 || down.pointerType === 'touch') {
    return;
  }
  const end = new AbortController();
  const { signal } = end;
  const stop = () => end.abort();
  document.addEventListener(
    'pointermove',
    ({ clientX, clientY }) => {
      const way = Math.hypot(clientX - down.clientX, clientY - down.clientY);
      if (way > CLICK_PIXELS) {
        stop();
        const drag = createDrag(down.target, figure);
        void drag.start(clientX, clientY).finally(() => drag.dispose());
      }
    },
    { capture: true, signal }
  );
  for (const type of ['pointerup', 'pointercancel']) {
    document.addEventListener(type, stop, { capture: true, signal });
  }
}

/**
 * What is dragged: a cell for notebooks, and its text for editors.
 */
export function createDrag(source: unknown, figure: IFigure): Drag {
  const code = figureCode(figure);
  const mimeData = new MimeData();
  mimeData.setData(CELLS, [
    {
      cell_type: 'code',
      execution_count: null,
      metadata: {},
      outputs: [],
      source: code
    }
  ]);
  mimeData.setData(TEXT, code);
  return new Drag({
    mimeData,
    source,
    dragImage: imageOf(source),
    supportedActions: 'copy',
    proposedAction: 'copy'
  });
}

function imageOf(source: unknown): HTMLElement | undefined {
  const picture =
    source instanceof Element
      ? source.closest('.jp-EmoutLab-Gallery-item')?.querySelector('img')
      : null;
  if (!picture) {
    return undefined;
  }
  const image = picture.cloneNode() as HTMLImageElement;
  image.className = 'jp-EmoutLab-DragImage';
  return image;
}
