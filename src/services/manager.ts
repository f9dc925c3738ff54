import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { ObjectsModel } from '../objects/model';
import { FiguresModel } from '../figures/model';
import { SessionsModel } from '../sessions/model';
import { SweepsModel } from '../sweeps/model';
import {
  IConnection,
  IEmoutManager,
  ILiveSocket,
  ILogPiece,
  IProfiles,
  IRendering,
  ISession,
  IStartRequest,
  ISweep,
  ISweepTable,
  Part,
  Scope,
  ServerMessage
} from '../tokens';
import { WorkersModel } from '../workers/model';
import { EventConnection } from './connection';
import { LiveSocket } from './livesocket';
import { apiUrl } from './request';
import * as restapi from './restapi';

/**
 * Speaks to the server extension and owns the models of what the server tells.
 */
export class EmoutManager implements IEmoutManager {
  constructor(options: EmoutManager.IOptions = {}) {
    this.serverSettings =
      options.serverSettings ?? ServerConnection.makeSettings();
    this._events = new EventConnection(
      this.serverSettings,
      options.trans ?? nullTranslator.load('emout_lab')
    );
    this._events.stateChanged.connect((_, state) =>
      this._connectionChanged.emit(state)
    );
    this._events.messageReceived.connect((_, message) =>
      this._receive(message)
    );
    this.sessions = new SessionsModel(this);
    this.workers = new WorkersModel(this);
    this.objects = new ObjectsModel(this);
    this.figures = new FiguresModel(this);
    this.sweeps = new SweepsModel(this);
  }

  readonly serverSettings: ServerConnection.ISettings;
  readonly sessions: SessionsModel;
  readonly workers: WorkersModel;
  readonly objects: ObjectsModel;
  readonly figures: FiguresModel;
  readonly sweeps: SweepsModel;

  get connection(): IConnection {
    return this._events.state;
  }

  get connectionChanged(): ISignal<this, IConnection> {
    return this._connectionChanged;
  }

  get messageReceived(): ISignal<this, ServerMessage> {
    return this._messageReceived;
  }

  get pollInterval(): number | null {
    return this._events.pollInterval;
  }
  set pollInterval(seconds: number | null) {
    this._events.pollInterval = seconds;
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
    for (const model of [
      this.sessions,
      this.workers,
      this.objects,
      this.figures,
      this.sweeps
    ]) {
      model.dispose();
    }
    this._events.dispose();
    Signal.clearData(this);
  }

  watch(part: Part): IDisposable {
    return this._events.watch(part);
  }

  refresh(): void {
    this._events.refresh();
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

  async clearScope(session: string, ...scope: Scope): Promise<void> {
    await restapi.clearScope(session, scope, this.serverSettings);
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

  openLive(session: string, id: string): ILiveSocket {
    return new LiveSocket(this.serverSettings, session, id);
  }

  async removeFigure(id: string): Promise<void> {
    await restapi.removeFigure(id, this.serverSettings);
    this._receive({ type: 'delta', part: 'figures', set: [], removed: [id] });
  }

  async clearFigures(): Promise<void> {
    await restapi.clearFigures(this.serverSettings);
    this.refresh();
  }

  async listSweeps(): Promise<ISweep[]> {
    const set = await restapi.listSweeps(this.serverSettings);
    const ids = new Set(set.map(sweep => sweep.id));
    const removed = this.sweeps.items
      .map(sweep => sweep.id)
      .filter(id => !ids.has(id));
    this._receive({ type: 'delta', part: 'sweeps', set, removed });
    return set;
  }

  sweepTable(id: string, since: string): Promise<ISweepTable> {
    return restapi.getSweepTable(id, since, this.serverSettings);
  }

  async cancelSweep(id: string): Promise<void> {
    await restapi.cancelSweep(id, this.serverSettings);
    this.refresh();
  }

  async retrySweep(id: string): Promise<void> {
    await restapi.retrySweep(id, this.serverSettings);
    this.refresh();
  }

  async removeSweep(id: string): Promise<void> {
    await restapi.removeSweep(id, this.serverSettings);
    this._receive({ type: 'delta', part: 'sweeps', set: [], removed: [id] });
  }

  private _receive(message: ServerMessage): void {
    this._messageReceived.emit(message);
  }

  private _connectionChanged = new Signal<this, IConnection>(this);
  private _currentNotebook: string | null = null;
  private _currentNotebookChanged = new Signal<this, string | null>(this);
  private _events: EventConnection;
  private _isDisposed = false;
  private _messageReceived = new Signal<this, ServerMessage>(this);
}

export namespace EmoutManager {
  export interface IOptions {
    serverSettings?: ServerConnection.ISettings;
    trans?: TranslationBundle;
  }
}
