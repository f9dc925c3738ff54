import { ILiveHello, ILivePlay } from '../../tokens';

type Steps = NonNullable<ILiveHello['steps']>;

/** Time steps in a second, as a viewer may choose. */
export const SPEEDS: readonly number[] = [1, 2, 5, 10, 20, 30, 60];
const USUAL_SPEED = 30;

/**
 * Which time step is shown, and how time goes on by itself.
 *
 * While it plays, the server counts; its frames tell how far it is.
 */
export class Player {
  /** The figure's time steps; null where it has none. */
  steps: Steps | null = null;
  isLooping = true;
  speed = USUAL_SPEED;

  /** Take what a connection says of the figure; where the viewer stood it stays. */
  setFigure({ steps }: Pick<ILiveHello, 'steps'>): void {
    this.steps = steps;
    if (steps === null) {
      this._isPlaying = false;
      this._shown = this._wanted = null;
    } else if (this._shown !== null) {
      this._shown = this._within(this._shown);
      this._wanted = this._shown;
    }
  }

  /** The step that is shown. */
  get at(): number {
    return this._shown ?? this.steps?.at ?? 0;
  }

  /** The step that is asked for; null for the one that was drawn. */
  get wanted(): number | null {
    return this._wanted;
  }

  /** Whether another step is shown than was drawn. */
  get isMoved(): boolean {
    return this.steps !== null && this.at !== this.steps.at;
  }

  get last(): number {
    return Math.max(0, (this.steps?.count ?? 1) - 1);
  }

  get isPlaying(): boolean {
    return this._isPlaying;
  }

  /** What the server is told of playing. */
  get play(): ILivePlay | null {
    return this._isPlaying ? { fps: this.speed, loop: this.isLooping } : null;
  }

  /** What the step is called, with its unit. */
  label(step: number = this.at): string {
    const { labels = [], unit = '' } = this.steps ?? {};
    return [labels[step] ?? String(step), unit].filter(Boolean).join(' ');
  }

  /** What the viewer has chosen is in the wish with this number: older frames do not know it. */
  wished(seq: number): void {
    if (this._isNew) {
      this._isNew = false;
      this._since = seq;
    }
  }

  /** A frame that answers a wish shows a step; false where nobody shall see it any more. */
  show(step: number | null, seq: number): boolean {
    if (step === null || this.steps === null) {
      return true;
    }
    if (this._isNew || seq < this._since) {
      // On the way to another step all are welcome; what stands still does not move on.
      return !this._isStopped;
    }
    this._shown = step;
    if (this._isPlaying && !this.isLooping && step >= this.last) {
      this._stop();
    }
    return true;
  }

  /** Go to a step; time stands still there. */
  seek(step: number): void {
    if (this.steps !== null) {
      this._choose(false);
      this._shown = this._wanted = this._within(step);
    }
  }

  toggle(): void {
    if (this._isPlaying) {
      this._choose(false);
      this._isStopped = true;
      this._wanted = this._shown;
    } else if (this.last > 0) {
      const isOver = this.at >= this.last;
      this._shown = this._wanted = isOver ? 0 : this.at;
      this._choose(true);
    }
  }

  private _choose(isPlaying: boolean): void {
    this._isPlaying = isPlaying;
    this._isNew = true;
    this._isStopped = false;
  }

  private _stop(): void {
    this._isPlaying = false;
    this._wanted = this._shown;
  }

  private _within(step: number): number {
    return Math.min(this.last, Math.max(0, Math.round(step)));
  }

  /** Whether no wish has told yet what the viewer has chosen. */
  private _isNew = false;
  private _isPlaying = false;
  /** Whether that was to stay where it is. */
  private _isStopped = false;
  private _shown: number | null = null;
  /** The wish that has told it. */
  private _since = 0;
  private _wanted: number | null = null;
}
