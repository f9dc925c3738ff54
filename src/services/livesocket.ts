import { ServerConnection } from '@jupyterlab/services';
import { ISignal, Signal } from '@lumino/signaling';

import { ILiveFrame, ILiveSocket, LiveMessage, LiveQuestion } from '../tokens';
import { ServerSocket } from './socket';

type Reader = typeof import('./livemessages');

/** What reads messages is large: it is loaded with the first figure that is live. */
let reader: Promise<Reader> | null = null;

function loadReader(): Promise<Reader> {
  reader ??= import('./livemessages').catch(reason => {
    // The next connection tries again.
    reader = null;
    throw reason;
  });
  return reader;
}

/** The WebSocket to a figure on an engine. */
export class LiveSocket
  extends ServerSocket<LiveQuestion>
  implements ILiveSocket
{
  constructor(
    settings: ServerConnection.ISettings,
    session: string,
    figure: string
  ) {
    super(settings, 'live', session, figure);
    this.socket.binaryType = 'arraybuffer';
    const loaded = loadReader();
    // Promises keep the order in which messages come.
    this.socket.onmessage = ({ data }: MessageEvent<unknown>) =>
      void loaded.then(each => this._onMessage(each, data));
    loaded.catch(reason => this._onUnread(reason));
  }

  get frameReceived(): ISignal<this, ILiveFrame> {
    return this._frameReceived;
  }

  get messageReceived(): ISignal<this, LiveMessage> {
    return this._messageReceived;
  }

  private _onMessage(
    { readMessage, unpackFrame }: Reader,
    data: unknown
  ): void {
    if (this.isDisposed) {
      return;
    }
    try {
      if (typeof data === 'string') {
        this._messageReceived.emit(readMessage(data));
      } else {
        this._frameReceived.emit(unpackFrame(data as ArrayBuffer));
      }
    } catch (reason) {
      this._fail(reason);
    }
  }

  /** Without the part of the extension that reads messages nothing can be shown. */
  private _onUnread(reason: unknown): void {
    if (!this.isDisposed) {
      this._fail(reason);
      this.socket.close();
    }
  }

  private _fail(reason: unknown): void {
    const message = reason instanceof Error ? reason.message : String(reason);
    this._messageReceived.emit({ type: 'error', message, field: null });
  }

  private _frameReceived = new Signal<this, ILiveFrame>(this);
  private _messageReceived = new Signal<this, LiveMessage>(this);
}
