import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { Placeholder } from '../components/placeholder';
import { SectionBody } from '../components/sectionbody';
import { ISessionsModel } from '../tokens';
import { SessionsModel } from './model';
import { SessionRow } from './row';

/**
 * The start button and one row per session.
 */
export function SessionsBody(props: SessionsBody.IProps): JSX.Element {
  const { model, trans, onStart } = props;
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
                {...props}
                session={session}
                isStopping={model.isStopping(session.name)}
              />
            ))}
          </ul>
        )}
      </SectionBody>
    </>
  );
}

export namespace SessionsBody {
  export interface IProps extends SessionsModel.IActions {
    model: ISessionsModel;
    trans: TranslationBundle;
  }
}
