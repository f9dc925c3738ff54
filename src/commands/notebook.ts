import { Notification, showErrorMessage } from '@jupyterlab/apputils';
import { NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import { KernelMessage } from '@jupyterlab/services';
import { linkIcon, pasteIcon } from '@jupyterlab/ui-components';

import { emoutIcon } from '../icons';
import { CommandIDs } from './ids';
import { objectLabel, selectedObject } from './objects';
import { chooseSession, ICommandOptions, NO_ARGS, texts } from './options';

/** How long it is told that something went well. */
const TOLD_MS = 4_000;
const FIGURE_CELL = '%%remote_figure\n';

/**
 * Add what can be done with the notebook in front.
 */
export function addNotebookCommands(options: ICommandOptions): void {
  const { manager, trans, tracker } = options;
  const { commands } = options.app;
  const hasNotebook = () => tracker?.currentWidget !== null && tracker !== null;
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
    isEnabled: hasNotebook,
    describedBy: NO_ARGS,
    execute: () => {
      const notebook = tracker?.currentWidget;
      if (notebook) {
        insertFigureCell(notebook);
      }
    }
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
        typeof given === 'string'
          ? given
          : (await selectedObject(options))?.expression;
      const editor = tracker?.activeCell?.editor;
      if (expression !== undefined && editor) {
        editor.replaceSelection?.(expression);
        editor.focus();
      }
    }
  });
}

/**
 * A cell below the active one; an empty active cell is filled instead.
 */
function insertFigureCell({ content }: NotebookPanel): void {
  const isEmpty =
    content.activeCell?.model.type === 'code' &&
    content.activeCell.model.sharedModel.getSource().trim() === '';
  if (!isEmpty) {
    NotebookActions.insertBelow(content);
  }
  content.activeCell?.model.sharedModel.setSource(FIGURE_CELL);
  content.mode = 'edit';
  const editor = content.activeCell?.editor;
  editor?.setCursorPosition({ line: 1, column: 0 });
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
