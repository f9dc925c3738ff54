import { ServerConnection } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import {
  ILiveFrame,
  LiveMessage,
  LiveQuestion,
  unpackFrame
} from './livemessages';
import { socketUrl } from './request';

/**
 * One WebSocket to a figure on an engine.
 *
 * It never reconnects; whoever owns it decides that.
 */
export class LiveSocket implements IDisposable {
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
    this._socket.onclose = ({ reason }: CloseEvent) => {
      if (!this._isDisposed) {
        this._closed.emit(reason);
      }
    };
  }

  get opened(): ISignal<this, void> {
    return this._opened;
  }

  /** Emitted when the other side or the network ends the connection, with what is said of it. */
  get closed(): ISignal<this, string> {
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
        this._messageReceived.emit(JSON.parse(data) as LiveMessage);
      } else {
        this._frameReceived.emit(unpackFrame(data as ArrayBuffer));
      }
    } catch (reason) {
      const message = reason instanceof Error ? reason.message : String(reason);
      this._messageReceived.emit({ type: 'error', message });
    }
  }

  private _closed = new Signal<this, string>(this);
  private _frameReceived = new Signal<this, ILiveFrame>(this);
  private _isDisposed = false;
  private _messageReceived = new Signal<this, LiveMessage>(this);
  private _opened = new Signal<this, void>(this);
  private _socket: WebSocket;
}

/** `WebSocket.OPEN`, which a replaced WebSocket class may not carry. */
const OPEN = 1;
