import { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useSignal } from '../../components/hooks';
import { IconButton } from '../../components/iconbutton';
import { ILiveProfile } from '../../tokens';
import { LiveModel } from './model';

/** Size of a plot, in units of its own. */
const [WIDTH, HEIGHT] = [240, 110];
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 8, 8, 18];
const DIGITS = 4;

/**
 * The values along both axes through the place that was clicked; nothing where none was.
 */
export function Profiles(props: {
  model: LiveModel;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { model, trans } = props;
  useSignal(model.pointing.changed);
  const { picked } = model.pointing;
  if (picked === null) {
    return null;
  }
  return (
    <section
      className="jp-EmoutLab-Live-profiles"
      aria-label={trans.__('Profiles')}
    >
      <div className="jp-EmoutLab-Live-picked">
        <span role="status">{picked.text}</span>
        <IconButton
          icon={closeIcon}
          label={trans.__('Close the profiles')}
          onClick={() => model.pointing.unpick()}
        />
      </div>
      {picked.profiles.map(profile => (
        <Profile
          key={profile.along}
          profile={profile}
          place={picked[profile.along]}
          unit={picked.unit}
          trans={trans}
        />
      ))}
    </section>
  );
}

function Profile(props: {
  profile: ILiveProfile;
  place: number | null;
  unit: string;
  trans: TranslationBundle;
}): JSX.Element {
  const { profile, place, unit, trans } = props;
  const { along, at } = profile;
  const values = profile.values.filter(isNumber);
  const [low, high] = rangeOf(values);
  const [first, last] = rangeOf(at);
  const x = (value: number) =>
    LEFT + ((value - first) / (last - first || 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) =>
    HEIGHT -
    BOTTOM -
    ((value - low) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM);
  const lines = piecesOf(profile).map(piece =>
    piece.map(([where, value]) => `${x(where)},${y(value)}`).join(' ')
  );
  const range = values.length ? `${short(low)} – ${short(high)} ${unit}` : '–';
  return (
    <svg
      className="jp-EmoutLab-Live-profile"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={trans.__('Values along %1: %2', along, range.trim())}
    >
      <path
        className="jp-EmoutLab-Live-frame"
        d={`M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}`}
      />
      {place !== null && (
        <path
          className="jp-EmoutLab-Live-here"
          d={`M${x(place)} ${TOP}V${HEIGHT - BOTTOM}`}
        />
      )}
      {lines.map((points, index) => (
        <polyline key={index} points={points} />
      ))}
      {values.length > 0 && (
        <>
          <text x={LEFT - 4} y={TOP + 8} textAnchor="end">
            {short(high)}
          </text>
          <text x={LEFT - 4} y={HEIGHT - BOTTOM} textAnchor="end">
            {short(low)}
          </text>
        </>
      )}
      <text x={LEFT} y={HEIGHT - 4}>
        {short(first)}
      </text>
      <text x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 4} textAnchor="middle">
        {along}
      </text>
      <text x={WIDTH - RIGHT} y={HEIGHT - 4} textAnchor="end">
        {short(last)}
      </text>
    </svg>
  );
}

/** Lines do not lead over places without a value. */
function piecesOf({ at, values }: ILiveProfile): [number, number][][] {
  const pieces: [number, number][][] = [[]];
  at.forEach((where, index) => {
    const value = values[index];
    if (isNumber(value)) {
      pieces[pieces.length - 1].push([where, value]);
    } else {
      pieces.push([]);
    }
  });
  return pieces.filter(piece => piece.length > 0);
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number';
}

function rangeOf(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity]
  );
}

/** A number in few characters: there is little place beside a plot. */
function short(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5)
    ? value.toExponential(1)
    : String(Number(value.toPrecision(DIGITS)));
}
