import { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Panel, Widget } from '@lumino/widgets';
import { createElement } from 'react';

import { IEmoutManager, IFigure } from '../tokens';
import {
  fileUrl,
  imageUrl,
  isMeantLive,
  parseFigure,
  videoUrl
} from './bundle';
import { FigureToolbar } from './figuretoolbar';
import { InlineModel } from './inlinemodel';
import { InlineLive } from './live/inline';
import { figureFacts, figureName, figurePlace } from './names';

/** For the ids that tie a picture to its facts. */
let count = 0;

/**
 * Draws the image that came with the figure's particulars, and these when somebody looks closer.
 */
export class FigureRenderer extends Panel implements IRenderMime.IRenderer {
  constructor(private _options: FigureRenderer.IOptions) {
    super();
    this.addClass('jp-EmoutLab-Figure');
    // Copying and dragging treat it as JupyterLab's own images.
    this.addClass('jp-RenderedImage');
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const { data } = model;
    const figure = parseFigure(data[this._options.mimeType]);
    if (this._live?.isKeptBy(model, figure) === true) {
      // The live view has put its own picture into the notebook.
      return Promise.resolve();
    }
    const image = imageUrl(data);
    const film = videoUrl(data);
    this._clear();
    const picture =
      film !== null
        ? this._film(film, figure)
        : image !== null
          ? this._image(image, figure)
          : null;
    if (picture !== null) {
      this._addPicture(picture, figure, model);
    }
    this._addNotes(figure, picture !== null);
    const file = figure === null ? null : fileUrl(data, figure);
    if (figure !== null && file !== null) {
      this._add(this._link(file, figure.format));
    }
    if (model.trusted && isMeantLive(data[this._options.mimeType])) {
      this._live?.switch.turnOn();
    }
    return Promise.resolve();
  }

  dispose(): void {
    if (!this.isDisposed) {
      this._clear();
      super.dispose();
    }
  }

  private _clear(): void {
    this._live?.dispose();
    this._live = null;
    this._inline?.dispose();
    this._inline = null;
    [...this.widgets].forEach(widget => widget.dispose());
  }

  private _add(node: HTMLElement): Widget {
    const widget = new Widget({ node });
    this.addWidget(widget);
    return widget;
  }

  /** The picture, with its buttons where there is something to be done. */
  private _addPicture(
    node: HTMLImageElement | HTMLVideoElement,
    figure: IFigure | null,
    bundle: IRenderMime.IMimeModel
  ): void {
    if (figure === null) {
      this._add(node);
      return;
    }
    const { manager, mimeType, onOpen, trans } = this._options;
    if (node instanceof HTMLImageElement) {
      const file = fileUrl(bundle.data, figure);
      this._inline = new InlineModel({
        figure,
        image: node,
        file,
        manager,
        onOpen
      });
    }
    const live = new InlineLive({
      panel: this,
      figure,
      name: this._name(figure),
      manager,
      mimeType,
      trans
    });
    this._live = live;
    const model = this._inline;
    const tools = ReactWidget.create(
      createElement(FigureToolbar, { model, live: live.switch, trans })
    );
    tools.addClass('jp-EmoutLab-Figure-tools');
    this.addWidget(tools);
    live.show(this._add(node), node, bundle);
  }

  private _film(source: string, figure: IFigure | null): HTMLVideoElement {
    const film = document.createElement('video');
    film.src = source;
    film.controls = true;
    film.setAttribute('aria-label', this._name(figure));
    return film;
  }

  private _image(source: string, figure: IFigure | null): HTMLImageElement {
    const image = document.createElement('img');
    image.src = source;
    image.alt = this._name(figure);
    if (figure?.width && figure?.height) {
      // Known before the image is decoded, so that the cell does not jump.
      image.style.aspectRatio = `${figure.width} / ${figure.height}`;
    }
    return image;
  }

  private _name(figure: IFigure | null): string {
    const { trans } = this._options;
    return figure?.title
      ? figureName(figure, trans)
      : trans.__('Figure drawn by an engine');
  }

  private _link(url: string, format: string): HTMLElement {
    const link = document.createElement('a');
    link.className = 'jp-EmoutLab-Figure-download';
    link.href = url;
    link.download = `figure.${format}`;
    link.textContent = this._options.trans.__(
      'Download %1',
      format.toUpperCase()
    );
    return link;
  }

  /** What is wrong with it, and how it came to be. */
  private _addNotes(figure: IFigure | null, hasImage: boolean): void {
    const { trans } = this._options;
    const wrong = [
      hasImage ? '' : trans.__('The image was not kept.'),
      figure === null
        ? trans.__('This figure was made by a newer emout_lab.')
        : ''
    ].filter(Boolean);
    if (wrong.length > 0) {
      this._add(note('jp-EmoutLab-Figure-wrong', wrong.join(' · ')));
    }
    if (figure !== null) {
      const facts = [figurePlace(figure), figureFacts(figure, trans)];
      const caption = note(
        'jp-EmoutLab-Figure-caption',
        facts.filter(Boolean).join(' · ')
      );
      caption.id = `emout-lab-caption-${(count += 1)}`;
      this.node
        .querySelector('img, video')
        ?.setAttribute('aria-describedby', caption.id);
      this._add(caption);
    }
  }

  private _inline: InlineModel | null = null;
  private _live: InlineLive | null = null;
}

export namespace FigureRenderer {
  export interface IOptions {
    mimeType: string;
    trans: TranslationBundle;
    manager: Pick<IEmoutManager, 'figureImage' | 'openLive'>;
    /** Open a figure in a tab; what is at hand of it is given along. */
    onOpen: (figure: IFigure, source: string) => void;
  }
}

function note(className: string, text: string): HTMLElement {
  const node = document.createElement('div');
  node.className = className;
  node.textContent = text;
  return node;
}
