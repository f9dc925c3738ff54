import { PartModel } from '../services/partmodel';
import { IEmoutManager, ISession, ServerMessage } from '../tokens';

const ENDED = ['stopped', 'failed'];

/**
 * Whether a session may still be stopped.
 */
export function isAlive(session: ISession): boolean {
  return !ENDED.includes(session.state);
}

/**
 * The sessions of the user: the active one first, then by name.
 */
export class SessionsModel extends PartModel<'sessions'> {
  constructor(manager: IEmoutManager) {
    super({
      manager,
      part: 'sessions',
      keyOf: session => session.name,
      compare: (a, b) =>
        Number(b.active) - Number(a.active) || a.name.localeCompare(b.name)
    });
    manager.messageReceived.connect(this._onError, this);
  }

  dispose(): void {
    this.manager.messageReceived.disconnect(this._onError, this);
    super.dispose();
  }

  /** Whether a stop was asked for and has not ended yet. */
  isStopping(name: string): boolean {
    return this._stopping.has(name);
  }

  /** Stop a session; what goes wrong becomes the notice. */
  async stop(name: string): Promise<void> {
    if (this._stopping.has(name)) {
      return;
    }
    this._stopping.add(name);
    this.notice = null;
    this.emitChanged();
    try {
      await this.manager.stopSession(name);
    } catch (reason) {
      this.notice = reason instanceof Error ? reason.message : String(reason);
    } finally {
      this._stopping.delete(name);
      this.emitChanged();
    }
  }

  private _onError(_: IEmoutManager, message: ServerMessage): void {
    if (message.type === 'error') {
      this.notice = message.message;
    } else if (message.type === 'state') {
      this.notice = null;
    }
  }

  private _stopping = new Set<string>();
}
