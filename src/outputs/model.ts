import { PartModel } from '../services/partmodel';
import { IEmoutManager, IFigure } from '../tokens';

export const GALLERY_SIZE = 50;

/**
 * The pictures that came back, newest first.
 *
 * Images are fetched once, with the user's credentials in headers, and kept as
 * object URLs until their figure is gone.
 */
export class OutputsModel extends PartModel<'figures'> {
  constructor(manager: IEmoutManager) {
    super({
      manager,
      part: 'figures',
      keyOf: figure => figure.id,
      compare: (a, b) => b.created - a.created || a.id.localeCompare(b.id)
    });
  }

  dispose(): void {
    super.dispose();
    this._forget(() => true);
  }

  /** How many pictures are shown. */
  get gallerySize(): number {
    return this._gallerySize;
  }
  set gallerySize(size: number) {
    if (size !== this._gallerySize) {
      this._gallerySize = size;
      this.emitChanged();
    }
  }

  get shown(): readonly IFigure[] {
    return this.items.slice(0, this._gallerySize);
  }

  /**
   * An object URL of the picture; it stays valid while the figure is listed.
   */
  image(id: string): Promise<string> {
    let url = this._urls.get(id);
    if (url === undefined) {
      url = this.manager
        .figureImage(id)
        .then(blob => URL.createObjectURL(blob));
      this._urls.set(id, url);
      // The next look may succeed.
      url.catch(() => this._urls.delete(id));
    }
    return url;
  }

  protected onItemsChanged(): void {
    this._forget(id => this.get(id) === undefined);
  }

  private _forget(isGone: (id: string) => boolean): void {
    for (const [id, url] of this._urls) {
      if (isGone(id)) {
        this._urls.delete(id);
        url.then(URL.revokeObjectURL).catch(() => undefined);
      }
    }
  }

  private _gallerySize = GALLERY_SIZE;
  private _urls = new Map<string, Promise<string>>();
}
