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

  /** Bring back after a reload what was open. */
  restore(restorer: ILayoutRestorer, command: string): void {
    void restorer.restore(this.tracker, {
      command,
      // Not the picture: it comes from the server again.
      args: ({ content }) => ({ figure: { ...content.model.figure } }),
      name: ({ content }) => content.model.figure.id
    });
  }

  private _openInMainArea(figure: IFigure, source?: string): void {
    const { shell, manager, trans, onCreated } = this._options;
    const id = viewerId(figure.id);
    if (!this.tracker.find(tab => tab.id === id)) {
      const tab = createViewer({ manager, figure, source, trans });
      onCreated(tab);
      void this.tracker.add(tab);
      shell.add(tab, 'main');
    }
    shell.activateById(id);
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
    if (!showInBrowserTab(name, load)) {
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
