import { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useNow, useSignal } from '../components/hooks';
import { IconButton } from '../components/iconbutton';
import { MemoryBar } from '../components/memorybar';
import { Placeholder } from '../components/placeholder';
import { SectionBody } from '../components/sectionbody';
import { Sparkline } from '../components/sparkline';
import { baseName, formatDuration } from '../format';
import { stopIcon } from '../icons';
import { ICurrentCall, IProgress, IWorker, IWorkersModel } from '../tokens';
import { WorkersModel } from './model';

const ELAPSED_INTERVAL_MS = 1_000;
const SPARKLINE_INTERVAL_MS = 2_000;
const FULL_CPU = 100;

/**
 * One row per engine: memory, CPU, and what it is doing.
 */
export function WorkersBody(props: WorkersBody.IProps): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  return (
    <SectionBody trans={trans} model={model}>
      {model.items.length === 0 ? (
        <Placeholder title={trans.__('No engines.')}>
          {trans.__('They appear here when a session has started them.')}
        </Placeholder>
      ) : (
        <WorkerList {...props} />
      )}
    </SectionBody>
  );
}

export namespace WorkersBody {
  export interface IProps extends WorkersModel.IActions {
    model: IWorkersModel;
    trans: TranslationBundle;
  }
}

function WorkerList(props: WorkersBody.IProps): JSX.Element {
  const { model, trans } = props;
  const now = useNow(SPARKLINE_INTERVAL_MS, model.isWatched);
  return (
    <ul className="jp-EmoutLab-List" aria-label={trans.__('Engines')}>
      {model.items.map(worker => (
        <WorkerRow
          key={`${worker.session}/${worker.id}`}
          {...props}
          worker={worker}
          now={now}
        />
      ))}
    </ul>
  );
}

interface IRowProps extends WorkersBody.IProps {
  worker: IWorker;
  /** Seconds since the epoch. */
  now: number;
}

function WorkerRow(props: IRowProps): JSX.Element {
  const { trans, worker, model, now } = props;
  const where = model.hasManySessions
    ? `${worker.session} · ${worker.host}`
    : worker.host;
  const history = model.cpuHistory(worker, now);
  const select = () => (model.selectedKey = worker.address);
  return (
    <li
      className="jp-EmoutLab-Row"
      data-worker={worker.id}
      onFocus={select}
      onContextMenu={select}
      title={trans.__('%1, process %2', worker.address, worker.pid)}
    >
      <div className="jp-EmoutLab-Row-main">
        <span className="jp-EmoutLab-Row-title">
          {trans.__('engine %1', worker.id)}
        </span>
        <span className="jp-EmoutLab-Row-aside jp-EmoutLab-Truncated">
          {where}
        </span>
        <Sparkline
          values={history}
          atLeast={FULL_CPU}
          label={trans.__(
            'CPU of the last two minutes: %1 % at most',
            Math.max(...history).toFixed(0)
          )}
        />
        <span className="jp-EmoutLab-Number jp-EmoutLab-Workers-cpu">
          {trans.__('CPU %1 %', worker.cpu.toFixed(0))}
        </span>
      </div>
      <MemoryBar
        trans={trans}
        used={worker.memory_used}
        limit={worker.memory_limit}
        objects={worker.memory_objects}
        figures={worker.memory_figures}
      />
      <div className="jp-EmoutLab-Row-detail jp-EmoutLab-Workers-call">
        <Doing {...props} />
        <IconButton
          icon={refreshIcon}
          label={trans.__('Restart engine %1', worker.id)}
          disabled={model.isRestarting(worker)}
          onClick={() => props.onRestart(worker)}
        />
      </div>
    </li>
  );
}

/**
 * What an engine does; always one line high, so that rows stay put when calls come and go.
 */
function Doing(props: IRowProps): JSX.Element {
  const { trans, worker, model } = props;
  if (model.isRestarting(worker)) {
    return <span>{trans.__('restarting…')}</span>;
  }
  if (worker.silent_since) {
    return <Silence trans={trans} since={worker.silent_since} />;
  }
  return worker.current === null ? (
    <span>{worker.ready ? trans.__('idle') : trans.__('warming up')}</span>
  ) : (
    <CurrentCall {...props} call={worker.current} />
  );
}

function Silence(props: {
  trans: TranslationBundle;
  since: number;
}): JSX.Element {
  const { trans, since } = props;
  const now = useNow(ELAPSED_INTERVAL_MS);
  const help = trans.__(
    'Busy with something that cannot be looked into, short of memory, or stopped. Where waiting does not help, restart it.'
  );
  return (
    <span
      className="jp-EmoutLab-Workers-silent jp-EmoutLab-Truncated"
      title={help}
    >
      {trans.__('does not answer since %1', formatDuration(now - since))}
    </span>
  );
}

function CurrentCall(props: IRowProps & { call: ICurrentCall }): JSX.Element {
  const { trans, worker, model, call } = props;
  const now = useNow(ELAPSED_INTERVAL_MS);
  const progress = worker.progress ?? null;
  return (
    <>
      <span className="jp-EmoutLab-Truncated" title={callTitle(call)}>
        <span className="jp-EmoutLab-Code">{call.label}</span>
        {callPlace(call)}
      </span>
      <span className="jp-EmoutLab-Number">
        {progress && `${progressText(progress)} · `}
        {formatDuration(now - call.since)}
      </span>
      <IconButton
        icon={stopIcon}
        label={trans.__('Cancel what engine %1 is running', worker.id)}
        disabled={model.isInterrupting(worker)}
        onClick={() => void model.interrupt(worker)}
      />
      {progress && <ProgressLine trans={trans} progress={progress} />}
    </>
  );
}

function ProgressLine(props: {
  trans: TranslationBundle;
  progress: IProgress;
}): JSX.Element {
  const { done, total, label } = props.progress;
  const share = total > 0 ? Math.min(1, done / total) : 0;
  return (
    <span
      className="jp-EmoutLab-Progress"
      role="progressbar"
      aria-label={label || props.trans.__('Progress')}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={Math.min(done, total)}
    >
      <span style={{ width: `${100 * share}%` }} />
    </span>
  );
}

function progressText({ done, total }: IProgress): string {
  return total > 0 ? `${done}/${total}` : String(done);
}

function callPlace(call: ICurrentCall): string {
  return call.notebook === null ? '' : ` · ${baseName(call.notebook)}`;
}

function callTitle(call: ICurrentCall): string {
  return [call.label, call.notebook].filter(Boolean).join(' · ');
}
