import { ILiveHello } from '../../tokens';

/** Sides that a figure may have, and its pixels of the screen for one of its size. */
const [SMALLEST, LARGEST] = [100, 8_192];
const [COARSEST, FINEST] = [0.25, 4];

/** How large a figure is, and how large it is shown. */
export class Sizing {
  /** The figure's own size; 0 until it is known. */
  get size(): readonly [number, number] {
    return this._size;
  }

  /** Pixels of CSS for one of the figure's size. */
  get scale(): number {
    return this._scale;
  }

  /** Pixels of the screen for one of the figure's size, as the engine is to draw it. */
  get ratio(): number {
    const ratio = this._scale * (window.devicePixelRatio || 1);
    return Math.min(FINEST, Math.max(COARSEST, ratio));
  }

  /** Take what a connection says of the figure; a size that the viewer gave it stays. */
  setFigure({ size }: Pick<ILiveHello, 'size'>): void {
    if (!this._isGiven) {
      this._size = size;
    }
  }

  /** Give the figure another size; false where that is the one it has. */
  resize(sides: readonly [number, number]): boolean {
    const [width, height] = sides.map(side =>
      Math.min(LARGEST, Math.max(SMALLEST, Math.round(side)))
    );
    const isOther = width !== this._size[0] || height !== this._size[1];
    this._size = [width, height];
    this._isGiven ||= isOther;
    return isOther;
  }

  /** Show it in another scale; false where nothing changes. */
  rescale(scale: number): boolean {
    const isOther = scale > 0 && scale !== this._scale;
    this._scale = isOther ? scale : this._scale;
    return isOther;
  }

  private _isGiven = false;
  private _scale = 1;
  private _size: readonly [number, number] = [0, 0];
}
