import { TranslationBundle } from '@jupyterlab/translation';
import { ReadonlyJSONObject } from '@lumino/coreutils';
import type { RJSFSchema, UiSchema } from '@rjsf/utils';

import { formatBytes } from '../format';
import { told } from '../messages';
import { IFormField, IFormSchema, IPartition, IProfiles } from '../tokens';
import {
  ALLOW_MULTIPLE,
  fieldsOf,
  forBackend,
  FormValues,
  translated
} from './formvalues';

/**
 * What JupyterLab's form component draws.
 */
export interface IFormView {
  readonly schema: RJSFSchema;
  readonly uiSchema: UiSchema<ReadonlyJSONObject>;
  readonly formData: ReadonlyJSONObject;
}

/**
 * The form as it is drawn: the server's schema with words of the user's language, the fields of
 * the chosen backend, and what there is to choose from.
 */
export function formView(options: {
  schema: IFormSchema;
  profiles: IProfiles | null;
  values: FormValues;
  hasOthers: boolean;
  trans: TranslationBundle;
}): IFormView {
  const { values, trans } = options;
  const backend = String(values.backend ?? '');
  const fields = fieldsOf(forBackend(options.schema, backend)).filter(
    ([name]) => name !== ALLOW_MULTIPLE || options.hasOthers
  );
  const properties: Record<string, RJSFSchema> = {};
  const uiSchema: UiSchema<ReadonlyJSONObject> = {};
  const formData: Record<string, string | boolean | string[]> = {};
  for (const [name, field] of fields) {
    const value = values[name] ?? '';
    const choices = choicesOf(name, field, String(value), options);
    const enumeration = choices.length > 0 ? { enum: choices } : {};
    const items =
      field.type === 'array' ? { items: { type: 'string' as const } } : {};
    properties[name] = {
      type: field.type,
      title: titleOf(field, backend, trans),
      ...enumeration,
      ...items
    };
    uiSchema[name] = {
      ...(field.type === 'array' && { 'ui:widget': 'LinesWidget' }),
      'ui:placeholder': placeholderOf(field, trans),
      'ui:help': hintOf(name, options),
      'ui:options': {
        isAdvanced: field['x-hints'].advanced,
        ...optionsOf(name, String(value), options)
      }
    };
    formData[name] = dataOf(field, value);
  }
  return { schema: { type: 'object', properties }, uiSchema, formData };
}

type Options = Parameters<typeof formView>[0];

function dataOf(
  field: IFormField,
  value: string | boolean
): string | boolean | string[] {
  if (field.type === 'boolean') {
    return value === true;
  }
  return field.type === 'array' ? String(value).split('\n') : value;
}

function titleOf(
  { title, 'x-hints': { local_title } }: IFormField,
  backend: string,
  trans: TranslationBundle
): string {
  const local = backend === 'local' ? local_title : undefined;
  return translated(local ?? title, trans);
}

function placeholderOf(
  { 'x-hints': { automatic, placeholder } }: IFormField,
  trans: TranslationBundle
): string {
  if (automatic) {
    return trans.__('automatic');
  }
  return placeholder === undefined ? '' : translated(placeholder, trans);
}

/** The values to choose from; none where something is typed. */
function choicesOf(
  name: string,
  field: IFormField,
  value: string,
  { profiles }: Options
): string[] {
  const choices = [...(field.enum ?? [])];
  switch (name) {
    case 'backend':
      return (profiles?.backends ?? []).map(each => each.name);
    case 'profile':
      return ['', ...choices];
    case 'partition':
      return choices.length === 0 || choices.includes(value)
        ? choices
        : [value, ...choices];
    default:
      return choices;
  }
}

/** Texts of choices that do not stand for themselves, and why some cannot be chosen. */
function optionsOf(
  name: string,
  value: string,
  { profiles, trans }: Options
): Record<string, unknown> {
  if (name === 'backend') {
    const away = (profiles?.backends ?? []).filter(each => !each.available);
    return {
      texts: Object.fromEntries(
        away.map(each => [each.name, trans.__('%1 (not available)', each.name)])
      ),
      faults: Object.fromEntries(
        away.map(each => [each.name, told(each.reason ?? '', trans)])
      )
    };
  }
  if (name === 'profile') {
    return { texts: { '': trans.__('automatic') } };
  }
  return name === 'partition' && value === ''
    ? { texts: { '': trans.__('default') } }
    : {};
}

/** What stands below a field, or ''. */
function hintOf(name: string, { profiles, values, trans }: Options): string {
  const value = values[name];
  if (profiles === null) {
    return '';
  }
  if (name === 'backend') {
    return profiles.backends
      .filter(each => !each.available)
      .map(each => `${each.name}: ${told(each.reason ?? '', trans)}`)
      .join('; ');
  }
  if (name === 'profile') {
    const profile = profiles.profiles.find(each => each.name === value);
    return profile?.description ?? '';
  }
  if (name !== 'partition') {
    return '';
  }
  if (profiles.partitions.length === 0) {
    const { state, message } = profiles.partitions_status;
    return state === 'pending'
      ? trans.__(
          'SLURM has not answered yet; its partitions come when it does.'
        )
      : told(message ?? '', trans);
  }
  const partition = profiles.partitions.find(each => each.name === value);
  return partition === undefined ? '' : limitsOf(partition, trans);
}

function limitsOf(partition: IPartition, trans: TranslationBundle): string {
  const { nodes, cpus_per_node, memory_per_node_mb, max_walltime } = partition;
  return [
    trans._n('%1 node', '%1 nodes', nodes),
    trans._n('%1 core each', '%1 cores each', cpus_per_node),
    formatBytes(memory_per_node_mb * 1e6),
    max_walltime === null ? '' : trans.__('up to %1', max_walltime)
  ]
    .filter(Boolean)
    .join(' · ');
}
