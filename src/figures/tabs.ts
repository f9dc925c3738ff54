import { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { urlOfImage } from '../services/imagecache';
import { IEmoutManager, IFigure, IFigureTabs, IFigureView } from '../tokens';
import { showInBrowserTab } from './browsertab';
import { isShown } from './formats';
import { figureName } from './names';
import { createViewer, FigureTab, viewerId } from './viewer';

/**
 * The tabs of figures: in JupyterLab's main area, or the browser's own where it has none.
 */
export class FigureTabs implements IFigureTabs {
  constructor(private _options: FigureTabs.IOptions) {}

  readonly tracker = new WidgetTracker<FigureTab>({
    namespace: 'emout-lab-figures'
  });

  get current(): IFigureView | null {
    return this.tracker.currentWidget?.content ?? null;
  }

  open(figure: IFigure, source?: string): void {
    if (this._options.hasMainArea) {
      this._openInMainArea(figure, source);
    } else {
      this._openInBrowser(figure, source);
    }
  }

  openLive(figure: IFigure): boolean {
    if (this._options.hasMainArea) {
      this._openInMainArea(figure).content.live.turnOn();
    }
    return this._options.hasMainArea;
  }

  createLive(session: string, id: string): Widget {
    const { manager, trans, onCreated } = this._options;
    const figure = manager.figures.get(id) ?? unknownFigure(session, id);
    const tab = createViewer({ manager, figure, trans });
    onCreated(tab);
    tab.content.live.turnOn();
    return tab;
  }

  /** Bring back after a reload what was open. */
  restore(restorer: ILayoutRestorer, command: string): void {
    void restorer.restore(this.tracker, {
      command,
      // Not the picture: it comes from the server again.
      args: ({ content }) => ({ figure: { ...content.model.figure } }),
      name: ({ content }) => content.model.figure.id
    });
  }

  private _openInMainArea(figure: IFigure, source?: string): FigureTab {
    const { shell, manager, trans, onCreated } = this._options;
    const id = viewerId(figure.id);
    let tab = this.tracker.find(each => each.id === id);
    if (tab === undefined) {
      tab = createViewer({ manager, figure, source, trans });
      onCreated(tab);
      void this.tracker.add(tab);
      shell.add(tab, 'main');
    }
    shell.activateById(id);
    return tab;
  }

  private _openInBrowser(figure: IFigure, source?: string): void {
    const { manager, trans } = this._options;
    const { id, format } = figure;
    const isWhole = isShown(format);
    const load = async () =>
      source ??
      urlOfImage(
        await manager.figureImage(id, isWhole ? undefined : { format: 'png' })
      );
    const name = figureName(figure, trans);
    if (!showInBrowserTab(name, load, trans)) {
      throw new Error(trans.__('The browser does not open another tab.'));
    }
  }
}

export namespace FigureTabs {
  export interface IOptions {
    shell: JupyterFrontEnd.IShell;
    manager: IEmoutManager;
    trans: TranslationBundle;
    /** Whether tabs can lie side by side here. */
    hasMainArea: boolean;
    onCreated: (tab: Widget) => void;
  }
}

/** A figure of which nothing is known but where it lives. */
function unknownFigure(session: string, id: string): IFigure {
  return {
    id,
    session,
    engine: '',
    address: '',
    notebook: null,
    format: 'png',
    mimetype: 'image/png',
    width: 0,
    height: 0,
    bytes: 0,
    milliseconds: 0,
    created: Date.now() / 1000,
    bytes_read: 0,
    title: '',
    cell: ''
  };
}
