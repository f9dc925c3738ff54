import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  createToolbarFactory,
  IToolbarWidgetRegistry,
  setToolbar
} from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { JSONObject } from '@lumino/coreutils';

import { CommandIDs } from '../commands';
import { codeOf } from '../objects/code';
import { EmoutPanel } from '../panel';
import { isAlive } from '../sessions/model';
import {
  IEmoutManager,
  IEmoutPanel,
  IEmoutSettings,
  IFigure,
  ISession,
  ISweep
} from '../tokens';

const RANK = 350;
const COLLAPSED = 'emout-lab:collapsed';

/** Sections with a toolbar: the toolbar's name and the schema that says what is in it. */
const TOOLBARS: Record<string, [string, string]> = {
  'emout-lab-Sessions': ['EmoutSessions', 'emout-lab:sessions'],
  'emout-lab-Outputs': ['EmoutOutputs', 'emout-lab:outputs']
};

/**
 * Adds the sidebar panel.
 */
export const panelPlugin: JupyterFrontEndPlugin<IEmoutPanel> = {
  id: 'emout-lab:panel',
  description: 'Adds the emout sidebar panel.',
  autoStart: true,
  provides: IEmoutPanel,
  requires: [IEmoutManager, IEmoutSettings],
  optional: [
    ITranslator,
    ILayoutRestorer,
    IStateDB,
    IToolbarWidgetRegistry,
    ISettingRegistry
  ],
  activate: (
    app: JupyterFrontEnd,
    manager: IEmoutManager,
    settings: IEmoutSettings,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    state: IStateDB | null,
    toolbars: IToolbarWidgetRegistry | null,
    registry: ISettingRegistry | null
  ) => {
    const panel = new EmoutPanel({
      manager,
      translator: translator ?? nullTranslator,
      actions: actionsOf(app.commands, manager)
    });
    app.shell.add(panel, 'left', { rank: RANK, type: 'emout' });
    restorer?.add(panel, panel.id);
    if (state) {
      void rememberSections(panel, state);
    }
    if (toolbars && registry) {
      addToolbars(panel, toolbars, registry, translator ?? nullTranslator);
    }
    const { id } = panel;
    const activate = () => app.shell.activateById(id);
    followSettings(app, activate, manager, settings);
    return { id, activate };
  }
};

/**
 * Every button is a command, so that palette and keyboard do just the same.
 */
function actionsOf(
  commands: CommandRegistry,
  manager: IEmoutManager
): EmoutPanel.IActions {
  const run = (id: string, args: object = {}) =>
    void commands.execute(id, args as JSONObject);
  const named = (id: string) => (session: ISession) =>
    run(id, { name: session.name });
  const swept = (id: string) => (sweep: ISweep) => run(id, { id: sweep.id });
  const drawn = (id: string) => (figure: IFigure) => run(id, { figure });
  return {
    onStart: () => run(CommandIDs.startSession),
    onStop: session =>
      isAlive(session)
        ? run(CommandIDs.stopSession, { name: session.name })
        : // What has ended has nothing left to lose.
          void manager.sessions.stop(session.name),
    onScale: named(CommandIDs.scaleSession),
    onLogs: named(CommandIDs.showLogs),
    onDashboard: named(CommandIDs.openDashboard),
    onUse: named(CommandIDs.useSession),
    onRestart: ({ session, id }) =>
      run(CommandIDs.restartEngine, { session, engine: id }),
    onCopy: object =>
      run(CommandIDs.copyAsCode, { expression: codeOf(object) }),
    onClearScope: (notebook, scope, namespace) =>
      run(CommandIDs.clearScope, { notebook, scope, namespace }),
    onOpen: drawn(CommandIDs.openFigure),
    onSave: drawn(CommandIDs.saveFigure),
    onLive: drawn(CommandIDs.openLive),
    onSweepTable: swept(CommandIDs.openSweepTable),
    onSweepPlot: swept(CommandIDs.openSweepPlot),
    onCancelSweep: swept(CommandIDs.cancelSweep),
    onRetrySweep: swept(CommandIDs.retrySweep),
    onRemoveSweep: swept(CommandIDs.removeSweep),
    onCopySweepError: swept(CommandIDs.copySweepError)
  };
}

/**
 * Toolbars of the sections as the settings define them.
 */
function addToolbars(
  panel: EmoutPanel,
  toolbars: IToolbarWidgetRegistry,
  registry: ISettingRegistry,
  translator: ITranslator
): void {
  for (const section of panel.widgets) {
    const known = TOOLBARS[section.id];
    if (known) {
      setToolbar(
        section,
        createToolbarFactory(toolbars, registry, ...known, translator)
      );
    }
  }
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
  activate: () => void,
  manager: IEmoutManager,
  settings: IEmoutSettings
): void {
  let isFirst = true;
  const apply = () => {
    const { gallerySize, openAtStart, pollInterval } = settings.current;
    manager.pollInterval = pollInterval;
    manager.figures.gallerySize = gallerySize;
    if (openAtStart && isFirst) {
      isFirst = false;
      void app.restored.then(activate);
    }
  };
  apply();
  settings.changed.connect(() => {
    apply();
    isFirst = false;
  });
}
