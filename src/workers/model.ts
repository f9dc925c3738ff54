import { PartModel } from '../services/partmodel';
import { IEmoutManager } from '../tokens';

/**
 * The engines of all sessions, by session and then by number.
 */
export class WorkersModel extends PartModel<'workers'> {
  constructor(manager: IEmoutManager) {
    super({
      manager,
      part: 'workers',
      keyOf: worker => worker.address,
      compare: (a, b) =>
        a.session.localeCompare(b.session) ||
        a.id.localeCompare(b.id, undefined, { numeric: true })
    });
  }

  /** Whether rows must name their session. */
  get hasManySessions(): boolean {
    return new Set(this.items.map(worker => worker.session)).size > 1;
  }
}
