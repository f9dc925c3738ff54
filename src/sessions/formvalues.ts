import { TranslationBundle } from '@jupyterlab/translation';

import { IStartRequest } from '../tokens';

/**
 * The form as typed.
 */
export interface IFormValues {
  name: string;
  backend: string;
  partition: string;
  memory: string;
  cores: string;
  walltime: string;
  jobs: string;
  allowMultiple: boolean;
}

export type FormErrors = { readonly [K in keyof IFormValues]?: string };

// Only what can never be right is caught here: the server has the last word.
const MEMORY = /^\d+(\.\d+)?\s*[kmgt](i?b)?$/i;
const WALLTIME = /^(\d{1,3}-)?\d{1,3}:[0-5]\d:[0-5]\d$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const COUNT = /^[1-9]\d*$/;

/**
 * Find what is obviously wrong, before anything is sent.
 */
export function checkForm(
  values: IFormValues,
  trans: TranslationBundle
): FormErrors {
  const { name, memory, cores, walltime, jobs } = values;
  const optional = (text: string, form: RegExp) =>
    text.trim() === '' || form.test(text.trim());
  return {
    name: NAME.test(name.trim())
      ? undefined
      : trans.__(
          "'%1' cannot be a name; use letters, digits, '.', '-' and '_'.",
          name
        ),
    backend: values.backend ? undefined : trans.__('No backend is available.'),
    memory: optional(memory, MEMORY)
      ? undefined
      : trans.__("'%1' is not a size; write for example 60G or 2000M.", memory),
    cores: optional(cores, COUNT)
      ? undefined
      : trans.__("'%1' is not a number of cores; write for example 8.", cores),
    walltime: optional(walltime, WALLTIME)
      ? undefined
      : trans.__("'%1' is not a time; write for example 03:00:00.", walltime),
    jobs: optional(jobs, COUNT)
      ? undefined
      : trans.__("'%1' is not a number; write for example 1.", jobs)
  };
}

/**
 * The request for checked values; empty fields are left to the server.
 */
export function toRequest(values: IFormValues): IStartRequest {
  const text = (value: string) => value.trim() || undefined;
  const count = (value: string) => (text(value) ? Number(value) : undefined);
  return {
    name: values.name.trim(),
    backend: values.backend,
    partition: values.backend === 'local' ? undefined : text(values.partition),
    memory: text(values.memory),
    cores: count(values.cores),
    walltime: text(values.walltime),
    jobs: count(values.jobs),
    allow_multiple: values.allowMultiple
  };
}
