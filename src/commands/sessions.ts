import { InputDialog, showErrorMessage } from '@jupyterlab/apputils';
import {
  addIcon,
  inspectorIcon,
  listIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { emoutIcon, scaleIcon } from '../icons';
import { createDashboard, dashboardId } from '../sessions/dashboard';
import { openStartDialog } from '../sessions/dialog';
import { createLogs, logsId } from '../sessions/logs';
import { ISession } from '../tokens';
import { CommandIDs } from './ids';
import {
  chooseSession,
  confirm,
  ICommandOptions,
  liveSessions,
  NO_ARGS,
  showTab,
  texts
} from './options';

/**
 * Add what can be done with sessions.
 */
export function addSessionCommands(options: ICommandOptions): void {
  const { app, manager, trans } = options;
  const { commands } = app;
  const named = texts({ name: 'Name of the session' });
  commands.addCommand(CommandIDs.startSession, {
    label: args =>
      args['isLauncher']
        ? trans.__('emout session')
        : trans.__('Start Session…'),
    caption: trans.__('Start engines in the queue or on this machine'),
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
    describedBy: {
      args: {
        type: 'object',
        properties: {
          name: { type: 'string', description: 'Name of the session' },
          force: { type: 'boolean', description: 'Stop without asking' }
        }
      }
    },
    execute: args => stopSession(options, nameOf(args, options), args['force'])
  });
  commands.addCommand(CommandIDs.scaleSession, {
    label: trans.__('Scale Session…'),
    icon: scaleIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          name: { type: 'string', description: 'Name of the session' },
          jobs: { type: 'number', description: 'How many jobs it shall have' }
        }
      }
    },
    execute: args => scaleSession(options, nameOf(args, options), args['jobs'])
  });
  commands.addCommand(CommandIDs.showLogs, {
    label: trans.__('Show Logs of Session…'),
    icon: listIcon,
    describedBy: named,
    execute: async args => {
      const session =
        nameOf(args, options) ??
        (await chooseSession(options, trans.__('Show Logs of Session…')))?.name;
      if (session) {
        showTab(app, logsId(session), () =>
          createLogs({ manager, session, trans })
        );
      }
    }
  });
  commands.addCommand(CommandIDs.openDashboard, {
    label: trans.__('Open Dashboard of Session…'),
    icon: inspectorIcon,
    describedBy: named,
    execute: async args => {
      const session =
        nameOf(args, options) ??
        (await chooseSession(options, trans.__('Open Dashboard of Session…')))
          ?.name;
      if (session) {
        const url = manager.dashboardUrl(session);
        showTab(app, dashboardId(session), () =>
          createDashboard({ url, session, trans })
        );
      }
    }
  });
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
  name: string | null,
  force: unknown
): Promise<void> {
  const { panel, trans } = options;
  const chosen =
    name ??
    (await chooseSession(options, trans.__('Which session shall be stopped?')))
      ?.name;
  if (!chosen) {
    return;
  }
  const isSure =
    force === true ||
    (await confirm({
      title: trans.__('Stop session %1?', chosen),
      body: trans.__(
        'Its jobs end and everything its engines keep is lost. Files stay as they are.'
      ),
      accept: trans.__('Stop'),
      trans
    }));
  if (isSure) {
    await panel.stopSession(chosen);
  }
}

async function scaleSession(
  options: ICommandOptions,
  name: string | null,
  jobs: unknown
): Promise<void> {
  const { panel, trans } = options;
  const title = trans.__('Which session shall be scaled?');
  const session =
    name === null
      ? await chooseSession(options, title)
      : (await liveSessions(options)).find(each => each.name === name);
  if (!session) {
    return;
  }
  const wanted =
    typeof jobs === 'number' ? jobs : await askForJobs(session, options);
  if (wanted !== null) {
    await panel.scaleSession(session.name, wanted);
  }
}

async function askForJobs(
  session: ISession,
  { trans }: ICommandOptions
): Promise<number | null> {
  const result = await InputDialog.getNumber({
    title: trans.__('Scale session %1', session.name),
    label: session.backend === 'local' ? trans.__('Engines') : trans.__('Jobs'),
    value: session.jobs,
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
  { panel }: ICommandOptions
): string | null {
  const name = args['selected'] ? panel.selectedSession : args['name'];
  return typeof name === 'string' && name !== '' ? name : null;
}
