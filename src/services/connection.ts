import { ServerConnection } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';
import { PromiseDelegate } from '@lumino/coreutils';
import { DisposableDelegate, IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';

import { IConnection, Part, PARTS, ServerMessage } from '../tokens';
import { EventSocket } from './events';
import { ServerError } from './request';
import * as restapi from './restapi';

const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** The server answers each question at once: a connection that is silent so long leads nowhere. */
export const SILENCE_MS = 30_000;
/** Phases in which no try to connect is under way or planned. */
const AT_REST = ['constructed', 'stopped'];

/**
 * The connection by which the server tells what changes.
 *
 * It is made when the first part is watched. A lost connection is tried again
 * with growing pauses for as long as somebody watches; the server then sends its
 * full state, so nothing is missed. One that does not answer is lost too: where a
 * machine has slept, or a network has changed, nobody may say that it has ended.
 */
export class EventConnection implements IDisposable {
  constructor(
    readonly serverSettings: ServerConnection.ISettings,
    private _trans: TranslationBundle
  ) {
    this._poll = new Poll({
      auto: false,
      name: 'emout-lab:connection',
      frequency: { interval: RETRY_MIN_MS, backoff: true, max: RETRY_MAX_MS },
      standby: 'never',
      factory: () => this._connect()
    });
    document.addEventListener('visibilitychange', this._watchedChanged);
    window.addEventListener('online', this._onOnline);
  }

  /** How it stands. */
  get state(): IConnection {
    return this._state;
  }

  get stateChanged(): ISignal<this, IConnection> {
    return this._stateChanged;
  }

  get messageReceived(): ISignal<this, ServerMessage> {
    return this._messageReceived;
  }

  /** Seconds between two looks at engines; null leaves it to the server. */
  get pollInterval(): number | null {
    return this._pollInterval;
  }
  set pollInterval(seconds: number | null) {
    if (seconds !== this._pollInterval) {
      this._pollInterval = seconds;
      this._watchedChanged();
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    document.removeEventListener('visibilitychange', this._watchedChanged);
    window.removeEventListener('online', this._onOnline);
    this._poll.dispose();
    this._disconnect();
    Signal.clearData(this);
  }

  /** Hear of a part until the result is disposed. */
  watch(part: Part): IDisposable {
    this._watchers[part] += 1;
    if (this._watchers[part] === 1) {
      this._watchedChanged();
    }
    return new DisposableDelegate(() => {
      this._watchers[part] -= 1;
      if (this._watchers[part] === 0) {
        this._watchedChanged();
      }
    });
  }

  /** Ask for the full state again; connects where there is no connection. */
  refresh(): void {
    if (this._socket?.isOpen) {
      this._sendWatch();
    } else {
      this._disconnect();
      void this._poll.refresh();
    }
  }

  /** Nothing while the browser's tab is hidden: it may stay so for days. */
  private get _watched(): Part[] {
    return document.hidden
      ? []
      : PARTS.filter(part => this._watchers[part] > 0);
  }

  private _watchedChanged = (): void => {
    // A panel that opens adds its sections one by one: one message for all.
    if (this._watchScheduled) {
      return;
    }
    this._watchScheduled = true;
    queueMicrotask(() => {
      this._watchScheduled = false;
      if (this._socket) {
        this._sendWatch();
      } else if (
        this._watched.length > 0 &&
        AT_REST.includes(this._poll.state.phase)
      ) {
        void this._poll.start();
      }
    });
  };

  private _onOnline = (): void => {
    if (this._watched.length > 0) {
      this.refresh();
    }
  };

  private _sendWatch(): void {
    const interval = this._pollInterval;
    window.clearTimeout(this._silence);
    this._silence = window.setTimeout(() => this._onClosed(), SILENCE_MS);
    this._socket?.send({
      type: 'watch',
      parts: this._watched,
      ...(interval === null ? {} : { interval })
    });
  }

  /** One try at a time, whoever asks for it. */
  private _connect(): Promise<void> {
    this._connecting ??= this._tryToConnect().finally(() => {
      this._connecting = null;
    });
    return this._connecting;
  }

  /**
   * Ask over HTTP first: a WebSocket that is refused does not say why.
   */
  private async _tryToConnect(): Promise<void> {
    if (this._watched.length === 0) {
      void this._poll.stop();
      return;
    }
    if (this._state.status !== 'lost') {
      this._setState('connecting');
    }
    try {
      await this._ask();
      if (!this._isDisposed) {
        await this._openSocket();
        // The next try is made when this connection is lost.
        void this._poll.stop();
      }
    } catch (reason) {
      this._onConnectFailed(reason);
    }
  }

  /** See whether the server answers, and let no answer that never comes end all tries. */
  private async _ask(): Promise<void> {
    const late = new AbortController();
    const timer = window.setTimeout(
      () => late.abort(new Error(this._lost)),
      SILENCE_MS
    );
    try {
      await restapi.listSessions(this.serverSettings, late.signal);
    } finally {
      window.clearTimeout(timer);
    }
  }

  private _openSocket(): Promise<void> {
    this._disconnect();
    const socket = new EventSocket(this.serverSettings);
    this._socket = socket;
    socket.messageReceived.connect((_, message) => this._onMessage(message));
    socket.messageRefused.connect((_, message) =>
      this._onMessage({ type: 'error', session: null, message })
    );
    const opening = new PromiseDelegate<void>();
    this._opening = opening;
    socket.opened.connect(() => {
      this._opening = null;
      this._setState('connected');
      this._sendWatch();
      opening.resolve();
    });
    socket.closed.connect(() => this._onClosed());
    return opening.promise;
  }

  private _onMessage(message: ServerMessage): void {
    window.clearTimeout(this._silence);
    this._messageReceived.emit(message);
  }

  private _onClosed(): void {
    const wasOpen = this._opening === null;
    this._disconnect();
    if (wasOpen) {
      this._setState('lost', this._lost);
      void this._poll.schedule({ phase: 'started' });
    }
  }

  /**
   * @throws what went wrong, where it is worth trying again
   */
  private _onConnectFailed(reason: unknown): void {
    if (this._isDisposed) {
      return;
    }
    if (reason instanceof ServerError && reason.isExtensionMissing) {
      // It will not appear by itself: only Retry tries again.
      void this._poll.stop();
      this._setState(
        'missing',
        this._trans.__('The emout_lab server extension is not enabled.')
      );
      return;
    }
    this._setState(
      'lost',
      reason instanceof Error ? reason.message : String(reason)
    );
    throw reason;
  }

  private _disconnect(): void {
    window.clearTimeout(this._silence);
    this._socket?.dispose();
    this._socket = null;
    this._opening?.reject(new Error(this._lost));
    this._opening = null;
  }

  private get _lost(): string {
    return this._trans.__('The connection to the server was lost.');
  }

  private _setState(status: IConnection['status'], message: string = ''): void {
    this._state = { status, message };
    this._stateChanged.emit(this._state);
  }

  private _connecting: Promise<void> | null = null;
  private _isDisposed = false;
  private _messageReceived = new Signal<this, ServerMessage>(this);
  private _opening: PromiseDelegate<void> | null = null;
  private _poll: Poll;
  private _pollInterval: number | null = null;
  private _silence = 0;
  private _socket: EventSocket | null = null;
  private _state: IConnection = { status: 'idle', message: '' };
  private _stateChanged = new Signal<this, IConnection>(this);
  private _watchers: Record<Part, number> = {
    sessions: 0,
    workers: 0,
    objects: 0,
    figures: 0,
    sweeps: 0
  };
  private _watchScheduled = false;
}
