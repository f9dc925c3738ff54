import {
  createToolbarFactory,
  IToolbarWidgetRegistry,
  MainAreaWidget,
  setToolbar
} from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { createLogSource, LogsWidget } from '../sessions/logs';

/** Name of the toolbar, and the schema that says what is in it. */
const TOOLBAR = 'EmoutLogs';
const SCHEMA = 'emout-lab:logs';
/** Name of its item with the choice of the log. */
const SOURCE = 'source';

/**
 * What gives a tab with logs its toolbar, as the settings define it.
 */
export function logsToolbar(
  toolbars: IToolbarWidgetRegistry | null,
  registry: ISettingRegistry | null,
  translator: ITranslator | null
): (tab: MainAreaWidget<LogsWidget>) => void {
  if (toolbars === null || registry === null) {
    return tab => {
      tab.toolbar.addItem(SOURCE, createLogSource(tab.content));
    };
  }
  toolbars.addFactory<MainAreaWidget<LogsWidget>>(TOOLBAR, SOURCE, tab =>
    createLogSource(tab.content)
  );
  const factory = createToolbarFactory(
    toolbars,
    registry,
    TOOLBAR,
    SCHEMA,
    translator ?? nullTranslator
  );
  return tab => setToolbar(tab, factory);
}
