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

  /** A frame shows a step. */
  show(step: number | null): void {
    if (step === null || this.steps === null) {
      return;
    }
    this._shown = step;
    if (this._isPlaying && !this.isLooping && step >= this.last) {
      this.pause();
    }
  }

  /** Go to a step; time stands still there. */
  seek(step: number): void {
    if (this.steps !== null) {
      this._isPlaying = false;
      this._shown = this._wanted = this._within(step);
    }
  }

  toggle(): void {
    if (this._isPlaying) {
      this.pause();
    } else if (this.last > 0) {
      const isOver = this.at >= this.last;
      this._shown = this._wanted = isOver ? 0 : this.at;
      this._isPlaying = true;
    }
  }

  pause(): void {
    this._isPlaying = false;
    this._wanted = this._shown;
  }

  private _within(step: number): number {
    return Math.min(this.last, Math.max(0, Math.round(step)));
  }

  private _isPlaying = false;
  private _shown: number | null = null;
  private _wanted: number | null = null;
}
