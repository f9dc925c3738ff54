import { ILiveLayer } from '../../tokens';

/** A map of indices into a table of colours. */
export interface ICells {
  readonly axes: number;
  readonly width: number;
  readonly height: number;
  /** Left, right, bottom and top, in the axes' scales. */
  readonly extent: readonly [number, number, number, number];
  readonly indices: Uint8Array | Uint16Array;
  /** Whether their colors run into each other. */
  readonly isSmooth: boolean;
}

/**
 * The cells of a layer.
 *
 * @throws Error where there are more or less of them than the layer says
 */
export function cellsOf(layer: ILiveLayer, payload: Uint8Array): ICells {
  const { axes, w = 0, h = 0, depth, extent } = layer;
  const size = depth === 16 ? 2 : 1;
  if (axes === null || !extent || payload.byteLength !== w * h * size) {
    throw new Error(`A map of ${w} × ${h} cells came incomplete`);
  }
  return {
    axes,
    width: w,
    height: h,
    extent,
    isSmooth: layer.smooth === true,
    indices: size === 1 ? payload : wide(payload)
  };
}

/** Two bytes each; they may begin anywhere in the message. */
function wide(payload: Uint8Array): Uint16Array {
  const copy = payload.slice();
  return new Uint16Array(copy.buffer, 0, copy.byteLength >> 1);
}

/**
 * Colour cells: the pixels of a canvas, four bytes each.
 *
 * @param lut - colours by index, four bytes each
 */
export function colored(
  { indices, width, height }: Pick<ICells, 'indices' | 'width' | 'height'>,
  lut: Uint8Array
): Uint8ClampedArray {
  // Whole pixels at a time: four times as fast as bytes.
  const colors = new Uint32Array(lut.slice().buffer);
  const pixels = new Uint32Array(width * height);
  for (let place = 0; place < pixels.length; place += 1) {
    pixels[place] = colors[indices[place]];
  }
  return new Uint8ClampedArray(pixels.buffer);
}
