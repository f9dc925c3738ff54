import {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';

import { IEmoutManager } from '../tokens';

/**
 * Tells the manager which notebook is in front.
 */
export const kernelsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'emout-lab:kernels',
  description: 'Follows the current notebook.',
  autoStart: true,
  requires: [IEmoutManager],
  optional: [INotebookTracker],
  activate: (
    _: JupyterFrontEnd,
    manager: IEmoutManager,
    tracker: INotebookTracker | null
  ) => {
    const follow = () => {
      manager.currentNotebook = tracker?.currentWidget?.context.path ?? null;
    };
    tracker?.currentChanged.connect(follow);
    follow();
  }
};
