import { PartModel } from '../services/partmodel';
import {
  IEmoutManager,
  ISession,
  ISessionsModel,
  ServerMessage
} from '../tokens';

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
export class SessionsModel
  extends PartModel<'sessions'>
  implements ISessionsModel
{
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
  scale(name: string, jobs: number): Promise<void> {
    return this.attempt(() => this.manager.scaleSession(name, jobs));
  }

  /** Stop a session; what goes wrong becomes the notice. */
  stop(name: string): Promise<void> {
    return this.attemptOnce(this._stopping, name, () =>
      this.manager.stopSession(name)
    );
  }

  private _onError(_: IEmoutManager, message: ServerMessage): void {
    if (message.type === 'error') {
      this.notice = message.message;
    } else if (message.type === 'solved') {
      if (this.notice === message.message) {
        this.notice = null;
      }
    } else if (message.type === 'state') {
      this.notice = null;
    }
  }

  private _stopping = new Set<string>();
}

export namespace SessionsModel {
  /** What can be done about sessions. */
  export interface IActions {
    onStart: () => void;
    onStop: (session: ISession) => void;
    onScale: (session: ISession) => void;
    onLogs: (session: ISession) => void;
    onDashboard: (session: ISession) => void;
    /** Connect the notebook in front. */
    onUse: (session: ISession) => void;
  }
}
