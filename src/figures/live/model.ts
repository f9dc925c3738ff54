import { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import {
  ILiveFrame,
  ILiveHello,
  ILiveSocket,
  ILiveWish,
  Interval
} from '../../tokens';
import { LiveConnection, LiveStatus } from './connection';
import { Decoder, IDecodedFrame } from './decoder';
import { Player } from './player';
import { Pointing } from './pointing';
import { Resting } from './resting';
import { Sizing } from './sizing';
import { Steering } from './steering';
import { ViewState } from './viewstate';

/**
 * One viewer of a live figure: what it wants to see, what it sees, and what it was told.
 */
export class LiveModel implements IDisposable {
  constructor(private _options: LiveModel.IOptions) {
    const { trans } = _options;
    this._connection = new LiveConnection({
      open: _options.open,
      wish: seq => this._wish(seq),
      otherVersion: trans.__(
        'The server has another version of emout_lab: reload the page.'
      )
    });
    this._connection.statusChanged.connect(() => this._onStatus());
    this._connection.helloReceived.connect((_, hello) => this._onHello(hello));
    this._connection.frameReceived.connect((_, frame) => this._onFrame(frame));
    this._connection.valuesReceived.connect((_, values) =>
      this.pointing.take(values)
    );
    for (const { changed } of [this.pointing, this.steering]) {
      changed.connect(() => this._changed.emit());
    }
    this._connection.busyChanged.connect((_, label) => this._setBusy(label));
    this._connection.refused.connect((_, message) => {
      this._failure = message;
      this._changed.emit();
    });
    document.addEventListener('visibilitychange', this._onVisibility);
  }

  readonly view = new ViewState();
  readonly player = new Player();
  readonly steering = new Steering({
    view: this.view,
    ask: () => this._ask()
  });
  readonly pointing = new Pointing({
    view: this.view,
    ask: question => this._connection.probe(question)
  });

  /** Emitted after anything but the picture has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted with what is to be painted. */
  get framed(): ISignal<this, IDecodedFrame> {
    return this._framed;
  }

  /** Emitted when the picture that stays has come. */
  get rested(): ISignal<this, Blob> {
    return this._rested;
  }

  get status(): LiveStatus {
    return this._connection.status;
  }

  /** Why it is as it is, in the words of the server. */
  get reason(): string {
    return this._connection.reason;
  }

  /** What the figure is; null until it has been told. */
  get hello(): ILiveHello | null {
    return this._hello;
  }

  /** What the engine is running, for which the picture has to wait; null for nothing. */
  get busy(): string | null {
    return this._busy;
  }

  /** What the server could not use, or could not be shown; '' for nothing. */
  get failure(): string {
    return this._failure;
  }

  /** Whether the picture that stays is the one for what is wanted. */
  get isResting(): boolean {
    return this._resting.isReached;
  }

  /** Whether it is shown otherwise than it was drawn. */
  get isChanged(): boolean {
    const { hello, player, view } = this;
    return (
      view.wishes().length > 0 ||
      player.isMoved ||
      hello?.size.some((side, index) => side !== this.size[index]) === true
    );
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    document.removeEventListener('visibilitychange', this._onVisibility);
    this._connection.dispose();
    this._resting.wake();
    Signal.clearData(this.pointing);
    Signal.clearData(this.steering);
    Signal.clearData(this);
  }

  start(): void {
    this._failure = '';
    this._connection.start();
  }

  /** End the connection; what was wanted is wanted again after the next start. */
  stop(): void {
    this._connection.stop();
    this._setBusy(null);
  }

  /** Whether anybody can see it. */
  set isVisible(isVisible: boolean) {
    if (isVisible !== this._isVisible) {
      this._isVisible = isVisible;
      this._connection.request();
    }
  }

  /** The figure's own size; with another one it is laid out anew, with letters of the same size. */
  get size(): readonly [number, number] {
    return this._sizing.size;
  }
  set size(sides: readonly [number, number]) {
    if (this._sizing.resize(sides)) {
      this._ask();
    }
  }

  /** How large it is shown: pixels of CSS for one of its size. */
  get scale(): number {
    return this._sizing.scale;
  }
  set scale(scale: number) {
    if (this._sizing.rescale(scale)) {
      this._ask();
    }
  }

  /** The limits of the colours of axes; null where they have none. */
  limits(i: number): Interval | null {
    return (
      this.view.colors(i).clim ??
      this._shown?.axes.find(each => each.i === i)?.clim ??
      this.view.find(i).clim
    );
  }

  seek(step: number): void {
    this.player.seek(step);
    this._ask();
  }

  togglePlay(): void {
    this.player.toggle();
    this._ask();
  }

  setSpeed(speed: number): void {
    this.player.speed = speed;
    this._ask();
  }

  setLooping(isLooping: boolean): void {
    this.player.isLooping = isLooping;
    this._ask();
  }

  /** Hand on the picture as it is drawn at rest for what is wanted; what goes wrong is shown. */
  async save(keep: (picture: Blob) => void): Promise<void> {
    if (this.player.isPlaying) {
      this.togglePlay();
    }
    const picture = await this._resting.until(
      () => this.status === 'connected'
    );
    if (picture !== null) {
      keep(picture);
    } else {
      this._failure = this._options.trans.__('There is no picture yet.');
      this._changed.emit();
    }
  }

  private _ask(): void {
    this._resting.leave();
    this._failure = '';
    this._connection.request();
    this._changed.emit();
  }

  private _wish(seq: number): ILiveWish {
    const { player, view } = this;
    player.wished(seq);
    return {
      type: 'wish',
      seq,
      size: this.size,
      dpr: this._sizing.ratio,
      axes: view.wishes(),
      t: player.wanted,
      have: this._decoder.have,
      play: player.play,
      visible: this._isVisible && !document.hidden
    };
  }

  private _onVisibility = (): void => {
    this._connection.request();
  };

  private _onStatus(): void {
    if (this.status !== 'connected') {
      this.pointing.forget();
      this._resting.wake();
    }
    this._changed.emit();
  }

  private _onHello(hello: ILiveHello): void {
    this._hello = hello;
    this._failure = '';
    this._resting.leave();
    this.view.setFigure(hello);
    this.pointing.forget();
    this.player.setFigure(hello);
    this.steering.setFigure(hello);
    this._sizing.setFigure(hello);
    this._changed.emit();
  }

  private _onFrame(frame: ILiveFrame): void {
    void this._decoder.decode(frame).then(
      decoded => this._show(decoded),
      reason => {
        this._failure =
          reason instanceof Error ? reason.message : String(reason);
        // Unseen, but nobody shall wait for it.
        this._connection.acknowledge(frame.header.n);
        this._changed.emit();
      }
    );
  }

  private _show(frame: IDecodedFrame): void {
    if (this._isDisposed) {
      return;
    }
    const { header, picture } = frame;
    const isNewest = this._connection.isAnswered;
    if (!this.player.show(header.t, header.seq)) {
      this._connection.acknowledge(header.n);
      return;
    }
    this._shown = header;
    if (isNewest) {
      header.axes.forEach(({ i, xlim, ylim }) =>
        this.view.correct(i, xlim, ylim)
      );
    }
    if (header.rest && picture !== null) {
      this._resting.take(picture.file, isNewest);
      this._rested.emit(picture.file);
    }
    this._busy = header.busy;
    this._framed.emit(frame);
    this._connection.acknowledge(header.n);
    this._changed.emit();
  }

  private _setBusy(label: string | null): void {
    if (label !== this._busy) {
      this._busy = label;
      this._changed.emit();
    }
  }

  private _busy: string | null = null;
  private _changed = new Signal<this, void>(this);
  private _connection: LiveConnection;
  private _decoder = new Decoder();
  private _failure = '';
  private _framed = new Signal<this, IDecodedFrame>(this);
  private _hello: ILiveHello | null = null;
  private _isDisposed = false;
  private _isVisible = true;
  private _resting = new Resting();
  private _shown: IDecodedFrame['header'] | null = null;
  private _rested = new Signal<this, Blob>(this);
  private _sizing = new Sizing();
}

export namespace LiveModel {
  export interface IOptions {
    /** Connect to the figure. */
    open: () => ILiveSocket;
    trans: TranslationBundle;
  }
}
