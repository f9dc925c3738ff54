import { Clipboard } from '@jupyterlab/apputils';
import {
  closeIcon,
  copyIcon,
  LabIcon,
  refreshIcon
} from '@jupyterlab/ui-components';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { plotIcon, stopIcon, tableIcon } from '../icons';
import { isUnderWay, sweepName } from '../sweeps/model';
import { createSweepPlot } from '../sweeps/plottab';
import { createSweepTable } from '../sweeps/tabletab';
import { ISweep, ITabKind } from '../tokens';
import { CommandIDs } from './ids';
import { chooseFrom, confirm, ICommandOptions, texts } from './options';

interface ISweepCommand {
  id: string;
  label: string;
  /** Where the sweep is known already, as in a menu. */
  short: string;
  icon: LabIcon;
  /** What the user is asked where there are several. */
  question: string;
  /** Which sweeps it is for. */
  fits: (sweep: ISweep) => boolean;
  act: (sweep: ISweep) => unknown;
}

/**
 * Add what can be done with sweeps.
 */
export function addSweepCommands(options: ICommandOptions): void {
  const { app, tabs } = options;
  const kinds = sweepTabs(options);
  kinds.forEach(kind => tabs.add(kind));
  const describedBy = texts({ id: 'Id of the sweep' });
  for (const command of [
    ...openCommands(options),
    ...changeCommands(options)
  ]) {
    app.commands.addCommand(command.id, {
      label: args => (args['selected'] ? command.short : command.label),
      icon: command.icon,
      describedBy,
      isEnabled: args => {
        const { selected } = options.manager.sweeps;
        return !args['selected'] || selected === null || command.fits(selected);
      },
      execute: async args => {
        // A tab that is opened again after a reload is known by its id alone.
        const kind = kinds.find(each => each.command === command.id);
        if (kind && typeof args['id'] === 'string') {
          tabs.open(kind.name, args['id']);
          return;
        }
        const sweep = await sweepOf(args, command, options);
        if (sweep !== null) {
          await command.act(sweep);
        }
      }
    });
  }
}

/** The two kinds of tabs; each sweep has one of each at most. */
function sweepTabs({ manager, trans }: ICommandOptions): ITabKind[] {
  return [
    {
      name: 'sweep-table',
      command: CommandIDs.openSweepTable,
      args: id => ({ id }),
      create: id => createSweepTable({ manager, id, trans })
    },
    {
      name: 'sweep-plot',
      command: CommandIDs.openSweepPlot,
      args: id => ({ id }),
      create: id => createSweepPlot({ manager, id, trans })
    }
  ];
}

function openCommands({ tabs, trans }: ICommandOptions): ISweepCommand[] {
  const which = trans.__('Which sweep?');
  return [
    {
      id: CommandIDs.openSweepTable,
      label: trans.__('Open Sweep as Table…'),
      short: trans.__('Open as table'),
      icon: tableIcon,
      question: which,
      fits: () => true,
      act: ({ id }) => tabs.open('sweep-table', id)
    },
    {
      id: CommandIDs.openSweepPlot,
      label: trans.__('Open Sweep as Plot…'),
      short: trans.__('Open as plot'),
      icon: plotIcon,
      question: which,
      fits: () => true,
      act: ({ id }) => tabs.open('sweep-plot', id)
    },
    {
      id: CommandIDs.copySweepError,
      label: trans.__('Copy First Error of a Sweep…'),
      short: trans.__('Copy the first error'),
      icon: copyIcon,
      question: which,
      fits: sweep => Boolean(sweep.first_error),
      act: ({ first_error }) => Clipboard.copyToSystem(first_error ?? '')
    }
  ];
}

function changeCommands(options: ICommandOptions): ISweepCommand[] {
  const { trans } = options;
  const { sweeps } = options.manager;
  return [
    {
      id: CommandIDs.retrySweep,
      label: trans.__('Run Failed Points of a Sweep Again…'),
      short: trans.__('Run the failed points again'),
      icon: refreshIcon,
      question: trans.__('The failed points of which sweep shall run again?'),
      fits: sweep => sweep.failed > 0,
      act: ({ id }) => sweeps.retry(id)
    },
    {
      id: CommandIDs.cancelSweep,
      label: trans.__('Cancel Sweep…'),
      short: trans.__('Cancel…'),
      icon: stopIcon,
      question: trans.__('Which sweep shall be cancelled?'),
      fits: isUnderWay,
      act: sweep => cancelSweep(options, sweep)
    },
    {
      id: CommandIDs.removeSweep,
      label: trans.__('Remove Sweep…'),
      short: trans.__('Remove…'),
      icon: closeIcon,
      question: trans.__('Which sweep shall be removed?'),
      fits: () => true,
      act: sweep => removeSweep(options, sweep)
    }
  ];
}

async function cancelSweep(
  { manager, trans }: ICommandOptions,
  sweep: ISweep
): Promise<void> {
  const isSure = await confirm({
    title: trans.__('Cancel sweep %1?', sweepName(sweep)),
    body: trans.__('No more points are computed. The results so far stay.'),
    accept: trans.__('Cancel sweep'),
    trans
  });
  if (isSure) {
    await manager.sweeps.cancel(sweep.id);
  }
}

async function removeSweep(
  { manager, trans }: ICommandOptions,
  sweep: ISweep
): Promise<void> {
  const isSure = await confirm({
    title: trans.__('Remove sweep %1?', sweepName(sweep)),
    body: trans.__(
      'Its results are deleted. A lab notebook keeps those that it has fetched.'
    ),
    accept: trans.__('Remove'),
    trans
  });
  if (isSure) {
    await manager.sweeps.remove(sweep.id);
  }
}

/**
 * The sweep that a command is about: the one it names, the selected one, else the user chooses.
 */
async function sweepOf(
  args: ReadonlyPartialJSONObject,
  command: ISweepCommand,
  options: ICommandOptions
): Promise<ISweep | null> {
  const { sweeps } = options.manager;
  const known = args['selected']
    ? sweeps.selected
    : sweeps.get(String(args['id'] ?? ''));
  if (known) {
    return known;
  }
  const fitting = (await allSweeps(options)).filter(
    sweep => command.fits(sweep) && (args['id'] ?? sweep.id) === sweep.id
  );
  const labels = new Map(
    fitting.map(sweep => [labelOf(sweep, fitting), sweep])
  );
  const chosen = await chooseFrom(
    [...labels.keys()],
    command.question,
    options.trans.__('There is no such sweep.')
  );
  return (chosen === null ? null : labels.get(chosen)) ?? null;
}

/** What the server tells, or where it cannot what it last told. */
async function allSweeps({
  manager
}: ICommandOptions): Promise<readonly ISweep[]> {
  try {
    return await manager.listSweeps();
  } catch {
    return manager.sweeps.items;
  }
}

/** The name, with a part of the id where others are called the same. */
function labelOf(sweep: ISweep, all: readonly ISweep[]): string {
  const name = sweepName(sweep);
  const isAlone = all.filter(each => sweepName(each) === name).length === 1;
  return isAlone ? name : `${name} · ${sweep.id.slice(0, 8)}`;
}
