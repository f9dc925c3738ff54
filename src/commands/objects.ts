import { Clipboard, showErrorMessage } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import {
  copyIcon,
  deleteIcon,
  filterListIcon,
  searchIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { baseName } from '../format';
import { cleaningIcon, previewIcon } from '../icons';
import { codeOf } from '../objects/code';
import { canPreview } from '../objects/model';
import { IRemoteObject, Scope } from '../tokens';
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
  const { objects } = options.manager;
  const { commands } = app;
  addSelectionCommands(options);
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
      const { notebook, scope, namespace } = args;
      const selected = args['selected'] ? objects.selectedScope : null;
      if (selected !== null) {
        return clearScope(options, ...selected);
      }
      return notebook === undefined
        ? chooseScope(options)
        : clearScope(
            options,
            asName(notebook),
            asName(scope),
            namespace === true
          );
    }
  });
  commands.addCommand(CommandIDs.sortObjects, {
    label: trans.__('Sort Objects by Size'),
    icon: filterListIcon,
    describedBy: NO_ARGS,
    execute: () => {
      panel.activate();
      objects.order = objects.order === 'size' ? 'age' : 'size';
    }
  });
  commands.addCommand(CommandIDs.filterObjects, {
    label: trans.__('Filter Objects'),
    icon: searchIcon,
    describedBy: NO_ARGS,
    execute: () => {
      panel.activate();
      objects.requestFilter();
    }
  });
}

/**
 * Add what can be done with the object that was last clicked.
 */
function addSelectionCommands(options: ICommandOptions): void {
  const { trans } = options;
  const { objects } = options.manager;
  const { commands } = options.app;
  commands.addCommand(CommandIDs.copyAsCode, {
    label: args => objectLabel(args, trans.__('Copy as Code'), trans),
    icon: copyIcon,
    describedBy: texts({ expression: 'What to copy' }),
    execute: async args => {
      const given = args['expression'];
      const expression =
        typeof given === 'string' ? given : await selectedCode(options);
      if (expression !== undefined) {
        Clipboard.copyToSystem(expression);
      }
    }
  });
  commands.addCommand(CommandIDs.previewObject, {
    label: args => objectLabel(args, trans.__('Preview'), trans),
    icon: previewIcon,
    describedBy: NO_ARGS,
    isEnabled: args =>
      !args['selected'] ||
      (objects.selected !== null && canPreview(objects.selected)),
    execute: async () => {
      const object = await selectedObject(options);
      if (object) {
        objects.togglePreview(object);
      }
    }
  });
  commands.addCommand(CommandIDs.dropObject, {
    label: args => objectLabel(args, trans.__('Drop'), trans),
    icon: deleteIcon,
    describedBy: NO_ARGS,
    execute: async () => {
      const object = await selectedObject(options);
      if (object) {
        await objects.drop(object);
      }
    }
  });
}

/** A context menu stands at its object; elsewhere it must be said what is meant. */
export function objectLabel(
  args: ReadonlyPartialJSONObject,
  label: string,
  trans: TranslationBundle
): string {
  return args['selected'] ? label : trans.__('%1 (Selected Object)', label);
}

export async function selectedObject({
  manager,
  trans
}: ICommandOptions): Promise<IRemoteObject | null> {
  const { selected } = manager.objects;
  if (selected === null) {
    await showErrorMessage(
      trans.__('No object is selected'),
      trans.__('Click one in the Objects section of the emout panel.')
    );
  }
  return selected;
}

/** The code of the object that was last clicked. */
export async function selectedCode(
  options: ICommandOptions
): Promise<string | undefined> {
  const object = await selectedObject(options);
  return object === null ? undefined : codeOf(object);
}

async function interrupt({ manager, trans }: ICommandOptions): Promise<void> {
  const { workers } = manager;
  const labels = new Map(
    workers.busy.map(worker => [
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
    await workers.interrupt(worker);
  }
}

async function chooseScope(options: ICommandOptions): Promise<void> {
  const { manager, trans } = options;
  const labels = new Map(
    manager.objects.scopes.map(each => {
      const [notebook, scope, isNamespace] = each;
      const label = isNamespace ? trans.__('namespace') : scope;
      return [
        [
          notebook === null ? trans.__('Without notebook') : notebook,
          label ?? trans.__('Outside scopes')
        ].join(' · '),
        each
      ];
    })
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
  { manager, trans }: ICommandOptions,
  ...[notebook, scope, isNamespace]: Scope
): Promise<void> {
  const whose =
    notebook === null ? trans.__('no notebook') : baseName(notebook);
  const question = isNamespace
    ? {
        title: trans.__('Delete all names?'),
        body: trans.__(
          'The engines delete the names that cells and views of %1 have assigned on them.',
          whose
        ),
        accept: trans.__('Delete')
      }
    : {
        title: trans.__('Clear scope %1?', scope ?? trans.__('Outside scopes')),
        body: trans.__(
          'The engines drop its objects of %1. What is needed again is computed again.',
          whose
        ),
        accept: trans.__('Clear')
      };
  if (await confirm({ ...question, trans })) {
    await manager.objects.clearScope(notebook, scope, isNamespace);
  }
}

function asName(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
