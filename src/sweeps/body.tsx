import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { Placeholder } from '../components/placeholder';
import { SectionBody } from '../components/sectionbody';
import { ISweepsModel } from '../tokens';
import { SweepsModel } from './model';
import { SweepRow } from './row';

/**
 * One row per sweep: how far it is, what failed, and what can be done.
 */
export function SweepsBody(props: SweepsBody.IProps): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  return (
    <SectionBody trans={trans} model={model}>
      {model.items.length === 0 ? (
        <Placeholder title={trans.__('No sweeps.')}>
          {trans.__(
            'Experiments over many parameters that a ClusterLab runs are listed here.'
          )}
        </Placeholder>
      ) : (
        <ul className="jp-EmoutLab-List" aria-label={trans.__('Sweeps')}>
          {model.items.map(sweep => (
            <SweepRow
              key={sweep.id}
              {...props}
              sweep={sweep}
              isBusy={model.isBusy(sweep.id)}
            />
          ))}
        </ul>
      )}
    </SectionBody>
  );
}

export namespace SweepsBody {
  export interface IProps extends SweepsModel.IActions {
    model: ISweepsModel;
    trans: TranslationBundle;
  }
}
