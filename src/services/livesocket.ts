import { ServerConnection } from '@jupyterlab/services';
import { ISignal, Signal } from '@lumino/signaling';

import { ILiveFrame, ILiveSocket, LiveMessage, LiveQuestion } from '../tokens';
import { checkLiveMessage } from './check';
import { unpackFrame } from './livemessages';
import { socketUrl } from './request';

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
    this._socket.onmessage = ({ data }: MessageEvent<unknown>) =>
      this._onMessage(data);
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

  private _onMessage(data: unknown): void {
    if (this._isDisposed) {
      return;
    }
    try {
      if (typeof data === 'string') {
        const message: unknown = JSON.parse(data);
        checkLiveMessage(message);
        this._messageReceived.emit(message);
      } else {
        this._frameReceived.emit(unpackFrame(data as ArrayBuffer));
      }
    } catch (reason) {
      const message = reason instanceof Error ? reason.message : String(reason);
      this._messageReceived.emit({ type: 'error', message, field: null });
    }
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
