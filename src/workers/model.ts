import { PartModel } from '../services/partmodel';
import { IEmoutManager, IWorker } from '../tokens';
import { CpuHistory } from './history';

/**
 * The engines of all sessions, by session and then by number.
 */
export class WorkersModel extends PartModel<'workers'> {
  constructor(manager: IEmoutManager) {
    super({
      manager,
      part: 'workers',
      keyOf: worker => worker.address,
      compare
    });
  }

  /** An engine that is being restarted keeps its place while it is away. */
  get items(): readonly IWorker[] {
    const present = super.items;
    const away = [...this._restarting].filter(
      worker => !present.some(each => isSame(each, worker))
    );
    return away.length === 0 ? present : [...present, ...away].sort(compare);
  }

  /** Whether rows must name their session. */
  get hasManySessions(): boolean {
    return new Set(this.items.map(worker => worker.session)).size > 1;
  }

  /** CPU of an engine over the last two minutes, in equal steps up to a time. */
  cpuHistory(worker: IWorker, time: number): number[] {
    return this._history.values(worker.address, time);
  }

  isInterrupting(worker: IWorker): boolean {
    return this._interrupting.has(worker.address);
  }

  /** Stop what an engine is running; what goes wrong becomes the notice. */
  async interrupt(worker: IWorker): Promise<void> {
    if (this._interrupting.has(worker.address)) {
      return;
    }
    this._interrupting.add(worker.address);
    this.notice = null;
    this.emitChanged();
    try {
      // The program that the user saw, not one that has begun meanwhile.
      await this.manager.interrupt(
        worker.session,
        worker.id,
        worker.current?.program
      );
    } catch (reason) {
      this.notice = reason instanceof Error ? reason.message : String(reason);
    } finally {
      this._interrupting.delete(worker.address);
      this.emitChanged();
    }
  }

  isRestarting(worker: IWorker): boolean {
    return [...this._restarting].some(each => isSame(each, worker));
  }

  /** Restart an engine, whatever it does; what goes wrong becomes the notice. */
  async restart(worker: IWorker): Promise<void> {
    if (this.isRestarting(worker)) {
      return;
    }
    this._restarting.add(worker);
    this.notice = null;
    this.emitChanged();
    try {
      await this.manager.restartEngine(worker.session, worker.id);
    } catch (reason) {
      this.notice = reason instanceof Error ? reason.message : String(reason);
    } finally {
      this._restarting.delete(worker);
      this.emitChanged();
    }
  }

  protected onItemsChanged(): void {
    this._history.record(this.items, Date.now() / 1000);
  }

  private _history = new CpuHistory();
  private _interrupting = new Set<string>();
  private _restarting = new Set<IWorker>();
}

/** By session and then by number. */
function compare(a: IWorker, b: IWorker): number {
  return (
    a.session.localeCompare(b.session) ||
    a.id.localeCompare(b.id, undefined, { numeric: true })
  );
}

/** Whether two are the same engine, also after a restart. */
function isSame(a: IWorker, b: IWorker): boolean {
  return a.session === b.session && a.id === b.id;
}
