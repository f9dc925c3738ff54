import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import { DisposableDelegate, IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import {
  IConnection,
  IEmoutManager,
  ILogPiece,
  IProfiles,
  IRendering,
  ISession,
  IStartRequest,
  Part,
  PARTS,
  ServerMessage
} from '../tokens';
import { EventSocket } from './events';
import { apiUrl, ServerError } from './request';
import * as restapi from './restapi';

const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/**
 * The connection to the server extension.
 *
 * It is made when the first part is watched. A lost connection is tried again
 * with growing pauses for as long as somebody watches; the server then sends its
 * full state, so nothing is missed.
 */
export class EmoutManager implements IEmoutManager {
  constructor(options: EmoutManager.IOptions = {}) {
    this.serverSettings =
      options.serverSettings ?? ServerConnection.makeSettings();
    this._trans = options.trans ?? nullTranslator.load('emout_lab');
    document.addEventListener('visibilitychange', this._watchedChanged);
  }

  readonly serverSettings: ServerConnection.ISettings;

  get connection(): IConnection {
    return this._connection;
  }

  get connectionChanged(): ISignal<this, IConnection> {
    return this._connectionChanged;
  }

  get messageReceived(): ISignal<this, ServerMessage> {
    return this._messageReceived;
  }

  get pollInterval(): number | null {
    return this._pollInterval;
  }
  set pollInterval(seconds: number | null) {
    if (seconds !== this._pollInterval) {
      this._pollInterval = seconds;
      this._watchedChanged();
    }
  }

  get currentNotebook(): string | null {
    return this._currentNotebook;
  }
  set currentNotebook(path: string | null) {
    if (path !== this._currentNotebook) {
      this._currentNotebook = path;
      this._currentNotebookChanged.emit(path);
    }
  }

  get currentNotebookChanged(): ISignal<this, string | null> {
    return this._currentNotebookChanged;
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
    this._disconnect();
    Signal.clearData(this);
  }

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

  refresh(): void {
    if (this._socket?.isOpen) {
      this._sendWatch();
    } else {
      this._disconnect();
      this._retryDelay = RETRY_MIN_MS;
      void this._connect();
    }
  }

  profiles(): Promise<IProfiles> {
    return restapi.getProfiles(this.serverSettings);
  }

  listSessions(): Promise<ISession[]> {
    return restapi.listSessions(this.serverSettings);
  }

  async startSession(request: IStartRequest): Promise<ISession> {
    const session = await restapi.startSession(request, this.serverSettings);
    // Shown at once; the server's own message follows with its next look.
    this._receive({
      type: 'delta',
      part: 'sessions',
      set: [session],
      removed: []
    });
    return session;
  }

  async stopSession(name: string): Promise<void> {
    await restapi.stopSession(name, this.serverSettings);
    this.refresh();
  }

  async dropObject(session: string, id: string): Promise<void> {
    await restapi.dropObject(session, id, this.serverSettings);
    this._receive({ type: 'delta', part: 'objects', set: [], removed: [id] });
  }

  async clearScope(
    session: string,
    notebook: string | null,
    scope: string | null
  ): Promise<void> {
    await restapi.clearScope(session, notebook, scope, this.serverSettings);
    this.refresh();
  }

  objectPreview(session: string, id: string): Promise<Blob> {
    return restapi.getPreview(session, id, this.serverSettings);
  }

  async scaleSession(name: string, jobs: number): Promise<ISession> {
    const session = await restapi.scaleSession(name, jobs, this.serverSettings);
    this._receive({
      type: 'delta',
      part: 'sessions',
      set: [session],
      removed: []
    });
    return session;
  }

  sessionLog(
    name: string,
    source: string | null,
    offset: number | null
  ): Promise<ILogPiece> {
    return restapi.getLog(name, source, offset, this.serverSettings);
  }

  dashboardUrl(name: string): string {
    const { baseUrl } = this.serverSettings;
    return `${apiUrl(baseUrl, 'sessions', name, 'dashboard')}/`;
  }

  interrupt(
    session: string,
    engine: string,
    program: string | null = null
  ): Promise<void> {
    return restapi.interruptWorker(
      session,
      engine,
      program,
      this.serverSettings
    );
  }

  async restartEngine(session: string, engine: string): Promise<void> {
    await restapi.restartWorker(session, engine, this.serverSettings);
    this.refresh();
  }

  figureImage(id: string, rendering?: IRendering): Promise<Blob> {
    return restapi.getFigureImage(id, this.serverSettings, rendering);
  }

  figureThumbnail(id: string): Promise<Blob> {
    return restapi.getFigureThumbnail(id, this.serverSettings);
  }

  async removeFigure(id: string): Promise<void> {
    await restapi.removeFigure(id, this.serverSettings);
    this._receive({ type: 'delta', part: 'figures', set: [], removed: [id] });
  }

  async clearFigures(): Promise<void> {
    await restapi.clearFigures(this.serverSettings);
    this.refresh();
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
      } else if (this._watched.length > 0 && this._retryTimer === null) {
        void this._connect();
      }
    });
  };

  private _sendWatch(): void {
    const interval = this._pollInterval;
    this._socket?.send({
      type: 'watch',
      parts: this._watched,
      ...(interval === null ? {} : { interval })
    });
  }

  /**
   * Ask over HTTP first: a WebSocket that is refused does not say why.
   */
  private async _connect(): Promise<void> {
    if (this._isDisposed || this._isConnecting) {
      return;
    }
    this._isConnecting = true;
    if (this._connection.status !== 'lost') {
      this._setConnection('connecting');
    }
    try {
      await restapi.listSessions(this.serverSettings);
      if (!this._isDisposed) {
        this._openSocket();
      }
    } catch (reason) {
      this._onConnectFailed(reason);
    } finally {
      this._isConnecting = false;
    }
  }

  private _openSocket(): void {
    const socket = new EventSocket(this.serverSettings);
    this._socket = socket;
    socket.opened.connect(() => {
      this._retryDelay = RETRY_MIN_MS;
      this._setConnection('connected');
      this._sendWatch();
    });
    socket.messageReceived.connect((_, message) => this._receive(message));
    socket.messageRefused.connect((_, message) =>
      this._receive({ type: 'error', session: null, message })
    );
    socket.closed.connect(() => {
      this._lose(this._trans.__('The connection to the server was lost.'));
    });
  }

  private _onConnectFailed(reason: unknown): void {
    if (reason instanceof ServerError && reason.isExtensionMissing) {
      // It will not appear by itself: only Retry tries again.
      this._setConnection(
        'missing',
        this._trans.__('The emout_lab server extension is not enabled.')
      );
      return;
    }
    this._lose(reason instanceof Error ? reason.message : String(reason));
  }

  private _lose(message: string): void {
    this._disconnect();
    if (this._isDisposed) {
      return;
    }
    this._setConnection('lost', message);
    this._retryTimer = window.setTimeout(() => {
      this._retryTimer = null;
      if (this._watched.length > 0) {
        void this._connect();
      }
    }, this._retryDelay);
    this._retryDelay = Math.min(2 * this._retryDelay, RETRY_MAX_MS);
  }

  private _disconnect(): void {
    this._socket?.dispose();
    this._socket = null;
    if (this._retryTimer !== null) {
      window.clearTimeout(this._retryTimer);
      this._retryTimer = null;
    }
  }

  private _receive(message: ServerMessage): void {
    this._messageReceived.emit(message);
  }

  private _setConnection(
    status: IConnection['status'],
    message: string = ''
  ): void {
    this._connection = { status, message };
    this._connectionChanged.emit(this._connection);
  }

  private _connection: IConnection = { status: 'idle', message: '' };
  private _connectionChanged = new Signal<this, IConnection>(this);
  private _currentNotebook: string | null = null;
  private _currentNotebookChanged = new Signal<this, string | null>(this);
  private _isConnecting = false;
  private _isDisposed = false;
  private _messageReceived = new Signal<this, ServerMessage>(this);
  private _pollInterval: number | null = null;
  private _retryDelay = RETRY_MIN_MS;
  private _retryTimer: number | null = null;
  private _socket: EventSocket | null = null;
  private _trans: TranslationBundle;
  private _watchers = { sessions: 0, workers: 0, objects: 0, figures: 0 };
  private _watchScheduled = false;
}

export namespace EmoutManager {
  export interface IOptions {
    serverSettings?: ServerConnection.ISettings;
    trans?: TranslationBundle;
  }
}
