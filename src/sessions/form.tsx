import { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Field } from '../components/field';
import { useSignal } from '../components/hooks';
import { formatBytes } from '../format';
import { IFormField, IPartition } from '../tokens';
import { StartFormModel } from './formmodel';
import { ALLOW_MULTIPLE } from './formvalues';
import { fieldWords } from './labels';

/**
 * The fields of the start dialog, as the server describes them.
 */
export function StartForm(props: StartForm.IProps): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  const node = React.useRef<HTMLDivElement>(null);
  const advanced = model.fields.filter(field => field.advanced);
  const hasHiddenError = advanced.some(field => model.errors[field.name]);
  React.useEffect(() => {
    node.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [model.refusals]);
  return (
    <div className="jp-EmoutLab-Form" aria-busy={model.isBusy} ref={node}>
      {model.fields
        .filter(field => !field.advanced)
        .map(field => (
          <FormField key={field.name} {...props} field={field} />
        ))}
      {advanced.length > 0 && (
        <details
          className="jp-EmoutLab-Form-advanced"
          open={hasHiddenError || undefined}
        >
          <summary>{trans.__('Advanced')}</summary>
          {advanced.map(field => (
            <FormField key={field.name} {...props} field={field} />
          ))}
        </details>
      )}
      {model.hasOthers && (
        <CheckBox
          {...props}
          name={ALLOW_MULTIPLE}
          label={trans.__('Beside the sessions that run already')}
        />
      )}
      <div className="jp-EmoutLab-Form-status" role="status">
        {model.failure === null ? statusText(model, trans) : null}
      </div>
      {model.failure !== null && (
        <div className="jp-EmoutLab-Form-failure" role="alert">
          {model.failure}
          {model.profiles === null && (
            <button
              type="button"
              className="jp-EmoutLab-Notice-action"
              onClick={() => void model.load()}
            >
              {trans.__('Retry')}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

export namespace StartForm {
  export interface IProps {
    model: StartFormModel;
    trans: TranslationBundle;
  }
}

type FieldProps = StartForm.IProps & { field: IFormField };

function statusText(model: StartFormModel, trans: TranslationBundle): string {
  if (model.profiles === null) {
    return trans.__('Asking what is available…');
  }
  return model.isBusy ? trans.__('Starting the session…') : '';
}

function FormField(props: FieldProps): JSX.Element {
  const { model, field } = props;
  if (field.name === 'backend') {
    return <BackendField {...props} />;
  }
  if (field.name === 'profile') {
    return <ProfileField {...props} />;
  }
  if (field.name === 'partition') {
    return (model.profiles?.partitions ?? []).length > 0 ? (
      <PartitionField {...props} />
    ) : (
      <TextField {...props} hint={partitionHint(props)} />
    );
  }
  switch (field.type) {
    case 'boolean':
      return (
        <CheckBox {...props} name={field.name} label={wordsOf(props).label} />
      );
    case 'choice':
      return <ChoiceField {...props} choices={field.choices ?? []} />;
    default:
      return <TextField {...props} />;
  }
}

/** Why there is nothing to choose from, or ''. */
function partitionHint({ model, trans }: FieldProps): string {
  const status = model.profiles?.partitions_status;
  return model.arePartitionsPending
    ? trans.__('SLURM has not answered yet; its partitions come when it does.')
    : (status?.message ?? '');
}

function wordsOf({ model, trans, field }: FieldProps) {
  return fieldWords(field.name, model.text('backend') === 'local', trans);
}

function TextField(props: FieldProps & { hint?: string }): JSX.Element {
  const { model, field } = props;
  const { label, placeholder } = wordsOf(props);
  const common = {
    className: 'jp-EmoutLab-Input jp-mod-styled',
    name: field.name,
    value: model.text(field.name),
    placeholder,
    autoComplete: 'off',
    spellCheck: false,
    readOnly: model.profiles === null || model.isBusy
  };
  return (
    <Field label={label} error={model.errors[field.name]} hint={props.hint}>
      {control =>
        field.type === 'list' ? (
          <textarea
            {...control}
            {...common}
            rows={3}
            // Enter makes a new line here and does not start the session.
            onKeyDown={event => event.stopPropagation()}
            onChange={event => model.set(field.name, event.target.value)}
          />
        ) : (
          <input
            {...control}
            {...common}
            inputMode={field.type === 'integer' ? 'numeric' : undefined}
            onChange={event => model.set(field.name, event.target.value)}
          />
        )
      }
    </Field>
  );
}

/** One of some values; `choices` may be pairs of value and text. */
function ChoiceField(
  props: FieldProps & {
    choices: ReadonlyArray<string | IChoice>;
    hint?: string;
  }
): JSX.Element {
  const { model, field } = props;
  return (
    <Field
      label={wordsOf(props).label}
      error={model.errors[field.name]}
      hint={props.hint}
    >
      {control => (
        <HTMLSelect
          {...control}
          className="jp-EmoutLab-Select"
          name={field.name}
          value={model.text(field.name)}
          disabled={model.profiles === null || model.isBusy}
          onChange={event => model.set(field.name, event.target.value)}
        >
          {props.choices.map(choice => {
            const { value, text, why } = asChoice(choice);
            return (
              <option
                key={value}
                value={value}
                disabled={why !== undefined}
                title={why}
              >
                {text}
              </option>
            );
          })}
        </HTMLSelect>
      )}
    </Field>
  );
}

interface IChoice {
  value: string;
  text: string;
  /** Why it cannot be chosen. */
  why?: string;
}

function asChoice(choice: string | IChoice): IChoice {
  return typeof choice === 'string' ? { value: choice, text: choice } : choice;
}

function BackendField(props: FieldProps): JSX.Element {
  const { model, trans } = props;
  const backends = model.profiles?.backends ?? [];
  const away = backends.filter(backend => !backend.available);
  return (
    <ChoiceField
      {...props}
      hint={away.map(b => `${b.name}: ${b.reason ?? ''}`).join('; ')}
      choices={backends.map(({ name, available, reason }) => ({
        value: name,
        text: available ? name : trans.__('%1 (not available)', name),
        why: available ? undefined : (reason ?? '')
      }))}
    />
  );
}

function ProfileField(props: FieldProps): JSX.Element {
  const { model, trans, field } = props;
  const names =
    field.choices ?? (model.profiles?.profiles ?? []).map(p => p.name);
  return (
    <ChoiceField
      {...props}
      hint={model.profile?.description ?? ''}
      choices={[{ value: '', text: trans.__('automatic') }, ...names]}
    />
  );
}

function PartitionField(props: FieldProps): JSX.Element {
  const { model, trans } = props;
  const names = (model.profiles?.partitions ?? []).map(p => p.name);
  const chosen = model.text('partition');
  return (
    <ChoiceField
      {...props}
      hint={limitsOf(model.partition, trans)}
      choices={[
        ...(model.partition === null
          ? [{ value: chosen, text: chosen || trans.__('default') }]
          : []),
        ...names
      ]}
    />
  );
}

function limitsOf(
  partition: IPartition | null,
  trans: TranslationBundle
): string {
  if (partition === null) {
    return '';
  }
  const { nodes, cpus_per_node, memory_per_node_mb, max_walltime } = partition;
  return [
    nodes === null ? '' : trans._n('%1 node', '%1 nodes', nodes),
    cpus_per_node === null
      ? ''
      : trans._n('%1 core each', '%1 cores each', cpus_per_node),
    memory_per_node_mb === null ? '' : formatBytes(memory_per_node_mb * 1e6),
    max_walltime === null ? '' : trans.__('up to %1', max_walltime)
  ]
    .filter(Boolean)
    .join(' · ');
}

function CheckBox(
  props: StartForm.IProps & { name: string; label: string }
): JSX.Element {
  const { model, name } = props;
  return (
    <label className="jp-EmoutLab-Form-check">
      <input
        type="checkbox"
        name={name}
        checked={model.values[name] === true}
        disabled={model.isBusy}
        onChange={event => model.set(name, event.target.checked)}
      />
      {props.label}
    </label>
  );
}
