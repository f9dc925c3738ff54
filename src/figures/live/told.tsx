import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useSignal } from '../../components/hooks';
import { told } from '../../messages';
import { LiveModel } from './model';

/**
 * How the figure stands, and the value where somebody points.
 */
export function LiveWords(props: {
  model: LiveModel;
  trans: TranslationBundle;
  /** Id by which the picture names its explanation. */
  id: string;
}): JSX.Element {
  const { model, trans, id } = props;
  useSignal(model.changed);
  const { hello, failure, pointing } = model;
  const reason = hello?.kind === 'pixels' ? told(hello.reason, trans) : '';
  return (
    <div className="jp-EmoutLab-Live-words">
      <span className="jp-EmoutLab-Live-value" role="status">
        {pointing.told}
      </span>
      <span
        className="jp-EmoutLab-Live-state"
        role="status"
        data-status={model.status}
        data-kind={hello?.kind}
        data-resting={model.isResting}
      >
        {told(failure, trans) || stateOf(model, trans)}
      </span>
      {reason && (
        <span className="jp-EmoutLab-Live-reason">
          {trans.__('Drawn as whole pictures: %1', reason)}
        </span>
      )}
      <span id={id} hidden>
        {trans.__(
          'Arrow keys move, plus and minus zoom, Home shows all, Backspace goes back, Space plays, comma and period change the time step, Shift with arrow keys reads values, Enter shows profiles, Escape puts the tool away.'
        )}
      </span>
    </div>
  );
}

function stateOf(model: LiveModel, trans: TranslationBundle): string {
  switch (model.status) {
    case 'connecting':
      return trans.__('Connecting…');
    case 'healing':
      return [told(model.reason, trans), trans.__('It is being drawn again.')]
        .filter(Boolean)
        .join(' ');
    case 'lost':
      return trans.__('The connection was lost; it is tried again.');
    case 'gone':
      return told(model.reason, trans);
    default:
      return model.busy === null
        ? ''
        : trans.__('The engine is busy with %1.', model.busy);
  }
}
