import { ILiveFrame, ILiveHeader, LiveMessage } from '../tokens';
import { checkBy, IValidators } from './check';
import * as validators from './livevalidators';

const HEAD_BYTES = 4;

/**
 * Read a message of a live figure that is no frame.
 *
 * @throws Error where it is not in the agreed form
 */
export function readMessage(text: string): LiveMessage {
  const data: unknown = JSON.parse(text);
  const { type } = (data ?? {}) as Record<string, unknown>;
  const kind = (validators as IValidators).MESSAGES[String(type)];
  if (kind === undefined) {
    throw new Error(
      `Unknown message of a live figure: ${JSON.stringify(type ?? data)}`
    );
  }
  checkBy(validators, kind, data);
  return data as LiveMessage;
}

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
  const header = JSON.parse(text) as ILiveHeader;
  checkBy(validators, 'LiveHeader', header);
  let start = HEAD_BYTES + length;
  const payloads = header.layers.map(({ bytes = 0 }) => {
    if (!(bytes >= 0 && start + bytes <= data.byteLength)) {
      throw new Error('A frame of a live figure came without all its layers');
    }
    const payload = new Uint8Array(data, start, bytes);
    start += bytes;
    return payload;
  });
  return { header, payloads };
}
