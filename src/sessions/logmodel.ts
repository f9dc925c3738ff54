import { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';

import { IEmoutManager, ILogPiece } from '../tokens';

const POLL_MS = 1_500;
const POLL_MAX_MS = 30_000;
/** Characters kept of a log that never ends; the oldest go first. */
const KEPT = 1_000_000;

/**
 * What the logs of a session say, followed while somebody looks.
 */
export class LogModel implements IDisposable {
  constructor(options: LogModel.IOptions) {
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

  get isDisposed(): boolean {
    return this._poll.isDisposed;
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

export namespace LogModel {
  export interface IOptions {
    manager: IEmoutManager;
    session: string;
  }
}
