import { Notification, showErrorMessage } from '@jupyterlab/apputils';
import { NotebookActions } from '@jupyterlab/notebook';
import { KernelMessage } from '@jupyterlab/services';
import { linkIcon, pasteIcon } from '@jupyterlab/ui-components';

import { emoutIcon } from '../icons';
import { CommandIDs } from './ids';
import { objectLabel, selectedCode } from './objects';
import { chooseSession, ICommandOptions, NO_ARGS, texts } from './options';

/** How long it is told that something went well. */
const TOLD_MS = 4_000;
const FIGURE_CELL = '%%remote_figure\n';

/**
 * Add what can be done with the notebook in front.
 */
export function addNotebookCommands(options: ICommandOptions): void {
  const { manager, trans } = options;
  const { commands } = options.app;
  commands.addCommand(CommandIDs.useSession, {
    label: trans.__('Use Session in This Notebook…'),
    caption: trans.__('Connect the notebook in front and load the magics'),
    icon: linkIcon,
    describedBy: texts({ name: 'Name of the session' }),
    execute: async args => {
      const title = trans.__('Which session shall the notebook use?');
      const given = args['selected']
        ? manager.sessions.selected?.name
        : args['name'];
      const name =
        typeof given === 'string'
          ? given
          : (await chooseSession(options, title))?.name;
      if (name) {
        await connectNotebook(options, name);
      }
    }
  });
  addInsertCommand(options);
  commands.addCommand(CommandIDs.insertFigureCell, {
    label: args =>
      args['toolbar'] ? '' : trans.__('Insert Remote Figure Cell'),
    caption: trans.__('Insert a cell that is drawn on an engine'),
    icon: emoutIcon,
    isEnabled: () => hasNotebook(options),
    describedBy: NO_ARGS,
    execute: () => insertCell(options, FIGURE_CELL)
  });
}

/** Insert the code of an object where the cursor is. */
function addInsertCommand(options: ICommandOptions): void {
  const { trans, tracker } = options;
  options.app.commands.addCommand(CommandIDs.insertObject, {
    label: args => objectLabel(args, trans.__('Insert into Notebook'), trans),
    icon: pasteIcon,
    describedBy: texts({ expression: 'What to insert' }),
    isEnabled: () => Boolean(tracker?.currentWidget),
    execute: async args => {
      const given = args['expression'];
      const expression =
        typeof given === 'string' ? given : await selectedCode(options);
      const editor = tracker?.activeCell?.editor;
      if (expression !== undefined && editor) {
        editor.replaceSelection?.(expression);
        editor.focus();
      }
    }
  });
}

/** Whether a notebook is in front, or was last. */
export function hasNotebook({ tracker }: ICommandOptions): boolean {
  return Boolean(tracker?.currentWidget);
}

/**
 * A cell below the active one; an empty active cell is filled instead.
 */
export function insertCell({ tracker }: ICommandOptions, code: string): void {
  const content = tracker?.currentWidget?.content;
  if (!content) {
    return;
  }
  const isEmpty =
    content.activeCell?.model.type === 'code' &&
    content.activeCell.model.sharedModel.getSource().trim() === '';
  if (!isEmpty) {
    NotebookActions.insertBelow(content);
  }
  content.activeCell?.model.sharedModel.setSource(code);
  content.mode = 'edit';
  const editor = content.activeCell?.editor;
  editor?.setCursorPosition({ line: code.split('\n').length - 1, column: 0 });
}

/**
 * Python that loads the magics and makes the session the notebook's own.
 */
export function connectCode(name: string): string {
  return [
    '%load_ext emout_lab',
    'import emout_lab',
    // A JSON string is a Python string.
    `emout_lab.connect(name=${JSON.stringify(name)})`
  ].join('\n');
}

async function connectNotebook(
  { tracker, trans }: ICommandOptions,
  name: string
): Promise<void> {
  const title = trans.__('The notebook does not use %1', name);
  const panel = tracker?.currentWidget;
  if (!panel) {
    await showErrorMessage(title, trans.__('No notebook is open.'));
    return;
  }
  await panel.sessionContext.ready;
  const kernel = panel.sessionContext.session?.kernel;
  if (!kernel) {
    await showErrorMessage(title, trans.__('The notebook has no kernel.'));
    return;
  }
  const reply = (await kernel.requestExecute({
    code: connectCode(name),
    store_history: false
  }).done) as KernelMessage.IExecuteReplyMsg;
  if (reply.content.status === 'error') {
    await showErrorMessage(
      title,
      `${reply.content.ename}: ${reply.content.evalue}`
    );
    return;
  }
  Notification.success(
    trans.__('%1 uses session %2.', panel.title.label, name),
    { autoClose: TOLD_MS }
  );
}
