/*
 * What a live figure says: answers to wishes, with pictures as bytes behind a header.
 */

/** Where an axis begins and ends: left or bottom first, also where the axis is turned. */
export type Range = readonly [number, number];

/** Left, top, width and height as shares of the picture. */
export type Box = readonly [number, number, number, number];

export interface ILiveBar {
  readonly box: Box;
  readonly vertical: boolean;
}

/** One pair of axes of the figure, as it was drawn. */
export interface ILiveAxes {
  readonly i: number;
  readonly box: Box;
  readonly x: Range;
  readonly y: Range;
  readonly xscale: string;
  readonly yscale: string;
  /** Whether its cells come as numbers. */
  readonly map: boolean;
  readonly facecolor?: string | null;
  readonly clim?: Range | null;
  readonly norm?: string | null;
  readonly cmap?: string | null;
  readonly unit?: string | null;
  readonly bar?: ILiveBar | null;
}

export interface ILiveSteps {
  readonly count: number;
  readonly at: number;
  readonly labels: readonly string[];
  readonly unit: string;
}

export interface ILiveHello {
  readonly type: 'hello';
  readonly kind: 'numbers' | 'pixels';
  /** Why it is pixels; '' for numbers. */
  readonly reason: string;
  readonly size: readonly [number, number];
  readonly facecolor: string;
  readonly axes: readonly ILiveAxes[];
  readonly steps: ILiveSteps | null;
  readonly cmaps: readonly string[];
  /** Whether it can be drawn anew when its engine is lost. */
  readonly heals: boolean;
}

/** Values along a line through a map. */
export interface ILiveProfile {
  readonly at: readonly number[];
  readonly values: readonly (number | null)[];
  readonly label?: string;
}

export interface ILiveValues {
  readonly type: 'values';
  readonly seq: number;
  readonly kind?: 'hover' | 'pick';
  readonly i?: number;
  readonly x?: number | null;
  readonly y?: number | null;
  readonly value?: number | null;
  readonly unit?: string;
  readonly profiles?: {
    readonly x: ILiveProfile | null;
    readonly y: ILiveProfile | null;
  } | null;
}

export interface ILiveBusy {
  readonly type: 'busy';
  readonly label: string;
}

export interface ILiveGone {
  readonly type: 'gone';
  readonly reason: string;
  readonly healing: boolean;
}

export interface ILiveError {
  readonly type: 'error';
  readonly message: string;
  readonly field?: string | null;
}

export type LiveMessage =
  ILiveHello | ILiveValues | ILiveBusy | ILiveGone | ILiveError;

export interface ILiveTicks {
  /** Shares along the box: 0 is left, or at the bottom. */
  readonly at: readonly number[];
  readonly text: readonly string[];
  readonly offset: string;
}

export interface ILiveFrameAxes {
  readonly i: number;
  readonly x: ILiveTicks;
  readonly y: ILiveTicks;
  readonly xlim: Range;
  readonly ylim: Range;
  readonly clim?: Range | null;
  readonly title?: string;
  readonly bar?: ILiveTicks | null;
}

export interface ILiveLayer {
  readonly kind: 'cells' | 'decor' | 'picture' | 'lut';
  readonly axes: number | null;
  readonly enc: 'raw' | 'deflate' | 'png' | 'jpeg';
  readonly w: number;
  readonly h: number;
  readonly bytes: number;
  readonly key?: string;
  readonly depth?: number;
  /** Left, right, bottom and top of the cells, in the axes' scales. */
  readonly extent?: readonly [number, number, number, number];
}

export interface ILiveHeader {
  readonly n: number;
  readonly seq: number;
  readonly t: number | null;
  /** Whether this is the picture that stays. */
  readonly rest: boolean;
  readonly busy: string | null;
  readonly ms: number;
  readonly title: string;
  readonly layers: readonly ILiveLayer[];
  readonly axes: readonly ILiveFrameAxes[];
}

/** A frame as it travels: a header, and one payload for each of its layers. */
export interface ILiveFrame {
  readonly header: ILiveHeader;
  readonly payloads: readonly Uint8Array[];
}

/** How one pair of axes shall be shown; null leaves it as it was drawn. */
export interface IAxesWish {
  readonly i: number;
  readonly x: Range | null;
  readonly y: Range | null;
  readonly clim: Range | null;
  readonly cmap: string | null;
  readonly norm: string | null;
}

export interface ILivePlay {
  readonly fps: number;
  readonly loop: boolean;
}

/** The whole desired state: any can be left out for a newer one. */
export interface ILiveWish {
  readonly type: 'wish';
  readonly seq: number;
  readonly size: readonly [number, number];
  readonly dpr: number;
  readonly axes: readonly IAxesWish[];
  readonly t: number | null;
  readonly have: readonly string[];
  readonly play: ILivePlay | null;
  readonly visible: boolean;
}

export interface ILiveProbe {
  readonly type: 'probe';
  readonly seq: number;
  readonly kind: 'hover' | 'pick';
  readonly i: number;
  readonly x: number;
  readonly y: number;
}

export interface ILiveAck {
  readonly type: 'ack';
  readonly n: number;
}

export type LiveQuestion = ILiveWish | ILiveProbe | ILiveAck;

const HEAD_BYTES = 4;

/**
 * Take a binary message apart.
 *
 * @throws Error where its parts do not add up
 */
export function unpackFrame(data: ArrayBuffer): ILiveFrame {
  const length =
    data.byteLength < HEAD_BYTES ? NaN : new DataView(data).getUint32(0, true);
  if (!(HEAD_BYTES + length <= data.byteLength)) {
    throw new Error('A frame of the live figure came without its header');
  }
  const text = new TextDecoder().decode(
    new Uint8Array(data, HEAD_BYTES, length)
  );
  const header = JSON.parse(text) as ILiveHeader;
  let start = HEAD_BYTES + length;
  const payloads = header.layers.map(({ bytes }) => {
    if (!(bytes >= 0 && start + bytes <= data.byteLength)) {
      throw new Error('A frame of the live figure came without all its layers');
    }
    const payload = new Uint8Array(data, start, bytes);
    start += bytes;
    return payload;
  });
  return { header, payloads };
}
