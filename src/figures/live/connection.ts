import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import {
  ILiveFrame,
  ILiveHello,
  ILiveProbe,
  ILiveSocket,
  ILiveValues,
  ILiveWish,
  LiveMessage
} from '../../tokens';

/** The version of the messages that are understood here. */
const VERSION = 1;
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** A wish is answered at once: a connection that is silent so long leads nowhere. */
export const SILENCE_MS = 10_000;

/**
 * How a viewer stands with its figure.
 *
 * `healing` means that the figure is being drawn again, `gone` that it will not come back.
 */
export type LiveStatus =
  'off' | 'connecting' | 'connected' | 'healing' | 'lost' | 'gone';

/**
 * Keeps a connection to a live figure for as long as it is wanted, and sends the newest wish.
 *
 * A lost connection is tried again with growing pauses. What the viewer wants is asked anew each
 * time, so nothing is missed.
 */
export class LiveConnection implements IDisposable {
  constructor(private _options: LiveConnection.IOptions) {
    window.addEventListener('online', this._onOnline);
  }

  get status(): LiveStatus {
    return this._status;
  }

  /** Why it is as it is, in the words of the server; '' where nothing is to be said. */
  get reason(): string {
    return this._reason;
  }

  get statusChanged(): ISignal<this, LiveStatus> {
    return this._statusChanged;
  }

  get helloReceived(): ISignal<this, ILiveHello> {
    return this._helloReceived;
  }

  get frameReceived(): ISignal<this, ILiveFrame> {
    return this._frameReceived;
  }

  get valuesReceived(): ISignal<this, ILiveValues> {
    return this._valuesReceived;
  }

  /** Emitted with what the engine is running, null when that is over. */
  get busyChanged(): ISignal<this, string | null> {
    return this._busyChanged;
  }

  /** Emitted with what the server could not use. */
  get refused(): ISignal<this, string> {
    return this._refused;
  }

  /** Whether the newest wish has been answered. */
  get isAnswered(): boolean {
    return this._answered >= this._seq && this._planned === null;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.removeEventListener('online', this._onOnline);
    this.stop();
    Signal.clearData(this);
  }

  start(): void {
    if (this._isDisposed || this._socket !== null) {
      return;
    }
    window.clearTimeout(this._retry);
    this._setStatus('connecting');
    this._open();
  }

  /** Close the connection at once; what is wanted is asked anew after the next start. */
  stop(): void {
    window.clearTimeout(this._retry);
    this._close();
    this._pause = RETRY_MIN_MS;
    this._setStatus('off');
  }

  /** Ask for what is wanted now: once in each frame of the screen. */
  request(): void {
    if (this._planned !== null || !this._isReady) {
      return;
    }
    const send = () => {
      this._planned = null;
      this._send();
    };
    // A hidden page has no frames of the screen.
    this._planned = document.hidden
      ? { timer: window.setTimeout(send), frame: 0 }
      : { timer: 0, frame: requestAnimationFrame(send) };
  }

  /** Ask for a value; false where nobody can be asked. */
  probe(question: Omit<ILiveProbe, 'type' | 'seq'>): boolean {
    if (!this._isReady) {
      return false;
    }
    this._probes += 1;
    this._socket?.send({ type: 'probe', seq: this._probes, ...question });
    return true;
  }

  /** Tell that a frame is on the screen. */
  acknowledge(n: number): void {
    this._socket?.send({ type: 'ack', n });
  }

  private _open(): void {
    const socket = this._options.open();
    this._socket = socket;
    socket.messageReceived.connect((_, message) => {
      this._onMessage(message);
      this._heard();
    });
    socket.frameReceived.connect((_, frame) => {
      this._answered = Math.max(this._answered, frame.header.seq);
      this._heard();
      this._frameReceived.emit(frame);
    });
    socket.closed.connect(() => this._onLost());
    this._watch();
  }

  private _close(): void {
    this._isReady = false;
    this._socket?.dispose();
    this._socket = null;
    window.clearTimeout(this._silence);
    this._silence = 0;
    this._unplan();
  }

