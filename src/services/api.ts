// Made of emout_lab/server/contract/openapi.json by scripts/contract.mjs; see `make contract`.
/* eslint-disable */
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** @description A backend, and why it is not available. */
    readonly Backend: {
      readonly name: string;
      readonly available: boolean;
      readonly reason: string | null;
    };
    /** @description What an engine is doing now; `since` is seconds since the epoch. `program` is the id by which it is cancelled, where it belongs to a program. */
    readonly CurrentCall: {
      readonly label: string;
      readonly since: number;
      readonly notebook: string | null;
      readonly program: string | null;
    };
    /** @description What a start request without values would get here. */
    readonly Defaults: {
      readonly partition: string | null;
      readonly memory: string | null;
      readonly cores: number | null;
      readonly walltime: string | null;
      readonly backend: string;
      readonly name: string;
      readonly jobs: number;
    };
    /** @description An OpenAPI document; OpenAPI's own schema tells of its form. */
    readonly Document: {
      readonly openapi: string;
      readonly info: {
        readonly [key: string]: string;
      };
      readonly servers: readonly {
        readonly [key: string]: string;
      }[];
      readonly paths: Record<string, never>;
      readonly components: Record<string, never>;
      readonly security: readonly {
        readonly [key: string]: readonly string[];
      }[];
    };
    /** @description Body of every failed request. */
    readonly Error: {
      readonly error: components['schemas']['ErrorDetail'];
    };
    /** @description What went wrong: the kind of error, words for people, the value that is to blame. */
    readonly ErrorDetail: {
      readonly type: string;
      readonly message: string;
      readonly field: string | null;
    };
    /** @description What a field of the start form has beside its JSON Schema; texts are keys of translations. `backends` are those that have a use for it, all where it is left out. `local_title` is its title for the local backend. `automatic` means that each backend has a default of its own, which it takes where nothing is said. `pattern` is what the whole text must match, without regard to case; where it does not, `fault` says so with the text in place of `%1`. */
    readonly FieldHints: {
      readonly advanced: boolean;
      readonly automatic: boolean;
      readonly backends?: readonly string[];
      readonly local_title?: string;
      readonly placeholder?: string;
      readonly pattern?: string;
      readonly fault?: string;
    };
    /** @description A picture that an engine drew, with the place where it was drawn; pixels, bytes, ms. `width` and `height` are 0 for vector formats without a pixel size; `bytes_read` is what was read from files to draw it. */
    readonly Figure: {
      readonly id: string;
      readonly engine: string;
      readonly notebook: string | null;
      readonly format: string;
      readonly mimetype: string;
      readonly width: number;
      readonly height: number;
      readonly bytes: number;
      readonly milliseconds: number;
      readonly created: number;
      readonly session: string;
      readonly address: string;
      readonly bytes_read: number;
      readonly title: string;
      readonly cell: string;
    };
    /** @description The pictures that came back, newest first. */
    readonly Figures: {
      readonly figures: readonly components['schemas']['Figure'][];
    };
    /** @description Figures that are new or different, and the ids of those that are gone. */
    readonly FiguresDelta: {
      /** @enum {unknown} */
      readonly type: 'delta';
      /** @enum {unknown} */
      readonly part: 'figures';
      readonly set: readonly components['schemas']['Figure'][];
      readonly removed: readonly string[];
    };
    /** @description One field of the start form, as JSON Schema. */
    readonly FormField: {
      /** @enum {unknown} */
      readonly type: 'array' | 'boolean' | 'integer' | 'string';
      readonly title: string;
      readonly 'x-hints': components['schemas']['FieldHints'];
      readonly default?: string | number | boolean | readonly string[];
      readonly enum?: readonly string[];
      readonly items?: {
        readonly [key: string]: string;
      };
    };
    /** @description The start form as JSON Schema; its fields in the order in which they are asked for. */
    readonly FormSchema: {
      /** @enum {unknown} */
      readonly type: 'object';
      readonly properties: {
        readonly [key: string]: components['schemas']['FormField'];
      };
      readonly required: readonly string[];
    };
    /** @description Axes as the figure has them. `box` is left, top, width and height as shares of the picture, from its upper left corner; `clim`, `norm`, `cmap` and `bar` are null where there is no map that goes as numbers. `aspect` is `equal` where a zoom has to keep the shape. `ticks` tells how labels look, by `x`, `y`, `title` and `bar`, as far as there are some. `words` means that places in them are dates or names, which a probe tells. */
    readonly LiveAxes: {
      readonly i: number;
      readonly box: readonly [number, number, number, number];
      readonly x: readonly [number, number];
      readonly y: readonly [number, number];
      readonly xscale: string;
      readonly yscale: string;
      readonly map: boolean;
      readonly words: boolean;
      readonly facecolor: string;
      readonly clim: readonly [number, number] | null;
      readonly norm: string | null;
      readonly cmap: string | null;
      readonly unit: string;
      readonly bar: components['schemas']['LiveBar'] | null;
      readonly aspect: string;
      readonly title: string;
      readonly ticks: {
        readonly [key: string]: components['schemas']['LiveLook'];
      };
    };
    /** @description A colour bar; `box` is left, top, width and height as shares of the picture. */
    readonly LiveBar: {
      readonly box: readonly [number, number, number, number];
      readonly vertical: boolean;
    };
    /** @description That a program runs on the engine, or, with null, that none does any more. */
    readonly LiveBusy: {
      /** @enum {unknown} */
      readonly type: 'busy';
      readonly label: string | null;
    };
    /** @description That something which the browser sent cannot be used; `field` names it. */
    readonly LiveError: {
      /** @enum {unknown} */
      readonly type: 'error';
      readonly message: string;
      readonly field: string | null;
    };
    /** @description What stands around axes `i` in a frame; `box` as in `LiveAxes`. */
    readonly LiveFrameAxes: {
      readonly i: number;
      readonly box: readonly [number, number, number, number];
      readonly x: components['schemas']['LiveTicks'];
      readonly y: components['schemas']['LiveTicks'];
      readonly xlim: readonly [number, number];
      readonly ylim: readonly [number, number];
      readonly clim: readonly [number, number] | null;
      readonly title: string;
      readonly bar: components['schemas']['LiveTicks'] | null;
    };
    /** @description That the figure cannot be shown live any more, and why. `healing` means that it is being drawn anew; a new `LiveHello` follows, or a `LiveGone` without it. Otherwise the socket is closed. */
    readonly LiveGone: {
      /** @enum {unknown} */
      readonly type: 'gone';
      readonly reason: string;
      readonly healing: boolean;
    };
    /** @description What a frame tells of itself, before its payloads. A frame is a binary message: the length of this header (32 bits, little-endian), the header as JSON, and the payloads of its layers. `n` is to be acknowledged, `seq` is the wish that it answers, `t` the step that it shows. `rest` means that it is matplotlib's own picture. `busy` is the program that runs on the engine, for which something of the frame has to wait, and `ms` what the engine took. */
    readonly LiveHeader: {
      readonly n: number;
      readonly seq: number;
      readonly t: number | null;
      readonly rest: boolean;
      readonly busy: string | null;
      readonly ms: number;
      readonly title: string;
      readonly layers: readonly components['schemas']['LiveLayer'][];
      readonly axes: readonly components['schemas']['LiveFrameAxes'][];
    };
    /** @description The first message to a viewer: what the figure is, and what can be done with it. `kind` tells how it moves: as `numbers` that the browser colours, or as `pixels`; `reason` says for people why it is the latter. `heals` means that it can be drawn anew after its engine is gone. */
    readonly LiveHello: {
      /** @enum {unknown} */
      readonly type: 'hello';
      readonly v: number;
      readonly view: string;
      /** @enum {unknown} */
      readonly kind: 'numbers' | 'pixels';
      readonly reason: string;
      readonly size: readonly [number, number];
      readonly facecolor: string;
      readonly axes: readonly components['schemas']['LiveAxes'][];
      readonly steps: components['schemas']['LiveSteps'] | null;
      readonly cmaps: readonly string[];
      readonly heals: boolean;
    };
    /** @description One payload of a frame; they follow the header in this order. `extent` is where its edges lie, left, right, bottom, top, in what the scale makes of data coordinates (log10 for `log`); its first row is at the top. `cells` are indices, of `depth` bits (little-endian), into the `lut` of the same axes: 256 colours (RGBA), then those of under, over and bad. `deflate` is zlib's form. Of a layer that the browser keeps by its `key` nothing else is told, and its payload is empty; the key is empty where it is of no use. `smooth` means that cells may run into each other. */
    readonly LiveLayer: {
      /** @enum {unknown} */
      readonly kind: 'cells' | 'decor' | 'lut' | 'picture';
      readonly axes: number | null;
      readonly key: string;
      /** @enum {unknown} */
      readonly enc?: 'deflate' | 'jpeg' | 'png' | 'raw';
      readonly w?: number;
      readonly h?: number;
      readonly bytes?: number;
      /** @enum {unknown} */
      readonly depth?: 8 | 16;
      readonly extent?: readonly [number, number, number, number] | null;
      readonly smooth?: boolean;
    };
    /** @description How labels look, and the ticks beside them where there are some: sizes in pixels of CSS. */
    readonly LiveLook: {
      readonly size: number;
      readonly color: string;
      readonly side?: string;
      readonly length?: number;
      readonly pad?: number;
      readonly width?: number;
    };
    /** @description Values along an axis through a point that was picked; null where there is none. `name` is the quantity that the axis shows, `unit` its unit. */
    readonly LiveProfile: {
      /** @enum {unknown} */
      readonly along: 'x' | 'y';
      readonly name: string;
      readonly unit: string;
      readonly at: readonly number[];
      readonly values: readonly (number | null)[];
    };
    /** @description The time steps of a figure: how many, which it shows, and what each is called. */
    readonly LiveSteps: {
      readonly count: number;
      readonly at: number;
      readonly labels: readonly string[];
      readonly unit: string;
    };
    /** @description Labels along an axis, at shares of its length: 0 is left or bottom. */
    readonly LiveTicks: {
      readonly at: readonly number[];
      readonly text: readonly string[];
      readonly offset: string;
    };
    /** @description The answer to a probe. `x` and `y` are the place, `value` is null where there is none; `text` is all of it as people read it. Only a `pick` on a map has `profiles`. */
    readonly LiveValues: {
      /** @enum {unknown} */
      readonly type: 'values';
      readonly seq: number;
      /** @enum {unknown} */
      readonly kind: 'hover' | 'pick';
      readonly i: number;
      readonly x: number;
      readonly y: number;
      readonly value: number | null;
      readonly unit: string;
      readonly text: string;
      readonly profiles: readonly components['schemas']['LiveProfile'][];
    };
    /** @description A piece of a log, and where the next one begins. */
    readonly LogPiece: {
      readonly text: string;
      readonly offset: number;
      readonly sources: readonly components['schemas']['LogSource'][];
    };
    /** @description A log that a session has. */
    readonly LogSource: {
      readonly id: string;
      readonly label: string;
    };
    /** @description The objects in a session's engines. */
    readonly Objects: {
      readonly objects: readonly components['schemas']['RemoteObject'][];
    };
    /** @description Objects that are new or different, and the ids of those that are gone. */
    readonly ObjectsDelta: {
      /** @enum {unknown} */
      readonly type: 'delta';
      /** @enum {unknown} */
      readonly part: 'objects';
      readonly set: readonly components['schemas']['RemoteObject'][];
      readonly removed: readonly string[];
    };
    /** @description A partition as `sinfo` lists it. */
    readonly Partition: {
      readonly name: string;
      readonly is_default: boolean;
      readonly max_walltime: string | null;
      readonly nodes: number;
      readonly cpus_per_node: number;
      readonly memory_per_node_mb: number;
    };
    /** @description How far the look for partitions has come, and what people should know beside it. */
    readonly PartitionsStatus: {
      /** @enum {unknown} */
      readonly state: 'failed' | 'known' | 'none' | 'pending';
      readonly message: string | null;
    };
    /** @description Something failed behind the scenes; `session` is None when no single one is to blame. */
    readonly Problem: {
      /** @enum {unknown} */
      readonly type: 'error';
      readonly session: string | null;
      readonly message: string;
    };
    /** @description A named preset of a site or of the user. `values` is what it fills into the form, by the names of the fields. */
    readonly Profile: {
      readonly name: string;
      readonly description: string | null;
      readonly values: {
        readonly [key: string]: string | number;
      };
      readonly directives: readonly string[];
    };
    /** @description What the start form offers, and what it is filled with. */
    readonly Profiles: {
      readonly backends: readonly components['schemas']['Backend'][];
      readonly partitions: readonly components['schemas']['Partition'][];
      readonly partitions_status: components['schemas']['PartitionsStatus'];
      readonly profiles: readonly components['schemas']['Profile'][];
      readonly defaults: components['schemas']['Defaults'];
      readonly schema: components['schemas']['FormSchema'];
    };
    /** @description How far an engine has come: `done` of `total` steps of the kind that `label` names. */
    readonly Progress: {
      readonly done: number;
      readonly total: number;
      readonly label: string;
    };
    /** @description One object that an engine keeps for a notebook, with the place where it lives. */
    readonly RemoteObject: {
      readonly id: string;
      readonly scope: string | null;
      readonly notebook: string | null;
      readonly expression: string;
      readonly type: string;
      readonly shape: readonly number[] | null;
      readonly dtype: string | null;
      readonly bytes: number | null;
      readonly created: number;
      readonly session: string;
      readonly engine: string;
      readonly address: string;
      readonly is_name: boolean;
      readonly value: string | null;
    };
    /**
     * @description Where a session is in its life. `starting → queued → running → stopping → stopped`, or `failed` from anywhere. Readers say `unresponsive` while a host that should live does not: it may come back.
     * @enum {unknown}
     */
    readonly SessionState:
      | 'failed'
      | 'queued'
      | 'running'
      | 'starting'
      | 'stopped'
      | 'stopping'
      | 'unresponsive';
    /** @description A session as people see it; `to_json` is what the REST interface sends. */
    readonly SessionStatus: {
      readonly name: string;
      readonly state: components['schemas']['SessionState'];
      readonly reason: string | null;
      readonly backend: string;
      readonly address: string | null;
      readonly host: string;
      readonly pid: number;
      readonly started_at: string;
      readonly expires_at: string | null;
      readonly estimated_start: string | null;
      readonly job_ids: readonly string[];
      readonly workers: number;
      readonly workers_expected: number;
      readonly active: boolean;
      readonly partition: string | null;
      readonly memory: string;
      readonly cores: number;
      readonly walltime: string;
      readonly jobs: number;
    };
    /** @description All sessions. */
    readonly Sessions: {
      readonly sessions: readonly components['schemas']['SessionStatus'][];
    };
    /** @description Sessions that are new or different, and the names of those that are gone. */
    readonly SessionsDelta: {
      /** @enum {unknown} */
      readonly type: 'delta';
      /** @enum {unknown} */
      readonly part: 'sessions';
      readonly set: readonly components['schemas']['SessionStatus'][];
      readonly removed: readonly string[];
    };
    /** @description What a problem told of, in these words, is over. */
    readonly Solved: {
      /** @enum {unknown} */
      readonly type: 'solved';
      readonly session: string | null;
      readonly message: string;
    };
    /** @description All that is known of the watched parts; the others are empty. */
    readonly State: {
      /** @enum {unknown} */
      readonly type: 'state';
      readonly sessions: readonly components['schemas']['SessionStatus'][];
      readonly workers: readonly components['schemas']['Worker'][];
      readonly objects: readonly components['schemas']['RemoteObject'][];
      readonly figures: readonly components['schemas']['Figure'][];
      readonly sweeps: readonly components['schemas']['SweepStatus'][];
    };
    /** @description A column of a piece of a sweep's table: one value per row, null where there is none. Columns of kind `about` are `status` (`done` or `failed`), `elapsed` [s], `engine`, `peak_memory` [B] and `error`; where an experiment ran several times at a point also `runs`, how often: its results are means then. Of parameters and results there are those that are numbers or texts; long texts are cut. */
    readonly SweepColumn: {
      /** @enum {unknown} */
      readonly kind: 'about' | 'parameter' | 'result';
      readonly name: string;
      readonly values: readonly (number | string | boolean | null)[];
    };
    /** @description A sweep and how far it is; times in seconds since the epoch. `done` counts the points that are over, `failed` those of them that failed, `running` those that are at engines now. `rate` is in points per second, of late, and `seconds_left` what that means for the rest; both are null where nothing runs, or nothing is known yet. A sweep that is `interrupted` has lost its session before its end. */
    readonly SweepStatus: {
      readonly id: string;
      readonly name: string;
      readonly tag: string;
      readonly notebook: string;
      readonly session: string;
      /** @enum {unknown} */
      readonly state:
        'cancelled' | 'done' | 'interrupted' | 'queued' | 'running';
      readonly total: number;
      readonly done: number;
      readonly failed: number;
      readonly running: number;
      readonly created: number;
      readonly started: number | null;
      readonly ended: number | null;
      readonly rate: number | null;
      readonly seconds_left: number | null;
      readonly first_error: string | null;
      readonly parameters: readonly string[];
    };
    /** @description A piece of the table of a sweep's results, in the order in which they came. `points` are the numbers of the points of its rows. A point that comes again, since it was tried again, takes the place of its row of before. `next` is what to give as `since` to get the rows behind these, and `more` whether there are some already. `restarted` means that this piece is the first one, whatever was asked for: rows of before are void. `parameters` are the names of all parameters in their order. */
    readonly SweepTable: {
      readonly parameters: readonly string[];
      readonly points: readonly number[];
      readonly columns: readonly components['schemas']['SweepColumn'][];
      readonly next: string;
      readonly more: boolean;
      readonly restarted: boolean;
    };
    /** @description All sweeps of the user, the newest first. */
    readonly Sweeps: {
      readonly sweeps: readonly components['schemas']['SweepStatus'][];
    };
    /** @description Sweeps that are new or different, and the ids of those that are gone. */
    readonly SweepsDelta: {
      /** @enum {unknown} */
      readonly type: 'delta';
      /** @enum {unknown} */
      readonly part: 'sweeps';
      readonly set: readonly components['schemas']['SweepStatus'][];
      readonly removed: readonly string[];
    };
    /** @description One engine and its process; memory in bytes, `cpu` in percent of one core. `memory_limit` is 0 where there is none. `cpu_history` is the CPU of the last two minutes at equal distances, oldest first; it comes with the first message that tells of the engine. `silent_since` is when an engine that does not answer was last heard of, in seconds since the epoch. */
    readonly Worker: {
      readonly session: string;
      readonly id: string;
      readonly address: string;
      readonly host: string;
      readonly pid: number;
      readonly ready: boolean;
      readonly memory_used: number;
      readonly memory_limit: number;
      readonly memory_objects: number;
      readonly memory_figures: number;
      readonly cpu: number;
      readonly current: components['schemas']['CurrentCall'] | null;
      readonly progress: components['schemas']['Progress'] | null;
      readonly object_count: number;
      readonly silent_since: number | null;
      readonly cpu_history?: readonly number[];
    };
    /** @description The engines of a session. */
    readonly Workers: {
      readonly workers: readonly components['schemas']['Worker'][];
    };
    /** @description Engines that are new or different, and the addresses of those that are gone. */
    readonly WorkersDelta: {
      /** @enum {unknown} */
      readonly type: 'delta';
      /** @enum {unknown} */
      readonly part: 'workers';
      readonly set: readonly components['schemas']['Worker'][];
      readonly removed: readonly string[];
    };
    /** @description That frame `n` is on the screen. */
    readonly LiveAck: {
      /** @enum {unknown} */
      readonly type: 'ack';
      readonly n: number;
    };
    /** @description That time goes on by itself, at so many steps in a second. */
    readonly LivePlay: {
      /** @default 30 */
      readonly fps?: number;
      /** @default true */
      readonly loop?: boolean;
    };
    /** @description A question for the value at a point of axes `i`, in data coordinates. `pick` asks for the profiles through it, too. */
    readonly LiveProbe: {
      /** @enum {unknown} */
      readonly type: 'probe';
      readonly seq: number;
      /** @enum {unknown} */
      readonly kind: 'hover' | 'pick';
      readonly i: number;
      readonly x: number;
      readonly y: number;
    };
    /** @description The whole state that a viewer wants to see, so that any wish may be left out for a newer one. `have` are the keys of layers that the browser keeps until another wish says otherwise; beside these it keeps the cells of the last four frames. While `play` is set, `t` is the step with which playing begins, and headers of frames tell how far it is; a wish with the same `t` as the one before does not set it back. */
    readonly LiveWish: {
      /** @enum {unknown} */
      readonly type: 'wish';
      readonly seq: number;
      readonly size: readonly [number, number];
      /** @default 1 */
      readonly dpr?: number;
      /** @default [] */
      readonly axes?: readonly components['schemas']['LiveWishAxes'][];
      /** @default null */
      readonly t?: number | null;
      /** @default [] */
      readonly have?: readonly string[];
      /** @default null */
      readonly play?: components['schemas']['LivePlay'] | null;
      /** @default true */
      readonly visible?: boolean;
    };
    /** @description How a viewer wants to see axes `i`; null leaves a thing as the figure has it. `x` and `y` are limits in data coordinates, left or bottom first. */
    readonly LiveWishAxes: {
      readonly i: number;
      /** @default null */
      readonly x?: readonly [number, number] | null;
      /** @default null */
      readonly y?: readonly [number, number] | null;
      /** @default null */
      readonly clim?: readonly [number, number] | null;
      /** @default null */
      readonly cmap?: string | null;
      /** @default null */
      readonly norm?: ('linear' | 'log' | 'symlog') | null;
    };
    /** @description Body of `PATCH /sessions/{name}`. */
    readonly ScaleRequest: {
      readonly jobs: number;
    };
    /** @description Body of `POST /sessions`; keys that are left out take the site's defaults. The fields stand in the order in which the start form asks for them. */
    readonly StartRequest: {
      /** Name */
      readonly name?: string;
      /** Backend */
      readonly backend?: string | null;
      /** Profile */
      readonly profile?: string | null;
      /** Partition */
      readonly partition?: string | null;
      /** Jobs */
      readonly jobs?: number;
      /** Cores per job */
      readonly cores?: number;
      /** Memory per job */
      readonly memory?: string;
      /** Time limit */
      readonly walltime?: string;
      /** Processes per job */
      readonly processes?: number;
      /** Stop when idle */
      readonly idle_timeout?: string | null;
      /** Renew before the time limit */
      readonly renew?: boolean;
      /**
       * Host runs as
       * @enum {unknown}
       */
      readonly host?: 'job' | 'login';
      /** Directives */
      readonly directives?: readonly string[];
      /**
       * Beside the sessions that run already
       * @default false
       */
      readonly allow_multiple?: boolean;
    };
    /** @description What a panel sends on the events socket: the parts that it shows now. `interval` is how often engines shall be asked [s]; without it the server decides. */
    readonly Watch: {
      /** @enum {unknown} */
      readonly type: 'watch';
      readonly parts: readonly (
        'figures' | 'objects' | 'sessions' | 'sweeps' | 'workers'
      )[];
      readonly interval?: number;
    };
    readonly ServerMessage:
      | components['schemas']['State']
      | components['schemas']['SessionsDelta']
      | components['schemas']['WorkersDelta']
      | components['schemas']['ObjectsDelta']
      | components['schemas']['FiguresDelta']
      | components['schemas']['SweepsDelta']
      | components['schemas']['Problem']
      | components['schemas']['Solved'];
    readonly LiveMessage:
      | components['schemas']['LiveHello']
      | components['schemas']['LiveValues']
      | components['schemas']['LiveBusy']
      | components['schemas']['LiveGone']
      | components['schemas']['LiveError'];
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;

