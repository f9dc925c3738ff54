import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { followTheme, themeOf } from '../components/theme';
import { IAxis, IMark, Plot } from './marks';
import { IFrame, IInk, markAt, paint } from './paint';
import { shortNumber } from './ticks';

/**
 * A plot on a canvas of the size that there is; marks are told in words when they are pointed at.
 */
export function PlotCanvas(props: {
  plot: Plot;
  trans: TranslationBundle;
}): JSX.Element {
  const { plot, trans } = props;
  const canvas = React.useRef<HTMLCanvasElement>(null);
  const frame = React.useRef<IFrame | null>(null);
  const [place, setPlace] = React.useState<readonly [number, number] | null>(
    null
  );
  // The same place when the plot has changed, whatever stands there now.
  const index = place === null ? -1 : indexAt(plot, place);
  const current = plot.marks[index] ?? null;
  const pointAt = (mark: IMark | null) =>
    setPlace(mark === null ? null : [mark.x, mark.y]);
  useDrawing(canvas, () => {
    frame.current = draw(canvas.current, plot, current);
  });
  const onKeyDown = (event: React.KeyboardEvent) => {
    const target = nextMark(event.key, plot, index);
    if (target === undefined) {
      return;
    }
    pointAt(target);
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <div className="jp-EmoutLab-SweepPlot-stage">
        <canvas
          ref={canvas}
          role="img"
          tabIndex={0}
          aria-label={summary(plot, trans)}
          onKeyDown={onKeyDown}
          onMouseMove={({ nativeEvent: { offsetX, offsetY } }) =>
            frame.current &&
            pointAt(markAt(plot, frame.current, offsetX, offsetY))
          }
          onMouseLeave={() => setPlace(null)}
        />
      </div>
      <p className="jp-EmoutLab-SweepPlot-told" role="status">
        {current === null
          ? trans._n('%1 result', '%1 results', countOf(plot))
          : wordsOf(current, plot, trans)}
      </p>
    </>
  );
}

/** Draw after each change, and when size or theme have changed. */
function useDrawing(
  canvas: React.RefObject<HTMLCanvasElement>,
  work: () => void
): void {
  const latest = React.useRef(work);
  React.useLayoutEffect(() => {
    latest.current = work;
    work();
  });
  React.useEffect(() => {
    const again = () => latest.current();
    const observer = new ResizeObserver(again);
    const theme = followTheme(again);
    if (canvas.current?.parentElement) {
      observer.observe(canvas.current.parentElement);
    }
    return () => {
      observer.disconnect();
      theme.dispose();
    };
  }, [canvas]);
}

function draw(
  canvas: HTMLCanvasElement | null,
  plot: Plot,
  current: IMark | null
): IFrame | null {
  const context = canvas?.getContext('2d');
  const stage = canvas?.parentElement;
  if (!canvas || !context || !stage) {
    return null;
  }
  const { clientWidth: width, clientHeight: height } = stage;
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [width, height].map(side => Math.round(side * ratio));
  // Another size empties a canvas: the same one must not, or it flickers.
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return paint(context, { width, height }, plot, inkOf(canvas), current);
}

function inkOf(node: Element): IInk {
  const theme = themeOf(node);
  return {
    text: theme('--jp-ui-font-color1', '#212121'),
    faint: theme('--jp-border-color1', '#bdbdbd'),
    background: theme('--jp-layout-color1', '#ffffff'),
    mark: theme('--jp-brand-color1', '#1976d2'),
    line: theme('--jp-brand-color2', '#64b5f6'),
    focus: theme('--jp-ui-font-color0', '#000000'),
    font: theme('--jp-ui-font-family', 'sans-serif'),
    size: parseFloat(theme('--jp-ui-font-size1', '13px')) || 13
  };
}

function indexAt(plot: Plot, [x, y]: readonly [number, number]): number {
  return plot.marks.findIndex(mark => mark.x === x && mark.y === y);
}

/** The mark that a key leads to; undefined where the key means nothing. */
function nextMark(
  key: string,
  { marks }: Plot,
  index: number
): IMark | null | undefined {
  const last = marks.length - 1;
  switch (key) {
    case 'ArrowRight':
      return marks[Math.min(index + 1, last)];
    case 'ArrowLeft':
      return marks[Math.max(index - 1, 0)];
    case 'Home':
      return marks[0];
    case 'End':
      return marks[last];
    case 'Escape':
      return null;
    default:
      return undefined;
  }
}

function countOf({ marks }: Plot): number {
  return marks.reduce((sum, mark) => sum + mark.count, 0);
}

/** What the picture is of. */
function summary(plot: Plot, trans: TranslationBundle): string {
  const range = (axis: readonly number[]) => axis.map(shortNumber).join(' – ');
  return plot.kind === 'line'
    ? trans.__(
        '%1 against %2: %3',
        plot.result,
        plot.x.label,
        range(rangeOf(plot.marks))
      )
    : trans.__(
        '%1 against %2 and %3: %4',
        plot.result,
        plot.x.label,
        plot.y.label,
        range(plot.range)
      );
}

function rangeOf(marks: readonly IMark[]): [number, number] {
  return marks.reduce<[number, number]>(
    ([low, high], { value }) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity]
  );
}

function wordsOf(mark: IMark, plot: Plot, trans: TranslationBundle): string {
  const facts = [`${plot.x.label} = ${placeOn(plot.x, mark.x)}`];
  if (plot.kind !== 'line') {
    facts.push(`${plot.y.label} = ${placeOn(plot.y, mark.y)}`);
  }
  facts.push(`${plot.result} = ${shortNumber(mark.value)}`);
  if (mark.count > 1) {
    facts.push(trans.__('mean of %1', mark.count));
  }
  return facts.join(' · ');
}

function placeOn(axis: IAxis, value: number): string {
  return axis.words?.[value] ?? shortNumber(value);
}
