import { Clipboard } from '@jupyterlab/apputils';
import {
  cleaningIcon,
  copyIcon,
  filterListIcon,
  searchIcon,
  stopIcon
} from '@jupyterlab/ui-components';

import { baseName } from '../format';
import { CommandIDs } from './ids';
import {
  chooseFrom,
  confirm,
  ICommandOptions,
  NO_ARGS,
  texts
} from './options';

/**
 * Add what can be done with engines and their objects.
 */
export function addObjectCommands(options: ICommandOptions): void {
  const { app, panel, trans } = options;
  const { commands } = app;
  commands.addCommand(CommandIDs.interrupt, {
    label: trans.__('Cancel What an Engine Is Running…'),
    icon: stopIcon,
    describedBy: NO_ARGS,
    execute: () => interrupt(options)
  });
  commands.addCommand(CommandIDs.clearScope, {
    label: trans.__('Clear Scope…'),
    icon: cleaningIcon,
    describedBy: texts({
      notebook: 'Path of the notebook',
      scope: 'Name of the scope'
    }),
    execute: args => {
      const { notebook, scope } = args;
      return notebook === undefined
        ? chooseScope(options)
        : clearScope(options, asName(notebook), asName(scope));
    }
  });
  commands.addCommand(CommandIDs.copyAsCode, {
    label: trans.__('Copy as Code'),
    icon: copyIcon,
    describedBy: texts({ expression: 'What to copy' }),
    execute: args => Clipboard.copyToSystem(String(args['expression'] ?? ''))
  });
  commands.addCommand(CommandIDs.sortObjects, {
    label: trans.__('Sort Objects by Size'),
    icon: filterListIcon,
    describedBy: NO_ARGS,
    execute: () => {
      app.shell.activateById(panel.id);
      panel.toggleOrder();
    }
  });
  commands.addCommand(CommandIDs.filterObjects, {
    label: trans.__('Filter Objects'),
    icon: searchIcon,
    describedBy: NO_ARGS,
    execute: () => {
      app.shell.activateById(panel.id);
      panel.focusFilter();
    }
  });
}

async function interrupt({ panel, trans }: ICommandOptions): Promise<void> {
  const labels = new Map(
    panel.busyWorkers.map(worker => [
      `${worker.session} · ${worker.id} · ${worker.current?.label ?? ''}`,
      worker
    ])
  );
  const chosen = await chooseFrom(
    [...labels.keys()],
    trans.__('Cancel what an engine is running'),
    trans.__('No engine is running anything.')
  );
  const worker = chosen === null ? undefined : labels.get(chosen);
  if (worker) {
    await panel.interrupt(worker);
  }
}

async function chooseScope(options: ICommandOptions): Promise<void> {
  const { panel, trans } = options;
  const labels = new Map(
    panel.scopes.map(([notebook, scope]) => [
      [
        notebook === null ? trans.__('Without notebook') : notebook,
        scope ?? trans.__('Outside scopes')
      ].join(' · '),
      [notebook, scope] as const
    ])
  );
  const chosen = await chooseFrom(
    [...labels.keys()],
    trans.__('Clear scope'),
    trans.__('No objects.')
  );
  const found = chosen === null ? undefined : labels.get(chosen);
  if (found) {
    await clearScope(options, ...found);
  }
}

async function clearScope(
  { panel, trans }: ICommandOptions,
  notebook: string | null,
  scope: string | null
): Promise<void> {
  const isSure = await confirm({
    title: trans.__('Clear scope %1?', scope ?? trans.__('Outside scopes')),
    body: trans.__(
      'The engines drop its objects of %1. What is needed again is computed again.',
      notebook === null ? trans.__('no notebook') : baseName(notebook)
    ),
    accept: trans.__('Clear'),
    trans
  });
  if (isSure) {
    await panel.clearScope(notebook, scope);
  }
}

function asName(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
