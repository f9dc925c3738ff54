import { ILiveFrame, ILiveHeader, ILiveLayer } from '../../tokens';
import { cellsOf, ICells } from './cells';

/** A picture that can be painted, and the file that it came as. */
export interface IPicture {
  readonly file: Blob;
  /** Null where the browser cannot decode it. */
  readonly bitmap: ImageBitmap | null;
}

/** A frame that can be painted. */
export interface IDecodedFrame {
  readonly header: ILiveHeader;
  readonly cells: readonly ICells[];
  /** Everything but maps and texts. */
  readonly decor: IPicture | null;
  /** The whole figure, where it came as one picture. */
  readonly picture: IPicture | null;
  /** The tables of colours by number of the axes. */
  readonly luts: ReadonlyMap<number, Uint8Array>;
}

/** How many things of a kind are told to be kept; more are, for frames that are on their way. */
const MOST = { decor: 4, lut: 16, cells: 0 };
const MORE = { decor: 12, lut: 48, cells: 64 };

/**
 * Makes frames of messages, and keeps what comes once for many of them.
 */
export class Decoder {
  /** Names of what need not be sent again. */
  get have(): string[] {
    return [...this._decor.latest(MOST.decor), ...this._luts.latest(MOST.lut)];
  }

  /**
   * Decode a frame; frames come out in the order in which they went in.
   */
  decode(frame: ILiveFrame): Promise<IDecodedFrame> {
    const decoded = this._last.then(() => this._decode(frame));
    this._last = decoded.then(
      () => undefined,
      () => undefined
    );
    return decoded;
  }

  private async _decode({
    header,
    payloads
  }: ILiveFrame): Promise<IDecodedFrame> {
    const cells: ICells[] = [];
    const luts = new Map<number, Uint8Array>();
    let decor: IPicture | null = null;
    let picture: IPicture | null = null;
    for (const [index, layer] of header.layers.entries()) {
      const payload = payloads[index];
      const { kind, axes } = layer;
      if (kind === 'picture') {
        picture = await pictureOf(layer, payload);
      } else if (kind === 'decor') {
        decor = await this._decor.take(layer, payload, pictureOf);
      } else if (kind === 'lut') {
        luts.set(axes ?? 0, await this._luts.take(layer, payload, inflated));
      } else {
        cells.push(await this._cells.take(layer, payload, readCells));
      }
    }
    return { header, cells, decor, picture, luts };
  }

  private _cells = new Shelf<ICells>(MORE.cells);
  private _decor = new Shelf<IPicture>(MORE.decor);
  private _last: Promise<void> = Promise.resolve();
  private _luts = new Shelf<Uint8Array>(MORE.lut);
}

/** Keeps the latest things under their names. */
class Shelf<T> {
  constructor(private _most: number) {}

  latest(count: number): string[] {
    return count > 0 ? [...this._things.keys()].slice(-count) : [];
  }

  /**
   * The thing that a layer brings, or the one that is kept where it brings nothing.
   *
   * @throws Error where nothing is kept under its name
   */
  async take(
    layer: ILiveLayer,
    payload: Uint8Array,
    read: (layer: ILiveLayer, payload: Uint8Array) => Promise<T>
  ): Promise<T> {
    const { key, kind } = layer;
    const thing =
      payload.byteLength > 0
        ? await read(layer, payload)
        : this._things.get(key ?? '');
    if (thing === undefined) {
      throw new Error(`A frame has ${kind} '${key}', which are not here`);
    }
    if (key !== null) {
      this._things.delete(key);
      this._things.set(key, thing);
      for (const oldest of this._things.keys()) {
        if (this._things.size <= this._most) {
          break;
        }
        this._things.delete(oldest);
      }
    }
    return thing;
  }

  private _things = new Map<string, T>();
}

async function readCells(
  layer: ILiveLayer,
  payload: Uint8Array
): Promise<ICells> {
  return cellsOf(layer, await inflated(layer, payload));
}

async function inflated(
  { enc }: ILiveLayer,
  payload: Uint8Array
): Promise<Uint8Array> {
  if (enc !== 'deflate') {
    return payload;
  }
  const inflating = new DecompressionStream('deflate');
  const writer = inflating.writable.getWriter();
  // What is wrong with the bytes is said by the end that is read.
  writer.write(payload).catch(() => undefined);
  writer.close().catch(() => undefined);
  const pieces: Uint8Array[] = [];
  const reader = inflating.readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return joined(pieces);
    }
    pieces.push(value as Uint8Array);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) {
    return pieces[0];
  }
  const whole = new Uint8Array(
    pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)
  );
  let start = 0;
  for (const piece of pieces) {
    whole.set(piece, start);
    start += piece.byteLength;
  }
  return whole;
}

async function pictureOf(
  { enc }: ILiveLayer,
  payload: Uint8Array
): Promise<IPicture> {
  const file = new Blob([payload], {
    type: enc === 'jpeg' ? 'image/jpeg' : 'image/png'
  });
  const canDecode = typeof createImageBitmap === 'function';
  return { file, bitmap: canDecode ? await createImageBitmap(file) : null };
}
