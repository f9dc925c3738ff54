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
 * How long a session may still run, and the share of its time limit that this is; null where
 * nobody knows.
 */
export function timeLeft(
  session: ISession,
  now: number
): { seconds: number; share: number } | null {
  const end = Date.parse(session.expires_at ?? '') / 1000;
  if (Number.isNaN(end) || !isAlive(session)) {
    return null;
  }
  const seconds = Math.max(0, end - now);
  const whole = end - Date.parse(session.started_at) / 1000;
  return { seconds, share: whole > 0 ? Math.min(1, seconds / whole) : 1 };
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

  /** Give a session another number of jobs; what goes wrong becomes the notice. */
  async scale(name: string, jobs: number): Promise<void> {
    this.notice = null;
    try {
      await this.manager.scaleSession(name, jobs);
    } catch (reason) {
      this.notice = reason instanceof Error ? reason.message : String(reason);
    }
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