  private _unplan(): void {
    if (this._planned !== null) {
      window.clearTimeout(this._planned.timer);
      cancelAnimationFrame(this._planned.frame);
      this._planned = null;
    }
  }

  private _onMessage(message: LiveMessage): void {
    switch (message.type) {
      case 'hello':
        return this._onHello(message);
      case 'values':
        return void this._valuesReceived.emit(message);
      case 'busy':
        return this._onBusy(message.label);
      case 'gone':
        return this._onGone(message.reason, message.healing);
      case 'error':
        // Nothing will come of the wish, and nobody has to wait for it.
        this._excused = this._seq;
        return void this._refused.emit(message.message);
    }
  }

  private _onHello(hello: ILiveHello): void {
    if (hello.v !== VERSION) {
      this._onGone(this._options.otherVersion, false);
      return;
    }
    this._isReady = true;
    this._pause = RETRY_MIN_MS;
    this._onBusy(null);
    this._helloReceived.emit(hello);
    this._setStatus('connected');
    this._send();
  }

  private _onBusy(label: string | null): void {
    this._isBusy = label !== null;
    this._busyChanged.emit(label);
  }

  private _onGone(reason: string, isHealing: boolean): void {
    if (isHealing) {
      this._isReady = false;
    } else {
      this._close();
    }
    this._setStatus(isHealing ? 'healing' : 'gone', reason);
  }

  private _onLost(): void {
    this._close();
    this._setStatus('lost', this._reason);
    this._retry = window.setTimeout(() => this._open(), this._pause);
    this._pause = Math.min(2 * this._pause, RETRY_MAX_MS);
  }

  private _onOnline = (): void => {
    if (this._status === 'lost') {
      this._close();
      window.clearTimeout(this._retry);
      this._open();
    }
  };

  private _send(): void {
    if (!this._isReady) {
      return;
    }
    this._unplan();
    this._seq += 1;
    const wish = this._options.wish(this._seq);
    this._socket?.send(wish);
    if (!wish.visible) {
      // Nothing is drawn for it.
      this._answered = this._seq;
    }
    this._watch();
  }

  /** Let no connection stand still that somebody waits for. */
  private _watch(): void {
    const answered = Math.max(this._answered, this._excused);
    const isWaiting = !this._isReady || answered < this._seq;
    const isPatient = this._isBusy || this._status === 'healing';
    if (this._socket === null || this._silence || !isWaiting || isPatient) {
      return;
    }
    this._silence = window.setTimeout(() => {
      this._silence = 0;
      this._onLost();
    }, SILENCE_MS);
  }

  private _heard(): void {
    window.clearTimeout(this._silence);
    this._silence = 0;
    this._watch();
  }

  private _setStatus(status: LiveStatus, reason: string = ''): void {
    if (status !== this._status || reason !== this._reason) {
      this._status = status;
      this._reason = reason;
      this._statusChanged.emit(status);
    }
  }

  private _answered = 0;
  private _busyChanged = new Signal<this, string | null>(this);
  /** The newest wish for which nobody waits any more. */
  private _excused = 0;
  private _frameReceived = new Signal<this, ILiveFrame>(this);
  private _helloReceived = new Signal<this, ILiveHello>(this);
  private _isBusy = false;
  private _isDisposed = false;
  /** Whether the other side has said what the figure is. */
  private _isReady = false;
  private _pause = RETRY_MIN_MS;
  private _planned: { timer: number; frame: number } | null = null;
  private _probes = 0;
  private _reason = '';
  private _refused = new Signal<this, string>(this);
  private _retry = 0;
  private _seq = 0;
  private _silence = 0;
  private _socket: ILiveSocket | null = null;
  private _status: LiveStatus = 'off';
  private _statusChanged = new Signal<this, LiveStatus>(this);
  private _valuesReceived = new Signal<this, ILiveValues>(this);
}

export namespace LiveConnection {
  export interface IOptions {
    open: () => ILiveSocket;
    /** All that the viewer wants now. */
    wish: (seq: number) => ILiveWish;
    /** What is said where the server speaks another version. */
    otherVersion: string;
  }
}
