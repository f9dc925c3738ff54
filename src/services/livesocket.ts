import { ServerConnection } from '@jupyterlab/services';
import { ISignal, Signal } from '@lumino/signaling';

import { ILiveFrame, ILiveSocket, LiveMessage, LiveQuestion } from '../tokens';
import { socketUrl } from './request';

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

/**
 * One WebSocket to a figure on an engine.
 *
 * It never reconnects; whoever owns it decides that.
 */
export class LiveSocket implements ILiveSocket {
  constructor(
    settings: ServerConnection.ISettings,
    session: string,
    figure: string
  ) {
    this._socket = new settings.WebSocket(
      socketUrl(settings, 'live', session, figure)
    );
    this._socket.binaryType = 'arraybuffer';
    this._socket.onopen = () => this._opened.emit();
    const loaded = loadReader();
    // Promises keep the order in which messages come.
    this._socket.onmessage = ({ data }: MessageEvent<unknown>) =>
      void loaded.then(each => this._onMessage(each, data));
    loaded.catch(reason => this._onUnread(reason));
    this._socket.onclose = () => {
      if (!this._isDisposed) {
        this._closed.emit();
      }
    };
  }

  get opened(): ISignal<this, void> {
    return this._opened;
  }

  get closed(): ISignal<this, void> {
    return this._closed;
  }

  get frameReceived(): ISignal<this, ILiveFrame> {
    return this._frameReceived;
  }

  get messageReceived(): ISignal<this, LiveMessage> {
    return this._messageReceived;
  }

  get isOpen(): boolean {
    return this._socket.readyState === OPEN;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Send a message; silently left out while the socket is not open. */
  send(message: LiveQuestion): void {
    if (this.isOpen) {
      this._socket.send(JSON.stringify(message));
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    Signal.clearData(this);
    this._socket.close();
  }

  private _onMessage(
    { readMessage, unpackFrame }: Reader,
    data: unknown
  ): void {
    if (this._isDisposed) {
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
    if (!this._isDisposed) {
      this._fail(reason);
      this._socket.close();
    }
  }

  private _fail(reason: unknown): void {
    const message = reason instanceof Error ? reason.message : String(reason);
    this._messageReceived.emit({ type: 'error', message, field: null });
  }

  private _closed = new Signal<this, void>(this);
  private _frameReceived = new Signal<this, ILiveFrame>(this);
  private _isDisposed = false;
  private _messageReceived = new Signal<this, LiveMessage>(this);
  private _opened = new Signal<this, void>(this);
  private _socket: WebSocket;
}

/** `WebSocket.OPEN`, which a replaced WebSocket class may not carry. */
const OPEN = 1;
