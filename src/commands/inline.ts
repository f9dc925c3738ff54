import { CommandRegistry } from '@lumino/commands';
import { JSONObject } from '@lumino/coreutils';

import { FIGURE_ACTION, IFigureAction } from '../mime/actions';
import { IEmoutManager } from '../tokens';
import { CommandIDs } from './ids';

/**
 * Do what the buttons of figures in notebooks ask for.
 *
 * A MIME renderer knows no application; its buttons send an event up the page.
 */
export function followFigureActions(
  commands: CommandRegistry,
  manager: IEmoutManager
): void {
  document.body.addEventListener(FIGURE_ACTION, event => {
    const { detail } = event as CustomEvent<IFigureAction>;
    event.preventDefault();
    if (detail.kind === 'open') {
      const { figure, source } = detail;
      void commands.execute(CommandIDs.openFigure, {
        figure,
        source
      } as unknown as JSONObject);
    } else {
      detail.resolve(manager.figureImage(detail.figure.id, detail.rendering));
    }
  });
}
