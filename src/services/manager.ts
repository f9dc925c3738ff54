import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import { PromiseDelegate } from '@lumino/coreutils';
import { DisposableDelegate, IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';

import { ObjectsModel } from '../objects/model';
import { OutputsModel } from '../outputs/model';
import { SessionsModel } from '../sessions/model';
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
import { WorkersModel } from '../workers/model';
import { EventSocket } from './events';
import { apiUrl, ServerError } from './request';
import * as restapi from './restapi';

const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/** Phases in which no try to connect is under way or planned. */
const AT_REST = ['constructed', 'stopped'];

/**
 * The connection to the server extension, and the models of what the server tells.
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
    this._poll = new Poll({
      auto: false,
      name: 'emout-lab:connection',
      frequency: { interval: RETRY_MIN_MS, backoff: true, max: RETRY_MAX_MS },
      standby: 'never',
      factory: () => this._connect()
    });
    this.sessions = new SessionsModel(this);
    this.workers = new WorkersModel(this);
    this.objects = new ObjectsModel(this);
    this.figures = new OutputsModel(this);
    document.addEventListener('visibilitychange', this._watchedChanged);
  }

  readonly serverSettings: ServerConnection.ISettings;
  readonly sessions: SessionsModel;
  readonly workers: WorkersModel;
  readonly objects: ObjectsModel;
  readonly figures: OutputsModel;

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
    for (const model of [
      this.sessions,
      this.workers,
      this.objects,
      this.figures
    ]) {
      model.dispose();
    }
    this._poll.dispose();
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
      void this._poll.refresh();
    }
  }

  profiles(): Promise<IProfiles> {
    return restapi.getProfiles(this.serverSettings);
  }

  async listSessions(): Promise<ISession[]> {
    const set = await restapi.listSessions(this.serverSettings);
    const names = new Set(set.map(session => session.name));
    const removed = this.sessions.items
      .map(session => session.name)
      .filter(name => !names.has(name));
    this._receive({ type: 'delta', part: 'sessions', set, removed });
    return set;
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
      } else if (
        this._watched.length > 0 &&
        AT_REST.includes(this._poll.state.phase)
      ) {
        void this._poll.start();
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
    if (this._connection.status !== 'lost') {
      this._setConnection('connecting');
    }
    try {
      await restapi.listSessions(this.serverSettings);
      if (!this._isDisposed) {
        await this._openSocket();
        // The next try is made when this connection is lost.
        void this._poll.stop();
      }
    } catch (reason) {
      this._onConnectFailed(reason);
    }
  }

  private _openSocket(): Promise<void> {
    this._disconnect();
    const socket = new EventSocket(this.serverSettings);
    this._socket = socket;
    socket.messageReceived.connect((_, message) => this._receive(message));
    socket.messageRefused.connect((_, message) =>
      this._receive({ type: 'error', session: null, message })
    );
    const opening = new PromiseDelegate<void>();
    this._opening = opening;
    socket.opened.connect(() => {
      this._opening = null;
      this._setConnection('connected');
      this._sendWatch();
      opening.resolve();
    });
    socket.closed.connect(() => {
      const wasOpen = this._opening === null;
      this._disconnect();
      if (wasOpen) {
        this._setConnection('lost', this._lost);
        void this._poll.schedule({ phase: 'started' });
      }
    });
    return opening.promise;
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
      this._setConnection(
        'missing',
        this._trans.__('The emout_lab server extension is not enabled.')
      );
      return;
    }
    this._setConnection(
      'lost',
      reason instanceof Error ? reason.message : String(reason)
    );
    throw reason;
  }

  private _disconnect(): void {
    this._socket?.dispose();
    this._socket = null;
    this._opening?.reject(new Error(this._lost));
    this._opening = null;
  }

  private get _lost(): string {
    return this._trans.__('The connection to the server was lost.');
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
  private _connecting: Promise<void> | null = null;
  private _isDisposed = false;
  private _messageReceived = new Signal<this, ServerMessage>(this);
  private _opening: PromiseDelegate<void> | null = null;
  private _poll: Poll;
  private _pollInterval: number | null = null;
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
