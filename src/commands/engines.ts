import { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';

import { formatBytes } from '../format';
import { IWorker } from '../tokens';
import { CommandIDs } from './ids';
import { chooseFrom, confirm, ICommandOptions, texts } from './options';

/**
 * Add what can be done with engines that do not come back by themselves.
 */
export function addEngineCommands(options: ICommandOptions): void {
  const { app, trans } = options;
  const { workers } = options.manager;
  app.commands.addCommand(CommandIDs.restartEngine, {
    label: trans.__('Restart Engine…'),
    caption: trans.__('End its process, whatever it does, and start a new one'),
    icon: refreshIcon,
    describedBy: texts({
      session: 'Name of the session',
      engine: 'Name of the engine'
    }),
    execute: async args => {
      const { session, engine } = args;
      const named = workers.items.find(
        worker => worker.session === session && worker.id === engine
      );
      const worker =
        (args['selected'] ? workers.selected : named) ??
        (await chooseEngine(options));
      if (worker && (await isSure(worker, trans))) {
        await workers.restart(worker);
      }
    }
  });
}

async function chooseEngine({
  manager,
  trans
}: ICommandOptions): Promise<IWorker | null> {
  const labels = new Map(
    manager.workers.items.map(worker => [
      `${worker.session} · ${worker.id}`,
      worker
    ])
  );
  const chosen = await chooseFrom(
    [...labels.keys()],
    trans.__('Which engine shall be restarted?'),
    trans.__('There is no engine.')
  );
  return (chosen === null ? null : labels.get(chosen)) ?? null;
}

function isSure(worker: IWorker, trans: TranslationBundle): Promise<boolean> {
  return confirm({
    title: trans.__('Restart engine %1?', worker.id),
    body: [
      lossOf(worker, trans),
      trans.__(
        'What notebooks need of it is computed again when they use it next; names that remote cells assigned are gone. Other engines go on.'
      )
    ].join(' '),
    accept: trans.__('Restart'),
    trans
  });
}

/**
 * What a restart costs, as far as it is known: an engine that never answered tells nothing.
 */
export function lossOf(worker: IWorker, trans: TranslationBundle): string {
  const count = worker.object_count;
  if (count === undefined || (count === 0 && !worker.ready)) {
    return trans.__('What it keeps and what it is running is lost.');
  }
  return trans._n(
    '%1 object (%2) is lost, and what it is running.',
    '%1 objects (%2) are lost, and what it is running.',
    count,
    formatBytes(worker.memory_objects)
  );
}
