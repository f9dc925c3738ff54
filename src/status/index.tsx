import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { DisposableSet } from '@lumino/disposable';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { formatBytes } from '../format';
import { emoutIcon } from '../icons';
import { isAlive, SessionsModel } from '../sessions/model';
import { IEmoutManager } from '../tokens';
import { WorkersModel } from '../workers/model';

/**
 * The status bar's item: session, engines and their memory.
 *
 * It looks at sessions, which are files, whenever it is shown; at engines only while a session
 * runs.
 */
export class StatusItem extends ReactWidget {
  constructor(options: StatusItem.IOptions) {
    super();
    this._options = options;
    this.sessions = new SessionsModel(options.manager);
    this.workers = new WorkersModel(options.manager);
    this.addClass('jp-EmoutLab-Status');
    this._owned.add(this.sessions);
    this._owned.add(this.workers);
    this.sessions.changed.connect(this._follow, this);
  }

  readonly sessions: SessionsModel;
  readonly workers: WorkersModel;

  /** Whether the server is asked at all. */
  get isActive(): boolean {
    return this.sessions.isVisible;
  }
  set isActive(active: boolean) {
    this.sessions.isVisible = active;
    this._follow();
  }

  dispose(): void {
    if (!this.isDisposed) {
      this.sessions.changed.disconnect(this._follow, this);
      this._owned.dispose();
      super.dispose();
    }
  }

  protected render(): JSX.Element {
    return (
      <StatusText
        {...this._options}
        sessions={this.sessions}
        workers={this.workers}
      />
    );
  }

  private _follow(): void {
    this.workers.isVisible =
      this.isActive &&
      this.sessions.items.some(session => session.state === 'running');
  }

  private _options: StatusItem.IOptions;
  private _owned = new DisposableSet();
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
  sessions: SessionsModel;
  workers: WorkersModel;
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
