import { MainAreaWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect, listIcon, ReactWidget } from '@jupyterlab/ui-components';
import { Poll } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { Notice } from '../components/notice';
import { IEmoutManager, ILogPiece } from '../tokens';

const POLL_MS = 1_500;
const POLL_MAX_MS = 30_000;
/** Characters kept of a log that never ends; the oldest go first. */
const KEPT = 1_000_000;

/**
 * What the logs of a session say, followed while somebody looks.
 */
export class LogModel {
  constructor(options: { manager: IEmoutManager; session: string }) {
    this._manager = options.manager;
    this._session = options.session;
    this._poll = new Poll({
      auto: false,
      name: `emout-lab:log:${options.session}`,
      frequency: { interval: POLL_MS, backoff: true, max: POLL_MAX_MS },
      standby: 'when-hidden',
      factory: () => this._read()
    });
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get text(): string {
    return this._text;
  }

  get sources(): ILogPiece['sources'] {
    return this._sources;
  }

  /** The log that is shown: a job's id, or null for the server's choice. */
  get source(): string | null {
    return this._source;
  }
  set source(source: string | null) {
    this._source = source;
    this._text = '';
    this._offset = null;
    this._changed.emit();
    void this._poll.refresh();
  }

  /** What went wrong with the last look; null while all is well. */
  get failure(): string | null {
    return this._failure;
  }

  set isVisible(visible: boolean) {
    void (visible ? this._poll.refresh() : this._poll.stop());
  }

  retry(): void {
    void this._poll.refresh();
  }

  dispose(): void {
    this._poll.dispose();
    Signal.clearData(this);
  }

  private async _read(): Promise<void> {
    const [source, offset] = [this._source, this._offset];
    try {
      const piece = await this._manager.sessionLog(
        this._session,
        source,
        offset
      );
      if (source === this._source && offset === this._offset) {
        this._take(piece);
      }
    } catch (reason) {
      this._failure = reason instanceof Error ? reason.message : String(reason);
      this._changed.emit();
      throw reason;
    }
  }

  private _take(piece: ILogPiece): void {
    // A log that became shorter begins anew.
    const before = piece.offset < (this._offset ?? 0) ? '' : this._text;
    this._text = (before + piece.text).slice(-KEPT);
    this._offset = piece.offset;
    this._sources = piece.sources;
    this._failure = null;
    this._changed.emit();
  }

  private _changed = new Signal<this, void>(this);
  private _failure: string | null = null;
  private _manager: IEmoutManager;
  /** Where the next piece begins; null begins near the end of what was written so far. */
  private _offset: number | null = null;
  private _poll: Poll;
  private _session: string;
  private _source: string | null = null;
  private _sources: ILogPiece['sources'] = [];
  private _text = '';
}

/**
 * DOM id of the tab with a session's logs.
 */
export function logsId(session: string): string {
  return `emout-lab-logs-${session}`;
}

/**
 * A main-area tab that follows the logs of a session.
 */
export function createLogs(options: {
  manager: IEmoutManager;
  session: string;
  trans: TranslationBundle;
}): MainAreaWidget {
  const { session, trans } = options;
  const model = new LogModel(options);
  const content = new LogsWidget(model, trans);
  const widget = new MainAreaWidget({ content });
  widget.id = logsId(session);
  widget.title.label = trans.__('Logs of %1', session);
  widget.title.icon = listIcon;
  widget.title.closable = true;
  widget.toolbar.hide();
  return widget;
}

class LogsWidget extends ReactWidget {
  constructor(
    readonly model: LogModel,
    readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-EmoutLab-Logs');
  }

  dispose(): void {
    if (!this.isDisposed) {
      super.dispose();
      this.model.dispose();
    }
  }

  protected onAfterShow(): void {
    this.model.isVisible = true;
  }

  protected onAfterHide(): void {
    this.model.isVisible = false;
  }

  protected onAfterAttach(
    msg: Parameters<ReactWidget['onAfterAttach']>[0]
  ): void {
    super.onAfterAttach(msg);
    this.model.isVisible = this.isVisible;
  }

  protected render(): JSX.Element {
    return <LogsBody model={this.model} trans={this.trans} />;
  }
}

/**
 * The text of a log; it stays at its end unless somebody scrolls up.
 */
export function LogsBody(props: {
  model: LogModel;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  const node = React.useRef<HTMLPreElement>(null);
  const isAtEnd = React.useRef(true);
  const { text } = model;
  React.useEffect(() => {
    if (node.current && isAtEnd.current) {
      node.current.scrollTop = node.current.scrollHeight;
    }
  }, [text]);
  return (
    <>
      <div className="jp-EmoutLab-Logs-bar">
        <HTMLSelect
          className="jp-EmoutLab-Select"
          aria-label={trans.__('Log')}
          value={model.source ?? model.sources[0]?.id ?? ''}
          onChange={event => (model.source = event.target.value)}
        >
          {model.sources.map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </HTMLSelect>
      </div>
      {model.failure !== null && (
        <Notice
          trans={trans}
          message={model.failure}
          actionLabel={trans.__('Retry')}
          onAction={() => model.retry()}
        />
      )}
      <pre
        ref={node}
        className="jp-EmoutLab-Logs-text"
        role="log"
        aria-label={trans.__('Log')}
        tabIndex={0}
        onScroll={({ currentTarget: pre }) => {
          isAtEnd.current =
            pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 4;
        }}
      >
        {text || (model.failure === null ? trans.__('Nothing yet.') : '')}
      </pre>
    </>
  );
}
