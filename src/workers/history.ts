import { IWorker } from '../tokens';

/** How long the sparkline looks back. */
export const HISTORY_S = 120;
const POINTS = 60;

interface ISample {
  readonly time: number;
  readonly cpu: number;
}

/**
 * CPU of every engine over the last two minutes.
 *
 * Values arrive when they change: between two of them the older one holds.
 */
export class CpuHistory {
  /** Take over what the engines say now; forget engines that are gone. */
  record(workers: readonly IWorker[], time: number): void {
    const samples = new Map<string, ISample[]>();
    for (const worker of workers) {
      const known =
        this._samples.get(worker.address) ?? remembered(worker, time);
      const recent = known.filter(
        (sample, index) =>
          // The last one before the window still holds at its beginning.
          (known[index + 1]?.time ?? time) >= time - HISTORY_S
      );
      recent.push({ time, cpu: worker.cpu });
      samples.set(worker.address, recent);
    }
    this._samples = samples;
  }

  /** Values at equal distances up to now; 0 before anything was known. */
  values(address: string, time: number): number[] {
    const samples = this._samples.get(address) ?? [];
    const values: number[] = [];
    let next = 0;
    for (let point = 0; point < POINTS; point += 1) {
      const moment = time - HISTORY_S * (1 - point / (POINTS - 1));
      while (next < samples.length && samples[next].time <= moment) {
        next += 1;
      }
      values.push(next === 0 ? 0 : samples[next - 1].cpu);
    }
    return values;
  }

  private _samples = new Map<string, ISample[]>();
}

/** What the server remembers, which was there before this page. */
function remembered(worker: IWorker, time: number): ISample[] {
  const history = worker.cpu_history ?? [];
  return history.map((cpu, index) => ({
    time: time - HISTORY_S * (1 - index / history.length),
    cpu
  }));
}
