import { ILiveFrame } from '../tokens';
import { check } from './check';

const HEAD_BYTES = 4;

/**
 * Take a binary message of a live figure apart: a header, and one payload for each of its layers.
 *
 * @throws Error where it is not in the agreed form
 */
export function unpackFrame(data: ArrayBuffer): ILiveFrame {
  const length =
    data.byteLength < HEAD_BYTES ? NaN : new DataView(data).getUint32(0, true);
  if (!(HEAD_BYTES + length <= data.byteLength)) {
    throw new Error('A frame of a live figure came without its header');
  }
  const text = new TextDecoder().decode(
    new Uint8Array(data, HEAD_BYTES, length)
  );
  const header: unknown = JSON.parse(text);
  check('LiveHeader', header);
  let start = HEAD_BYTES + length;
  const payloads = header.layers.map(({ bytes }) => {
    if (!(bytes >= 0 && start + bytes <= data.byteLength)) {
      throw new Error('A frame of a live figure came without all its layers');
    }
    const payload = new Uint8Array(data, start, bytes);
    start += bytes;
    return payload;
  });
  return { header, payloads };
}
