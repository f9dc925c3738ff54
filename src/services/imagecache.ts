/**
 * Pictures that were fetched once, kept as URLs until their thing is gone.
 *
 * They are fetched with the user's credentials in headers, which an `<img>` cannot send.
 */
export class ImageCache {
  /** The URL of a picture; valid until it is forgotten. */
  get(key: string, fetch: () => Promise<Blob>): Promise<string> {
    let url = this._urls.get(key);
    if (url === undefined) {
      url = fetch().then(urlOfImage);
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

/**
 * A URL for an `<img>`; revoke it when it is no longer needed.
 *
 * SVG becomes a `data:` URL. As a `blob:` it would be a page of this server's own for whoever has
 * the browser open the image in a tab, and its scripts would run there.
 */
export async function urlOfImage(blob: Blob): Promise<string> {
  if (!/^image\/svg|xml|html/.test(blob.type)) {
    return URL.createObjectURL(blob);
  }
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(await textOf(blob))}`;
}

function textOf(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('No text'));
    reader.readAsText(blob);
  });
}
