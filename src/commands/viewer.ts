import { MainAreaWidget } from '@jupyterlab/apputils';
import {
  addIcon,
  copyIcon,
  LabIcon,
  refreshIcon
} from '@jupyterlab/ui-components';

import { fitIcon, minusIcon } from '../icons';
import { FigureViewer } from '../outputs/viewer';
import { CommandIDs } from './ids';
import { ICommandOptions, NO_ARGS } from './options';

/**
 * Add what can be done with the figure in the tab in front.
 */
export function addViewerCommands({ app, trans }: ICommandOptions): void {
  const current = (): FigureViewer | null => {
    const tab = app.shell.currentWidget;
    const content = tab instanceof MainAreaWidget ? tab.content : null;
    return content instanceof FigureViewer ? content : null;
  };
  const commands: [
    string,
    string,
    LabIcon | undefined,
    (viewer: FigureViewer) => unknown
  ][] = [
    [
      CommandIDs.zoomIn,
      trans.__('Zoom In on Figure'),
      addIcon,
      viewer => viewer.zoomBy(1)
    ],
    [
      CommandIDs.zoomOut,
      trans.__('Zoom Out of Figure'),
      minusIcon,
      viewer => viewer.zoomBy(-1)
    ],
    [
      CommandIDs.actualSize,
      trans.__('Show Figure in Actual Size'),
      undefined,
      viewer => (viewer.model.zoom = 1)
    ],
    [
      CommandIDs.fitFigure,
      trans.__('Fit Figure into the Tab'),
      fitIcon,
      viewer => (viewer.model.zoom = null)
    ],
    [
      CommandIDs.renderFigure,
      trans.__('Render Figure Again'),
      refreshIcon,
      viewer => viewer.model.renderChosen()
    ],
    [
      CommandIDs.copyFigure,
      trans.__('Copy Figure'),
      copyIcon,
      viewer => viewer.model.copy()
    ]
  ];
  for (const [id, label, icon, act] of commands) {
    app.commands.addCommand(id, {
      label,
      icon,
      describedBy: NO_ARGS,
      isEnabled: () => current() !== null,
      execute: async () => {
        const viewer = current();
        if (viewer) {
          await act(viewer);
        }
      }
    });
  }
}
