import * as React from 'react';

const WIDTH = 100;
const HEIGHT = 20;

/**
 * A line of values over time, as small as a word.
 */
export function Sparkline(props: Sparkline.IProps): JSX.Element {
  const { values, label } = props;
  const top = Math.max(props.atLeast, ...values);
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map(
    (value, index) =>
      `${(index * step).toFixed(1)},${(HEIGHT - 1 - ((HEIGHT - 2) * value) / top).toFixed(1)}`
  );
  return (
    <svg
      className="jp-EmoutLab-Sparkline"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      <polygon points={`0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} />
      <polyline points={points.join(' ')} />
    </svg>
  );
}

export namespace Sparkline {
  export interface IProps {
    /** At equal distances, oldest first. */
    values: readonly number[];
    /** What the top stands for, unless a value is larger. */
    atLeast: number;
    /** Read aloud in place of the picture. */
    label: string;
  }
}
