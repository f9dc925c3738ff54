import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import {
  IConnection,
  IEmoutManager,
  IPartItems,
  Part,
  ServerMessage
} from '../tokens';

/**
 * One part of the server's state, kept by key and in order.
 *
 * Sections draw it; while a section is visible it sets {@link isVisible}, and only
 * then is the part watched.
 */
export class PartModel<P extends Part> implements IDisposable {
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

  get isVisible(): boolean {
    return this._watch !== null;
  }
  set isVisible(visible: boolean) {
    if (visible && this._watch === null && !this._isDisposed) {
      this._watch = this.manager.watch(this._part);
    } else if (!visible) {
      this._watch?.dispose();
      this._watch = null;
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this.isVisible = false;
    this._isDisposed = true;
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

  private _onMessage(_: IEmoutManager, message: ServerMessage): void {
    if (message.type === 'state') {
      this._replace(message[this._part] as IPartItems[P][] | undefined);
    } else if (message.type === 'delta' && message.part === this._part) {
      this._update(message.set as IPartItems[P][], message.removed);
    }
  }

  private _replace(items: IPartItems[P][] | undefined): void {
    // A part nobody watches may be left out or empty; neither is news.
    if (items === undefined || !this.isVisible) {
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
  private _watch: IDisposable | null = null;
}

export namespace PartModel {
  export interface IOptions<P extends Part> {
    manager: IEmoutManager;
    part: P;
    keyOf: (item: IPartItems[P]) => string;
    compare: (a: IPartItems[P], b: IPartItems[P]) => number;
  }
}
