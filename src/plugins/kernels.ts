import {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

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
    let context: NotebookPanel['context'] | null = null;
    const follow = () => {
      context?.pathChanged.disconnect(follow);
      context = tracker?.currentWidget?.context ?? null;
      // It may be given another name while it is in front.
      context?.pathChanged.connect(follow);
      manager.currentNotebook = context?.path ?? null;
    };
    tracker?.currentChanged.connect(follow);
    follow();
  }
};
