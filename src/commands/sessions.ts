import { InputDialog } from '@jupyterlab/apputils';
import {
  addIcon,
  inspectorIcon,
  listIcon,
  stopIcon
} from '@jupyterlab/ui-components';

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
    caption: trans.__('Start workers in the queue or on this machine'),
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
    execute: args => stopSession(options, textOf(args['name']), args['force'])
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
    execute: args => scaleSession(options, textOf(args['name']), args['jobs'])
  });
  commands.addCommand(CommandIDs.showLogs, {
    label: trans.__('Show Logs of Session…'),
    icon: listIcon,
    describedBy: named,
    execute: async args => {
      const session =
        textOf(args['name']) ??
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
        textOf(args['name']) ??
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
    label: session.backend === 'local' ? trans.__('Workers') : trans.__('Jobs'),
    value: session.jobs,
    okLabel: trans.__('Scale')
  });
  const { value } = result;
  return result.button.accept &&
    value !== null &&
    Number.isInteger(value) &&
    value > 0
    ? value
    : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
