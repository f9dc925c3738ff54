import {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { EmoutManager } from '../services/manager';
import { IEmoutManager } from '../tokens';

/**
 * Provides the one connection to the server extension.
 */
export const managerPlugin: JupyterFrontEndPlugin<IEmoutManager> = {
  id: 'emout-lab:manager',
  description: 'Provides the connection to the emout_lab server extension.',
  autoStart: true,
  provides: IEmoutManager,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null) =>
    new EmoutManager({
      serverSettings: app.serviceManager.serverSettings,
      trans: (translator ?? nullTranslator).load('emout_lab')
    })
};
