import { DisposableDelegate, IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import {
  IConnection,
  IEmoutManager,
  IPartItems,
  IPartModel,
  Part,
  ServerMessage
} from '../tokens';

/**
 * One part of the server's state, kept by key and in order.
 *
 * It is kept up to date only while somebody watches it, such as a section that can be seen.
 */
export class PartModel<P extends Part>
  implements IPartModel<IPartItems[P]>, IDisposable
{
  constructor(options: PartModel.IOptions<P>) {
    this.manager = options.manager;
    this._part = options.part;
    this._keyOf = options.keyOf;
    this._compare = options.compare;
    this.manager.messageReceived.connect(this._onMessage, this);
    this.manager.connectionChanged.connect(this._onConnection, this);
  }

  readonly manager: IEmoutManager;

  /** Emitted after anything a section draws has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The models in display order. */
  get items(): ReadonlyArray<IPartItems[P]> {
    if (this._sorted === null) {
      this._sorted = [...this._items.values()].sort(this._compare);
    }
    return this._sorted;
  }

  get connection(): IConnection {
    return this.manager.connection;
  }

  /** Whether the server has told the full state once. */
  get isLoaded(): boolean {
    return this._isLoaded;
  }

  /** The last thing that went wrong, until it is dismissed or over. */
  get notice(): string | null {
    return this._notice;
  }
  set notice(message: string | null) {
    if (message !== this._notice) {
      this._notice = message;
      this.emitChanged();
    }
  }

  get isWatched(): boolean {
    return this._watches.size > 0;
  }

  /** Keep the part up to date until the result is disposed. */
  watch(): IDisposable {
    const watched = this.manager.watch(this._part);
    const watch = new DisposableDelegate(() => {
      this._watches.delete(watch);
      watched.dispose();
    });
    this._watches.add(watch);
    return watch;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._watches.forEach(watch => watch.dispose());
    this.manager.messageReceived.disconnect(this._onMessage, this);
    this.manager.connectionChanged.disconnect(this._onConnection, this);
    Signal.clearData(this);
  }

  /** Key of what was last clicked; '' where nothing was. */
  selectedKey = '';

  /** What was last clicked, while it is there. */
  get selected(): IPartItems[P] | null {
    return this.get(this.selectedKey) ?? null;
  }

  /** The model with a key. */
  get(key: string): IPartItems[P] | undefined {
    return this._items.get(key);
  }

  /** Ask the server for everything again. */
  refresh(): void {
    this.manager.refresh();
  }

  /** Called after models were set or removed, before `changed` is emitted. */
  protected onItemsChanged(): void {
    // Nothing to derive here.
  }

  protected emitChanged(): void {
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  /** Do something; what goes wrong becomes the notice. */
  protected async attempt(work: () => Promise<unknown>): Promise<void> {
    this.notice = null;
    try {
      await work();
    } catch (reason) {
      this.notice = reason instanceof Error ? reason.message : String(reason);
    }
  }

  /** The same, while `underWay` says what is under way; done once however often it is asked for. */
  protected async attemptOnce<K>(
    underWay: Set<K>,
    key: K,
    work: () => Promise<unknown>
  ): Promise<void> {
    if (underWay.has(key)) {
      return;
    }
    underWay.add(key);
    this.emitChanged();
    try {
      await this.attempt(work);
    } finally {
      underWay.delete(key);
      this.emitChanged();
    }
  }

  private _onMessage(_: IEmoutManager, message: ServerMessage): void {
    if (message.type === 'state') {
      this._replace(message[this._part] as IPartItems[P][] | undefined);
    } else if (message.type === 'delta' && message.part === this._part) {
      this._update(message.set as IPartItems[P][], message.removed);
    }
  }

  private _replace(items: IPartItems[P][] | undefined): void {
    // A part nobody watches may be left out or empty; neither is news.
    if (items === undefined || !this.isWatched) {
      return;
    }
    this._items = new Map(items.map(item => [this._keyOf(item), item]));
    this._isLoaded = true;
    this._itemsChanged();
  }

  private _update(set: IPartItems[P][], removed: readonly string[]): void {
    removed.forEach(key => this._items.delete(key));
    set.forEach(item => this._items.set(this._keyOf(item), item));
    this._itemsChanged();
  }

  private _itemsChanged(): void {
    this._sorted = null;
    this.onItemsChanged();
    this.emitChanged();
  }

  private _onConnection(): void {
    this.emitChanged();
  }

  private _changed = new Signal<this, void>(this);
  private _compare: (a: IPartItems[P], b: IPartItems[P]) => number;
  private _isDisposed = false;
  private _isLoaded = false;
  private _items = new Map<string, IPartItems[P]>();
  private _keyOf: (item: IPartItems[P]) => string;
  private _notice: string | null = null;
  private _part: P;
  private _sorted: IPartItems[P][] | null = null;
  private _watches = new Set<IDisposable>();
}

export namespace PartModel {
  export interface IOptions<P extends Part> {
    manager: IEmoutManager;
    part: P;
    keyOf: (item: IPartItems[P]) => string;
    compare: (a: IPartItems[P], b: IPartItems[P]) => number;
  }
}
