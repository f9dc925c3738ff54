import { refreshIcon } from '@jupyterlab/ui-components';

import { emoutIcon } from '../icons';
import { addEngineCommands } from './engines';
import { addFigureCommands } from './figures';
import { CommandIDs } from './ids';
import { addNotebookCommands } from './notebook';
import { addObjectCommands } from './objects';
import { ICommandOptions, NO_ARGS } from './options';
import { addSessionCommands } from './sessions';
import { addSweepCommands } from './sweeps';
import { addViewerCommands } from './viewer';

export { CommandIDs, PALETTE_COMMANDS } from './ids';
export { ICommandOptions } from './options';

/**
 * Add the commands of emout_lab.
 */
export function addCommands(options: ICommandOptions): void {
  const { app, manager, panel, trans } = options;
  app.commands.addCommand(CommandIDs.showPanel, {
    label: trans.__('Show emout Panel'),
    icon: emoutIcon,
    describedBy: NO_ARGS,
    execute: () => panel.activate()
  });
  app.commands.addCommand(CommandIDs.refresh, {
    label: trans.__('Refresh'),
    icon: refreshIcon,
    describedBy: NO_ARGS,
    execute: () => manager.refresh()
  });
  addSessionCommands(options);
  addNotebookCommands(options);
  addObjectCommands(options);
  addEngineCommands(options);
  addFigureCommands(options);
  addSweepCommands(options);
  addViewerCommands(options);
}
