import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { followTheme, themeOf } from '../components/theme';
import { IAxis, IMark, Plot } from './marks';
import { IFrame, IInk, markAt, paint, paintCurrent } from './paint';
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
  // On a canvas of its own: to draw many marks anew at each move of the mouse takes too long.
  const ring = React.useRef<HTMLCanvasElement>(null);
  const drawRing = () =>
    drawCurrent(ring.current, frame.current, plot, current);
  useDrawing(canvas, [plot], () => {
    frame.current = draw(canvas.current, plot);
    drawRing();
  });
  React.useLayoutEffect(drawRing);
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
          onMouseMove={({ nativeEvent }) => {
            const { movementX, movementY, offsetX, offsetY } = nativeEvent;
            // Browsers also tell of a mouse that lies still while the page moves.
            if (frame.current && (movementX !== 0 || movementY !== 0)) {
              pointAt(markAt(plot, frame.current, offsetX, offsetY));
            }
          }}
          onMouseLeave={() => setPlace(null)}
        />
        <canvas
          ref={ring}
          className="jp-EmoutLab-SweepPlot-ring"
          aria-hidden="true"
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

/** Draw when something has changed, also the size of the place or the theme. */
function useDrawing(
  canvas: React.RefObject<HTMLCanvasElement>,
  reasons: readonly unknown[],
  work: () => void
): void {
  const latest = React.useRef(work);
  latest.current = work;
  // eslint-disable-next-line react-hooks/exhaustive-deps
  React.useLayoutEffect(() => latest.current(), reasons);
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

function draw(canvas: HTMLCanvasElement | null, plot: Plot): IFrame | null {
  const ready = prepare(canvas);
  return canvas && ready && paint(ready.context, ready, plot, inkOf(canvas));
}

function drawCurrent(
  canvas: HTMLCanvasElement | null,
  frame: IFrame | null,
  plot: Plot,
  current: IMark | null
): void {
  const ready = prepare(canvas);
  if (canvas === null || frame === null || ready === null) {
    return;
  }
  const { context, width, height } = ready;
  context.clearRect(0, 0, width, height);
  if (current !== null) {
    paintCurrent(context, frame, plot, current, inkOf(canvas));
  }
}

/** Give a canvas the size of its place, with as many pixels as the screen has there. */
function prepare(canvas: HTMLCanvasElement | null): {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
} | null {
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
  return { context, width, height };
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
