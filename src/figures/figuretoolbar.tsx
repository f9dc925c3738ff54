import { TranslationBundle } from '@jupyterlab/translation';
import {
  copyIcon,
  downloadIcon,
  launchIcon,
  refreshIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { IconButton } from '../components/iconbutton';
import { InlineModel } from './inlinemodel';

/**
 * The buttons over a figure in a notebook; they appear on hover and on keyboard focus.
 */
export function FigureToolbar(props: {
  model: InlineModel;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  return (
    <>
      <div
        className="jp-EmoutLab-Figure-toolbar"
        role="toolbar"
        aria-label={trans.__('Figure')}
        aria-busy={model.isBusy}
      >
        <IconButton
          icon={downloadIcon}
          label={trans.__('Save')}
          onClick={() => void model.save()}
        />
        <IconButton
          icon={copyIcon}
          label={trans.__('Copy picture')}
          onClick={() => void model.copy()}
        />
        {model.canOpen && (
          <IconButton
            icon={launchIcon}
            label={trans.__('Open in a tab')}
            onClick={() => void model.open()}
          />
        )}
        {model.canEnlarge && (
          <IconButton
            icon={refreshIcon}
            label={trans.__('Render again at 2×')}
            onClick={() => void model.enlarge()}
          />
        )}
      </div>
      <div className="jp-EmoutLab-Figure-failure" role="status">
        {model.failure}
      </div>
    </>
  );
}
