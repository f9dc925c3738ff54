import { components, LiveMessage, ServerMessage } from './api';
import * as validators from './validators';

type Schemas = components['schemas'];

interface IFault {
  readonly instancePath: string;
  readonly message?: string;
}

type Validator = ((data: unknown) => boolean) & {
  readonly errors?: readonly IFault[] | null;
};

const VALIDATORS = validators as unknown as Record<string, Validator>;
type Kinds = Readonly<Record<string, keyof Schemas | undefined>>;
const MESSAGES = validators.MESSAGES as Kinds;
const LIVE_MESSAGES = validators.LIVE_MESSAGES as Kinds;

/**
 * Throw unless the data is what the server is agreed to send.
 *
 * @param kind - name of its schema in `openapi.json`
 */
export function check<K extends keyof Schemas>(
  kind: K,
  data: unknown
): asserts data is Schemas[K] {
  const isValid = VALIDATORS[kind];
  if (!isValid(data)) {
    const { instancePath, message } = isValid.errors?.[0] ?? {
      instancePath: ''
    };
    throw new Error(
      `Invalid ${kind}: ${instancePath.slice(1)} ${message ?? ''}`
    );
  }
}

/**
 * Throw unless the data is one of the messages of the events socket.
 */
export function checkMessage(data: unknown): asserts data is ServerMessage {
  const { type, part } = (data ?? {}) as Record<string, unknown>;
  const kind = MESSAGES[type === 'delta' ? `delta ${part}` : String(type)];
  if (kind === undefined) {
    throw new Error(
      `Unknown message of the events socket: ${JSON.stringify(part ?? type ?? data)}`
    );
  }
  check(kind, data);
}

/**
 * Throw unless the data is one of the messages of the socket of a live figure.
 */
export function checkLiveMessage(data: unknown): asserts data is LiveMessage {
  const { type } = (data ?? {}) as Record<string, unknown>;
  const kind = LIVE_MESSAGES[String(type)];
  if (kind === undefined) {
    throw new Error(
      `Unknown message of a live figure: ${JSON.stringify(type ?? data)}`
    );
  }
  check(kind, data);
}
