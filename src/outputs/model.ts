import { ImageCache } from '../services/imagecache';
import { PartModel } from '../services/partmodel';
import { IEmoutManager, IFigure, IFiguresModel } from '../tokens';

export const GALLERY_SIZE = 50;

/** What a browser shows as an image; of anything else a PNG is asked for. */
const SHOWN_FORMATS = [
  'png',
  'apng',
  'jpg',
  'jpeg',
  'svg',
  'svgz',
  'gif',
  'webp',
  'avif'
];

/**
 * Whether a browser shows the figure's own file.
 */
export function isShown(format: string): boolean {
  return SHOWN_FORMATS.includes(format);
}

/**
 * The pictures that came back, newest first.
 */
export class OutputsModel
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
    const format = this.get(id)?.format ?? 'png';
    const rendering = isShown(format) ? undefined : { format: 'png' };
    return this._images.get(id, () => this.manager.figureImage(id, rendering));
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
    this._images.forget(id => this.get(id) === undefined);
  }

  private _gallerySize = GALLERY_SIZE;
  private _images = new ImageCache();
}

export namespace OutputsModel {
  /** What can be done about figures. */
  export interface IActions {
    onOpen: (figure: IFigure) => void;
    onSave: (figure: IFigure) => void;
  }
}
