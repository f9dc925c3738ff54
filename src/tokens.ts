import { ReadonlyJSONObject, Token } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import type {
  Backend,
  CurrentCall,
  Figure,
  FiguresDelta,
  FormField,
  FormSchema,
  LiveAck,
  LiveAxes,
  LiveFrameAxes,
  LiveHeader,
  LiveHello,
  LiveLayer,
  LiveMessage,
  LivePlay,
  LiveProbe,
  LiveProfile,
  LiveTicks,
  LiveValues,
  LiveWish,
  LiveWishAxes,
  LogPiece,
  ObjectsDelta,
  Partition,
  Problem,
  Profile,
  Profiles,
  Progress,
  RemoteObject,
  ServerMessage,
  SessionsDelta,
  SessionStatus,
  StartRequest,
  State,
  SweepsDelta,
  SweepStatus,
  SweepTable,
  Worker,
  WorkersDelta
} from './services/api';

export type { LiveMessage, ServerMessage, SessionState } from './services/api';

// What travels between panel and server, as `openapi.json` has it.
export type ISession = SessionStatus;
export type IWorker = Worker;
export type ICurrentCall = CurrentCall;
export type IProgress = Progress;
export type IRemoteObject = RemoteObject;
export type IFigure = Figure;
export type IBackend = Backend;
export type IPartition = Partition;
export type IProfile = Profile;
export type IProfiles = Profiles;
export type IFormField = FormField;
export type IFormSchema = FormSchema;
export type IStartRequest = StartRequest;
export type ILogPiece = LogPiece;
export type ISweep = SweepStatus;
export type ISweepTable = SweepTable;
export type SweepState = SweepStatus['state'];
export type StateMessage = State;
export type DeltaMessage =
  SessionsDelta | WorkersDelta | ObjectsDelta | FiguresDelta | SweepsDelta;
export type IErrorMessage = Problem;

// What travels between a figure that is live and those who look at it.
export type ILiveHello = LiveHello;
export type ILiveAxes = LiveAxes;
export type ILiveHeader = LiveHeader;
export type ILiveLayer = LiveLayer;
export type ILiveFrameAxes = LiveFrameAxes;
export type ILiveTicks = LiveTicks;
export type ILiveValues = LiveValues;
export type ILiveProfile = LiveProfile;
export type ILiveWish = LiveWish;
export type ILiveWishAxes = LiveWishAxes;
export type ILivePlay = LivePlay;
export type ILiveProbe = LiveProbe;
export type LiveQuestion = LiveWish | LiveProbe | LiveAck;

/** Where an axis begins and ends: left or bottom first, also where the axis is turned. */
export type Interval = readonly [number, number];

/** A frame as it travels: a header, and one payload for each of its layers. */
export interface ILiveFrame {
  readonly header: ILiveHeader;
  readonly payloads: readonly Uint8Array[];
}

/**
 * A connection to a figure that is live; it is opened once, and never again.
 */
export interface ILiveSocket extends IDisposable {
  readonly isOpen: boolean;
  readonly opened: ISignal<ILiveSocket, void>;
  /** Emitted when the other side or the network ends the connection. */
  readonly closed: ISignal<ILiveSocket, void>;
  readonly frameReceived: ISignal<ILiveSocket, ILiveFrame>;
  /** Also of what is not in the agreed form, as an error. */
  readonly messageReceived: ISignal<ILiveSocket, LiveMessage>;
  /** Send a message; silently left out while the socket is not open. */
  send(message: LiveQuestion): void;
}

/**
 * In which form a figure is wanted; as it was drawn where nothing is said.
 */
export interface IRendering {
  readonly format?: string;
  readonly dpi?: number;
}

/**
 * What the events socket can watch, with the model each part is made of.
 */
export interface IPartItems {
  sessions: ISession;
  workers: IWorker;
  objects: IRemoteObject;
  figures: IFigure;
  sweeps: ISweep;
}

export type Part = keyof IPartItems;

export const PARTS: readonly Part[] = [
  'sessions',
  'workers',
  'objects',
  'figures',
  'sweeps'
];

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
 * One part of the server's state, kept by key and in order.
 */
