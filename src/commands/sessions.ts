import { InputDialog, showErrorMessage } from '@jupyterlab/apputils';
import {
  addIcon,
  inspectorIcon,
  LabIcon,
  listIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { emoutIcon, scaleIcon } from '../icons';
import { createDashboard } from '../sessions/dashboard';
import { openStartDialog } from '../sessions/dialog';
import { createLogs } from '../sessions/logs';
import { ISession, ITabKind } from '../tokens';
import { CommandIDs } from './ids';
import {
  chooseSession,
  confirm,
  ICommandOptions,
  liveSessions,
  NO_ARGS,
  texts
} from './options';

/**
 * Add what can be done with sessions.
 */
export function addSessionCommands(options: ICommandOptions): void {
  const { trans } = options;
  const { commands } = options.app;
  const named = texts({ name: 'Name of the session' });
  commands.addCommand(CommandIDs.startSession, {
    label: args =>
      args['isLauncher']
        ? trans.__('emout session')
        : trans.__('Start Session…'),
    caption: args =>
      args['toolbar']
        ? trans.__('Start session')
        : trans.__('Start engines in the queue or on this machine'),
    icon: args => (args['isLauncher'] ? emoutIcon : addIcon),
    describedBy: NO_ARGS,
    execute: () => startSession(options)
  });
  commands.addCommand(CommandIDs.stopSession, {
    label: args =>
      args['name']
        ? trans.__('Stop Session %1', String(args['name']))
        : trans.__('Stop Session…'),
    icon: stopIcon,
    describedBy: named,
    execute: args => stopSession(options, nameOf(args, options))
  });
  commands.addCommand(CommandIDs.scaleSession, {
    label: trans.__('Scale Session…'),
    icon: scaleIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          name: { type: 'string', description: 'Name of the session' },
          jobs: {
            type: 'number',
            description: 'How many jobs it shall have; the user is asked'
          }
        }
      }
    },
    execute: args => scaleSession(options, nameOf(args, options), args['jobs'])
  });
  addTabCommands(options);
}

/**
 * Add what opens tabs for a session.
 */
function addTabCommands(options: ICommandOptions): void {
  const { manager, trans } = options;
  addTabCommand(options, trans.__('Show Logs of Session…'), listIcon, {
    name: 'logs',
    command: CommandIDs.showLogs,
    create: session => {
      const tab = createLogs({ manager, session, trans });
      options.addLogsToolbar(tab);
      return tab;
    }
  });
  const urlOf = (session: string) => manager.dashboardUrl(session);
  addTabCommand(
    options,
    trans.__('Open Dashboard of Session…'),
    inspectorIcon,
    {
      name: 'dashboard',
      command: CommandIDs.openDashboard,
      create: session =>
        createDashboard({ url: urlOf(session), session, trans }),
      url: urlOf
    }
  );
}

/** Add a kind of tab, which is there once for each session, and the command that opens it. */
function addTabCommand(
  options: ICommandOptions,
  label: string,
  icon: LabIcon,
  kind: Omit<ITabKind, 'args'>
): void {
  const { app, tabs } = options;
  app.commands.addCommand(kind.command, {
    label,
    icon,
    describedBy: texts({ name: 'Name of the session' }),
    execute: async args => {
      const session =
        nameOf(args, options) ?? (await chooseSession(options, label))?.name;
      if (session) {
        tabs.open(kind.name, session);
      }
    }
  });
  tabs.add({ ...kind, args: name => ({ name }) });
}

async function startSession(
  options: ICommandOptions
): Promise<ISession | null> {
  const { manager, trans, memory } = options;
  const taken = (await liveSessions(options)).map(session => session.name);
  return openStartDialog({ manager, trans, taken, memory });
}

async function stopSession(
  options: ICommandOptions,
  name: string | null
): Promise<void> {
  const { manager, trans } = options;
  const chosen =
    name ??
    (await chooseSession(options, trans.__('Which session shall be stopped?')))
      ?.name;
  if (!chosen) {
    return;
  }
  // Whoever called the command, and with whatever arguments: it is the user who stops a session.
  const isSure = await confirm({
    title: trans.__('Stop session %1?', chosen),
    body: trans.__(
      'Its jobs end and everything its engines keep is lost. Files stay as they are.'
    ),
    accept: trans.__('Stop'),
    trans
  });
  if (isSure) {
    await manager.sessions.stop(chosen);
  }
}

async function scaleSession(
  options: ICommandOptions,
  name: string | null,
  jobs: unknown
): Promise<void> {
  const { manager, trans } = options;
  const title = trans.__('Which session shall be scaled?');
  const session =
    name === null
      ? await chooseSession(options, title)
      : (await liveSessions(options)).find(each => each.name === name);
  if (!session) {
    return;
  }
  const proposed = typeof jobs === 'number' ? jobs : session.jobs;
  const wanted = await askForJobs(session, proposed, options);
  if (wanted !== null) {
    await manager.sessions.scale(session.name, wanted);
  }
}

async function askForJobs(
  session: ISession,
  proposed: number,
  { trans }: ICommandOptions
): Promise<number | null> {
  const result = await InputDialog.getNumber({
    title: trans.__('Scale session %1', session.name),
    label: session.backend === 'local' ? trans.__('Engines') : trans.__('Jobs'),
    value: proposed,
    okLabel: trans.__('Scale')
  });
  const { value } = result;
  if (!result.button.accept || value === null) {
    return null;
  }
  if (Number.isInteger(value) && value > 0) {
    return value;
  }
  await showErrorMessage(
    trans.__('Session %1 is not scaled', session.name),
    trans.__(
      '%1 is not a number of jobs: write 1 or more. To end the session, stop it.',
      value
    )
  );
  return null;
}

/** The session that the arguments name or point to; null where they do neither. */
function nameOf(
  args: ReadonlyPartialJSONObject,
  { manager }: ICommandOptions
): string | null {
  const name = args['selected']
    ? manager.sessions.selected?.name
    : args['name'];
  return typeof name === 'string' && name !== '' ? name : null;
}
