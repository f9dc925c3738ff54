import {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { addCommands, PALETTE_COMMANDS } from '../commands';
import { IEmoutManager, IEmoutPanel } from '../tokens';

/**
 * Adds the commands and lists them in the palette.
 */
export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'emout-lab:commands',
  description: 'Adds the emout commands to the palette.',
  autoStart: true,
  requires: [IEmoutManager, IEmoutPanel],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    manager: IEmoutManager,
    panel: IEmoutPanel,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('emout_lab');
    addCommands({ app, manager, panel, trans });
    const category = trans.__('emout');
    PALETTE_COMMANDS.forEach(command =>
      palette?.addItem({ command, category })
    );
  }
};