export interface IPartModel<T> {
  /** Emitted after anything that is shown has changed. */
  readonly changed: ISignal<IPartModel<T>, void>;
  readonly items: readonly T[];
  readonly connection: IConnection;
  /** Whether the server has told the full state once. */
  readonly isLoaded: boolean;
  readonly isWatched: boolean;
  /** The last thing that went wrong, until it is dismissed or over. */
  notice: string | null;
  /** Key of what was last clicked; '' where nothing was. */
  selectedKey: string;
  /** What was last clicked, while it is there. */
  readonly selected: T | null;
  /** Keep the part up to date until the result is disposed. */
  watch(): IDisposable;
  get(key: string): T | undefined;
  /** Ask the server for everything again. */
  refresh(): void;
}

/**
 * The sessions of the user. What goes wrong with an action becomes the notice.
 */
export interface ISessionsModel extends IPartModel<ISession> {
  /** Whether a stop was asked for and has not ended yet. */
  isStopping(name: string): boolean;
  stop(name: string): Promise<void>;
  /** Give a session another number of jobs. */
  scale(name: string, jobs: number): Promise<void>;
}

/**
 * The engines of all sessions. What goes wrong with an action becomes the notice.
 */
export interface IWorkersModel extends IPartModel<IWorker> {
  /** Whether rows must name their session. */
  readonly hasManySessions: boolean;
  /** The engines that run something now. */
  readonly busy: readonly IWorker[];
  /** CPU of an engine over the last two minutes, in equal steps up to a time. */
  cpuHistory(worker: IWorker, time: number): number[];
  isInterrupting(worker: IWorker): boolean;
  /** Stop what an engine is running. */
  interrupt(worker: IWorker): Promise<void>;
  isRestarting(worker: IWorker): boolean;
  /** Restart an engine, whatever it does. */
  restart(worker: IWorker): Promise<void>;
}

/** Notebook and scope that objects belong to; null where they belong to none. */
export type Scope = readonly [
  notebook: string | null,
  scope: string | null,
  isNamespace: boolean
];

/**
 * The objects that live and die together, or what stands under names in the engines.
 */
export interface IScopeGroup {
  readonly scope: string | null;
  readonly isNamespace: boolean;
  readonly objects: readonly IRemoteObject[];
  readonly bytes: number;
}

/**
 * What one notebook keeps in engines.
 */
export interface INotebookGroup {
  readonly notebook: string | null;
  readonly isCurrent: boolean;
  readonly scopes: readonly IScopeGroup[];
  readonly count: number;
  readonly bytes: number;
}

/** By age, or the largest first. */
export type Order = 'age' | 'size';

/** What all lines of the tree of objects have. */
export interface IRowBase {
  /** Names the row as long as it is there. */
  readonly key: string;
  /** Depth in the tree, from 1. */
  readonly level: number;
  /** Place among its siblings, from 1, and how many they are. */
  readonly position: number;
  readonly siblings: number;
}

export interface INotebookRow extends IRowBase {
  readonly kind: 'notebook';
  readonly group: INotebookGroup;
  readonly isOpen: boolean;
}

export interface IScopeRow extends IRowBase {
  readonly kind: 'scope';
  readonly group: IScopeGroup;
  readonly notebook: string | null;
  readonly isOpen: boolean;
}

export interface IObjectRow extends IRowBase {
  readonly kind: 'object';
  readonly object: IRemoteObject;
  readonly hasPreview: boolean;
}

/**
 * One line of the tree of objects.
 */
export type Row = INotebookRow | IScopeRow | IObjectRow;

/**
 * The objects in the engines. What goes wrong with an action becomes the notice.
 */
export interface IObjectsModel extends IPartModel<IRemoteObject> {
  /** What is shown, line by line. */
  readonly rows: readonly Row[];
  /** The scopes of all objects that are listed. */
  readonly scopes: readonly Scope[];
  /** Scope of the line that was last clicked, or null. */
  readonly selectedScope: Scope | null;
  /** Words that an object must have to be shown. */
  filter: string;
  order: Order;
  /** Emitted when the user wants to write a filter. */
  readonly filterRequested: ISignal<IObjectsModel, void>;
  requestFilter(): void;
  /** Open or close a notebook or a scope by the key of its row. */
  setOpen(key: string, isOpen: boolean): void;
  togglePreview(object: IRemoteObject): void;
  /** An object URL of a small picture of the object. */
  preview(object: IRemoteObject): Promise<string>;
  isDropping(id: string): boolean;
  drop(object: IRemoteObject): Promise<void>;
  /** Drop all objects of a scope, in every session that has some. */
  clearScope(...scope: Scope): Promise<void>;
}

