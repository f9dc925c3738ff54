import {
  ILabShell,
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  createToolbarFactory,
  IToolbarWidgetRegistry,
  setToolbar
} from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import {
  ITranslator,
  nullTranslator,
  TranslationBundle
} from '@jupyterlab/translation';
import { JSONObject } from '@lumino/coreutils';
import { Widget } from '@lumino/widgets';

import { CommandIDs } from '../commands';
import { FIGURE_MIME_TYPE } from '../figures/bundle';
import { FigureRenderer } from '../figures/renderer';
import { FigureTabs } from '../figures/tabs';
import { addViewerItems, VIEWER_TOOLBAR } from '../figures/viewertoolbar';
import { IEmoutManager, IFigure, IFigureTabs } from '../tokens';

/** The file of its toolbar in `schema/` bears this name. */
const PLUGIN_ID = 'emout-lab:figures';
/** Below the ranks of images, so that this renderer is preferred to theirs. */
const RANK = 0;

/**
 * Shows figures: in notebooks, where the plain image shows without it, and in tabs.
 */
export const figuresPlugin: JupyterFrontEndPlugin<IFigureTabs> = {
  id: PLUGIN_ID,
  description: 'Shows figures drawn by engines, in notebooks and in tabs.',
  autoStart: true,
  provides: IFigureTabs,
  requires: [IEmoutManager, IRenderMimeRegistry],
  optional: [
    ITranslator,
    ILabShell,
    ILayoutRestorer,
    IToolbarWidgetRegistry,
    ISettingRegistry
  ],
  activate: (
    app: JupyterFrontEnd,
    manager: IEmoutManager,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    toolbars: IToolbarWidgetRegistry | null,
    settings: ISettingRegistry | null
  ) => {
    const trans = (translator ?? nullTranslator).load('emout_lab');
    addRenderer(app, rendermime, manager, trans);
    const tabs = new FigureTabs({
      shell: app.shell,
      manager,
      trans,
      hasMainArea: labShell !== null,
      onCreated: toolbarMaker(toolbars, settings, translator, trans)
    });
    if (restorer !== null && labShell !== null) {
      tabs.restore(restorer, CommandIDs.openFigure);
    }
    return tabs;
  }
};

function addRenderer(
  { commands }: JupyterFrontEnd,
  rendermime: IRenderMimeRegistry,
  manager: IEmoutManager,
  trans: TranslationBundle
): void {
  const onOpen = (figure: IFigure, source: string) =>
    void commands.execute(CommandIDs.openFigure, {
      figure,
      source
    } as unknown as JSONObject);
  rendermime.addFactory(
    {
      safe: true,
      mimeTypes: [FIGURE_MIME_TYPE],
      createRenderer: ({ mimeType }) =>
        new FigureRenderer({ mimeType, manager, trans, onOpen })
    },
    RANK
  );
}

function toolbarMaker(
  toolbars: IToolbarWidgetRegistry | null,
  settings: ISettingRegistry | null,
  translator: ITranslator | null,
  trans: TranslationBundle
): (tab: Widget) => void {
  if (toolbars === null || settings === null) {
    return () => undefined;
  }
  addViewerItems(toolbars, trans);
  const items = createToolbarFactory(
    toolbars,
    settings,
    VIEWER_TOOLBAR,
    PLUGIN_ID,
    translator ?? nullTranslator
  );
  return tab => setToolbar(tab, items);
}
