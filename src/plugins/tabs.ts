import {
  ILabShell,
  ILayoutRestorer,
  IRouter,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';

import { CommandIDs } from '../commands/ids';
import { EmoutTabs, TAB_ADDRESS } from '../tabs';
import { IEmoutTabs } from '../tokens';

/**
 * Provides the tabs in which logs, dashboards and figures are opened.
 */
export const tabsPlugin: JupyterFrontEndPlugin<IEmoutTabs> = {
  id: 'emout-lab:tabs',
  description: 'Opens tabs in the main area, and again after a reload.',
  autoStart: true,
  provides: IEmoutTabs,
  optional: [ILabShell, ILayoutRestorer, IRouter],
  activate: (
    app: JupyterFrontEnd,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    router: IRouter | null
  ) => {
    const tabs = new EmoutTabs({ app, labShell, restorer });
    app.commands.addCommand(CommandIDs.openAddress, {
      describedBy: {
        args: {
          type: 'object',
          properties: {
            search: { type: 'string', description: 'Query of the address' }
          }
        }
      },
      execute: args => tabs.openAddress(String(args['search'] ?? ''))
    });
    router?.register({ command: CommandIDs.openAddress, pattern: TAB_ADDRESS });
    return tabs;
  }
};
