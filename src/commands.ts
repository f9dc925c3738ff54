import { JupyterFrontEnd } from '@jupyterlab/application';
import {
  Dialog,
  InputDialog,
  showDialog,
  showErrorMessage
} from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, refreshIcon, stopIcon } from '@jupyterlab/ui-components';

import { emoutIcon } from './icons';
import { openStartDialog } from './sessions/dialog';
import { isAlive } from './sessions/model';
import { IEmoutManager, IEmoutPanel, ISession } from './tokens';

export namespace CommandIDs {
  export const startSession = 'emout-lab:start-session';
  /** Arguments: `name`, and `force: true` to stop without asking. */
  export const stopSession = 'emout-lab:stop-session';
  export const showPanel = 'emout-lab:show-panel';
  export const refresh = 'emout-lab:refresh';
}

/** The commands that the palette shows, in its order. */
export const PALETTE_COMMANDS = [
  CommandIDs.showPanel,
  CommandIDs.startSession,
  CommandIDs.stopSession,
  CommandIDs.refresh
];

/**
 * Add the commands of emout_lab.
 */
export function addCommands(options: ICommandOptions): void {
  const { app, manager, trans } = options;
  const { commands } = app;
  commands.addCommand(CommandIDs.startSession, {
    label: trans.__('Start Session…'),
    caption: trans.__('Start workers in the queue or on this machine'),
    icon: addIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => startSession(options)
  });
  commands.addCommand(CommandIDs.stopSession, {
    label: args =>
      args['name']
        ? trans.__('Stop Session %1', String(args['name']))
        : trans.__('Stop Session…'),
    icon: stopIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          name: { type: 'string', description: 'Name of the session' },
          force: { type: 'boolean', description: 'Stop without asking' }
        }
      }
    },
    execute: args =>
      stopSession(
        options,
        args['name'] as string | undefined,
        args['force'] === true
      )
  });
  commands.addCommand(CommandIDs.showPanel, {
    label: trans.__('Show emout Panel'),
    icon: emoutIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => app.shell.activateById(options.panel.id)
  });
  commands.addCommand(CommandIDs.refresh, {
    label: trans.__('Refresh'),
    icon: refreshIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => manager.refresh()
  });
}

export interface ICommandOptions {
  app: JupyterFrontEnd;
  manager: IEmoutManager;
  panel: IEmoutPanel;
  trans: TranslationBundle;
}

async function startSession(
  options: ICommandOptions
): Promise<ISession | null> {
  const { manager, trans } = options;
  const taken = (await liveSessions(options)).map(session => session.name);
  return openStartDialog({ manager, trans, taken });
}

async function stopSession(
  options: ICommandOptions,
  name: string | undefined,
  force: boolean
): Promise<void> {
  const { panel, trans } = options;
  const chosen = name ?? (await chooseSession(options));
  if (chosen === null || !(force || (await confirmStop(chosen, trans)))) {
    return;
  }
  await panel.stopSession(chosen);
}

/**
 * The sessions that run; a server that cannot tell is no reason not to go on, for
 * what comes next says what is wrong.
 */
async function liveSessions(options: ICommandOptions): Promise<ISession[]> {
  try {
    return (await options.manager.listSessions()).filter(isAlive);
  } catch {
    return [];
  }
}

async function chooseSession(options: ICommandOptions): Promise<string | null> {
  const { trans } = options;
  const names = (await liveSessions(options)).map(session => session.name);
  if (names.length === 0) {
    await showErrorMessage(
      trans.__('Stop session'),
      trans.__('No session is running.')
    );
    return null;
  }
  if (names.length === 1) {
    return names[0];
  }
  const result = await InputDialog.getItem({
    title: trans.__('Which session shall be stopped?'),
    items: names
  });
  return result.button.accept ? result.value : null;
}

async function confirmStop(
  name: string,
  trans: TranslationBundle
): Promise<boolean> {
  const result = await showDialog({
    title: trans.__('Stop session %1?', name),
    body: trans.__(
      'Its jobs end and everything its engines keep is lost. Files stay as they are.'
    ),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: trans.__('Stop') })
    ]
  });
  return result.button.accept;
}
