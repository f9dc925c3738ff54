import {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs } from '../commands';
import { StatusItem } from '../status';
import { IEmoutManager, IEmoutSettings } from '../tokens';

const RANK = 40;

/**
 * Shows the session in the status bar.
 */
export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: 'emout-lab:status',
  description: 'Shows session, engines and memory in the status bar.',
  autoStart: true,
  requires: [IEmoutManager, IEmoutSettings],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    manager: IEmoutManager,
    settings: IEmoutSettings,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ) => {
    if (statusBar === null) {
      return;
    }
    const item = new StatusItem({
      manager,
      trans: (translator ?? nullTranslator).load('emout_lab'),
      onOpen: () => void app.commands.execute(CommandIDs.showPanel)
    });
    statusBar.registerStatusItem('emout-lab:status', {
      item,
      align: 'left',
      rank: RANK,
      isActive: () => settings.current.statusBar,
      activeStateChanged: manager.sessions.changed
    });
    const apply = () => {
      item.isActive = settings.current.statusBar;
      item.setHidden(!settings.current.statusBar);
    };
    settings.changed.connect(apply);
    // Until the settings have come nothing is asked.
    void app.restored.then(apply);
  }
};
