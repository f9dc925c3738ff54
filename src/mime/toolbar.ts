import { TranslationBundle } from '@jupyterlab/translation';
import {
  copyIcon,
  downloadIcon,
  LabIcon,
  launchIcon,
  refreshIcon
} from '@jupyterlab/ui-components';
import { IDisposable } from '@lumino/disposable';

import { copyImage, fileName, saveUrl } from '../outputs/save';
import { IFigure } from '../tokens';
import { ask } from './actions';

/** What `%%remote_figure` draws at unless it is told otherwise. */
const USUAL_DPI = 150;
/** How far from twice its size a picture may come out. */
const TOLERANCE = 0.02;

/** Of these a finer picture would lose what they are. */
const SCALABLE_OR_MOVING = ['svg', 'svgz', 'gif', 'apng'];

/**
 * The buttons over a figure in a notebook; they appear on hover and on keyboard focus.
 */
export class FigureToolbar implements IDisposable {
  constructor(private _options: FigureToolbar.IOptions) {
    const { figure, image, trans } = _options;
    this._original = image.src;
    this.node = document.createElement('div');
    this.node.className = 'jp-EmoutLab-Figure-toolbar';
    this.node.setAttribute('role', 'toolbar');
    this.node.setAttribute('aria-label', trans.__('Figure'));
    this._add(downloadIcon, trans.__('Save'), () => this.save());
    this._add(copyIcon, trans.__('Copy picture'), () => this.copy());
    if (figure.id) {
      this._add(launchIcon, trans.__('Open in a tab'), () => this.open());
    }
    if (figure.id && !SCALABLE_OR_MOVING.includes(figure.format)) {
      this._add(refreshIcon, trans.__('Render again at 2×'), () =>
        this.enlarge()
      );
    }
  }

  readonly node: HTMLElement;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._revoke();
  }

  /** Save the file that came, or the finer picture that took its place. */
  save(): void {
    const { figure, fileUrl } = this._options;
    const [url, format] =
      this._finer === null
        ? [fileUrl ?? this._original, figure.format]
        : [this._finer, 'png'];
    saveUrl(url, fileName(figure, format));
  }

  async copy(): Promise<void> {
    await copyImage(this._options.image.src);
  }

  open(): void {
    const { figure } = this._options;
    const source = this._original;
    if (!ask(this.node, { kind: 'open', figure, source })) {
      throw new Error(this._nobody);
    }
  }

  /** Draw it twice as fine, in the same place. */
  async enlarge(): Promise<void> {
    const { image } = this._options;
    const width = image.clientWidth;
    const wanted = 2 * image.naturalWidth;
    let dpi = 2 * USUAL_DPI;
    let url = await this._render(dpi);
    const came = await widthOf(url);
    if (Math.abs(came / wanted - 1) > TOLERANCE) {
      // It was drawn at another resolution than usual.
      URL.revokeObjectURL(url);
      dpi = (dpi * wanted) / came;
      url = await this._render(dpi);
    }
    if (this._isDisposed) {
      URL.revokeObjectURL(url);
      return;
    }
    image.style.width = `${width}px`;
    image.src = url;
    this._revoke();
    this._finer = url;
  }

  private _add(
    icon: LabIcon,
    label: string,
    act: () => void | Promise<void>
  ): void {
    const { onFailure } = this._options;
    const node = button(icon, label, () => {
      // What went wrong is told below the picture, also where it went wrong later.
      node.setAttribute('aria-disabled', 'true');
      void Promise.resolve()
        .then(act)
        .then(() => onFailure(''))
        .catch(reason =>
          onFailure(reason instanceof Error ? reason.message : String(reason))
        )
        .finally(() => node.removeAttribute('aria-disabled'));
    });
    this.node.append(node);
  }

  private _revoke(): void {
    if (this._finer !== null) {
      URL.revokeObjectURL(this._finer);
      this._finer = null;
    }
  }

  private _render(dpi: number): Promise<string> {
    const { figure } = this._options;
    return new Promise<Blob>((resolve, reject) => {
      const rendering = { format: 'png', dpi };
      if (
        !ask(this.node, {
          kind: 'render',
          figure,
          rendering,
          resolve
        })
      ) {
        reject(new Error(this._nobody));
      }
    }).then(blob => URL.createObjectURL(blob));
  }

  private get _nobody(): string {
    return this._options.trans.__('The emout extension is not at work here.');
  }

  /** URL of the finer picture that is shown, or null. */
  private _finer: string | null = null;
  private _isDisposed = false;
  /** URL of the picture that came with the notebook. */
  private _original: string;
}

export namespace FigureToolbar {
  export interface IOptions {
    figure: IFigure;
    image: HTMLImageElement;
    /** The figure's own file, where the image is only a preview. */
    fileUrl: string | null;
    trans: TranslationBundle;
    /** Told what went wrong; '' when something went well. */
    onFailure: (message: string) => void;
  }
}

function button(
  icon: LabIcon,
  label: string,
  act: () => void
): HTMLButtonElement {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = 'jp-EmoutLab-IconButton';
  node.title = label;
  node.setAttribute('aria-label', label);
  icon.element({ container: node });
  node.addEventListener('click', event => {
    event.stopPropagation();
    if (node.getAttribute('aria-disabled') !== 'true') {
      act();
    }
  });
  return node;
}

async function widthOf(url: string): Promise<number> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image.naturalWidth;
}
