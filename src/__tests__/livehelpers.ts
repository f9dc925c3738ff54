import { readFileSync } from 'fs';
import { join } from 'path';

import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { act } from 'react';

import { LiveModel } from '../figures/live/model';
import { unpackFrame } from '../services/livemessages';
import {
  ILiveAxes,
  ILiveFrame,
  ILiveHello,
  ILiveSocket,
  ILiveWish,
  LiveMessage,
  LiveQuestion
} from '../tokens';

import { until } from './helpers';

import helloJson from '../../tests/fixtures/live/hello.json';

export const HELLO = helloJson as unknown as ILiveHello;

/** A message of the fixtures that the server's tests read, too. */
export function bytesOf(name: string): ArrayBuffer {
  const read = readFileSync(
    join(__dirname, '../../tests/fixtures/live', `${name}.bin`)
  );
  return new Uint8Array(read).buffer;
}

export function frameOf(
  name: string,
  change: Partial<ILiveFrame['header']> = {}
): ILiveFrame {
  const { header, payloads } = unpackFrame(bytesOf(name));
  return { header: { ...header, ...change }, payloads };
}

/** A figure of pixels, as far as a test is about that. */
export function pixelsHello(axes: Partial<ILiveAxes> = {}): ILiveHello {
  const [first] = HELLO.axes;
  return {
    ...HELLO,
    kind: 'pixels',
    reason: 'it has lines',
    steps: null,
    axes: [{ ...first, map: false, bar: null, ...axes }]
  };
}

/** A connection whose other end a test plays. */
export class FakeLive implements ILiveSocket {
  readonly opened: Signal<ILiveSocket, void> = new Signal<ILiveSocket, void>(
    this
  );
  readonly closed: Signal<ILiveSocket, void> = new Signal<ILiveSocket, void>(
    this
  );
  readonly frameReceived: Signal<ILiveSocket, ILiveFrame> = new Signal<
    ILiveSocket,
    ILiveFrame
  >(this);
  readonly messageReceived: Signal<ILiveSocket, LiveMessage> = new Signal<
    ILiveSocket,
    LiveMessage
  >(this);
  readonly sent: LiveQuestion[] = [];
  isOpen = true;
  isDisposed = false;

  send(message: LiveQuestion): void {
    this.sent.push(message);
  }

  dispose(): void {
    this.isDisposed = true;
    this.isOpen = false;
    Signal.clearData(this);
  }

  get wishes(): ILiveWish[] {
    return this.sent.filter((each): each is ILiveWish => each.type === 'wish');
  }

  get wish(): ILiveWish {
    return this.wishes[this.wishes.length - 1];
  }

  of<T extends LiveQuestion['type']>(
    type: T
  ): Extract<LiveQuestion, { type: T }>[] {
    return this.sent.filter(
      (each): each is Extract<LiveQuestion, { type: T }> => each.type === type
    );
  }

  say(message: LiveMessage): void {
    this.messageReceived.emit(message);
  }

  /** Answer the newest wish, and wait until the answer is seen. */
  async answer(
    name: string,
    change: Partial<ILiveFrame['header']> = {}
  ): Promise<void> {
    const seq = this.wish?.seq ?? 0;
    const known = this.of('ack').length;
    await act(async () =>
      this.frameReceived.emit(frameOf(name, { seq, ...change }))
    );
    await until(() => this.of('ack').length > known);
  }
}

/** A viewer of a figure, with all connections that it has made. */
export class Viewed {
  readonly sockets: FakeLive[] = [];
  readonly model = new LiveModel({
    open: () => this.open(),
    trans: nullTranslator.load('emout_lab')
  });

  open(): FakeLive {
    const socket = new FakeLive();
    this.sockets.push(socket);
    return socket;
  }

  get socket(): FakeLive {
    return this.sockets[this.sockets.length - 1];
  }

  /** Connect, and let the server say what the figure is. */
  greet(hello: ILiveHello = HELLO): this {
    this.model.start();
    this.socket.say(hello);
    return this;
  }
}

/** Wait for the next frame of the screen: wishes are sent then. */
export async function nextFrame(): Promise<void> {
  await act(
    () =>
      new Promise<void>(resolve => {
        requestAnimationFrame(() => setTimeout(resolve));
      })
  );
}
