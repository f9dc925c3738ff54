import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { IEmoutManager, ISweep, ISweepTable } from '../tokens';
import { SweepData } from './data';

/** Pause between two questions while results keep coming. */
const PAUSE_MS = 700;

/**
 * The results of one sweep, brought up to date while somebody looks.
 *
 * Only what is new is asked for, piece by piece, whenever the server tells of more points.
 */
export class SweepTableModel implements IDisposable {
  constructor(options: SweepTableModel.IOptions) {
    this._manager = options.manager;
    this.id = options.id;
    this._manager.sweeps.changed.connect(this._onSweeps, this);
  }

  readonly id: string;
  readonly data = new SweepData();

  /** Emitted when there are more results, and when something else that is shown has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What is known of the sweep itself; null before the server has told, and after its end. */
  get sweep(): ISweep | null {
    return this._manager.sweeps.get(this.id) ?? null;
  }

  /** Whether all that was there has come once. */
  get isLoaded(): boolean {
    return this._isLoaded;
  }

  get failure(): string | null {
    return this._failure;
  }

  /** Whether somebody looks. */
  get isVisible(): boolean {
    return this._watch !== null;
  }
  set isVisible(isVisible: boolean) {
    if (isVisible === this.isVisible || this._isDisposed) {
      return;
    }
    if (isVisible) {
      this._watch = this._manager.sweeps.watch();
      this._ask();
    } else {
      this._watch?.dispose();
      this._watch = null;
    }
  }

  /** Ask again for what failed. */
  retry(): void {
    this._failure = null;
    this._changed.emit();
    this._ask();
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
    window.clearTimeout(this._timer);
    this._manager.sweeps.changed.disconnect(this._onSweeps, this);
    Signal.clearData(this);
  }

  private _onSweeps(): void {
    const { sweep } = this;
    const told = sweep === null ? '' : JSON.stringify(sweep);
    if (told === this._told) {
      return;
    }
    this._told = told;
    this._changed.emit();
    if (this.isVisible && this._failure === null) {
      this._ask();
    }
  }

  /** Have what is new fetched, soon but not more often than is useful. */
  private _ask(): void {
    this._isWanted = true;
    if (!this._isAsking && this._timer === undefined) {
      void this._fetch();
    }
  }

  private async _fetch(): Promise<void> {
    this._isAsking = true;
    this._isWanted = false;
    try {
      let hasMore = true;
      while (hasMore && this.isVisible) {
        const piece = await this._manager.sweepTable(this.id, this._since);
        hasMore = this._take(piece);
      }
      this._isLoaded ||= !hasMore;
      this._failure = null;
    } catch (reason) {
      this._failure = reason instanceof Error ? reason.message : String(reason);
    }
    this._isAsking = false;
    if (this._isDisposed) {
      return;
    }
    this._changed.emit();
    this._timer = window.setTimeout(() => {
      this._timer = undefined;
      if (this._isWanted && this.isVisible && this._failure === null) {
        void this._fetch();
      }
    }, PAUSE_MS);
  }

  /** @returns whether there is more to ask for */
  private _take(piece: ISweepTable): boolean {
    if (piece.restarted) {
      this.data.clear();
    }
    this.data.declare('parameter', piece.parameters);
    this.data.put(piece.points, piece.columns);
    this._since = piece.next;
    return piece.more;
  }

  private _changed = new Signal<this, void>(this);
  private _failure: string | null = null;
  private _isAsking = false;
  private _isDisposed = false;
  private _isLoaded = false;
  private _isWanted = false;
  private _manager: IEmoutManager;
  private _since = '';
  private _timer: number | undefined = undefined;
  private _told = '';
  private _watch: IDisposable | null = null;
}

export namespace SweepTableModel {
  export interface IOptions {
    manager: IEmoutManager;
    /** Id of the sweep. */
    id: string;
  }
}
