import { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, copyIcon, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from '../components/iconbutton';
import { RowFoot } from '../components/rowfoot';
import { StateDot } from '../components/statedot';
import { baseName, formatDuration } from '../format';
import { plotIcon, stopIcon, tableIcon } from '../icons';
import { told } from '../messages';
import { ISweep, ISweepsModel, SweepState } from '../tokens';
import { isUnderWay, sweepName, SweepsModel } from './model';

interface IRowProps extends SweepsModel.IActions {
  trans: TranslationBundle;
  model: ISweepsModel;
  sweep: ISweep;
  isBusy: boolean;
}

/**
 * A sweep: its state, how far it is, its failures, and what can be done.
 */
export function SweepRow(props: IRowProps): JSX.Element {
  const { trans, sweep, isBusy } = props;
  const name = sweepName(sweep);
  const select = () => (props.model.selectedKey = sweep.id);
  const isLive = isUnderWay(sweep);
  return (
    <li
      className="jp-EmoutLab-Row"
      data-sweep={sweep.id}
      onFocus={select}
      onContextMenu={select}
    >
      <div className="jp-EmoutLab-Row-main">
        <span
          className="jp-EmoutLab-Row-title"
          title={placeOf(sweep, trans) || name}
        >
          {name}
        </span>
        <StateDot
          state={sweep.state}
          label={sweepStateLabel(sweep.state, trans)}
        />
        <IconButton
          icon={isLive ? stopIcon : closeIcon}
          label={
            isLive
              ? trans.__('Cancel sweep %1', name)
              : trans.__('Remove sweep %1', name)
          }
          disabled={isBusy}
          onClick={() =>
            isLive ? props.onCancelSweep(sweep) : props.onRemoveSweep(sweep)
          }
        />
      </div>
      <SweepProgress trans={trans} sweep={sweep} />
      <div className="jp-EmoutLab-Row-detail">
        <span className="jp-EmoutLab-Number">{countsOf(sweep, trans)}</span>
        <span className="jp-EmoutLab-Truncated">
          {[sweep.session, sweep.notebook && baseName(sweep.notebook)]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </div>
      {sweep.failed > 0 && <Failures {...props} />}
      <SweepActions {...props} />
    </li>
  );
}

function SweepProgress(props: {
  trans: TranslationBundle;
  sweep: ISweep;
}): JSX.Element {
  const { trans, sweep } = props;
  const { total, done, failed } = sweep;
  const share = (count: number) => (total > 0 ? (100 * count) / total : 0);
  return (
    <div
      className="jp-EmoutLab-Sweeps-bar"
      role="progressbar"
      aria-label={trans.__('Progress of %1', sweepName(sweep))}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={Math.min(total, done)}
      aria-valuetext={countsOf(sweep, trans)}
    >
      <span
        className="jp-EmoutLab-Sweeps-done"
        style={{ width: `${share(done - failed)}%` }}
      />
      <span
        className="jp-EmoutLab-Sweeps-failed"
        style={{ width: `${share(failed)}%` }}
      />
    </div>
  );
}

/**
 * How many points failed and why the first one did: one line that opens.
 */
function Failures(props: IRowProps): JSX.Element {
  const { trans, sweep } = props;
  const error = told(sweep.first_error ?? '', trans);
  const title = trans._n('%1 failed', '%1 failed', sweep.failed);
  const [firstLine] = error.split('\n');
  return (
    <details className="jp-EmoutLab-Sweeps-failures">
      <summary title={error || undefined}>
        <span className="jp-EmoutLab-Truncated">
          {firstLine ? `${title}: ${firstLine}` : title}
        </span>
      </summary>
      <div className="jp-EmoutLab-Sweeps-error">
        <pre className="jp-EmoutLab-Command" tabIndex={0}>
          {error || trans.__('No error was recorded.')}
        </pre>
        {error && (
          <IconButton
            icon={copyIcon}
            label={trans.__('Copy the error of %1', sweepName(sweep))}
            onClick={() => props.onCopySweepError(sweep)}
          />
        )}
      </div>
    </details>
  );
}

function SweepActions(props: IRowProps): JSX.Element {
  const { trans, sweep, isBusy } = props;
  const name = sweepName(sweep);
  const buttons: RowFoot.Button<ISweep>[] = [
    [tableIcon, trans.__('Table of %1', name), true, props.onSweepTable],
    [plotIcon, trans.__('Plot of %1', name), true, props.onSweepPlot],
    [
      refreshIcon,
      trans.__('Run the failed points of %1 again', name),
      sweep.failed > 0 && !isBusy,
      props.onRetrySweep
    ]
  ];
  return (
    <RowFoot item={sweep} buttons={buttons}>
      <span className="jp-EmoutLab-Row-aside jp-EmoutLab-Number">
        {speedOf(sweep, trans)}
      </span>
    </RowFoot>
  );
}

/** How many points are over, and how many are being computed. */
function countsOf(sweep: ISweep, trans: TranslationBundle): string {
  const over = trans.__('%1 of %2', sweep.done, sweep.total);
  return sweep.running > 0
    ? `${over} · ${trans.__('%1 running', sweep.running)}`
    : over;
}

/** Speed and time left while it runs, then how long it took. */
function speedOf(sweep: ISweep, trans: TranslationBundle): string {
  const { rate, seconds_left, started, ended } = sweep;
  if (!isUnderWay(sweep)) {
    return started && ended
      ? trans.__('took %1', formatDuration(ended - started))
      : '';
  }
  const left = seconds_left ?? null;
  return [
    rate ? formatRate(rate, trans) : '',
    left === null ? '' : trans.__('%1 left', formatDuration(left))
  ]
    .filter(Boolean)
    .join(' · ');
}

/**
 * Points per second, or per minute or hour where that is less than one.
 */
export function formatRate(rate: number, trans: TranslationBundle): string {
  const digits = (value: number) =>
    value >= 9.95 ? value.toFixed(0) : value.toFixed(1);
  if (rate >= 0.95) {
    return trans.__('%1 per s', digits(rate));
  }
  return rate * 60 >= 0.95
    ? trans.__('%1 per min', digits(rate * 60))
    : trans.__('%1 per h', digits(rate * 3600));
}

/** Where a sweep belongs, line by line. */
function placeOf(sweep: ISweep, trans: TranslationBundle): string {
  const facts: [string, string | null][] = [
    [trans.__('Session'), sweep.session],
    [trans.__('Notebook'), sweep.notebook],
    [trans.__('Tag'), sweep.tag]
  ];
  return facts
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}

/**
 * The word for the state of a sweep.
 */
export function sweepStateLabel(
  state: SweepState,
  trans: TranslationBundle
): string {
  const labels: Record<SweepState, string> = {
    queued: trans.__('queued'),
    running: trans.__('running'),
    done: trans.__('done'),
    cancelled: trans.__('cancelled'),
    interrupted: trans.__('interrupted')
  };
  return labels[state];
}
