import { TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';

import { ServerError } from '../services/request';
import { IEmoutManager, IPartition, IProfiles, ISession } from '../tokens';
import { checkForm, FormErrors, IFormValues, toRequest } from './formvalues';

/**
 * The start form: its values, what is wrong with them, and the way to the server.
 */
export class StartFormModel {
  constructor(options: StartFormModel.IOptions) {
    this._manager = options.manager;
    this._trans = options.trans;
    this._taken = options.taken ?? [];
    this._values = {
      name: '',
      backend: '',
      partition: '',
      memory: '',
      cores: '',
      walltime: '',
      jobs: '1',
      allowMultiple: this._taken.length > 0
    };
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get values(): Readonly<IFormValues> {
    return this._values;
  }

  /** Messages beside the fields. */
  get errors(): FormErrors {
    return this._errors;
  }

  /** What went wrong with the request as a whole. */
  get failure(): string | null {
    return this._failure;
  }

  /** What can be chosen; null until the server has told. */
  get profiles(): IProfiles | null {
    return this._profiles;
  }

  /** How often something had to be corrected; the form then shows where. */
  get refusals(): number {
    return this._refusals;
  }

  get isBusy(): boolean {
    return this._isBusy;
  }

  /** Whether other sessions run already. */
  get hasOthers(): boolean {
    return this._taken.length > 0;
  }

  get partition(): IPartition | null {
    const name = this._values.partition;
    return this._profiles?.partitions.find(p => p.name === name) ?? null;
  }

  /** Fill the form with what the server offers. */
  async load(): Promise<void> {
    try {
      this._profiles = await this._manager.profiles();
    } catch (reason) {
      this._failure = messageOf(reason);
      this._changed.emit();
      return;
    }
    const { defaults } = this._profiles;
    this._values = {
      ...this._values,
      name: freeName(defaults.name, this._taken),
      partition: defaults.partition ?? '',
      memory: defaults.memory ?? '',
      cores: asText(defaults.cores),
      walltime: defaults.walltime ?? '',
      jobs: String(defaults.jobs)
    };
    this.set('backend', this._usableBackend(defaults.backend));
  }

  /** Set one value; its error goes, for it was about the old one. */
  set<K extends keyof IFormValues>(key: K, value: IFormValues[K]): void {
    this._values = { ...this._values, [key]: value };
    this._errors = { ...this._errors, [key]: undefined };
    if (key === 'backend') {
      this._fitBackend();
    }
    this._changed.emit();
  }

  /**
   * Check and send the form.
   *
   * @returns the session, or null where something must be corrected first
   */
  async submit(): Promise<ISession | null> {
    if (this._isBusy || this._profiles === null) {
      return null;
    }
    this._failure = null;
    this._errors = checkForm(this._values, this._trans);
    if (Object.values(this._errors).some(Boolean)) {
      this._refusals += 1;
      this._changed.emit();
      return null;
    }
    this._isBusy = true;
    this._changed.emit();
    try {
      return await this._manager.startSession(toRequest(this._values));
    } catch (reason) {
      this._refuse(reason);
      return null;
    } finally {
      this._isBusy = false;
      this._changed.emit();
    }
  }

  private _refuse(reason: unknown): void {
    const field = reason instanceof ServerError ? reason.field : null;
    if (field !== null && field in this._values) {
      this._errors = { [field]: messageOf(reason) };
      this._refusals += 1;
    } else {
      this._failure = messageOf(reason);
    }
  }

  private _usableBackend(preferred: string): string {
    const usable = (this._profiles?.backends ?? []).filter(b => b.available);
    return (usable.find(b => b.name === preferred) ?? usable[0])?.name ?? '';
  }

  /**
   * Defaults are those of one backend. Another one chooses by itself: 60 GB of a
   * compute node make no sense on this machine.
   */
  private _fitBackend(): void {
    const defaults = this._profiles?.defaults;
    if (!defaults) {
      return;
    }
    const isDefault = this._values.backend === defaults.backend;
    const [memory, cores] = [defaults.memory ?? '', asText(defaults.cores)];
    const fit = (value: string, usual: string) =>
      value === '' || value === usual ? (isDefault ? usual : '') : value;
    this._values = {
      ...this._values,
      memory: fit(this._values.memory, memory),
      cores: fit(this._values.cores, cores)
    };
  }

  private _changed = new Signal<this, void>(this);
  private _errors: FormErrors = {};
  private _failure: string | null = null;
  private _isBusy = false;
  private _manager: IEmoutManager;
  private _profiles: IProfiles | null = null;
  private _refusals = 0;
  private _taken: readonly string[];
  private _trans: TranslationBundle;
  private _values: IFormValues;
}

export namespace StartFormModel {
  export interface IOptions {
    manager: IEmoutManager;
    trans: TranslationBundle;
    /** Names of the sessions that run. */
    taken?: readonly string[];
  }
}

function freeName(wanted: string, taken: readonly string[]): string {
  let name = wanted;
  for (let number = 2; taken.includes(name); number += 1) {
    name = `${wanted}-${number}`;
  }
  return name;
}

function asText(value: number | null): string {
  return value === null ? '' : String(value);
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
