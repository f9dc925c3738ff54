import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { find } from '@lumino/algorithm';

import { CommandIDs } from '../commands';
import { GALLERY_SIZE } from '../outputs/model';
import { createViewer, viewerId } from '../outputs/viewer';
import { isAlive } from '../sessions/model';
import { EmoutPanel } from '../panel';
import { IEmoutManager, IEmoutPanel, IFigure } from '../tokens';

const PLUGIN_ID = 'emout-lab:plugin';
const RANK = 350;

/**
 * Adds the sidebar panel and applies its settings.
 */
export const panelPlugin: JupyterFrontEndPlugin<IEmoutPanel> = {
  id: PLUGIN_ID,
  description: 'Adds the emout sidebar panel.',
  autoStart: true,
  provides: IEmoutPanel,
  requires: [IEmoutManager],
  optional: [ITranslator, ILayoutRestorer, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    manager: IEmoutManager,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null
  ) => {
    const panel = createPanel(app, manager, translator ?? nullTranslator);
    app.shell.add(panel, 'left', { rank: RANK, type: 'emout' });
    restorer?.add(panel, panel.id);
    if (settings) {
      void followSettings(app, panel, settings);
    }
    return panel;
  }
};

function createPanel(
  app: JupyterFrontEnd,
  manager: IEmoutManager,
  translator: ITranslator
): EmoutPanel {
  const { commands } = app;
  const panel: EmoutPanel = new EmoutPanel({
    manager,
    translator,
    onStart: () => void commands.execute(CommandIDs.startSession),
    onStop: session =>
      void commands.execute(CommandIDs.stopSession, {
        name: session.name,
        // What has ended has nothing left to lose.
        force: !isAlive(session)
      }),
    onRefresh: () => void commands.execute(CommandIDs.refresh),
    onOpen: figure => openFigure(app, panel, figure, translator)
  });
  return panel;
}

function openFigure(
  app: JupyterFrontEnd,
  panel: EmoutPanel,
  figure: IFigure,
  translator: ITranslator
): void {
  const id = viewerId(figure);
  if (!find(app.shell.widgets('main'), widget => widget.id === id)) {
    const trans = translator.load('emout_lab');
    app.shell.add(
      createViewer({ figure, model: panel.outputs, trans }),
      'main'
    );
  }
  app.shell.activateById(id);
}

async function followSettings(
  app: JupyterFrontEnd,
  panel: EmoutPanel,
  registry: ISettingRegistry
): Promise<void> {
  let settings: ISettingRegistry.ISettings;
  try {
    settings = await registry.load(PLUGIN_ID);
  } catch (reason) {
    console.warn(`Settings of ${PLUGIN_ID} cannot be read:`, reason);
    return;
  }
  const apply = () => {
    const size = settings.get('gallerySize').composite;
    panel.outputs.gallerySize = typeof size === 'number' ? size : GALLERY_SIZE;
  };
  apply();
  settings.changed.connect(apply);
  if (settings.get('openAtStart').composite === true) {
    await app.restored;
    app.shell.activateById(panel.id);
  }
}
