import { ILiveFrame, ILiveHeader, ILiveLayer } from '../../tokens';
import { cellsAgain, cellsOf, ICells } from './cells';

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

/** What comes once for many frames. */
interface IKept {
  readonly cells: ReadonlyMap<number, IKeyed<ICells>>;
  readonly decor: IKeyed<IPicture> | null;
  readonly luts: ReadonlyMap<number, IKeyed<Uint8Array>>;
}

interface IKeyed<T> {
  readonly key: string;
  readonly thing: T;
}

/** Wishes of which it is known what was at hand when they were sent. */
const MOST_WISHES = 256;

/**
 * Makes frames of messages, and keeps what comes once for many of them.
 *
 * What a frame leaves out is what was at hand when its wish was sent, or what an earlier frame for
 * the same wish has brought.
 */
export class Decoder {
  /** Names of what need not be sent again, for a wish with this number. */
  have(seq: number): string[] {
    this._wishes.set(seq, this._kept);
    for (const oldest of this._wishes.keys()) {
      if (this._wishes.size <= MOST_WISHES) {
        break;
      }
      this._wishes.delete(oldest);
    }
    const { cells, decor, luts } = this._kept;
    const keyed = [
      ...(decor === null ? [] : [decor]),
      ...luts.values(),
      ...cells.values()
    ];
    return [...new Set(keyed.map(({ key }) => key).filter(Boolean))];
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
    let picture: IPicture | null = null;
    let kept =
      header.seq === this._seq
        ? this._kept
        : (this._wishes.get(header.seq) ?? this._kept);
    for (const [index, layer] of header.layers.entries()) {
      const payload = payloads[index];
      const i = layer.axes ?? 0;
      const key = layer.key ?? '';
      // Without bytes it is the one that is kept.
      const isKnown = payload.byteLength === 0;
      if (layer.kind === 'cells') {
        const thing = isKnown
          ? cellsAgain(layer, kept.cells.get(i)?.thing)
          : cellsOf(layer, await inflated(layer, payload));
        kept = { ...kept, cells: set(kept.cells, i, { key, thing }) };
        cells.push(thing);
      } else if (layer.kind === 'picture') {
        picture = await pictureOf(layer, payload);
      } else if (isKnown) {
        continue;
      } else if (layer.kind === 'lut') {
        const thing = await inflated(layer, payload);
        kept = { ...kept, luts: set(kept.luts, i, { key, thing }) };
      } else {
        const thing = await pictureOf(layer, payload);
        kept = { ...kept, decor: { key, thing } };
      }
    }
    this._seq = header.seq;
    this._kept = kept;
    return {
      header,
      cells,
      picture,
      decor: kept.decor?.thing ?? null,
      luts: new Map([...kept.luts].map(([i, { thing }]) => [i, thing]))
    };
  }

  private _kept: IKept = {
    cells: new Map(),
    decor: null,
    luts: new Map()
  };
  private _last: Promise<void> = Promise.resolve();
  /** The wish that the last frame answered. */
  private _seq = -1;
  private _wishes = new Map<number, IKept>();
}

function set<T>(
  things: ReadonlyMap<number, T>,
  i: number,
  thing: T
): ReadonlyMap<number, T> {
  return new Map([...things, [i, thing]]);
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
  return new Uint8Array(await new Response(inflating.readable).arrayBuffer());
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
