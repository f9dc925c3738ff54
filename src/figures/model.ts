import { ImageCache } from '../services/imagecache';
import { PartModel } from '../services/partmodel';
import { IEmoutManager, IFigure, IFiguresModel } from '../tokens';
import { isMoving, isShown } from './formats';

export const GALLERY_SIZE = 50;

/**
 * The figures that came back, newest first.
 */
export class FiguresModel
  extends PartModel<'figures'>
  implements IFiguresModel
{
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
    this._images.forget();
    this._thumbnails.forget();
  }

  /** How many figures are shown. */
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

  /** URL of a small still picture; it stays valid while the figure is listed. */
  thumbnail(id: string): Promise<string> {
    return this._thumbnails.get(id, () => this.manager.figureThumbnail(id));
  }

  /** URL of the whole picture; it stays valid while the figure is listed. */
  image(id: string): Promise<string> {
    const format = this.get(id)?.format ?? 'png';
    const rendering = isShown(format) ? undefined : { format: 'png' };
    return this._images.get(id, () => this.manager.figureImage(id, rendering));
  }

  /** Whether the figure has more to show than its thumbnail. */
  isMoving(id: string): boolean {
    return isMoving(this.get(id)?.format ?? '');
  }

  /** Take a figure off the list; what goes wrong becomes the notice. */
  remove(figure: IFigure): Promise<void> {
    return this.attempt(() => this.manager.removeFigure(figure.id));
  }

  /** Take all figures off the list. */
  clear(): Promise<void> {
    return this.attempt(() => this.manager.clearFigures());
  }

  protected onItemsChanged(): void {
    const isGone = (id: string) => this.get(id) === undefined;
    this._images.forget(isGone);
    this._thumbnails.forget(isGone);
  }

  private _gallerySize = GALLERY_SIZE;
  private _images = new ImageCache();
  private _thumbnails = new ImageCache();
}

export namespace FiguresModel {
  /** What can be done about figures. */
  export interface IActions {
    onOpen: (figure: IFigure) => void;
    onSave: (figure: IFigure) => void;
    /** Show a figure live. */
    onLive: (figure: IFigure) => void;
  }
}
