import { showErrorMessage } from '@jupyterlab/apputils';
import {
  closeIcon,
  downloadIcon,
  imageIcon,
  pasteIcon
} from '@jupyterlab/ui-components';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { isId, isImageUrl } from '../figures/bundle';
import { figureCode } from '../figures/drag';
import { fileName, saveBlob } from '../figures/save';
import { cleaningIcon, liveIcon } from '../icons';
import { told } from '../messages';
import { check } from '../services/check';
import { IFigure } from '../tokens';
import { CommandIDs } from './ids';
import { hasNotebook, insertCell } from './notebook';
import { confirm, ICommandOptions, NO_ARGS } from './options';

/** Name of the tabs that show one figure live. */
const LIVE_TABS = 'live';

const FIGURE_ARGS = {
  args: {
    type: 'object',
    properties: {
      figure: {
        type: 'object',
        description: 'Particulars of the figure; the newest one without'
      },
      source: {
        type: 'string',
        description: 'URL of its picture, data: or blob:'
      }
    }
  }
};

/**
 * Add what can be done with figures.
 */
export function addFigureCommands(options: ICommandOptions): void {
  const { app, figures, trans } = options;
  const { commands } = app;
  addListCommands(options);
  addLiveCommand(options);
  commands.addCommand(CommandIDs.openFigure, {
    label: args =>
      args['selected']
        ? trans.__('Open in a tab')
        : trans.__('Open Newest Figure in a Tab'),
    icon: imageIcon,
    describedBy: FIGURE_ARGS,
    execute: async args => {
      const figure = await figureOf(args, options);
      const source = args['source'];
      if (figure) {
        figures.open(figure, isImageUrl(source) ? source : undefined);
      }
    }
  });
  commands.addCommand(CommandIDs.saveFigure, {
    label: args =>
      args['selected']
        ? trans.__('Save as…')
        : trans.__('Save Newest Figure As…'),
    icon: downloadIcon,
    describedBy: FIGURE_ARGS,
    execute: async args => {
      const figure = await figureOf(args, options);
      if (figure) {
        await saveFigure(options, figure);
      }
    }
  });
  commands.addCommand(CommandIDs.insertFigure, {
    label: args =>
      args['selected']
        ? trans.__('Insert into the Notebook')
        : trans.__('Insert Newest Figure into the Notebook'),
    caption: trans.__('Insert a cell that shows the figure'),
    icon: pasteIcon,
    describedBy: FIGURE_ARGS,
    isEnabled: () => hasNotebook(options),
    execute: async args => {
      const figure = await figureOf(args, options);
      if (figure) {
        insertCell(options, figureCode(figure));
      }
    }
  });
}

/**
 * Add what shows figures live; where an application has no tabs, in one of the browser.
 */
function addLiveCommand(options: ICommandOptions): void {
  const { app, figures, tabs, trans } = options;
  const partsOf = (key: string) => key.split('/') as [string, string];
  tabs.add({
    name: LIVE_TABS,
    command: CommandIDs.openLive,
    args: () => ({}),
    create: key => figures.createLive(...partsOf(key))
  });
  app.commands.addCommand(CommandIDs.openLive, {
    label: args =>
      args['selected']
        ? trans.__('Show Live in a Tab')
        : trans.__('Show Newest Figure Live in a Tab'),
    icon: liveIcon,
    describedBy: FIGURE_ARGS,
    execute: async args => {
      const figure = await figureOf(args, options);
      if (figure && !figures.openLive(figure)) {
        tabs.open(LIVE_TABS, `${figure.session}/${figure.id}`);
      }
    }
  });
}

/**
 * Add what can be done with the list of figures.
 */
function addListCommands(options: ICommandOptions): void {
  const { app, manager, trans } = options;
  const { commands } = app;
  commands.addCommand(CommandIDs.removeFigure, {
    label: args =>
      args['selected']
        ? trans.__('Remove from the List')
        : trans.__('Remove Newest Figure from the List'),
    icon: closeIcon,
    describedBy: FIGURE_ARGS,
    execute: async args => {
      const figure = await figureOf(args, options);
      if (figure) {
        await manager.figures.remove(figure);
      }
    }
  });
  commands.addCommand(CommandIDs.clearFigures, {
    label: trans.__('Clear Outputs…'),
    caption: trans.__('Clear outputs'),
    icon: cleaningIcon,
    describedBy: NO_ARGS,
    execute: async () => {
      const isSure = await confirm({
        title: trans.__('Clear outputs?'),
        body: trans.__(
          'The figures leave the list and the engines. Notebooks keep what they show.'
        ),
        accept: trans.__('Clear'),
        trans
      });
      if (isSure) {
        await manager.figures.clear();
      }
    }
  });
}

async function saveFigure(
  { manager, trans }: ICommandOptions,
  figure: IFigure
): Promise<void> {
  try {
    const blob = await manager.figureImage(figure.id);
    saveBlob(blob, fileName(figure, figure.format));
  } catch (reason) {
    await showErrorMessage(trans.__('The figure cannot be saved'), {
      message: told(
        reason instanceof Error ? reason.message : String(reason),
        trans
      )
    });
  }
}

async function figureOf(
  args: ReadonlyPartialJSONObject,
  { manager, trans }: ICommandOptions
): Promise<IFigure | null> {
  const given: unknown = args['figure'];
  const { selected, shown } = manager.figures;
  if (args['selected'] && selected !== null) {
    return selected;
  }
  if (given === undefined) {
    const newest = shown[0] ?? null;
    if (newest === null) {
      await showErrorMessage(trans.__('Figures'), trans.__('No figures yet.'));
    }
    return newest;
  }
  check('Figure', given);
  if (!isId(given.id)) {
    throw new Error(`'${given.id}' is the id of no figure`);
  }
  return given;
}
