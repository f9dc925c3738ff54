import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { IDisposable } from '@lumino/disposable';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { formatBytes } from '../format';
import { emoutIcon } from '../icons';
import { isAlive } from '../sessions/model';
import { IEmoutManager, ISessionsModel, IWorkersModel } from '../tokens';

/**
 * The status bar's item: session, engines and their memory.
 *
 * It looks at sessions, which are files, whenever it is shown; at engines only while a session
 * runs.
 */
export class StatusItem extends ReactWidget {
  constructor(private _options: StatusItem.IOptions) {
    super();
    this.addClass('jp-EmoutLab-Status');
    this._sessions.changed.connect(this._follow, this);
  }

  /** Whether the server is asked at all. */
  get isActive(): boolean {
    return this._sessionsWatch !== null;
  }
  set isActive(active: boolean) {
    if (active && this._sessionsWatch === null && !this.isDisposed) {
      this._sessionsWatch = this._sessions.watch();
    } else if (!active) {
      this._sessionsWatch?.dispose();
      this._sessionsWatch = null;
    }
    this._follow();
  }

  dispose(): void {
    if (!this.isDisposed) {
      this.isActive = false;
      this._sessions.changed.disconnect(this._follow, this);
      super.dispose();
    }
  }

  protected render(): JSX.Element {
    return (
      <StatusText
        {...this._options}
        sessions={this._sessions}
        workers={this._options.manager.workers}
      />
    );
  }

  private get _sessions(): ISessionsModel {
    return this._options.manager.sessions;
  }

  private _follow(): void {
    const isWanted =
      this.isActive &&
      this._sessions.items.some(session => session.state === 'running');
    if (isWanted && this._workersWatch === null) {
      this._workersWatch = this._options.manager.workers.watch();
    } else if (!isWanted) {
      this._workersWatch?.dispose();
      this._workersWatch = null;
    }
  }

  private _sessionsWatch: IDisposable | null = null;
  private _workersWatch: IDisposable | null = null;
}

export namespace StatusItem {
  export interface IOptions {
    manager: IEmoutManager;
    trans: TranslationBundle;
    onOpen: () => void;
  }
}

/**
 * What the item says.
 */
export function StatusText(props: {
  sessions: ISessionsModel;
  workers: IWorkersModel;
  trans: TranslationBundle;
  onOpen: () => void;
}): JSX.Element {
  const { sessions, workers, trans } = props;
  useSignal(sessions.changed);
  useSignal(workers.changed);
  const session = sessions.items.find(isAlive);
  const engines = workers.items.filter(w => w.session === session?.name);
  const used = engines.reduce((sum, worker) => sum + worker.memory_used, 0);
  const text = session
    ? [
        session.name,
        trans._n('%1 engine', '%1 engines', session.workers),
        engines.length > 0 ? formatBytes(used) : ''
      ]
        .filter(Boolean)
        .join(' · ')
    : trans.__('no session');
  return (
    <button
      type="button"
      className="jp-EmoutLab-Status-button"
      title={trans.__('Show emout Panel')}
      aria-label={trans.__('emout: %1', text)}
      onClick={props.onOpen}
    >
      <emoutIcon.react tag="span" className="jp-EmoutLab-Status-icon" />
      <span className="jp-EmoutLab-Number">{text}</span>
    </button>
  );
}
