/**
 * The picture that stays once nothing moves any more, and those who wait for it.
 */
export class Resting {
  /** The last one that was drawn; null while there is none. */
  picture: Blob | null = null;

  /** Whether it is the one for what is wanted now. */
  get isReached(): boolean {
    return this._isReached;
  }

  /** A picture has been drawn. */
  take(picture: Blob, isNewest: boolean): void {
    this.picture = picture;
    this._isReached = isNewest;
    this.wake();
  }

  /** Something else is wanted. */
  leave(): void {
    this._isReached = false;
  }

  /** Let all who wait look again. */
  wake(): void {
    this._waiting.splice(0).forEach(resolve => resolve());
  }

  /** Wait for the picture of what is wanted, as long as it can come. */
  async until(canCome: () => boolean): Promise<Blob | null> {
    while (!this._isReached && canCome()) {
      await new Promise<void>(resolve => this._waiting.push(resolve));
    }
    return this.picture;
  }

  private _isReached = false;
  private _waiting: (() => void)[] = [];
}
