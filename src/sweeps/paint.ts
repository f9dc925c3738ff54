import { ticksOn, TICK_EVERY_X, TICK_EVERY_Y, widest } from './axes';
import { colorOf } from './colormap';
import { IAxis, IHeatMap, ILinePlot, IMark, Plot } from './marks';

/** Colours and font of the theme. */
export interface IInk {
  readonly text: string;
  readonly faint: string;
  readonly background: string;
  readonly mark: string;
  readonly line: string;
  readonly focus: string;
  /** Family of the font, and its size in pixels. */
  readonly font: string;
  readonly size: number;
}

/** Where the axes are, in pixels, and what stands where. */
export interface IFrame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  toX: (value: number) => number;
  toY: (value: number) => number;
}

const GAP = 6;
const TICK = 4;
const BAR_WIDTH = 14;
const RADIUS = 3;
/** From so many on, dots are drawn smaller. */
const MANY = 500;

/**
 * Draw a plot into a canvas of some size in CSS pixels.
 *
 * @returns where its axes are
 */
export function paint(
  context: CanvasRenderingContext2D,
  size: { width: number; height: number },
  plot: Plot,
  ink: IInk
): IFrame {
  context.clearRect(0, 0, size.width, size.height);
  context.font = `${ink.size}px ${ink.font}`;
  const frame = frameOf(context, size, plot, ink);
  if (frame.width > 0 && frame.height > 0) {
    if (plot.kind === 'line') {
      paintGrid(context, frame, plot, ink);
      paintLine(context, frame, plot, ink);
    } else {
      paintMap(context, frame, plot, ink);
    }
    paintAxes(context, frame, plot, ink);
  }
  return frame;
}

/**
 * The mark that is nearest to a place, or the cell that it is in; null where none is near.
 */
export function markAt(
  plot: Plot,
  frame: IFrame,
  x: number,
  y: number
): IMark | null {
  let nearest: IMark | null = null;
  let least = Infinity;
  for (const mark of plot.marks) {
    const distance = Math.hypot(frame.toX(mark.x) - x, frame.toY(mark.y) - y);
    if (distance < least) {
      [nearest, least] = [mark, distance];
    }
  }
  if (plot.kind !== 'cells') {
    return least <= 4 * RADIUS ? nearest : null;
  }
  const inside = plot.marks.find(mark => {
    const box = cellOf(plot, mark, frame);
    return (
      x >= box.x &&
      x < box.x + box.width &&
      y >= box.y &&
      y < box.y + box.height
    );
  });
  return inside ?? null;
}

function frameOf(
  context: CanvasRenderingContext2D,
  size: { width: number; height: number },
  plot: Plot,
  ink: IInk
): IFrame {
  const lineHeight = 1.4 * ink.size;
  const top = plot.kind === 'line' ? lineHeight : 2 * lineHeight;
  const bottom = 2 * lineHeight + TICK + 2 * GAP;
  const height = size.height - top - bottom;
  const left =
    widest(context, ticksOn(plot.y, height / TICK_EVERY_Y)) +
    lineHeight +
    TICK +
    3 * GAP;
  const right =
    plot.kind === 'line'
      ? 3 * GAP
      : BAR_WIDTH +
        TICK +
        5 * GAP +
        widest(context, ticksOn(barAxis(plot), height / TICK_EVERY_Y));
  const width = size.width - left - right;
  const scale = (axis: IAxis, value: number) =>
    (value - axis.low) / (axis.high - axis.low);
  return {
    left,
    top,
    width,
    height,
    toX: value => left + width * scale(plot.x, value),
    toY: value => top + height * (1 - scale(plot.y, value))
  };
}

function paintGrid(
  context: CanvasRenderingContext2D,
  frame: IFrame,
  plot: Plot,
  ink: IInk
): void {
  context.strokeStyle = ink.faint;
  context.lineWidth = 0.5;
  context.beginPath();
  for (const { value } of ticksOn(plot.y, frame.height / TICK_EVERY_Y)) {
    const y = crisp(frame.toY(value));
    context.moveTo(frame.left, y);
    context.lineTo(frame.left + frame.width, y);
  }
  context.stroke();
}

function paintLine(
  context: CanvasRenderingContext2D,
  frame: IFrame,
  plot: ILinePlot,
  ink: IInk
): void {
  if (plot.x.words === null) {
    context.strokeStyle = ink.line;
    context.lineWidth = 1.5;
    context.lineJoin = 'round';
    context.beginPath();
    plot.line.forEach((mark, index) => {
      const [x, y] = [frame.toX(mark.x), frame.toY(mark.y)];
      if (index === 0) {
        context.moveTo(x, y);
      } else {
        context.lineTo(x, y);
      }
    });
    context.stroke();
  }
  context.fillStyle = ink.mark;
  for (const mark of plot.marks) {
    paintDot(context, frame, mark, radiusOf(plot));
  }
}

function radiusOf(plot: Plot): number {
  return plot.marks.length > MANY ? RADIUS / 2 : RADIUS;
}

function paintDot(
  context: CanvasRenderingContext2D,
  frame: IFrame,
  mark: IMark,
  radius: number
): void {
  context.beginPath();
  context.arc(frame.toX(mark.x), frame.toY(mark.y), radius, 0, 2 * Math.PI);
  context.fill();
}

