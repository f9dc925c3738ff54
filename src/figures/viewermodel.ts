import { ISignal, Signal } from '@lumino/signaling';

import { urlOfImage } from '../services/imagecache';
import { IEmoutManager, IFigure, IRendering } from '../tokens';
import { isShown } from './formats';
import { copyImage, fileName, saveBlob } from './save';

export const RESOLUTIONS = [72, 100, 150, 200, 300, 600];

/**
 * One figure in a tab: its picture, its zoom, and the form it is rendered in.
 */
export class ViewerModel {
  constructor(options: ViewerModel.IOptions) {
    this._manager = options.manager;
    this.figure = options.figure;
    this._format = options.figure.format;
    this._chosen = { format: this._format };
    // Of a file that browsers do not show, what is at hand is only a preview.
    this._source = isShown(this._format) ? (options.source ?? null) : null;
  }

  readonly figure: IFigure;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** URL of the picture; null until it has come. */
  get source(): string | null {
    return this._source;
  }

  get failure(): string | null {
    return this._failure;
  }

  get isBusy(): boolean {
    return this._isBusy;
  }

  /** Format of the file that is saved. */
  get format(): string {
    return this._format;
  }

  /** Null while the whole picture is fitted into the tab. */
  get zoom(): number | null {
    return this._zoom;
  }
  set zoom(zoom: number | null) {
    if (zoom !== this._zoom) {
      this._zoom = zoom;
      this._changed.emit();
    }
  }

  /** Fetch the picture as it was drawn. */
  async load(): Promise<void> {
    if (this._source === null) {
      await this.render({});
    }
  }

  /** Have the engine render the figure again. */
  async render(rendering: IRendering): Promise<void> {
    const format = rendering.format ?? this.figure.format;
    const { id } = this.figure;
    this._rendering = rendering;
    this._isBusy = true;
    this._failure = null;
    this._changed.emit();
    try {
      const asked = Object.keys(rendering).length > 0 ? rendering : undefined;
      const blob = await this._manager.figureImage(id, asked);
      const picture = isShown(format)
        ? blob
        : await this._manager.figureImage(id, { ...rendering, format: 'png' });
      this._replace(blob, await urlOfImage(picture), format);
    } catch (reason) {
      this._failure = reason instanceof Error ? reason.message : String(reason);
    } finally {
      this._isBusy = false;
      this._changed.emit();
    }
  }

  /** The form that is chosen for the next rendering. */
  get chosen(): IRendering {
    return this._chosen;
  }
  set chosen(rendering: IRendering) {
    this._chosen = rendering;
    this._changed.emit();
  }

  /** Have the engine render the figure in the chosen form. */
  renderChosen(): Promise<void> {
    return this.render(this._chosen);
  }

  /** Put the picture into the clipboard; what goes wrong is shown. */
  copy(): Promise<void> {
    return this._try(() => copyImage(this._source ?? ''));
  }

  /** Ask again for what failed. */
  retry(): Promise<void> {
    return this.render(this._rendering);
  }

  /** Have the browser save the file as it is shown; what goes wrong is shown. */
  save(): Promise<void> {
    return this._try(async () => {
      // Where only a picture was given, it is the file.
      const file =
        this._file ?? (await (await fetch(this._source ?? '')).blob());
      saveBlob(file, fileName(this.figure, this._format));
    });
  }

  /** Bytes of the file as it is shown. */
  get bytes(): number {
    return this._file?.size ?? this.figure.bytes;
  }

  dispose(): void {
    this._isDisposed = true;
    this._revoke();
    Signal.clearData(this);
  }

  private async _try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this._failure = null;
    } catch (reason) {
      this._failure = reason instanceof Error ? reason.message : String(reason);
    }
    this._changed.emit();
  }

  private _replace(file: Blob, url: string, format: string): void {
    this._revoke();
    this._owned = url;
    if (this._isDisposed) {
      this._revoke();
      return;
    }
    this._file = file;
    this._format = format;
    this._source = url;
  }

  private _revoke(): void {
    if (this._owned !== null) {
      URL.revokeObjectURL(this._owned);
      this._owned = null;
    }
  }

  private _changed = new Signal<this, void>(this);
  private _chosen: IRendering;
  private _failure: string | null = null;
  private _file: Blob | null = null;
  private _format: string;
  private _isBusy = false;
  private _isDisposed = false;
  private _manager: IEmoutManager;
  private _owned: string | null = null;
  private _rendering: IRendering = {};
  private _source: string | null;
  private _zoom: number | null = null;
}

export namespace ViewerModel {
  export interface IOptions {
    manager: IEmoutManager;
    figure: IFigure;
    /** A picture that is at hand already. */
    source?: string;
  }
}
