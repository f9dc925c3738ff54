import { TranslationBundle } from '@jupyterlab/translation';
import {
  copyIcon,
  downloadIcon,
  launchIcon,
  refreshIcon
} from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { IconButton } from '../components/iconbutton';
import { liveIcon } from '../icons';
import { told } from '../messages';
import { InlineModel } from './inlinemodel';
import { LiveSwitch } from './live/switch';

interface IProps {
  /** What can be done with the picture; null for a film, which has buttons of its own. */
  model: InlineModel | null;
  live: LiveSwitch;
  trans: TranslationBundle;
}

/**
 * The buttons over a figure in a notebook; they appear on hover and on keyboard focus.
 *
 * While it is live its own tools take their place.
 */
export function FigureToolbar(props: IProps): JSX.Element {
  const { model, live, trans } = props;
  useSignal(model?.changed ?? NEVER);
  useSignal(live.changed);
  return (
    <>
      {!live.isOn && (model !== null || live.canBeOn) && (
        <div
          className="jp-EmoutLab-Figure-toolbar"
          role="toolbar"
          aria-label={trans.__('Figure')}
          aria-busy={model?.isBusy === true}
        >
          {model !== null && <PictureButtons model={model} trans={trans} />}
          {live.canBeOn && (
            <IconButton
              icon={liveIcon}
              label={trans.__('Live')}
              onClick={() => live.turnOn()}
            />
          )}
        </div>
      )}
      <div className="jp-EmoutLab-Figure-failure" role="status">
        {[model?.failure ?? '', live.reason]
          .filter(Boolean)
          .map(each => told(each, trans))
          .join(' ')}
      </div>
    </>
  );
}

function PictureButtons(props: {
  model: InlineModel;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, trans } = props;
  return (
    <>
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
    </>
  );
}

const NEVER = new Signal<object, void>({});
