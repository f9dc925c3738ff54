import { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useSignal, useSignalAtOnce } from '../../components/hooks';
import { IconButton } from '../../components/iconbutton';
import { loopIcon, pauseIcon, playIcon } from '../../icons';
import { LiveModel } from './model';
import { SPEEDS } from './player';

interface IProps {
  model: LiveModel;
  trans: TranslationBundle;
}

/**
 * The time steps of a live figure; nothing where it has none.
 */
export function PlayerBar(props: IProps): JSX.Element | null {
  const { model, trans } = props;
  useSignal(model.changed);
  const { player, status } = model;
  if (player.steps === null || player.last < 1) {
    return null;
  }
  const isDisabled = status !== 'connected';
  return (
    <div
      className="jp-EmoutLab-Live-player"
      role="group"
      aria-label={trans.__('Time')}
    >
      <IconButton
        icon={player.isPlaying ? pauseIcon : playIcon}
        label={player.isPlaying ? trans.__('Pause') : trans.__('Play')}
        disabled={isDisabled}
        onClick={() => model.togglePlay()}
      />
      <IconButton
        icon={loopIcon}
        label={trans.__('Play again from the beginning')}
        disabled={isDisabled}
        isPressed={player.isLooping}
        onClick={() => model.setLooping(!player.isLooping)}
      />
      <TimeStep model={model} trans={trans} />
      <HTMLSelect
        className="jp-EmoutLab-Select"
        aria-label={trans.__('Speed')}
        title={trans.__('Speed')}
        disabled={isDisabled}
        value={player.speed}
        onChange={({ target }) => model.setSpeed(Number(target.value))}
      >
        {SPEEDS.map(speed => (
          <option key={speed} value={speed}>
            {trans.__('%1 steps/s', speed)}
          </option>
        ))}
      </HTMLSelect>
    </div>
  );
}

/** The step that is shown: with the picture that shows it, not a frame of the screen later. */
function TimeStep({ model, trans }: IProps): JSX.Element {
  useSignal(model.changed);
  useSignalAtOnce(model.framed);
  const { player, status } = model;
  return (
    <>
      <input
        type="range"
        aria-label={trans.__('Time step')}
        aria-valuetext={player.label()}
        min={0}
        max={player.last}
        step={1}
        disabled={status !== 'connected'}
        value={player.at}
        onChange={({ target }) => model.seek(Number(target.value))}
        onKeyDown={event => {
          if (event.key === ' ') {
            event.preventDefault();
            model.togglePlay();
          }
        }}
      />
      <span className="jp-EmoutLab-Live-time">{player.label()}</span>
    </>
  );
}
