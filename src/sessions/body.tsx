import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { Placeholder } from '../components/placeholder';
import { SectionBody } from '../components/sectionbody';
import { ISessionsModel } from '../tokens';
import { isAlive, SessionsModel } from './model';
import { SessionRow } from './row';

/**
 * One row per session, below a start button while none runs.
 */
export function SessionsBody(props: SessionsBody.IProps): JSX.Element {
  const { model, trans, onStart } = props;
  useSignal(model.changed);
  return (
    <>
      {model.connection.status !== 'missing' && !model.items.some(isAlive) && (
        <div className="jp-EmoutLab-Sessions-start">
          <button
            type="button"
            className="jp-EmoutLab-Button jp-mod-styled jp-mod-accept"
            onClick={onStart}
          >
            {trans.__('Start session')}
          </button>
        </div>
      )}
      <SectionBody trans={trans} model={model}>
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
