import { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, linkIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useNow } from '../components/hooks';
import { IconButton } from '../components/iconbutton';
import { RowFoot } from '../components/rowfoot';
import { StateDot } from '../components/statedot';
import { formatTimeLeft } from '../format';
import { dashboardIcon, logsIcon, scaleIcon, stopIcon } from '../icons';
import { told } from '../messages';
import { ISession, ISessionsModel, SessionState } from '../tokens';
import { isAlive, SessionsModel, timeLeft } from './model';

const ESTIMATE = /, estimated start [^,;()]+/g;
const TIME_LEFT_INTERVAL_MS = 15_000;
/** A share of the time limit; below it the bar warns. */
const SCARCE = 0.1;

interface IRowProps extends SessionsModel.IActions {
  trans: TranslationBundle;
  model: ISessionsModel;
  session: ISession;
  isStopping: boolean;
}

/**
 * A session: its state, where it runs, how long it may, and what can be done.
 */
export function SessionRow(props: IRowProps): JSX.Element {
  const { trans, session, isStopping } = props;
  const select = () => (props.model.selectedKey = session.name);
  const state = isStopping ? 'stopping' : session.state;
  const reason = reasonOf(session, trans);
  return (
    <li
      className="jp-EmoutLab-Row"
      data-session={session.name}
      onFocus={select}
      onContextMenu={select}
    >
      <div className="jp-EmoutLab-Row-main">
        <span className="jp-EmoutLab-Row-title" title={session.name}>
          {session.name}
        </span>
        {session.active && (
          <span
            className="jp-EmoutLab-Tag"
            title={trans.__('Notebooks use this session')}
          >
            {trans.__('active')}
          </span>
        )}
        <StateDot state={state} label={stateLabel(state, trans)} />
        <IconButton
          icon={isAlive(session) ? stopIcon : closeIcon}
          label={
            isAlive(session)
              ? trans.__('Stop session %1', session.name)
              : trans.__('Remove session %1', session.name)
          }
          disabled={isStopping}
          onClick={() => props.onStop(session)}
        />
      </div>
      <SessionFacts trans={trans} session={session} />
      {reason && (
        <div className="jp-EmoutLab-Row-reason" title={reason}>
          {reason}
        </div>
      )}
      <SessionActions {...props} />
    </li>
  );
}

/**
 * The buttons, beside the time that is left.
 */
function SessionActions(props: IRowProps): JSX.Element {
  const { trans, session } = props;
  const { name } = session;
  const isLive = isAlive(session);
  const isRunning = session.state === 'running';
  const buttons: RowFoot.Button<ISession>[] = [
    [linkIcon, trans.__('Use %1 in this notebook', name), isLive, props.onUse],
    [scaleIcon, trans.__('Scale %1', name), isLive, props.onScale],
    [logsIcon, trans.__('Logs of %1', name), true, props.onLogs],
    [
      dashboardIcon,
      trans.__('Dashboard of %1', name),
      isRunning,
      props.onDashboard
    ]
  ];
  return (
    <RowFoot item={session} buttons={buttons}>
      <TimeLeft trans={trans} session={session} />
    </RowFoot>
  );
}

function TimeLeft(props: {
  trans: TranslationBundle;
  session: ISession;
}): JSX.Element | null {
  const { trans, session } = props;
  const now = useNow(TIME_LEFT_INTERVAL_MS);
  const left = timeLeft(session, now);
  if (left === null) {
    return null;
  }
  const text = trans.__('%1 left', formatTimeLeft(left.seconds));
  return (
    <div className="jp-EmoutLab-TimeLeft">
      <span className="jp-EmoutLab-Number">{text}</span>
      <div
        className="jp-EmoutLab-TimeLeft-bar"
        role="meter"
        aria-label={trans.__('Time left')}
        aria-valuemin={0}
        aria-valuemax={1}
        aria-valuenow={left.share}
        aria-valuetext={text}
        data-level={left.share < SCARCE ? 'warn' : 'normal'}
      >
        <span style={{ width: `${100 * left.share}%` }} />
      </div>
    </div>
  );
}

function SessionFacts(props: {
  trans: TranslationBundle;
  session: ISession;
}): JSX.Element {
  const { trans, session } = props;
  const place = [session.backend, session.partition]
    .filter(Boolean)
    .join(' · ');
  const jobs =
    session.job_ids.length > 0
      ? trans._n(
          'job %2',
          'jobs %2',
          session.job_ids.length,
          session.job_ids.join(', ')
        )
      : '';
  const address = session.address
    ? trans.__('address %1', session.address)
    : '';
  return (
    <div className="jp-EmoutLab-Row-detail">
      <span
        className="jp-EmoutLab-Truncated"
        title={[jobs, address].filter(Boolean).join('\n')}
      >
        {[place, jobs].filter(Boolean).join(' · ')}
      </span>
      <span className="jp-EmoutLab-Number">
        {trans.__('engines %1/%2', session.workers, session.workers_expected)}
      </span>
    </div>
  );
}

/**
 * Why it waits or failed, and when the queue expects it to start.
 */
function reasonOf(session: ISession, trans: TranslationBundle): string {
  const start = Date.parse(session.estimated_start ?? '');
  if (Number.isNaN(start)) {
    return told(session.reason ?? '', trans);
  }
  const time = new Date(start).toLocaleString();
  // The reason is written for terminals and tells the time as well, in one zone and language.
  return [
    told((session.reason ?? '').replace(ESTIMATE, ''), trans),
    trans.__('Expected to start at %1.', time)
  ]
    .filter(Boolean)
    .join(' · ');
}

/**
 * The word for a state.
 */
export function stateLabel(
  state: SessionState,
  trans: TranslationBundle
): string {
  const labels: Record<SessionState, string> = {
    starting: trans.__('starting'),
    queued: trans.__('queued'),
    running: trans.__('running'),
    unresponsive: trans.__('does not answer'),
    stopping: trans.__('stopping'),
    stopped: trans.__('stopped'),
    failed: trans.__('failed')
  };
  return labels[state];
}
