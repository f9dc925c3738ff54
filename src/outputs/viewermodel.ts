import { ISignal, Signal } from '@lumino/signaling';

import { IEmoutManager, IFigure, IRendering } from '../tokens';
import { isShown } from './model';

const ZOOM_STEP = 1.25;
const ZOOM_MIN = 0.05;
const ZOOM_MAX = 20;

/** What an engine can render a figure to. */
export const FORMATS = ['png', 'jpg', 'svg', 'pdf'];
export const RESOLUTIONS = [72, 100, 150, 200, 300, 600];

/**
 * One figure in a tab: its picture, its zoom, and the form it is rendered in.
 */
export class ViewerModel {
  constructor(options: ViewerModel.IOptions) {
    this._manager = options.manager;
    this.figure = options.figure;
    this._source = options.source ?? null;
    this._format = options.figure.format;
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
    this._zoom =
      zoom === null ? null : Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, zoom));
    this._changed.emit();
  }

  /** Zoom in or out by some steps, from what is seen now. */
  zoomBy(steps: number, seen: number): void {
    this.zoom = (this._zoom ?? seen) * ZOOM_STEP ** steps;
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
    this._isBusy = true;
    this._failure = null;
    this._changed.emit();
    try {
      const asked = Object.keys(rendering).length > 0 ? rendering : undefined;
      const blob = await this._manager.figureImage(id, asked);
      const picture = isShown(format)
        ? blob
        : await this._manager.figureImage(id, { ...rendering, format: 'png' });
      this._replace(blob, picture, format);
    } catch (reason) {
      this._failure = reason instanceof Error ? reason.message : String(reason);
    } finally {
      this._isBusy = false;
      this._changed.emit();
    }
  }

  /** The file as it is shown; fetched where only a picture was given. */
  async file(): Promise<Blob> {
    return this._file ?? (await fetch(this._source ?? '')).blob();
  }

  dispose(): void {
    this._revoke();
    Signal.clearData(this);
  }

  private _replace(file: Blob, picture: Blob, format: string): void {
    this._revoke();
    this._file = file;
    this._format = format;
    this._source = URL.createObjectURL(picture);
    this._owned = this._source;
  }

  private _revoke(): void {
    if (this._owned !== null) {
      URL.revokeObjectURL(this._owned);
      this._owned = null;
    }
  }

  private _changed = new Signal<this, void>(this);
  private _failure: string | null = null;
  private _file: Blob | null = null;
  private _format: string;
  private _isBusy = false;
  private _manager: IEmoutManager;
  private _owned: string | null = null;
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
