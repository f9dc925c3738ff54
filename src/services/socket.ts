import { ServerConnection } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { socketUrl } from './request';

/** `WebSocket.OPEN`, which a replaced WebSocket class may not carry. */
const OPEN = 1;

/**
 * One WebSocket to a route of the extension: says when it opens and when it ends, and sends
 * questions as JSON.
 *
 * It never reconnects; whoever owns it decides that.
 *
 * @typeparam Question - what is sent.
 */
export abstract class ServerSocket<Question> implements IDisposable {
  constructor(settings: ServerConnection.ISettings, ...route: string[]) {
    this.socket = new settings.WebSocket(socketUrl(settings, ...route));
    this.socket.onopen = () => this._opened.emit();
    this.socket.onclose = () => {
      if (!this._isDisposed) {
        this._closed.emit();
      }
    };
  }

  get opened(): ISignal<this, void> {
    return this._opened;
  }

  /** Emitted when the other side or the network ends the connection. */
  get closed(): ISignal<this, void> {
    return this._closed;
  }

  get isOpen(): boolean {
    return this.socket.readyState === OPEN;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Send a message; silently left out while the socket is not open. */
  send(message: Question): void {
    if (this.isOpen) {
      this.socket.send(JSON.stringify(message));
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    Signal.clearData(this);
    this.socket.close();
  }

  protected readonly socket: WebSocket;
  private _closed = new Signal<this, void>(this);
  private _isDisposed = false;
  private _opened = new Signal<this, void>(this);
}
