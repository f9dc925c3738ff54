import { components, ServerMessage } from './api';
import * as validators from './validators';

export type Schemas = components['schemas'];

interface IFault {
  readonly instancePath: string;
  readonly message?: string;
}

type Validator = ((data: unknown) => boolean) & {
  readonly errors?: readonly IFault[] | null;
};

/** What a generated file exports: validators by the names of their schemas, and the messages. */
export interface IValidators {
  readonly MESSAGES: Readonly<Record<string, string>>;
}

/**
 * Throw unless the data is what the server is agreed to send.
 *
 * @param kind - name of its schema in `openapi.json`
 */
export function check<K extends keyof Schemas>(
  kind: K,
  data: unknown
): asserts data is Schemas[K] {
  checkBy(validators, kind, data);
}

/**
 * Throw unless the data is one of the messages of the events socket.
 */
export function checkMessage(data: unknown): asserts data is ServerMessage {
  const { type, part } = (data ?? {}) as Record<string, unknown>;
  const name = type === 'delta' ? `delta ${part}` : String(type);
  const kind = (validators as IValidators).MESSAGES[name];
  if (kind === undefined) {
    throw new Error(
      `Unknown message of the events socket: ${JSON.stringify(part ?? type ?? data)}`
    );
  }
  checkBy(validators, kind, data);
}

/** Throw unless the data has the form that a validator of a generated file asks for. */
export function checkBy(from: object, kind: string, data: unknown): void {
  const isValid = (from as Record<string, Validator>)[kind];
  if (!isValid(data)) {
    const { instancePath, message } = isValid.errors?.[0] ?? {
      instancePath: ''
    };
    throw new Error(
      `Invalid ${kind}: ${instancePath.slice(1)} ${message ?? ''}`
    );
  }
}
