import { PartModel } from '../services/partmodel';
import { IEmoutManager, ISweep, ISweepsModel } from '../tokens';

/**
 * The sweeps of the user, the newest first.
 */
export class SweepsModel extends PartModel<'sweeps'> implements ISweepsModel {
  constructor(manager: IEmoutManager) {
    super({
      manager,
      part: 'sweeps',
      keyOf: sweep => sweep.id,
      compare: (a, b) => b.created - a.created || a.id.localeCompare(b.id)
    });
  }

  isBusy(id: string): boolean {
    return this._busy.has(id);
  }

  /** Stop a sweep; what goes wrong becomes the notice. */
  cancel(id: string): Promise<void> {
    return this.attemptOnce(this._busy, id, () => this.manager.cancelSweep(id));
  }

  /** Run again what failed; what goes wrong becomes the notice. */
  retry(id: string): Promise<void> {
    return this.attemptOnce(this._busy, id, () => this.manager.retrySweep(id));
  }

  /** Delete a sweep with its results; what goes wrong becomes the notice. */
  remove(id: string): Promise<void> {
    return this.attemptOnce(this._busy, id, () => this.manager.removeSweep(id));
  }

  private _busy = new Set<string>();
}

export namespace SweepsModel {
  /** What can be done with sweeps. */
  export interface IActions {
    onCancelSweep: (sweep: ISweep) => void;
    onRetrySweep: (sweep: ISweep) => void;
    onRemoveSweep: (sweep: ISweep) => void;
    onSweepTable: (sweep: ISweep) => void;
    onSweepPlot: (sweep: ISweep) => void;
    onCopySweepError: (sweep: ISweep) => void;
  }
}

/** Whether points of a sweep may still be computed without anybody's doing. */
export function isUnderWay(sweep: ISweep): boolean {
  return sweep.state === 'queued' || sweep.state === 'running';
}

/** What people call a sweep. */
export function sweepName(sweep: ISweep): string {
  return sweep.name || sweep.tag || sweep.id.slice(0, 8);
}