/**
 * The pictures that came back. What goes wrong with an action becomes the notice.
 */
export interface IFiguresModel extends IPartModel<IFigure> {
  /** How many pictures are shown. */
  gallerySize: number;
  readonly shown: readonly IFigure[];
  /** URL of a small still picture; it stays valid while the figure is listed. */
  thumbnail(id: string): Promise<string>;
  /** URL of the whole picture; it stays valid while the figure is listed. */
  image(id: string): Promise<string>;
  /** Whether the figure has more to show than its thumbnail. */
  isMoving(id: string): boolean;
  /** Take a figure off the list. */
  remove(figure: IFigure): Promise<void>;
  /** Take all figures off the list. */
  clear(): Promise<void>;
}

/**
 * The sweeps over parameter spaces. What goes wrong with an action becomes the notice.
 */
export interface ISweepsModel extends IPartModel<ISweep> {
  /** Whether something that was asked for has not ended yet. */
  isBusy(id: string): boolean;
  /** Stop computing points; what has come stays. */
  cancel(id: string): Promise<void>;
  /** Compute the failed points again. */
  retry(id: string): Promise<void>;
  /** Delete a sweep with its results. */
  remove(id: string): Promise<void>;
}

/**
 * The only part of the frontend that speaks to the server, and the owner of what it has told.
 */
export interface IEmoutManager extends IDisposable {
  readonly sessions: ISessionsModel;
  readonly workers: IWorkersModel;
  readonly objects: IObjectsModel;
  readonly figures: IFiguresModel;
  readonly sweeps: ISweepsModel;

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
  clearScope(session: string, ...scope: Scope): Promise<void>;
  /** A small picture of an array. */
  objectPreview(session: string, id: string): Promise<Blob>;
  figureImage(id: string, rendering?: IRendering): Promise<Blob>;
  /** A small still picture of a figure. */
  figureThumbnail(id: string): Promise<Blob>;
  /** Connect to a figure whose original lives on an engine. */
  openLive(session: string, id: string): ILiveSocket;
  removeFigure(id: string): Promise<void>;
  clearFigures(): Promise<void>;
  listSweeps(): Promise<ISweep[]>;
  /** A piece of the results of a sweep: what has come since an earlier one. */
  sweepTable(id: string, since: string): Promise<ISweepTable>;
  cancelSweep(id: string): Promise<void>;
  retrySweep(id: string): Promise<void>;
  removeSweep(id: string): Promise<void>;
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
  /** Bring the panel to the front. */
  activate(): void;
}

export const IEmoutPanel = new Token<IEmoutPanel>(
  'emout-lab:IEmoutPanel',
  'The emout sidebar panel.'
);

/**
 * What can be opened in tabs of the main area, one for each key.
 */
export interface ITabKind {
  /** Part of the tabs' DOM ids and of their addresses. */
  readonly name: string;
  /** The command that opens such a tab. */
  readonly command: string;
  /** The arguments by which the command opens a certain one. */
  args(key: string): ReadonlyJSONObject;
  create(key: string): Widget;
  /** An address at which a browser shows the same, where there is one. */
  url?(key: string): string;
}

/**
 * The tabs of the main area; where an application has none, tabs of the browser.
 */
export interface IEmoutTabs {
  /** Make a kind known; what was open before a reload is opened again. */
  add(kind: ITabKind): void;
  /** Bring the tab of a key to the front; it is made where it is not there yet. */
  open(kind: string, key: string): void;
}

export const IEmoutTabs = new Token<IEmoutTabs>(
  'emout-lab:IEmoutTabs',
  'The tabs in which logs, dashboards and figures are opened.'
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
  /** Show a figure live in a tab; false where the application has none. */
  openLive(figure: IFigure): boolean;
  /** A tab of its own that shows a figure live. */
  createLive(session: string, id: string): Widget;
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