export type Backend = components['schemas']['Backend'];
export type CurrentCall = components['schemas']['CurrentCall'];
export type Defaults = components['schemas']['Defaults'];
export type Error = components['schemas']['Error'];
export type ErrorDetail = components['schemas']['ErrorDetail'];
export type FieldHints = components['schemas']['FieldHints'];
export type Figure = components['schemas']['Figure'];
export type Figures = components['schemas']['Figures'];
export type FiguresDelta = components['schemas']['FiguresDelta'];
export type FormField = components['schemas']['FormField'];
export type FormSchema = components['schemas']['FormSchema'];
export type LiveAxes = components['schemas']['LiveAxes'];
export type LiveBar = components['schemas']['LiveBar'];
export type LiveBusy = components['schemas']['LiveBusy'];
export type LiveError = components['schemas']['LiveError'];
export type LiveFrameAxes = components['schemas']['LiveFrameAxes'];
export type LiveGone = components['schemas']['LiveGone'];
export type LiveHeader = components['schemas']['LiveHeader'];
export type LiveHello = components['schemas']['LiveHello'];
export type LiveLayer = components['schemas']['LiveLayer'];
export type LiveLook = components['schemas']['LiveLook'];
export type LiveProfile = components['schemas']['LiveProfile'];
export type LiveSteps = components['schemas']['LiveSteps'];
export type LiveTicks = components['schemas']['LiveTicks'];
export type LiveValues = components['schemas']['LiveValues'];
export type LogPiece = components['schemas']['LogPiece'];
export type LogSource = components['schemas']['LogSource'];
export type Objects = components['schemas']['Objects'];
export type ObjectsDelta = components['schemas']['ObjectsDelta'];
export type Partition = components['schemas']['Partition'];
export type PartitionsStatus = components['schemas']['PartitionsStatus'];
export type Problem = components['schemas']['Problem'];
export type Profile = components['schemas']['Profile'];
export type Profiles = components['schemas']['Profiles'];
export type Progress = components['schemas']['Progress'];
export type RemoteObject = components['schemas']['RemoteObject'];
export type SessionState = components['schemas']['SessionState'];
export type SessionStatus = components['schemas']['SessionStatus'];
export type Sessions = components['schemas']['Sessions'];
export type SessionsDelta = components['schemas']['SessionsDelta'];
export type Solved = components['schemas']['Solved'];
export type State = components['schemas']['State'];
export type SweepColumn = components['schemas']['SweepColumn'];
export type SweepStatus = components['schemas']['SweepStatus'];
export type SweepTable = components['schemas']['SweepTable'];
export type Sweeps = components['schemas']['Sweeps'];
export type SweepsDelta = components['schemas']['SweepsDelta'];
export type Worker = components['schemas']['Worker'];
export type Workers = components['schemas']['Workers'];
export type WorkersDelta = components['schemas']['WorkersDelta'];
export type LiveAck = components['schemas']['LiveAck'];
export type LivePlay = components['schemas']['LivePlay'];
export type LiveProbe = components['schemas']['LiveProbe'];
export type LiveWish = components['schemas']['LiveWish'];
export type LiveWishAxes = components['schemas']['LiveWishAxes'];
export type ScaleRequest = components['schemas']['ScaleRequest'];
export type StartRequest = components['schemas']['StartRequest'];
export type Watch = components['schemas']['Watch'];
export type ServerMessage = components['schemas']['ServerMessage'];
export type LiveMessage = components['schemas']['LiveMessage'];
