import { ServerConnection } from '@jupyterlab/services';
import { ISignal, Signal } from '@lumino/signaling';

import { ServerMessage } from '../tokens';
import type { Watch } from './api';
import { checkMessage } from './check';
import { ServerSocket } from './socket';

/** The WebSocket by which the server tells what changes. */
export class EventSocket extends ServerSocket<Watch> {
  constructor(settings: ServerConnection.ISettings) {
    super(settings, 'events');
    this.socket.onmessage = event => this._onMessage(String(event.data));
  }

  get messageReceived(): ISignal<this, ServerMessage> {
    return this._messageReceived;
  }

  /** Emitted for a message that is not in the agreed form. */
  get messageRefused(): ISignal<this, string> {
    return this._messageRefused;
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

  private _messageReceived = new Signal<this, ServerMessage>(this);
  private _messageRefused = new Signal<this, string>(this);
}
