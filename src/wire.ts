/*
 * What travels between panel and server: the mirror of `server/schemas.py`.
 */

/**
 * States of a session, in the order a healthy one passes through them; one whose host does not
 * answer is unresponsive, and may come back.
 */
export const SESSION_STATES = [
  'starting',
  'queued',
  'running',
  'unresponsive',
  'stopping',
  'stopped',
  'failed'
] as const;

export type SessionState = (typeof SESSION_STATES)[number];

/**
 * One scheduler with its workers, as `GET /sessions` describes it.
 */
export interface ISession {
  readonly name: string;
  readonly state: SessionState;
  /** Why it is queued or failed, in the words of the queue system. */
  readonly reason: string | null;
  readonly backend: string;
  readonly address: string | null;
  readonly host: string;
  readonly pid: number | null;
  /** ISO 8601 times. */
  readonly started_at: string;
  readonly expires_at: string | null;
  readonly job_ids: readonly string[];
  readonly workers: number;
  readonly workers_expected: number;
  /** Whether notebooks use this session when they name none. */
  readonly active: boolean;
  readonly partition: string | null;
  readonly memory: string | null;
  readonly cores: number | null;
  readonly walltime: string | null;
  readonly jobs: number;
  /** ISO 8601; when the queue expects a waiting job to start. */
  readonly estimated_start?: string | null;
}

/**
 * The call an engine is running.
 */
export interface ICurrentCall {
  readonly label: string;
  /** Seconds since the epoch. */
  readonly since: number;
  readonly notebook: string | null;
  /** What it is cancelled by, where it belongs to a program. */
  readonly program?: string | null;
}

/**
 * How far a call has come; `total` is 0 where nobody knows.
 */
export interface IProgress {
  readonly done: number;
  readonly total: number;
  readonly label: string;
}

/**
 * One engine and the process it lives in; bytes and per cent.
 */
export interface IWorker {
  readonly session: string;
  readonly id: string;
  readonly address: string;
  readonly host: string;
  readonly pid: number;
  readonly ready: boolean;
  readonly memory_used: number;
  /** Zero where the process has no limit. */
  readonly memory_limit: number;
  readonly memory_objects: number;
  /** Of pictures: rendered ones, and the figures behind them. */
  readonly memory_figures: number;
  readonly cpu: number;
  readonly current: ICurrentCall | null;
  /** CPU of the last two minutes, where the server remembers it; oldest first. */
  readonly cpu_history?: readonly number[];
  readonly progress?: IProgress | null;
  readonly object_count?: number;
  /** Seconds since the epoch when an engine that does not answer was last heard of. */
  readonly silent_since?: number | null;
}

/**
 * One object kept in an engine for a notebook.
 */
export interface IRemoteObject {
  readonly session: string;
  readonly engine: string;
  readonly address: string;
  readonly id: string;
  readonly scope: string | null;
  readonly notebook: string | null;
  readonly expression: string;
  readonly type: string;
  readonly shape: readonly number[] | null;
  readonly dtype: string | null;
  /** Null for an object that does not tell its size. */
  readonly bytes: number | null;
  readonly created: number;
}

/**
 * One picture drawn by an engine; pixels, bytes, milliseconds.
 */
export interface IFigure {
  readonly session: string;
  readonly engine: string;
  readonly address: string;
  readonly id: string;
  readonly notebook: string | null;
  readonly format: string;
  readonly mimetype: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly milliseconds: number;
  readonly created: number;
  /** What stands above it; '' where nothing does. */
  readonly title?: string;
  /** The cell that drew it, as IPython calls it: `Cell In[3]`. */
  readonly cell?: string;
  /** Bytes read from files to draw it. */
  readonly bytes_read?: number | null;
}

export interface IBackend {
  readonly name: string;
  readonly available: boolean;
  /** Why it is not available. */
  readonly reason: string | null;
}

export interface IPartition {
  readonly name: string;
  readonly is_default: boolean;
  readonly max_walltime: string | null;
  readonly nodes: number | null;
  readonly cpus_per_node: number | null;
  readonly memory_per_node_mb: number | null;
}

/**
 * A named preset of a site or of the user.
 */
export interface IProfile {
  readonly name: string;
  readonly backend: string | null;
  readonly description: string | null;
  readonly partition: string | null;
  readonly memory: string | null;
  readonly cores: number | null;
  readonly walltime: string | null;
  readonly jobs: number | null;
  readonly directives: readonly string[];
}

export const FIELD_TYPES = [
  'string',
  'integer',
  'choice',
  'list',
  'boolean'
] as const;

export type FieldValue = string | number | boolean | readonly string[] | null;

/**
 * One field of the start form, as the server describes it.
 */
export interface IFormField {
  readonly name: string;
  readonly type: (typeof FIELD_TYPES)[number];
  readonly label_key: string;
  readonly default: FieldValue;
  readonly choices?: readonly string[] | null;
  /** The backends that know it; all of them where this is left out. */
  readonly backends?: readonly string[] | null;
  readonly advanced: boolean;
}

/** How far the look for partitions has come. */
export const PARTITION_STATES = ['known', 'pending', 'failed', 'none'] as const;

/**
 * What the start form offers and what it is filled with.
 */
export interface IProfiles {
  readonly backends: readonly IBackend[];
  readonly partitions: readonly IPartition[];
  readonly defaults: {
    readonly name: string;
    readonly backend: string;
    readonly partition: string | null;
    readonly memory: string | null;
    readonly cores: number | null;
    readonly walltime: string | null;
    readonly jobs: number;
  };
  readonly profiles?: readonly IProfile[];
  /** Whether the queue system has told its partitions. */
  readonly partitions_status?: {
    readonly state: (typeof PARTITION_STATES)[number];
    readonly message: string | null;
  };
  /** The form's fields in order; the basic ones where a server names none. */
  readonly schema?: readonly IFormField[];
}

/**
 * A request for a session; what is left out is chosen by the server.
 */
export interface IStartRequest {
  name: string;
  backend: string;
  partition?: string;
  memory?: string;
  cores?: number;
  walltime?: string;
  jobs?: number;
  allow_multiple: boolean;
  profile?: string;
  processes?: number;
  idle_timeout?: string;
  directives?: string[];
  renew?: boolean;
  host?: string;
}

/**
 * A piece of a log, and where the next one begins.
 */
export interface ILogPiece {
  readonly text: string;
  readonly offset: number;
  readonly sources: ReadonlyArray<{
    readonly id: string;
    readonly label: string;
  }>;
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
}

export type Part = keyof IPartItems;

export const PARTS: readonly Part[] = [
  'sessions',
  'workers',
  'objects',
  'figures'
];

/** The full content of the watched parts. */
export type StateMessage = { readonly type: 'state' } & {
  readonly [P in Part]?: ReadonlyArray<IPartItems[P]>;
};

/** What changed in one part: whole models and the keys that are gone. */
export type DeltaMessage = {
  [P in Part]: {
    readonly type: 'delta';
    readonly part: P;
    readonly set: ReadonlyArray<IPartItems[P]>;
    readonly removed: readonly string[];
  };
}[Part];

export interface IErrorMessage {
  readonly type: 'error';
  readonly session: string | null;
  readonly message: string;
}

export type ServerMessage = StateMessage | DeltaMessage | IErrorMessage;
