/**
 * Pictures that were fetched once, kept as object URLs until their thing is gone.
 *
 * They are fetched with the user's credentials in headers, which an `<img>` cannot send.
 */
export class ImageCache {
  /** The URL of a picture; valid until it is forgotten. */
  get(key: string, fetch: () => Promise<Blob>): Promise<string> {
    let url = this._urls.get(key);
    if (url === undefined) {
      url = fetch().then(blob => URL.createObjectURL(blob));
      this._urls.set(key, url);
      // The next look may succeed.
      url.catch(() => this._urls.delete(key));
    }
    return url;
  }

  /** Forget what is gone; everything where nothing is said. */
  forget(isGone: (key: string) => boolean = () => true): void {
    for (const [key, url] of this._urls) {
      if (isGone(key)) {
        this._urls.delete(key);
        url.then(URL.revokeObjectURL).catch(() => undefined);
      }
    }
  }

  private _urls = new Map<string, Promise<string>>();
}
