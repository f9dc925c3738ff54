import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { urlOfImage } from '../services/imagecache';
import { IEmoutManager, IFigure } from '../tokens';
import { canBeFiner } from './formats';
import { copyImage, fileName, saveUrl } from './save';

/** What `%%remote_figure` draws at unless it is told otherwise. */
const USUAL_DPI = 150;
/** How far from twice its size a picture may come out. */
const TOLERANCE = 0.02;

/**
 * What can be done with a figure in a notebook.
 */
export class InlineModel implements IDisposable {
  constructor(private _options: InlineModel.IOptions) {
    this._original = _options.image.src;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What went wrong; '' when something went well. */
  get failure(): string {
    return this._failure;
  }

  get isBusy(): boolean {
    return this._isBusy;
  }

  get canOpen(): boolean {
    return this._options.figure.id !== '';
  }

  get canEnlarge(): boolean {
    const { id, format } = this._options.figure;
    return id !== '' && canBeFiner(format);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._revoke();
    Signal.clearData(this);
  }

  /** Save the file that came, or the finer picture that took its place. */
  save(): Promise<void> {
    return this._try(() => {
      const { figure, file } = this._options;
      const [url, format] =
        this._finer === null
          ? [file ?? this._original, figure.format]
          : [this._finer, 'png'];
      saveUrl(url, fileName(figure, format));
    });
  }

  copy(): Promise<void> {
    return this._try(() => copyImage(this._options.image.src));
  }

  open(): Promise<void> {
    return this._try(() =>
      this._options.onOpen(this._options.figure, this._original)
    );
  }

  /** Draw it twice as fine, in the same place. */
  enlarge(): Promise<void> {
    return this._try(async () => {
      const { image } = this._options;
      const width = image.clientWidth;
      const wanted = 2 * image.naturalWidth;
      let url = await this._render(2 * USUAL_DPI);
      const came = await widthOf(url);
      if (Math.abs(came / wanted - 1) > TOLERANCE) {
        // It was drawn at another resolution than usual.
        URL.revokeObjectURL(url);
        url = await this._render((2 * USUAL_DPI * wanted) / came);
      }
      this._revoke();
      this._finer = url;
      if (this._isDisposed) {
        this._revoke();
        return;
      }
      image.style.width = `${width}px`;
      image.src = url;
    });
  }

  private async _render(dpi: number): Promise<string> {
    const { figure, manager } = this._options;
    const rendering = { format: 'png', dpi };
    return urlOfImage(await manager.figureImage(figure.id, rendering));
  }

  private async _try(work: () => void | Promise<void>): Promise<void> {
    if (this._isBusy) {
      return;
    }
    this._isBusy = true;
    this._changed.emit();
    try {
      await work();
      this._failure = '';
    } catch (reason) {
      this._failure = reason instanceof Error ? reason.message : String(reason);
    }
    this._isBusy = false;
    this._changed.emit();
  }

  private _revoke(): void {
    if (this._finer !== null) {
      URL.revokeObjectURL(this._finer);
      this._finer = null;
    }
  }

  private _changed = new Signal<this, void>(this);
  private _failure = '';
  /** URL of the finer picture that is shown, or null. */
  private _finer: string | null = null;
  private _isBusy = false;
  private _isDisposed = false;
  /** URL of the picture that came with the notebook. */
  private _original: string;
}

export namespace InlineModel {
  export interface IOptions {
    figure: IFigure;
    image: HTMLImageElement;
    /** URL of the figure's own file, where the image is only a preview. */
    file: string | null;
    manager: Pick<IEmoutManager, 'figureImage'>;
    onOpen: (figure: IFigure, source: string) => void;
  }
}

async function widthOf(url: string): Promise<number> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image.naturalWidth;
}
