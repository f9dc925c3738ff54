import {
  addIcon,
  copyIcon,
  downloadIcon,
  LabIcon,
  refreshIcon
} from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';

import { actualSizeIcon, fitIcon, minusIcon } from '../icons';
import { IFigureView } from '../tokens';
import { CommandIDs } from './ids';
import { ICommandOptions, NO_ARGS } from './options';

interface IViewerCommand {
  id: string;
  /** For the palette. */
  label: string;
  /** For the tab's own toolbar. */
  short: string;
  icon: LabIcon;
  act: (view: IFigureView) => unknown;
}

/**
 * Add what can be done with the figure in the tab that was last in front.
 */
export function addViewerCommands({
  app,
  figures,
  trans
}: ICommandOptions): void {
  for (const { id, label, short, icon, act } of viewerCommands(trans)) {
    app.commands.addCommand(id, {
      label: args => (args['toolbar'] ? '' : label),
      caption: short,
      icon,
      describedBy: NO_ARGS,
      isEnabled: () => figures.current !== null,
      execute: async () => {
        if (figures.current !== null) {
          await act(figures.current);
        }
      }
    });
  }
}

function viewerCommands(trans: TranslationBundle): IViewerCommand[] {
  return [
    {
      id: CommandIDs.zoomIn,
      label: trans.__('Zoom In on Figure'),
      short: trans.__('Zoom in'),
      icon: addIcon,
      act: view => view.zoomBy(1)
    },
    {
      id: CommandIDs.zoomOut,
      label: trans.__('Zoom Out of Figure'),
      short: trans.__('Zoom out'),
      icon: minusIcon,
      act: view => view.zoomBy(-1)
    },
    {
      id: CommandIDs.actualSize,
      label: trans.__('Show Figure in Actual Size'),
      short: trans.__('Actual size'),
      icon: actualSizeIcon,
      act: view => (view.zoom = 1)
    },
    {
      id: CommandIDs.fitFigure,
      label: trans.__('Fit Figure into the Tab'),
      short: trans.__('Fit into the tab'),
      icon: fitIcon,
      act: view => (view.zoom = null)
    },
    {
      id: CommandIDs.renderFigure,
      label: trans.__('Render Figure Again'),
      short: trans.__('Render again'),
      icon: refreshIcon,
      act: view => view.renderAgain()
    },
    {
      id: CommandIDs.copyFigure,
      label: trans.__('Copy Figure'),
      short: trans.__('Copy picture'),
      icon: copyIcon,
      act: view => view.copy()
    },
    {
      id: CommandIDs.saveViewed,
      label: trans.__('Save Figure in the Tab'),
      short: trans.__('Save as…'),
      icon: downloadIcon,
      act: view => view.save()
    }
  ];
}
