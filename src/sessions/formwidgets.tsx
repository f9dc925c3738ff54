import { HTMLSelect } from '@jupyterlab/ui-components';
import type {
  FieldTemplateProps,
  ObjectFieldTemplateProps,
  WidgetProps
} from '@rjsf/utils';
import * as React from 'react';

import { ALLOW_MULTIPLE, FormErrors } from './formvalues';

/**
 * What the form says to its parts beside the schema.
 */
export interface IFormContext {
  /** Heading of the fields that most people leave alone. */
  readonly advanced: string;
  /** What must be corrected, by the names of the fields. */
  readonly errors: FormErrors;
}

/** A field with its label, and below it what is wrong or a hint. */
function FieldTemplate(props: FieldTemplateProps): JSX.Element {
  const { id, schema, rawHelp, children } = props;
  if (schema.type === 'object' || schema.type === 'boolean') {
    return <>{children}</>;
  }
  const error = errorOf(props.formContext, nameOf(id));
  return (
    <div className="jp-EmoutLab-Field" data-invalid={Boolean(error)}>
      <label className="jp-EmoutLab-Field-label" htmlFor={id}>
        {schema.title}
      </label>
      {children}
      {error && (
        <span id={errorId(id)} className="jp-EmoutLab-Field-error" role="alert">
          {error}
        </span>
      )}
      {rawHelp && !error && (
        <span className="jp-EmoutLab-Field-hint" title={rawHelp}>
          {rawHelp}
        </span>
      )}
    </div>
  );
}

/** The basic fields, the advanced ones to be opened, and the question of the other sessions. */
function FieldGroups(props: ObjectFieldTemplateProps): JSX.Element {
  const { properties, uiSchema } = props;
  const { advanced, errors } = props.formContext as IFormContext;
  const isAdvanced = (name: string) =>
    uiSchema?.[name]?.['ui:options']?.isAdvanced === true;
  const more = properties.filter(each => isAdvanced(each.name));
  const hasHiddenError = more.some(each => errors[each.name]);
  return (
    <>
      {properties
        .filter(each => !isAdvanced(each.name) && each.name !== ALLOW_MULTIPLE)
        .map(each => each.content)}
      {more.length > 0 && (
        <details
          className="jp-EmoutLab-Form-advanced"
          open={hasHiddenError || undefined}
        >
          <summary>{advanced}</summary>
          {more.map(each => each.content)}
        </details>
      )}
      {properties
        .filter(each => each.name === ALLOW_MULTIPLE)
        .map(each => each.content)}
    </>
  );
}

export const TEMPLATES = {
  FieldTemplate,
  ObjectFieldTemplate: FieldGroups
};

function TextWidget(props: WidgetProps): JSX.Element {
  return (
    <input
      {...common(props)}
      value={String(props.value ?? '')}
      inputMode={props.schema.type === 'integer' ? 'numeric' : undefined}
      onChange={event => props.onChange(event.target.value)}
    />
  );
}

/** A list, typed as one entry on each line. */
function LinesWidget(props: WidgetProps): JSX.Element {
  return (
    <textarea
      {...common(props)}
      value={(props.value as readonly string[]).join('\n')}
      rows={3}
      onChange={event => props.onChange(event.target.value.split('\n'))}
    />
  );
}

function SelectWidget(props: WidgetProps): JSX.Element {
  const { schema, value } = props;
  const texts = (props.options.texts ?? {}) as Record<string, string>;
  const faults = (props.options.faults ?? {}) as Record<string, string>;
  return (
    <HTMLSelect
      {...control(props)}
      className="jp-EmoutLab-Select"
      value={String(value ?? '')}
      disabled={props.readonly}
      onChange={event => props.onChange(event.target.value)}
    >
      {(schema.enum as readonly string[]).map(choice => (
        <option
          key={choice}
          value={choice}
          disabled={choice in faults}
          title={faults[choice]}
        >
          {texts[choice] ?? choice}
        </option>
      ))}
    </HTMLSelect>
  );
}

function CheckboxWidget(props: WidgetProps): JSX.Element {
  return (
    <label className="jp-EmoutLab-Form-check">
      <input
        {...control(props)}
        type="checkbox"
        checked={props.value === true}
        disabled={props.readonly}
        onChange={event => props.onChange(event.target.checked)}
      />
      {props.schema.title}
    </label>
  );
}

export const WIDGETS = {
  TextWidget,
  LinesWidget,
  SelectWidget,
  CheckboxWidget
};

function control({ id, formContext }: WidgetProps) {
  const name = nameOf(id);
  const isFaulty = errorOf(formContext, name) !== undefined;
  return {
    id,
    name,
    'aria-invalid': isFaulty,
    'aria-describedby': isFaulty ? errorId(id) : undefined
  };
}

function common(props: WidgetProps) {
  return {
    ...control(props),
    className: 'jp-EmoutLab-Input jp-mod-styled',
    placeholder: props.placeholder,
    autoComplete: 'off',
    spellCheck: false,
    readOnly: props.readonly
  };
}

// Not by the form's own list of errors: it shows that one drawing later, and the first field that
// must be corrected gets the focus.
function errorOf(context: unknown, name: string): string | undefined {
  return (context as IFormContext).errors[name];
}

/** Name of the field whose id is `<prefix>_<name>`. */
function nameOf(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}

function errorId(id: string): string {
  return `${id}-error`;
}
