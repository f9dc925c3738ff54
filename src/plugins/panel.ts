import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { JSONObject } from '@lumino/coreutils';

import { CommandIDs } from '../commands';
import { EmoutPanel } from '../panel';
import { isAlive } from '../sessions/model';
import {
  IEmoutManager,
  IEmoutPanel,
  IEmoutSettings,
  IFigure,
  ISession
} from '../tokens';

const RANK = 350;
const COLLAPSED = 'emout-lab:collapsed';

/**
 * Adds the sidebar panel.
 */
export const panelPlugin: JupyterFrontEndPlugin<IEmoutPanel> = {
  id: 'emout-lab:panel',
  description: 'Adds the emout sidebar panel.',
  autoStart: true,
  provides: IEmoutPanel,
  requires: [IEmoutManager, IEmoutSettings],
  optional: [ITranslator, ILayoutRestorer, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    manager: IEmoutManager,
    settings: IEmoutSettings,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    state: IStateDB | null
  ) => {
    const panel = new EmoutPanel({
      manager,
      translator: translator ?? nullTranslator,
      actions: actionsOf(app.commands)
    });
    app.shell.add(panel, 'left', { rank: RANK, type: 'emout' });
    restorer?.add(panel, panel.id);
    if (state) {
      void rememberSections(panel, state);
    }
    followSettings(app, panel, manager, settings);
    return panel;
  }
};

/**
 * Every button is a command, so that palette and keyboard do just the same.
 */
function actionsOf(commands: CommandRegistry): EmoutPanel.IActions {
  const run = (id: string, args: object = {}) =>
    void commands.execute(id, args as JSONObject);
  const named = (id: string) => (session: ISession) =>
    run(id, { name: session.name });
  const drawn = (id: string) => (figure: IFigure) => run(id, { figure });
  return {
    onStart: () => run(CommandIDs.startSession),
    onStop: session =>
      run(CommandIDs.stopSession, {
        name: session.name,
        // What has ended has nothing left to lose.
        force: !isAlive(session)
      }),
    onScale: named(CommandIDs.scaleSession),
    onLogs: named(CommandIDs.showLogs),
    onDashboard: named(CommandIDs.openDashboard),
    onUse: named(CommandIDs.useSession),
    onRestart: ({ session, id }) =>
      run(CommandIDs.restartEngine, { session, engine: id }),
    onRefresh: () => run(CommandIDs.refresh),
    onCopy: ({ expression }) => run(CommandIDs.copyAsCode, { expression }),
    onClearScope: (notebook, scope) =>
      run(CommandIDs.clearScope, { notebook, scope }),
    onOpen: drawn(CommandIDs.openFigure),
    onSave: drawn(CommandIDs.saveFigure),
    onClear: () => run(CommandIDs.clearFigures)
  };
}

/**
 * Open and close the sections as they were; the shell remembers only the panel itself.
 */
async function rememberSections(
  panel: EmoutPanel,
  state: IStateDB
): Promise<void> {
  const ids = await state.fetch(COLLAPSED).catch(() => undefined);
  if (Array.isArray(ids)) {
    panel.collapsed = ids.filter(id => typeof id === 'string') as string[];
  }
  panel.collapsedChanged.connect((_, collapsed) => {
    state.save(COLLAPSED, [...collapsed]).catch(reason => {
      console.warn('The open sections cannot be kept:', reason);
    });
  });
}

function followSettings(
  app: JupyterFrontEnd,
  panel: EmoutPanel,
  manager: IEmoutManager,
  settings: IEmoutSettings
): void {
  let isFirst = true;
  const apply = () => {
    const { gallerySize, openAtStart, pollInterval } = settings.current;
    manager.pollInterval = pollInterval;
    panel.outputs.gallerySize = gallerySize;
    if (openAtStart && isFirst) {
      isFirst = false;
      void app.restored.then(() => app.shell.activateById(panel.id));
    }
  };
  apply();
  settings.changed.connect(() => {
    apply();
    isFirst = false;
  });
}
