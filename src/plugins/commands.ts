import {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { addCommands, CommandIDs, PALETTE_COMMANDS } from '../commands';
import { ChoiceMemory } from '../settings';
import {
  IEmoutManager,
  IEmoutPanel,
  IEmoutSettings,
  IEmoutTabs,
  IFigureTabs
} from '../tokens';
import { logsToolbar } from './logs';

const LAUNCHER_RANK = 10;

/**
 * Adds the commands, and lists them in the palette and the launcher.
 */
export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'emout-lab:commands',
  description: 'Adds the emout commands to palette and launcher.',
  autoStart: true,
  requires: [
    IEmoutManager,
    IEmoutPanel,
    IEmoutSettings,
    IEmoutTabs,
    IFigureTabs
  ],
  optional: [
    ITranslator,
    ICommandPalette,
    ILauncher,
    INotebookTracker,
    IStateDB,
    IToolbarWidgetRegistry,
    ISettingRegistry
  ],
  activate: (
    app: JupyterFrontEnd,
    manager: IEmoutManager,
    panel: IEmoutPanel,
    settings: IEmoutSettings,
    tabs: IEmoutTabs,
    figures: IFigureTabs,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    tracker: INotebookTracker | null,
    state: IStateDB | null,
    toolbars: IToolbarWidgetRegistry | null,
    registry: ISettingRegistry | null
  ) => {
    const trans = (translator ?? nullTranslator).load('emout_lab');
    const memory = new ChoiceMemory(state, settings);
    addCommands({
      app,
      manager,
      panel,
      trans,
      tracker,
      memory,
      tabs,
      figures,
      addLogsToolbar: logsToolbar(toolbars, registry, translator)
    });
    const category = trans.__('emout');
    PALETTE_COMMANDS.forEach(command =>
      palette?.addItem({ command, category })
    );
    launcher?.add({
      command: CommandIDs.startSession,
      args: { isLauncher: true },
      rank: LAUNCHER_RANK
    });
  }
};
