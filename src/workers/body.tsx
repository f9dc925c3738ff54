import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useNow, useSignal } from '../components/hooks';
import { MemoryBar } from '../components/memorybar';
import { Placeholder } from '../components/placeholder';
import { SectionBody } from '../components/sectionbody';
import { baseName, formatDuration } from '../format';
import { ICurrentCall, IWorker } from '../tokens';
import { WorkersModel } from './model';

const ELAPSED_INTERVAL_MS = 1_000;

/**
 * One row per engine: memory, CPU, and what it is doing.
 */
export function WorkersBody(props: WorkersBody.IProps): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  return (
    <SectionBody
      trans={trans}
      connection={model.connection}
      isLoaded={model.isLoaded}
      notice={model.notice}
      onRetry={() => model.refresh()}
      onDismiss={() => (model.notice = null)}
    >
      {model.items.length === 0 ? (
        <Placeholder title={trans.__('No workers.')}>
          {trans.__('They appear here when a session has started them.')}
        </Placeholder>
      ) : (
        <ul className="jp-EmoutLab-List" aria-label={trans.__('Workers')}>
          {model.items.map(worker => (
            <WorkerRow
              key={worker.address}
              trans={trans}
              worker={worker}
              showSession={model.hasManySessions}
            />
          ))}
        </ul>
      )}
    </SectionBody>
  );
}

export namespace WorkersBody {
  export interface IProps {
    model: WorkersModel;
    trans: TranslationBundle;
  }
}

function WorkerRow(props: {
  trans: TranslationBundle;
  worker: IWorker;
  showSession: boolean;
}): JSX.Element {
  const { trans, worker } = props;
  const where = props.showSession
    ? `${worker.session} · ${worker.host}`
    : worker.host;
  return (
    <li
      className="jp-EmoutLab-Row"
      data-worker={worker.id}
      title={trans.__('%1, process %2', worker.address, worker.pid)}
    >
      <div className="jp-EmoutLab-Row-main">
        <span className="jp-EmoutLab-Row-title">
          {trans.__('engine %1', worker.id)}
        </span>
        <span className="jp-EmoutLab-Row-aside jp-EmoutLab-Truncated">
          {where}
        </span>
        <span className="jp-EmoutLab-Number">
          {trans.__('CPU %1 %', worker.cpu.toFixed(0))}
        </span>
      </div>
      <MemoryBar
        trans={trans}
        used={worker.memory_used}
        limit={worker.memory_limit}
        objects={worker.memory_objects}
      />
      <CurrentCall trans={trans} worker={worker} />
    </li>
  );
}

/**
 * Always one line high, so that rows stay put when calls come and go.
 */
function CurrentCall(props: {
  trans: TranslationBundle;
  worker: IWorker;
}): JSX.Element {
  const { trans, worker } = props;
  const now = useNow(ELAPSED_INTERVAL_MS, worker.current !== null);
  if (worker.current === null) {
    return (
      <div className="jp-EmoutLab-Row-detail jp-EmoutLab-Workers-idle">
        <span>{worker.ready ? trans.__('idle') : trans.__('warming up')}</span>
      </div>
    );
  }
  const { label, since } = worker.current;
  return (
    <div className="jp-EmoutLab-Row-detail jp-EmoutLab-Workers-call">
      <span className="jp-EmoutLab-Truncated" title={callTitle(worker.current)}>
        <span className="jp-EmoutLab-Code">{label}</span>
        {callPlace(worker.current)}
      </span>
      <span className="jp-EmoutLab-Number">{formatDuration(now - since)}</span>
    </div>
  );
}

function callPlace(call: ICurrentCall): string {
  return call.notebook === null ? '' : ` · ${baseName(call.notebook)}`;
}

function callTitle(call: ICurrentCall): string {
  return [call.label, call.notebook].filter(Boolean).join(' · ');
}
