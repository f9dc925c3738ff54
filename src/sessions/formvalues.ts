import { TranslationBundle } from '@jupyterlab/translation';

import { IFormField, IStartRequest } from '../tokens';

/**
 * The form as typed, by the names of its fields.
 */
export type FormValues = Readonly<Record<string, string | boolean>>;

export type FormErrors = Readonly<Record<string, string | undefined>>;

/** Whether a session is wanted beside those that run; not a field of the server's. */
export const ALLOW_MULTIPLE = 'allow_multiple';

// Only what can never be right is caught here: the server has the last word.
const MEMORY = /^\d+(\.\d+)?\s*[kmgt](i?b)?$/i;
const WALLTIME = /^(\d{1,3}-)?\d{1,3}:[0-5]\d:[0-5]\d$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const COUNT = /^[1-9]\d*$/;

/** What a server without a schema knows. */
export const BASIC_FIELDS: readonly IFormField[] = (
  [
    ['name', 'string'],
    ['backend', 'choice'],
    ['partition', 'choice'],
    ['memory', 'string'],
    ['cores', 'integer'],
    ['walltime', 'string'],
    ['jobs', 'integer']
  ] as const
).map(([name, type]) => ({
  name,
  type,
  label_key: name,
  default: null,
  advanced: false
}));

/**
 * Whether a field means anything to a backend.
 */
export function isForBackend(field: IFormField, backend: string): boolean {
  if (field.name === 'partition' && backend === 'local') {
    return false;
  }
  return field.backends ? field.backends.includes(backend) : true;
}

/**
 * Find what is obviously wrong, before anything is sent.
 */
export function checkForm(
  values: FormValues,
  fields: readonly IFormField[],
  trans: TranslationBundle
): FormErrors {
  const errors: Record<string, string | undefined> = {};
  for (const field of fields) {
    const value = values[field.name];
    if (typeof value === 'string') {
      errors[field.name] = faultOf(field, value, trans);
    }
  }
  return errors;
}

function faultOf(
  { name, type }: IFormField,
  value: string,
  trans: TranslationBundle
): string | undefined {
  const text = value.trim();
  if (name === 'name' && !NAME.test(text)) {
    return trans.__(
      "'%1' cannot be a name; use letters, digits, '.', '-' and '_'.",
      value
    );
  }
  if (name === 'backend' && text === '') {
    return trans.__('No backend is available.');
  }
  if (text === '') {
    return undefined;
  }
  if (name === 'memory' && !MEMORY.test(text)) {
    return trans.__(
      "'%1' is not a size; write for example 60G or 2000M.",
      value
    );
  }
  if (name === 'walltime' && !WALLTIME.test(text)) {
    return trans.__("'%1' is not a time; write for example 03:00:00.", value);
  }
  if (type === 'integer' && !COUNT.test(text)) {
    return trans.__("'%1' is not a number; write for example 1.", value);
  }
  return undefined;
}

/**
 * The request for checked values; empty fields are left to the server.
 */
export function toRequest(
  values: FormValues,
  fields: readonly IFormField[] = BASIC_FIELDS
): IStartRequest {
  const backend = String(values.backend);
  const request: Record<string, unknown> = {};
  for (const field of fields.filter(each => isForBackend(each, backend))) {
    const value = sent(field, values[field.name]);
    if (value !== undefined) {
      request[field.name] = value;
    }
  }
  return {
    ...request,
    name: String(values.name).trim(),
    backend,
    allow_multiple: values[ALLOW_MULTIPLE] === true
  };
}

function sent(
  { type }: IFormField,
  value: string | boolean | undefined
): unknown {
  if (typeof value !== 'string') {
    // An unticked box says nothing that the server does not assume.
    return value === true ? true : undefined;
  }
  const text = value.trim();
  if (text === '') {
    return undefined;
  }
  if (type === 'integer') {
    return Number(text);
  }
  return type === 'list'
    ? text
        .split('\n')
        .map(line => line.trim())
        .filter(Boolean)
    : text;
}
