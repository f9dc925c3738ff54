import { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import {
  ITranslator,
  nullTranslator,
  TranslationBundle
} from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { formatBytes, formatMilliseconds } from '../format';
import { IFigure } from '../tokens';
import { fileUrl, imageUrl, parseFigure, videoUrl } from './bundle';
import { FigureToolbar } from './toolbar';

/**
 * Draws the image that came with the figure's particulars, and these below it.
 */
export class FigureRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(options: FigureRenderer.IOptions) {
    super();
    this._mimeType = options.mimeType;
    this._trans = (options.translator ?? nullTranslator).load('emout_lab');
    this.addClass('jp-EmoutLab-Figure');
    // Copying and dragging treat it as JupyterLab's own images.
    this.addClass('jp-RenderedImage');
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const figure = parseFigure(model.data[this._mimeType]);
    const source = imageUrl(model.data);
    const film = videoUrl(model.data);
    this._toolbar?.dispose();
    this._toolbar = null;
    this.node.replaceChildren(
      ...(film === null ? [] : [this._film(film)]),
      ...(source === null ? [] : this._picture(source, figure, model.data)),
      this._caption(figure, source !== null || film !== null),
      ...this._download(figure, model.data)
    );
    return Promise.resolve();
  }

  dispose(): void {
    this._toolbar?.dispose();
    super.dispose();
  }

  private _film(source: string): HTMLElement {
    const film = document.createElement('video');
    film.src = source;
    film.controls = true;
    film.setAttribute(
      'aria-label',
      this._trans.__('Figure drawn by an engine')
    );
    return film;
  }

  /** The image, with its buttons where there is something to be done. */
  private _picture(
    source: string,
    figure: IFigure | null,
    data: IRenderMime.IMimeModel['data']
  ): HTMLElement[] {
    const image = this._image(source, figure);
    if (figure === null) {
      return [image];
    }
    const trouble = document.createElement('div');
    trouble.className = 'jp-EmoutLab-Figure-trouble';
    trouble.setAttribute('role', 'status');
    this._toolbar = new FigureToolbar({
      figure,
      image,
      fileUrl: fileUrl(data, figure.mimetype),
      trans: this._trans,
      onFailure: message => (trouble.textContent = message)
    });
    return [this._toolbar.node, image, trouble];
  }

  private _download(
    figure: IFigure | null,
    data: IRenderMime.IMimeModel['data']
  ): HTMLElement[] {
    const url = figure === null ? null : fileUrl(data, figure.mimetype);
    if (figure === null || url === null) {
      return [];
    }
    const link = document.createElement('a');
    link.className = 'jp-EmoutLab-Figure-download';
    link.href = url;
    link.download = `figure.${figure.format}`;
    link.textContent = this._trans.__(
      'Download %1',
      figure.format.toUpperCase()
    );
    return [link];
  }

  private _image(source: string, figure: IFigure | null): HTMLImageElement {
    const image = document.createElement('img');
    image.src = source;
    image.alt = this._trans.__('Figure drawn by an engine');
    if (figure?.width && figure?.height) {
      // Known before the image is decoded, so that the cell does not jump.
      image.style.aspectRatio = `${figure.width} / ${figure.height}`;
    }
    return image;
  }

  private _caption(figure: IFigure | null, hasImage: boolean): HTMLElement {
    const caption = document.createElement('div');
    caption.className = 'jp-EmoutLab-Figure-caption';
    caption.textContent = [
      hasImage ? '' : this._trans.__('The image was not kept.'),
      ...this._facts(figure)
    ]
      .filter(Boolean)
      .join(' · ');
    return caption;
  }

  private _facts(figure: IFigure | null): string[] {
    if (figure === null) {
      return [this._trans.__('This figure was made by a newer emout_lab.')];
    }
    return [
      figure.format.toUpperCase(),
      formatBytes(figure.bytes),
      formatMilliseconds(figure.milliseconds),
      this._trans.__('engine %1 of %2', figure.engine, figure.session)
    ];
  }

  private _mimeType: string;
  private _toolbar: FigureToolbar | null = null;
  private _trans: TranslationBundle;
}

export namespace FigureRenderer {
  export interface IOptions {
    mimeType: string;
    translator?: ITranslator;
  }
}
