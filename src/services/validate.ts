import {
  DeltaMessage,
  FIELD_TYPES,
  IFigure,
  ILogPiece,
  IProfiles,
  IRemoteObject,
  ISession,
  IWorker,
  Part,
  PARTITION_STATES,
  PARTS,
  ServerMessage,
  SESSION_STATES,
  StateMessage
} from '../tokens';

type Json = Record<string, unknown>;
type Check = (value: unknown) => boolean;
type Shape = Record<string, Check>;

const text: Check = value => typeof value === 'string';
const number: Check = value =>
  typeof value === 'number' && Number.isFinite(value);
const flag: Check = value => typeof value === 'boolean';
const orNull =
  (check: Check): Check =>
  value =>
    value === null || check(value);
const optional =
  (check: Check): Check =>
  value =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  value =>
    Array.isArray(value) && value.every(check);
const oneOf =
  (values: readonly string[]): Check =>
  value =>
    text(value) && values.includes(value as string);
const record =
  (shape: Shape): Check =>
  value =>
    isJson(value) && faultyKey(value, shape) === null;

const SESSION: Shape = {
  name: text,
  state: oneOf(SESSION_STATES),
  reason: orNull(text),
  backend: text,
  address: orNull(text),
  host: text,
  pid: orNull(number),
  started_at: text,
  expires_at: orNull(text),
  job_ids: listOf(text),
  workers: number,
  workers_expected: number,
  active: flag,
  partition: orNull(text),
  memory: orNull(text),
  cores: orNull(number),
  walltime: orNull(text),
  jobs: number,
  estimated_start: optional(orNull(text))
};

const WORKER: Shape = {
  session: text,
  id: text,
  address: text,
  host: text,
  pid: number,
  ready: flag,
  memory_used: number,
  memory_limit: number,
  memory_objects: number,
  memory_figures: number,
  cpu: number,
  current: orNull(
    record({
      label: text,
      since: number,
      notebook: orNull(text),
      program: optional(orNull(text))
    })
  ),
  cpu_history: optional(listOf(number)),
  progress: optional(
    orNull(record({ done: number, total: number, label: text }))
  ),
  object_count: optional(number),
  silent_since: optional(orNull(number))
};

const OBJECT: Shape = {
  session: text,
  engine: text,
  address: text,
  id: text,
  scope: orNull(text),
  notebook: orNull(text),
  expression: text,
  type: text,
  shape: orNull(listOf(number)),
  dtype: orNull(text),
  bytes: orNull(number),
  created: number
};

const FIGURE: Shape = {
  session: text,
  engine: text,
  address: text,
  id: text,
  notebook: orNull(text),
  format: text,
  mimetype: text,
  width: number,
  height: number,
  bytes: number,
  milliseconds: number,
  created: number,
  title: optional(text),
  cell: optional(text),
  bytes_read: optional(orNull(number))
};

const PROFILES: Shape = {
  backends: listOf(
    record({ name: text, available: flag, reason: orNull(text) })
  ),
  partitions: listOf(
    record({
      name: text,
      is_default: flag,
      max_walltime: orNull(text),
      nodes: orNull(number),
      cpus_per_node: orNull(number),
      memory_per_node_mb: orNull(number)
    })
  ),
  defaults: record({
    name: text,
    backend: text,
    partition: orNull(text),
    memory: orNull(text),
    cores: orNull(number),
    walltime: orNull(text),
    jobs: number
  }),
  profiles: optional(
    listOf(record({ name: text, directives: optional(listOf(text)) }))
  ),
  partitions_status: optional(
    record({ state: oneOf(PARTITION_STATES), message: orNull(text) })
  ),
  schema: optional(
    listOf(
      record({
        name: text,
        type: oneOf(FIELD_TYPES),
        label_key: text,
        choices: optional(orNull(listOf(text))),
        backends: optional(orNull(listOf(text))),
        advanced: flag
      })
    )
  )
};

const LOG_PIECE: Shape = {
  text,
  offset: number,
  sources: listOf(record({ id: text, label: text }))
};

const ITEMS: Record<Part, Shape> = {
  sessions: SESSION,
  workers: WORKER,
  objects: OBJECT,
  figures: FIGURE
};

/** Throw unless the data is a session. */
export function validateSession(data: unknown): asserts data is ISession {
  assertShape('session', data, SESSION);
}

/** Throw unless the data is a worker. */
export function validateWorker(data: unknown): asserts data is IWorker {
  assertShape('worker', data, WORKER);
}

/** Throw unless the data is an object of an engine. */
export function validateObject(data: unknown): asserts data is IRemoteObject {
  assertShape('object', data, OBJECT);
}

/** Throw unless the data is a figure. */
export function validateFigure(data: unknown): asserts data is IFigure {
  assertShape('figure', data, FIGURE);
}

/** Throw unless the data is what the start form needs. */
export function validateProfiles(data: unknown): asserts data is IProfiles {
  assertShape('profiles', data, PROFILES);
}

/** Throw unless the data is a piece of a log. */
export function validateLogPiece(data: unknown): asserts data is ILogPiece {
  assertShape('log', data, LOG_PIECE);
}

/** Throw unless the data is `{"sessions": [...]}`. */
export function validateSessions(
  data: unknown
): asserts data is { sessions: ISession[] } {
  assertShape('sessions', data, { sessions: listOf(isJson) });
  assertItems('sessions', (data as { sessions: unknown[] }).sessions);
}

/**
 * Throw unless the data is a message of the events socket.
 */
export function validateMessage(data: unknown): asserts data is ServerMessage {
  const type = isJson(data) ? data.type : undefined;
  if (type === 'state') {
    validateState(data as Json);
  } else if (type === 'delta') {
    validateDelta(data as Json);
  } else if (type === 'error') {
    assertShape('error', data, { session: orNull(text), message: text });
  } else {
    throw new Error(`Unknown message of the events socket: ${shown(type)}`);
  }
}

function validateState(data: Json): asserts data is Json & StateMessage {
  for (const part of PARTS) {
    if (data[part] !== undefined) {
      assertItems(part, data[part]);
    }
  }
}

function validateDelta(data: Json): asserts data is Json & DeltaMessage {
  assertShape('delta', data, { part: oneOf(PARTS), removed: listOf(text) });
  assertItems(data.part as Part, data.set);
}

function assertItems(part: Part, items: unknown): void {
  if (!Array.isArray(items)) {
    throw new Error(`Invalid ${part}: a list is expected, got ${shown(items)}`);
  }
  items.forEach(item => assertShape(part, item, ITEMS[part]));
}

function assertShape(what: string, data: unknown, shape: Shape): void {
  if (!isJson(data)) {
    throw new Error(`Invalid ${what}: ${shown(data)} is not an object`);
  }
  const key = faultyKey(data, shape);
  if (key !== null) {
    throw new Error(`Invalid ${what}: ${key} is ${shown(data[key])}`);
  }
}

// Keys that are not listed pass: a newer server may say more than we read.
function faultyKey(data: Json, shape: Shape): string | null {
  return Object.keys(shape).find(key => !shape[key](data[key])) ?? null;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 80);
}
