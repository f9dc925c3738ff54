import {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IRunningSessionManagers, IRunningSessions } from '@jupyterlab/running';
import {
  ITranslator,
  nullTranslator,
  TranslationBundle
} from '@jupyterlab/translation';

import { CommandIDs } from '../commands/ids';
import { emoutIcon } from '../icons';
import { isAlive } from '../sessions/model';
import { stateLabel } from '../sessions/row';
import { IEmoutManager, IEmoutPanel, ISession } from '../tokens';

/**
 * Lists the sessions in JupyterLab's own sidebar of what is running.
 */
export const runningPlugin: JupyterFrontEndPlugin<void> = {
  id: 'emout-lab:running',
  description: 'Lists sessions beside terminals and kernels.',
  autoStart: true,
  requires: [IEmoutManager, IEmoutPanel],
  optional: [IRunningSessionManagers, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    manager: IEmoutManager,
    panel: IEmoutPanel,
    running: IRunningSessionManagers | null,
    translator: ITranslator | null
  ) => {
    if (running === null) {
      return;
    }
    const sessions = new RunningSessions({
      manager,
      trans: (translator ?? nullTranslator).load('emout_lab'),
      onOpen: () => panel.activate(),
      onStop: ({ name }) =>
        void app.commands.execute(CommandIDs.stopSession, { name })
    });
    running.add(sessions);
    void app.restored.then(() => {
      // Notebook 7 has no status bar, which would have asked.
      if (!manager.sessions.isWatched) {
        sessions.refreshRunning();
      }
    });
  }
};

/**
 * The sessions that are not over, as JupyterLab's sidebar wants to have them.
 */
export class RunningSessions implements IRunningSessions.IManager {
  constructor(private _options: RunningSessions.IOptions) {
    const { manager, trans } = _options;
    this.runningChanged = manager.sessions.changed;
    this.name = trans.__('emout Sessions');
    this.shutdownLabel = trans.__('Stop');
    this.shutdownAllLabel = trans.__('Stop All');
    this.shutdownAllConfirmationText = trans.__(
      'Stop all sessions? Their jobs end and everything their engines keep is lost. Files stay as they are.'
    );
  }

  readonly name: string;
  readonly runningChanged: IRunningSessions.IManager['runningChanged'];
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly shutdownAllConfirmationText: string;

  running(): IRunningSessions.IRunningItem[] {
    const { trans, onOpen, onStop } = this._options;
    return this._alive.map(session => ({
      icon: () => emoutIcon,
      label: () => session.name,
      labelTitle: () =>
        [session.name, stateLabel(session.state, trans), session.address]
          .filter(Boolean)
          .join('\n'),
      detail: () => stateLabel(session.state, trans),
      open: onOpen,
      shutdown: () => onStop(session)
    }));
  }

  refreshRunning(): void {
    // The panel says it where the server cannot tell.
    this._options.manager.listSessions().catch(() => undefined);
  }

  /** The sidebar has asked whether that is meant. */
  shutdownAll(): void {
    for (const { name } of this._alive) {
      void this._options.manager.sessions.stop(name);
    }
  }

  private get _alive(): ISession[] {
    return this._options.manager.sessions.items.filter(isAlive);
  }
}

export namespace RunningSessions {
  export interface IOptions {
    manager: IEmoutManager;
    trans: TranslationBundle;
    onOpen: () => void;
    onStop: (session: ISession) => void;
  }
}
