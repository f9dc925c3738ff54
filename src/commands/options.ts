import { JupyterFrontEnd } from '@jupyterlab/application';
import {
  Dialog,
  InputDialog,
  MainAreaWidget,
  showDialog,
  showErrorMessage
} from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { TranslationBundle } from '@jupyterlab/translation';

import { StartFormModel } from '../sessions/formmodel';
import { LogsWidget } from '../sessions/logs';
import { isAlive } from '../sessions/model';
import {
  IEmoutManager,
  IEmoutPanel,
  IEmoutTabs,
  IFigureTabs,
  ISession
} from '../tokens';

/**
 * What commands work with.
 */
export interface ICommandOptions {
  app: JupyterFrontEnd;
  manager: IEmoutManager;
  panel: IEmoutPanel;
  trans: TranslationBundle;
  tracker: INotebookTracker | null;
  memory: StartFormModel.IMemory;
  tabs: IEmoutTabs;
  figures: IFigureTabs;
  addLogsToolbar: (tab: MainAreaWidget<LogsWidget>) => void;
}

/** `describedBy` of a command whose arguments are texts. */
export function texts(properties: Record<string, string>) {
  return {
    args: {
      type: 'object',
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, description]) => [
          name,
          { type: 'string', description }
        ])
      )
    }
  };
}

/** `describedBy` of a command without arguments. */
export const NO_ARGS = { args: { type: 'object', properties: {} } };

/**
 * The sessions that run; a server that cannot tell is no reason not to go on, for
 * what comes next says what is wrong.
 */
export async function liveSessions(
  options: ICommandOptions
): Promise<ISession[]> {
  try {
    return (await options.manager.listSessions()).filter(isAlive);
  } catch {
    return [];
  }
}

/**
 * The session a command is about: the only one that runs, else the user chooses.
 */
export async function chooseSession(
  options: ICommandOptions,
  title: string
): Promise<ISession | null> {
  const sessions = await liveSessions(options);
  const names = sessions.map(session => session.name);
  const name = await chooseFrom(
    names,
    title,
    options.trans.__('No session is running.')
  );
  return sessions.find(session => session.name === name) ?? null;
}

/**
 * The only one of some names, else what the user chooses; null where nothing is there or the user
 * gives up.
 */
export async function chooseFrom(
  names: readonly string[],
  title: string,
  nothing: string
): Promise<string | null> {
  if (names.length === 0) {
    await showErrorMessage(title, nothing);
    return null;
  }
  if (names.length === 1) {
    return names[0];
  }
  const result = await InputDialog.getItem({ title, items: [...names] });
  return result.button.accept ? result.value : null;
}

/**
 * Ask before something is lost.
 */
export async function confirm(options: {
  title: string;
  body: string;
  accept: string;
  trans: TranslationBundle;
}): Promise<boolean> {
  const { title, body, accept, trans } = options;
  const result = await showDialog({
    title,
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: accept })
    ]
  });
  return result.button.accept;
}
