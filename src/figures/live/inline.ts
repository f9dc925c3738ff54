import { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { Panel, Widget } from '@lumino/widgets';

import { IEmoutManager, IFigure } from '../../tokens';
import { createLiveFigure } from './create';
import { LiveFigure } from './livefigure';
import { LiveModel } from './model';
import { LiveSwitch } from './switch';

/** A picture that rests so long is put into the notebook. */
const KEEP_AFTER_MS = 1_000;
const PNG = 'image/png';

/**
 * The live view of a figure in a notebook, in the place of its picture while it is on.
 *
 * What it showed at rest becomes the picture of the notebook, so that it is there when the notebook
 * is saved.
 */
export class InlineLive implements IDisposable {
  constructor(private _options: InlineLive.IOptions) {
    const { figure, manager, trans } = _options;
    this.switch = new LiveSwitch({ figure, manager, trans });
    this.switch.changed.connect(() => this._onSwitch());
  }

  readonly switch: LiveSwitch;

  /** Take the picture's place whenever the switch is on. */
  show(
    place: Widget,
    picture: HTMLImageElement | HTMLVideoElement,
    bundle: IRenderMime.IMimeModel
  ): void {
    this._place = place;
    this._picture = picture;
    this._bundle = bundle;
  }

  /** Whether an output brings nothing but the picture that the live view has put into it. */
  isKeptBy(bundle: IRenderMime.IMimeModel, figure: IFigure | null): boolean {
    const isKept =
      this.switch.isOn &&
      this._kept !== '' &&
      bundle.data[PNG] === this._kept &&
      figure?.id === this._options.figure.id;
    if (isKept) {
      this._bundle = bundle;
    }
    return isKept;
  }

  get isDisposed(): boolean {
    return this.switch.isDisposed;
  }

  dispose(): void {
    window.clearTimeout(this._timer);
    this.switch.dispose();
    this._view?.dispose();
    this._view = null;
  }

  private _onSwitch(): void {
    const { model } = this.switch;
    if (model !== null && this._view === null) {
      this._open(model);
    } else if (model === null && this._view !== null) {
      this._close(this._view);
    }
  }

  private _open(model: LiveModel): void {
    const { panel, name, trans } = this._options;
    const picture = this._picture!;
    const hadFocus = panel.node.contains(document.activeElement);
    const view = createLiveFigure(this.switch, {
      name,
      trans,
      source: picture instanceof HTMLImageElement ? picture.src : '',
      height: picture.clientHeight || this._options.figure.height
    });
    this._view = view;
    const index = panel.widgets.indexOf(this._place!);
    panel.insertWidget(index, view);
    this._place!.hide();
    model.rested.connect((_, file) => this._plan(model, file));
    if (hadFocus) {
      view.focus();
    }
  }

  private _close(view: LiveFigure): void {
    const hadFocus = view.node.contains(document.activeElement);
    window.clearTimeout(this._timer);
    this._view = null;
    if (this._picture instanceof HTMLImageElement && this._kept !== '') {
      this._picture.style.aspectRatio = '';
      this._picture.src = `data:${PNG};base64,${this._kept}`;
    }
    this._place?.show();
    view.dispose();
    if (hadFocus) {
      window.setTimeout(() =>
        this._options.panel.node.querySelector('button')?.focus()
      );
    }
  }

  private _plan(model: LiveModel, file: Blob): void {
    window.clearTimeout(this._timer);
    if (model.isChanged) {
      this._timer = window.setTimeout(() => {
        void base64Of(file).then(content => this._keep(content));
      }, KEEP_AFTER_MS);
    }
  }

  /** Put the picture into the notebook, where that shows a PNG. */
  private _keep(content: string): void {
    const { mimeType } = this._options;
    const bundle = this._bundle;
    if (bundle === null || !this.switch.isOn || !(PNG in bundle.data)) {
      return;
    }
    if (this._options.figure.format !== 'png') {
      return;
    }
    const data = { ...bundle.data };
    const [width, height] = this._view?.pixels ?? [0, 0];
    const particulars = data[mimeType];
    this._kept = content;
    bundle.setData({
      data: {
        ...data,
        [PNG]: content,
        [mimeType]: { ...(particulars as object), width, height }
      }
    });
  }

  private _bundle: IRenderMime.IMimeModel | null = null;
  /** The picture that has been put into the notebook; '' while it is the one that came. */
  private _kept = '';
  private _picture: HTMLImageElement | HTMLVideoElement | null = null;
  private _place: Widget | null = null;
  private _timer = 0;
  private _view: LiveFigure | null = null;
}

export namespace InlineLive {
  export interface IOptions {
    /** Where the picture is. */
    panel: Panel;
    figure: IFigure;
    /** What the figure is called. */
    name: string;
    manager: Pick<IEmoutManager, 'openLive'>;
    /** Media type of the figure's particulars. */
    mimeType: string;
    trans: TranslationBundle;
  }
}

function base64Of(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      const url = String(reader.result);
      resolve(url.slice(url.indexOf(',') + 1));
    };
    reader.onerror = () => reject(reader.error ?? new Error('No picture'));
    reader.readAsDataURL(file);
  });
}
