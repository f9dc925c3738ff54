import { TranslationBundle } from '@jupyterlab/translation';
import {
  copyIcon,
  downloadIcon,
  LabIcon,
  launchIcon,
  refreshIcon
} from '@jupyterlab/ui-components';

import { copyImage, fileName, saveUrl } from '../outputs/save';
import { IFigure } from '../tokens';
import { ask } from './actions';

/** What `%%remote_figure` draws at unless it is told otherwise. */
const USUAL_DPI = 150;
/** How far from twice its size a picture may come out. */
const TOLERANCE = 0.02;

/**
 * The buttons over a figure in a notebook; they appear on hover and on keyboard focus.
 */
export function createToolbar(options: FigureToolbar.IOptions): HTMLElement {
  const { trans } = options;
  const node = document.createElement('div');
  node.className = 'jp-EmoutLab-Figure-toolbar';
  node.setAttribute('role', 'toolbar');
  node.setAttribute('aria-label', trans.__('Figure'));
  const toolbar = new FigureToolbar(node, options);
  const run = (act: () => void | Promise<void>) => {
    // What went wrong is told below the picture, also where it went wrong later.
    void Promise.resolve()
      .then(act)
      .then(() => options.onFailure(''))
      .catch(reason =>
        options.onFailure(
          reason instanceof Error ? reason.message : String(reason)
        )
      );
  };
  node.append(
    button(downloadIcon, trans.__('Save'), () => run(() => toolbar.save())),
    button(copyIcon, trans.__('Copy picture'), () => run(() => toolbar.copy()))
  );
  if (options.figure.id) {
    node.append(
      button(launchIcon, trans.__('Open in a tab'), () =>
        run(() => toolbar.open())
      ),
      button(refreshIcon, trans.__('Render again at 2×'), () =>
        run(() => toolbar.enlarge())
      )
    );
  }
  return node;
}

/**
 * What the buttons do.
 */
export class FigureToolbar {
  constructor(
    readonly node: HTMLElement,
    private _options: FigureToolbar.IOptions
  ) {}

  save(): void {
    const { figure, fileUrl, image } = this._options;
    saveUrl(fileUrl ?? image.src, fileName(figure, figure.format));
  }

  async copy(): Promise<void> {
    await copyImage(this._options.image.src);
  }

  open(): void {
    const { figure, image } = this._options;
    if (!ask(this.node, { kind: 'open', figure, source: image.src })) {
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
    image.style.width = `${width}px`;
    image.src = url;
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
    act();
  });
  return node;
}

async function widthOf(url: string): Promise<number> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image.naturalWidth;
}
