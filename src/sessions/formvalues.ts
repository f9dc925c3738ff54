import { TranslationBundle } from '@jupyterlab/translation';

import { IFormField, IFormSchema, IStartRequest } from '../tokens';

/**
 * The form as typed, by the names of its fields.
 */
export type FormValues = Readonly<Record<string, string | boolean>>;

export type FormErrors = Readonly<Record<string, string | undefined>>;

/** Whether a session is wanted beside those that run. */
export const ALLOW_MULTIPLE = 'allow_multiple';

/**
 * The fields of a form with their names, in order.
 */
export function fieldsOf(schema: IFormSchema): [string, IFormField][] {
  return Object.entries(schema.properties);
}

/**
 * The form with the fields that mean something to a backend; all of them where none is chosen.
 */
export function forBackend(schema: IFormSchema, backend: string): IFormSchema {
  const known = fieldsOf(schema).filter(
    ([
      ,
      {
        'x-hints': { backends }
      }
    ]) => backend === '' || (backends?.includes(backend) ?? true)
  );
  return { ...schema, properties: Object.fromEntries(known) };
}

/**
 * Find what is obviously wrong, before anything is sent: the server has the last word.
 */
export function checkForm(
  values: FormValues,
  schema: IFormSchema,
  trans: TranslationBundle
): FormErrors {
  return Object.fromEntries(
    fieldsOf(schema).map(([name, field]) => {
      const value = values[name];
      const isWrong =
        typeof value === 'string' &&
        isFaulty(value, field, schema.required.includes(name));
      const { fault } = field['x-hints'];
      return [
        name,
        isWrong ? translated(fault ?? '%1', trans, value) : undefined
      ];
    })
  );
}

function isFaulty(
  value: string,
  { 'x-hints': { pattern } }: IFormField,
  isRequired: boolean
): boolean {
  if (value.trim() === '') {
    return isRequired;
  }
  return (
    pattern !== undefined && !new RegExp(`^(?:${pattern})$`, 'i').test(value)
  );
}

/**
 * The request for checked values; empty fields are left to the server.
 */
export function toRequest(
  values: FormValues,
  schema: IFormSchema
): IStartRequest {
  const backend = String(values.backend);
  const said = fieldsOf(forBackend(schema, backend))
    .map(([name, field]) => [name, sent(field, values[name])])
    .filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(said) as IStartRequest),
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
  return type === 'array' ? linesOf(text) : text;
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean);
}

/**
 * A text of the server's schema in the user's language.
 */
export function translated(
  text: string,
  trans: TranslationBundle,
  ...values: string[]
): string {
  // The catalogue has the texts of the schema.
  // eslint-disable-next-line jupyter/no-dynamic-translation
  return trans.__(text, ...values);
}

/**
 * A value in the form in which it is typed.
 */
export function asTyped(value: unknown): string | boolean {
  if (typeof value === 'boolean') {
    return value;
  }
  if (value === null || value === undefined) {
    return '';
  }
  return Array.isArray(value) ? value.join('\n') : String(value);
}
