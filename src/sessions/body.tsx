import { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useNow, useSignal } from '../components/hooks';
import { IconButton } from '../components/iconbutton';
import { Placeholder } from '../components/placeholder';
import { SectionBody } from '../components/sectionbody';
import { StateDot } from '../components/statedot';
import { formatTimeLeft } from '../format';
import { ISession, SessionState } from '../tokens';
import { isAlive, SessionsModel } from './model';

const TIME_LEFT_INTERVAL_MS = 15_000;

/**
 * The start button and one row per session.
 */
export function SessionsBody(props: SessionsBody.IProps): JSX.Element {
  const { model, trans, onStart, onStop } = props;
  useSignal(model.changed);
  return (
    <>
      <div className="jp-EmoutLab-Sessions-start">
        <button
          type="button"
          className="jp-EmoutLab-Button jp-mod-styled jp-mod-accept"
          aria-label={trans.__('Start session')}
          disabled={model.connection.status === 'missing'}
          onClick={onStart}
        >
          {trans.__('Start session')}
        </button>
      </div>
      <SectionBody
        trans={trans}
        connection={model.connection}
        isLoaded={model.isLoaded}
        notice={model.notice}
        onRetry={() => model.refresh()}
        onDismiss={() => (model.notice = null)}
        explains
      >
        {model.items.length === 0 ? (
          <Placeholder title={trans.__('No session is running.')}>
            {trans.__(
              'Start one to draw figures and keep data on a compute node.'
            )}
          </Placeholder>
        ) : (
          <ul className="jp-EmoutLab-List" aria-label={trans.__('Sessions')}>
            {model.items.map(session => (
              <SessionRow
                key={session.name}
                trans={trans}
                session={session}
                isStopping={model.isStopping(session.name)}
                onStop={onStop}
              />
            ))}
          </ul>
        )}
      </SectionBody>
    </>
  );
}

export namespace SessionsBody {
  export interface IProps {
    model: SessionsModel;
    trans: TranslationBundle;
    onStart: () => void;
    onStop: (session: ISession) => void;
  }
}

function SessionRow(props: {
  trans: TranslationBundle;
  session: ISession;
  isStopping: boolean;
  onStop: (session: ISession) => void;
}): JSX.Element {
  const { trans, session, isStopping } = props;
  const state = isStopping ? 'stopping' : session.state;
  return (
    <li className="jp-EmoutLab-Row" data-session={session.name}>
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
      {session.reason && (
        <div className="jp-EmoutLab-Row-reason" title={session.reason}>
          {session.reason}
        </div>
      )}
    </li>
  );
}

function SessionFacts(props: {
  trans: TranslationBundle;
  session: ISession;
}): JSX.Element {
  const { trans, session } = props;
  const now = useNow(TIME_LEFT_INTERVAL_MS);
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
  const left = secondsLeft(session, now);
  return (
    <>
      <div className="jp-EmoutLab-Row-detail">
        <span className="jp-EmoutLab-Truncated" title={jobs}>
          {[place, jobs].filter(Boolean).join(' · ')}
        </span>
        <span className="jp-EmoutLab-Number">
          {trans.__('workers %1/%2', session.workers, session.workers_expected)}
        </span>
      </div>
      <div className="jp-EmoutLab-Row-detail">
        <span
          className="jp-EmoutLab-Truncated jp-EmoutLab-Code"
          title={session.address ?? undefined}
        >
          {session.address ?? '–'}
        </span>
        <span className="jp-EmoutLab-Number">
          {left === null ? '' : trans.__('%1 left', formatTimeLeft(left))}
        </span>
      </div>
    </>
  );
}

function secondsLeft(session: ISession, now: number): number | null {
  if (session.expires_at === null || !isAlive(session)) {
    return null;
  }
  const left = Date.parse(session.expires_at) / 1000 - now;
  return Number.isNaN(left) ? null : Math.max(0, left);
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
    stopping: trans.__('stopping'),
    stopped: trans.__('stopped'),
    failed: trans.__('failed')
  };
  return labels[state];
}
