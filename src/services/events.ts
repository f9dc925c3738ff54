import { ServerConnection } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { ServerMessage } from '../tokens';
import type { Watch } from './api';
import { checkMessage } from './check';
import { socketUrl } from './request';

/**
 * One WebSocket to `/events`: says when it opens, what it hears, when it ends.
 *
 * It never reconnects; whoever owns it decides that.
 */
export class EventSocket implements IDisposable {
  constructor(settings: ServerConnection.ISettings) {
    this._socket = new settings.WebSocket(socketUrl(settings, 'events'));
    this._socket.onopen = () => this._opened.emit();
    this._socket.onmessage = event => this._onMessage(String(event.data));
    this._socket.onclose = () => {
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

  get messageReceived(): ISignal<this, ServerMessage> {
    return this._messageReceived;
  }

  /** Emitted for a message that is not in the agreed form. */
  get messageRefused(): ISignal<this, string> {
    return this._messageRefused;
  }

  get isOpen(): boolean {
    return this._socket.readyState === OPEN;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Send a message; silently left out while the socket is not open. */
  send(message: Watch): void {
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

  private _onMessage(data: string): void {
    try {
      const message: unknown = JSON.parse(data);
      checkMessage(message);
      this._messageReceived.emit(message);
    } catch (reason) {
      this._messageRefused.emit(
        reason instanceof Error ? reason.message : String(reason)
      );
    }
  }

  private _isDisposed = false;
  private _socket: WebSocket;
  private _opened = new Signal<this, void>(this);
  private _closed = new Signal<this, void>(this);
  private _messageReceived = new Signal<this, ServerMessage>(this);
  private _messageRefused = new Signal<this, string>(this);
}

/** `WebSocket.OPEN`, which a replaced WebSocket class may not carry. */
const OPEN = 1;