function paintMap(
  context: CanvasRenderingContext2D,
  frame: IFrame,
  plot: IHeatMap,
  ink: IInk
): void {
  const [low, high] = plot.range;
  const share = (value: number) =>
    high > low ? (value - low) / (high - low) : 0.5;
  for (const mark of plot.marks) {
    context.fillStyle = colorOf(share(mark.value));
    if (plot.kind === 'dots') {
      paintDot(context, frame, mark, 1.5 * radiusOf(plot));
    } else {
      const box = cellOf(plot, mark, frame);
      context.fillRect(box.x, box.y, box.width, box.height);
    }
  }
  paintBar(context, frame, plot, ink);
}

/** The rectangle of a cell in whole pixels, so that no seams show between neighbours. */
function cellOf(
  plot: IHeatMap,
  mark: IMark,
  frame: IFrame
): { x: number; y: number; width: number; height: number } {
  const column = placeIn(plot.xEdges, mark.x);
  const row = placeIn(plot.yEdges, mark.y);
  const [left, right] = [column, column + 1].map(index =>
    Math.round(frame.toX(plot.xEdges[index]))
  );
  const [bottom, top] = [row, row + 1].map(index =>
    Math.round(frame.toY(plot.yEdges[index]))
  );
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Between which two of some edges a value stands, by halving. */
function placeIn(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (edges[middle] <= value) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

function barAxis(plot: IHeatMap): IAxis {
  const [low, high] = plot.range;
  const more = high > low ? 0 : Math.abs(low) / 2 || 0.5;
  return {
    label: plot.result,
    low: low - more,
    high: high + more,
    words: null,
    middles: null
  };
}

/** The colours with their values, to the right of the axes. */
function paintBar(
  context: CanvasRenderingContext2D,
  frame: IFrame,
  plot: IHeatMap,
  ink: IInk
): void {
  const axis = barAxis(plot);
  const left = Math.round(frame.left + frame.width + 2 * GAP);
  const toY = (value: number) =>
    frame.top +
    frame.height * (1 - (value - axis.low) / (axis.high - axis.low));
  for (let step = 0; step < frame.height; step += 1) {
    context.fillStyle =
      axis.high > axis.low && plot.range[1] > plot.range[0]
        ? colorOf(1 - step / frame.height)
        : colorOf(0.5);
    context.fillRect(left, frame.top + step, BAR_WIDTH, 1.5);
  }
  context.fillStyle = ink.text;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (const { value, text } of ticksOn(axis, frame.height / TICK_EVERY_Y)) {
    context.fillText(text, left + BAR_WIDTH + GAP, toY(value));
  }
  context.textAlign = 'right';
  context.textBaseline = 'bottom';
  const right = frame.left + frame.width + 2 * GAP + BAR_WIDTH;
  context.fillText(plot.result, right, frame.top - GAP, right - GAP);
}

function paintAxes(
  context: CanvasRenderingContext2D,
  frame: IFrame,
  plot: Plot,
  ink: IInk
): void {
  const { left, top, width, height } = frame;
  context.strokeStyle = ink.text;
  context.fillStyle = ink.text;
  context.lineWidth = 1;
  context.strokeRect(
    crisp(left),
    crisp(top),
    Math.round(width),
    Math.round(height)
  );
  const bottom = top + height;
  context.beginPath();
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const { value, text } of ticksOn(plot.x, width / TICK_EVERY_X)) {
    const x = crisp(frame.toX(value));
    context.moveTo(x, bottom);
    context.lineTo(x, bottom + TICK);
    context.fillText(text, x, bottom + TICK + GAP / 2);
  }
  context.fillText(
    plot.x.label,
    left + width / 2,
    bottom + TICK + GAP + 1.4 * ink.size,
    width
  );
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const { value, text } of ticksOn(plot.y, height / TICK_EVERY_Y)) {
    const y = crisp(frame.toY(value));
    context.moveTo(left - TICK, y);
    context.lineTo(left, y);
    context.fillText(text, left - TICK - GAP / 2, y);
  }
  context.stroke();
  context.save();
  context.translate(GAP, top + height / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  context.fillText(plot.y.label, 0, 0, height);
  context.restore();
}

/**
 * Draw a ring or a frame around the mark that is pointed at.
 */
export function paintCurrent(
  context: CanvasRenderingContext2D,
  frame: IFrame,
  plot: Plot,
  mark: IMark,
  ink: IInk
): void {
  context.lineWidth = 2;
  context.strokeStyle = ink.background;
  const ring = (radius: number) => {
    context.beginPath();
    context.arc(frame.toX(mark.x), frame.toY(mark.y), radius, 0, 2 * Math.PI);
    context.stroke();
  };
  if (plot.kind === 'cells') {
    const box = cellOf(plot, mark, frame);
    context.strokeRect(box.x - 1, box.y - 1, box.width + 2, box.height + 2);
    context.strokeStyle = ink.focus;
    context.strokeRect(box.x + 1, box.y + 1, box.width - 2, box.height - 2);
  } else {
    ring(2 * RADIUS + 2);
    context.strokeStyle = ink.focus;
    ring(2 * RADIUS);
  }
}

/** In the middle of a pixel, so that a thin line fills one row of them. */
function crisp(place: number): number {
  return Math.floor(place) + 0.5;
}
