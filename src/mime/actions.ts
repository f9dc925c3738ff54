import { IFigure, IRendering } from '../tokens';

/** Name of the event by which a figure in a notebook asks for something. */
export const FIGURE_ACTION = 'emout-lab:figure-action';

export type IFigureAction =
  | {
      readonly kind: 'open';
      readonly figure: IFigure;
      /** URL of the picture in the notebook. */
      readonly source: string;
    }
  | {
      readonly kind: 'render';
      readonly figure: IFigure;
      readonly rendering: IRendering;
      readonly resolve: (picture: Promise<Blob>) => void;
    };

/**
 * Ask whoever listens; false where nobody does.
 */
export function ask(node: HTMLElement, detail: IFigureAction): boolean {
  const event = new CustomEvent(FIGURE_ACTION, {
    bubbles: true,
    cancelable: true,
    detail
  });
  return !node.dispatchEvent(event);
}
