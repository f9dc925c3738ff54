import { TranslationBundle } from '@jupyterlab/translation';

/** What stands beside a field of the start form. */
export interface IFieldWords {
  readonly label: string;
  readonly placeholder?: string;
}

/**
 * The words for a field; a field of a newer server has its own name.
 */
export function fieldWords(
  name: string,
  isLocal: boolean,
  trans: TranslationBundle
): IFieldWords {
  const automatic = trans.__('automatic');
  const words: Record<string, IFieldWords | undefined> = {
    profile: { label: trans.__('Profile') },
    name: { label: trans.__('Name') },
    backend: { label: trans.__('Backend') },
    partition: { label: trans.__('Partition'), placeholder: automatic },
    memory: {
      label: isLocal ? trans.__('Memory') : trans.__('Memory per job'),
      placeholder: automatic
    },
    cores: {
      label: isLocal ? trans.__('Cores') : trans.__('Cores per job'),
      placeholder: automatic
    },
    walltime: {
      label: trans.__('Time limit'),
      placeholder: trans.__('HH:MM:SS')
    },
    jobs: { label: isLocal ? trans.__('Engines') : trans.__('Jobs') },
    processes: { label: trans.__('Processes per job') },
    idle_timeout: {
      label: trans.__('Stop when idle'),
      placeholder: trans.__('for example 30min')
    },
    directives: {
      label: trans.__('Directives'),
      placeholder: trans.__('one on each line')
    },
    renew: { label: trans.__('Renew before the time limit') },
    host: { label: trans.__('Host runs as') }
  };
  return words[name] ?? { label: name };
}
