import { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Field } from '../components/field';
import { useSignal } from '../components/hooks';
import { formatBytes } from '../format';
import { IPartition } from '../tokens';
import { StartFormModel } from './formmodel';

type TextKey = 'name' | 'memory' | 'cores' | 'walltime' | 'jobs' | 'partition';

/**
 * The fields of the start dialog.
 */
export function StartForm(props: StartForm.IProps): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  const isLocal = model.values.backend === 'local';
  const automatic = trans.__('automatic');
  const node = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    node.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [model.refusals]);
  return (
    <div className="jp-EmoutLab-Form" aria-busy={model.isBusy} ref={node}>
      <TextField {...props} name="name" label={trans.__('Name')} />
      <BackendField {...props} />
      {!isLocal && <PartitionField {...props} />}
      <TextField
        {...props}
        name="memory"
        label={isLocal ? trans.__('Memory') : trans.__('Memory per job')}
        placeholder={automatic}
      />
      <TextField
        {...props}
        name="cores"
        label={isLocal ? trans.__('Cores') : trans.__('Cores per job')}
        placeholder={automatic}
        inputMode="numeric"
      />
      <TextField
        {...props}
        name="walltime"
        label={trans.__('Time limit')}
        placeholder={trans.__('HH:MM:SS')}
      />
      <TextField
        {...props}
        name="jobs"
        label={isLocal ? trans.__('Workers') : trans.__('Jobs')}
        inputMode="numeric"
      />
      {model.hasOthers && <MultipleField {...props} />}
      <div className="jp-EmoutLab-Form-status" role="status">
        {model.failure === null ? statusText(model, trans) : null}
      </div>
      {model.failure !== null && (
        <div className="jp-EmoutLab-Form-failure" role="alert">
          {model.failure}
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

function statusText(model: StartFormModel, trans: TranslationBundle): string {
  if (model.profiles === null) {
    return trans.__('Asking what is available…');
  }
  return model.isBusy ? trans.__('Starting the session…') : '';
}

function TextField(
  props: StartForm.IProps & {
    name: TextKey;
    label: string;
    placeholder?: string;
    inputMode?: 'numeric';
  }
): JSX.Element {
  const { model, name } = props;
  return (
    <Field label={props.label} error={model.errors[name]}>
      {control => (
        <input
          {...control}
          className="jp-EmoutLab-Input jp-mod-styled"
          name={name}
          value={model.values[name]}
          placeholder={props.placeholder}
          inputMode={props.inputMode}
          autoComplete="off"
          spellCheck={false}
          readOnly={model.profiles === null || model.isBusy}
          onChange={event => model.set(name, event.target.value)}
        />
      )}
    </Field>
  );
}

function BackendField(props: StartForm.IProps): JSX.Element {
  const { model, trans } = props;
  const backends = model.profiles?.backends ?? [];
  const away = backends.filter(backend => !backend.available);
  return (
    <Field
      label={trans.__('Backend')}
      error={model.errors.backend}
      hint={away.map(b => `${b.name}: ${b.reason ?? ''}`).join('; ')}
    >
      {control => (
        <HTMLSelect
          {...control}
          className="jp-EmoutLab-Select"
          name="backend"
          value={model.values.backend}
          disabled={model.profiles === null || model.isBusy}
          onChange={event => model.set('backend', event.target.value)}
        >
          {backends.map(backend => (
            <option
              key={backend.name}
              value={backend.name}
              disabled={!backend.available}
              title={backend.reason ?? undefined}
            >
              {backend.available
                ? backend.name
                : trans.__('%1 (not available)', backend.name)}
            </option>
          ))}
        </HTMLSelect>
      )}
    </Field>
  );
}

function PartitionField(props: StartForm.IProps): JSX.Element {
  const { model, trans } = props;
  const partitions = model.profiles?.partitions ?? [];
  const label = trans.__('Partition');
  if (partitions.length === 0) {
    return <TextField {...props} name="partition" label={label} />;
  }
  return (
    <Field
      label={label}
      error={model.errors.partition}
      hint={limitsOf(model.partition, trans)}
    >
      {control => (
        <HTMLSelect
          {...control}
          className="jp-EmoutLab-Select"
          name="partition"
          value={model.values.partition}
          disabled={model.isBusy}
          onChange={event => model.set('partition', event.target.value)}
        >
          {model.partition === null && (
            <option value={model.values.partition}>
              {model.values.partition || trans.__('default')}
            </option>
          )}
          {partitions.map(partition => (
            <option key={partition.name} value={partition.name}>
              {partition.name}
            </option>
          ))}
        </HTMLSelect>
      )}
    </Field>
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

function MultipleField(props: StartForm.IProps): JSX.Element {
  const { model, trans } = props;
  return (
    <label className="jp-EmoutLab-Form-check">
      <input
        type="checkbox"
        name="allowMultiple"
        checked={model.values.allowMultiple}
        disabled={model.isBusy}
        onChange={event => model.set('allowMultiple', event.target.checked)}
      />
      {trans.__('Beside the sessions that run already')}
    </label>
  );
}
