import { Token } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { ISignal } from '@lumino/signaling';

import {
  IFigure,
  ILogPiece,
  IProfiles,
  IRemoteObject,
  IRendering,
  ISession,
  IStartRequest,
  IWorker,
  Part,
  ServerMessage
} from './wire';

export * from './wire';

/**
 * How the panel stands with the server.
 *
 * `missing` means that Jupyter answers but does not know emout_lab.
 */
export type ConnectionStatus =
  'idle' | 'connecting' | 'connected' | 'missing' | 'lost';

export interface IConnection {
  readonly status: ConnectionStatus;
  /** What went wrong, for people; empty while all is well. */
  readonly message: string;
}

/**
 * The only part of the frontend that speaks to the server.
 */
export interface IEmoutManager extends IDisposable {
  readonly connection: IConnection;
  readonly connectionChanged: ISignal<IEmoutManager, IConnection>;
  readonly messageReceived: ISignal<IEmoutManager, ServerMessage>;

  /** Seconds between two looks at engines; null leaves it to the server. */
  pollInterval: number | null;

  /** Path of the notebook in front, or null. */
  currentNotebook: string | null;
  readonly currentNotebookChanged: ISignal<IEmoutManager, string | null>;

  /** Keep a part up to date until the result is disposed. */
  watch(part: Part): IDisposable;
  /** Ask for the full state again; reconnects where the connection is lost. */
  refresh(): void;

  profiles(): Promise<IProfiles>;
  listSessions(): Promise<ISession[]>;
  startSession(request: IStartRequest): Promise<ISession>;
  stopSession(name: string): Promise<void>;
  scaleSession(name: string, jobs: number): Promise<ISession>;
  /** What a log says from an offset on, or near its end; of the session's host where no job is named. */
  sessionLog(
    name: string,
    source: string | null,
    offset: number | null
  ): Promise<ILogPiece>;
  /** Address of Dask's own dashboard of a session. */
  dashboardUrl(name: string): string;
  /** Stop what an engine is running. */
  interrupt(
    session: string,
    engine: string,
    program?: string | null
  ): Promise<void>;
  /** End an engine's process, whatever it does; returns when the new one is there. */
  restartEngine(session: string, engine: string): Promise<void>;
  dropObject(session: string, id: string): Promise<void>;
  /** Drop all that a notebook keeps in one scope of a session. */
  clearScope(
    session: string,
    notebook: string | null,
    scope: string | null
  ): Promise<void>;
  /** A small picture of an array. */
  objectPreview(session: string, id: string): Promise<Blob>;
  figureImage(id: string, rendering?: IRendering): Promise<Blob>;
  /** A small still picture of a figure. */
  figureThumbnail(id: string): Promise<Blob>;
  removeFigure(id: string): Promise<void>;
  clearFigures(): Promise<void>;
}

export const IEmoutManager = new Token<IEmoutManager>(
  'emout-lab:IEmoutManager',
  'The connection to the emout_lab server extension.'
);

/**
 * The sidebar panel, for other plugins that want to bring it to the front.
 */
export interface IEmoutPanel {
  readonly id: string;
  /** Name of the session that was last clicked, or null. */
  readonly selectedSession: string | null;
  /** Stop a session; the panel shows its progress and what goes wrong. */
  stopSession(name: string): Promise<void>;
  scaleSession(name: string, jobs: number): Promise<void>;

  /** The engines that run something now, as far as the panel knows. */
  readonly busyWorkers: readonly IWorker[];
  interrupt(worker: IWorker): Promise<void>;
  /** All engines, as far as the panel knows. */
  readonly engines: readonly IWorker[];
  /** The engine that was last clicked, or null. */
  readonly selectedEngine: IWorker | null;
  /** Restart an engine; the panel shows its progress and what goes wrong. */
  restartEngine(worker: IWorker): Promise<void>;

  /** Notebook and scope of all objects that are listed. */
  readonly scopes: ReadonlyArray<readonly [string | null, string | null]>;
  clearScope(notebook: string | null, scope: string | null): Promise<void>;
  /** The object that was last clicked, or null. */
  readonly selectedObject: IRemoteObject | null;
  /** Notebook and scope of the line that was last clicked, or null. */
  readonly selectedScope: readonly [string | null, string | null] | null;
  dropObject(object: IRemoteObject): Promise<void>;
  togglePreview(object: IRemoteObject): void;
  /** List objects by age or the largest first. */
  toggleOrder(): void;
  focusFilter(): void;

  /** The figures that are listed, newest first. */
  readonly figures: readonly IFigure[];
  /** The figure that was last clicked, or null. */
  readonly selectedFigure: IFigure | null;
  removeFigure(figure: IFigure): Promise<void>;
  clearFigures(): Promise<void>;
}

export const IEmoutPanel = new Token<IEmoutPanel>(
  'emout-lab:IEmoutPanel',
  'The emout sidebar panel.'
);

/**
 * A figure in a tab.
 */
export interface IFigureView {
  /** Null while the whole picture is fitted into the tab. */
  zoom: number | null;
  /** Zoom in or out by some steps. */
  zoomBy(steps: number): void;
  /** Have its engine render it in the form that is chosen in the tab. */
  renderAgain(): Promise<void>;
  copy(): Promise<void>;
  save(): Promise<void>;
}

/**
 * The tabs of figures.
 */
export interface IFigureTabs {
  /** The figure that was last in front, or null. */
  readonly current: IFigureView | null;
  /** Bring a figure to the front; what is at hand of its picture is shown at once. */
  open(figure: IFigure, source?: string): void;
}

export const IFigureTabs = new Token<IFigureTabs>(
  'emout-lab:IFigureTabs',
  'The tabs of figures that engines drew.'
);

/**
 * What the user set, for all plugins.
 */
export interface IEmoutSettings {
  readonly current: {
    /** Profile that the start dialog begins with, or ''. */
    readonly defaultProfile: string;
    /** Seconds between two looks at engines; null where the user has not chosen. */
    readonly pollInterval: number | null;
    readonly gallerySize: number;
    readonly statusBar: boolean;
    readonly openAtStart: boolean;
  };
  readonly changed: ISignal<IEmoutSettings, IEmoutSettings['current']>;
}

export const IEmoutSettings = new Token<IEmoutSettings>(
  'emout-lab:IEmoutSettings',
  'The settings of emout.'
);
