import { ILiveAxes, Interval } from '../../tokens';
import { Box, percent, place } from './boxes';
import { colored, ICells } from './cells';
import { Scale } from './scales';

/** Left, right, bottom and top in the axes' scales. */
type Extent = readonly [number, number, number, number];

/**
 * What moves in one pair of axes: the cells of a map, or the part of the last picture that shows
 * them.
 *
 * A canvas of the cells' own size, laid where they belong: the browser moves it at no cost.
 */
export class MapLayer {
  constructor(readonly axes: ILiveAxes) {
    this.node.className = 'jp-EmoutLab-Live-axes';
    this.node.append(this._canvas);
    if (axes.facecolor) {
      this.node.style.backgroundColor = axes.facecolor;
    }
    place(this.node, axes.box);
    this.node.hidden = true;
  }

  readonly node = document.createElement('div');

  set box(box: Box) {
    place(this.node, box);
  }

  /** Show a map; in the colors that it had where none have come. */
  paint(cells: ICells, lut: Uint8Array | undefined): void {
    this._lut = lut ?? this._lut;
    if (this._lut === null) {
      return;
    }
    const { width, height, extent } = cells;
    const context = this._prepare(width, height);
    context?.putImageData(
      new ImageData(colored(cells, this._lut), width, height),
      0,
      0
    );
    this._canvas.classList.toggle('jp-mod-cells', !cells.isSmooth);
    this._extent = extent;
    this.node.hidden = false;
  }

  /** Show a part of a picture until the next one comes. */
  paintPicture(picture: CanvasImageSource, part: Box, extent: Extent): void {
    const [left, top, width, height] = part.map(Math.round);
    const context = this._prepare(Math.max(1, width), Math.max(1, height));
    context?.drawImage(picture, left, top, width, height, 0, 0, width, height);
    this._canvas.classList.remove('jp-mod-cells');
    this._extent = extent;
    this.node.hidden = false;
  }

  /** Lay it where it belongs when this part of the axes is in view. */
  move(x: Interval, y: Interval): void {
    if (this._extent === null) {
      return;
    }
    const [left, right, bottom, top] = this._extent;
    const [lowX, highX] = new Scale(this.axes.xscale).ends(x);
    const [lowY, highY] = new Scale(this.axes.yscale).ends(y);
    const across = (left - lowX) / (highX - lowX);
    const down = 1 - (top - lowY) / (highY - lowY);
    const wide = (right - left) / (highX - lowX);
    const high = (top - bottom) / (highY - lowY);
    this._canvas.style.transform = `translate(${percent(across)}, ${percent(down)}) scale(${wide}, ${high})`;
  }

  private _prepare(
    width: number,
    height: number
  ): CanvasRenderingContext2D | null {
    // Another size empties a canvas, and costs time.
    if (this._canvas.width !== width || this._canvas.height !== height) {
      this._canvas.width = width;
      this._canvas.height = height;
    }
    return this._canvas.getContext('2d');
  }

  private _canvas = document.createElement('canvas');
  private _extent: Extent | null = null;
  private _lut: Uint8Array | null = null;
}
