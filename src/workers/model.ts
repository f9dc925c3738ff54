import { PartModel } from '../services/partmodel';
import { IEmoutManager, IWorker, IWorkersModel } from '../tokens';
import { CpuHistory } from './history';

/**
 * The engines of all sessions, by session and then by number.
 */
export class WorkersModel
  extends PartModel<'workers'>
  implements IWorkersModel
{
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

  /** The engines that run something now. */
  get busy(): readonly IWorker[] {
    return this.items.filter(worker => worker.current !== null);
  }

  isInterrupting(worker: IWorker): boolean {
    return this._interrupting.has(worker.address);
  }

  /** Stop what an engine is running; what goes wrong becomes the notice. */
  interrupt(worker: IWorker): Promise<void> {
    return this.attemptOnce(this._interrupting, worker.address, () =>
      // The program that the user saw, not one that has begun meanwhile.
      this.manager.interrupt(worker.session, worker.id, worker.current?.program)
    );
  }

  isRestarting(worker: IWorker): boolean {
    return [...this._restarting].some(each => isSame(each, worker));
  }

  /** Restart an engine, whatever it does; what goes wrong becomes the notice. */
  async restart(worker: IWorker): Promise<void> {
    if (!this.isRestarting(worker)) {
      await this.attemptOnce(this._restarting, worker, () =>
        this.manager.restartEngine(worker.session, worker.id)
      );
    }
  }

  protected onItemsChanged(): void {
    this._history.record(this.items, Date.now() / 1000);
  }

  private _history = new CpuHistory();
  private _interrupting = new Set<string>();
  private _restarting = new Set<IWorker>();
}

export namespace WorkersModel {
  /** What can be done about engines. */
  export interface IActions {
    onRestart: (worker: IWorker) => void;
  }
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
