import { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { ServerError } from '../services/request';
import {
  FieldValue,
  IEmoutManager,
  IFormField,
  IPartition,
  IProfile,
  IProfiles,
  ISession
} from '../tokens';
import {
  ALLOW_MULTIPLE,
  BASIC_FIELDS,
  checkForm,
  FormErrors,
  FormValues,
  isForBackend,
  toRequest
} from './formvalues';

/** What a profile fills in. */
const PRESET = [
  'backend',
  'partition',
  'memory',
  'cores',
  'walltime',
  'jobs'
] as const;

/** Pause before a queue system that has not answered is asked again. */
const ASK_AGAIN_MS = 3_000;

/**
 * The start form: its values, what is wrong with them, and the way to the server.
 */
export class StartFormModel implements IDisposable {
  constructor(options: StartFormModel.IOptions) {
    this._options = options;
    this._values = { [ALLOW_MULTIPLE]: this.hasOthers };
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get values(): FormValues {
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

  /** The fields that mean something to the chosen backend. */
  get fields(): readonly IFormField[] {
    const fields = this._profiles?.schema ?? BASIC_FIELDS;
    const backend = this.text('backend');
    return backend === ''
      ? fields
      : fields.filter(field => isForBackend(field, backend));
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
    return (this._options.taken ?? []).length > 0;
  }

  get partition(): IPartition | null {
    const name = this.text('partition');
    return this._profiles?.partitions.find(p => p.name === name) ?? null;
  }

  get profile(): IProfile | null {
    const name = this.text('profile');
    return this._profiles?.profiles?.find(p => p.name === name) ?? null;
  }

  /** The value of a field that is typed. */
  text(name: string): string {
    const value = this._values[name];
    return typeof value === 'string' ? value : '';
  }

  /** Fill the form with what the server offers and what was chosen last time. */
  async load(): Promise<void> {
    try {
      this._profiles = await this._options.manager.profiles();
    } catch (reason) {
      this._failure = messageOf(reason);
      this._changed.emit();
      return;
    }
    const { defaults, schema } = this._profiles;
    const values: Record<string, string | boolean> = {};
    for (const field of schema ?? BASIC_FIELDS) {
      const known = (defaults as Record<string, FieldValue | undefined>)[
        field.name
      ];
      values[field.name] = asTyped(known ?? field.default);
    }
    this._values = { ...this._values, ...values };
    this.set('backend', this._usableBackend(defaults.backend));
    this._recall();
    this.set('name', freeName(defaults.name, this._options.taken ?? []));
    this._awaitPartitions();
  }

  /** Whether the queue system has not told its partitions yet. */
  get arePartitionsPending(): boolean {
    return this._profiles?.partitions_status?.state === 'pending';
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    window.clearTimeout(this._timer);
    Signal.clearData(this);
  }

  /** Set one value; its error goes, for it was about the old one. */
  set(key: string, value: string | boolean): void {
    this._values = { ...this._values, [key]: value };
    this._errors = { ...this._errors, [key]: undefined };
    if (key === 'backend') {
      this._fitBackend();
    } else if (key === 'profile') {
      this._applyProfile();
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
    this._errors = checkForm(this._values, this.fields, this._options.trans);
    if (Object.values(this._errors).some(Boolean)) {
      this._refusals += 1;
      this._changed.emit();
      return null;
    }
    this._isBusy = true;
    this._changed.emit();
    try {
      const session = await this._options.manager.startSession(
        toRequest(this._values, this.fields)
      );
      this._options.memory?.save(this._values);
      return session;
    } catch (reason) {
      this._refuse(reason);
      return null;
    } finally {
      this._isBusy = false;
      this._changed.emit();
    }
  }

  private _awaitPartitions(): void {
    if (this.arePartitionsPending && !this._isDisposed) {
      this._timer = window.setTimeout(
        () => void this._askAgain(),
        ASK_AGAIN_MS
      );
    }
  }

  /** Take over partitions that came late; what is typed stays. */
  private async _askAgain(): Promise<void> {
    try {
      const profiles = await this._options.manager.profiles();
      if (this._isDisposed) {
        return;
      }
      const before = asTyped(this._profiles?.defaults.partition ?? null);
      this._profiles = profiles;
      if (this.text('partition') === before) {
        const usual = asTyped(profiles.defaults.partition);
        this._values = { ...this._values, partition: usual };
      }
      this._changed.emit();
    } catch {
      // The form works without; starting says what is wrong.
    }
    this._awaitPartitions();
  }

  private _refuse(reason: unknown): void {
    const field = reason instanceof ServerError ? reason.field : null;
    if (field !== null && this.fields.some(known => known.name === field)) {
      this._errors = { [field]: messageOf(reason) };
      this._refusals += 1;
    } else {
      this._failure = messageOf(reason);
    }
  }

  /** Take over the last choices; without any, the profile that the settings name. */
  private _recall(): void {
    const { memory } = this._options;
    const last = memory?.last ?? null;
    if (last === null) {
      const profile = memory?.defaultProfile ?? '';
      if (this._profiles?.profiles?.some(p => p.name === profile)) {
        this.set('profile', profile);
      }
      return;
    }
    if (this._usableBackend(String(last.backend)) !== last.backend) {
      return;
    }
    const known = Object.keys(this._values).filter(
      key =>
        key !== ALLOW_MULTIPLE && typeof last[key] === typeof this._values[key]
    );
    const values = Object.fromEntries(known.map(key => [key, last[key]]));
    this._values = { ...this._values, ...values };
  }

  private _applyProfile(): void {
    const { profile } = this;
    if (profile === null) {
      return;
    }
    for (const key of PRESET) {
      const value = profile[key];
      if (value !== null && value !== undefined) {
        this._values = { ...this._values, [key]: String(value) };
      }
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
    for (const key of ['memory', 'cores'] as const) {
      const usual = asTyped(defaults[key]);
      const value = this._values[key];
      if (value === '' || value === usual) {
        this._values = { ...this._values, [key]: isDefault ? usual : '' };
      }
    }
  }

  private _changed = new Signal<this, void>(this);
  private _errors: FormErrors = {};
  private _failure: string | null = null;
  private _isBusy = false;
  private _isDisposed = false;
  private _options: StartFormModel.IOptions;
  private _profiles: IProfiles | null = null;
  private _refusals = 0;
  private _timer = 0;
  private _values: FormValues;
}

export namespace StartFormModel {
  /** The choices of last time. */
  export interface IMemory {
    readonly last: FormValues | null;
    /** What the settings name, or ''. */
    readonly defaultProfile: string;
    save: (values: FormValues) => void;
  }

  export interface IOptions {
    manager: IEmoutManager;
    trans: TranslationBundle;
    /** Names of the sessions that run. */
    taken?: readonly string[];
    memory?: IMemory;
  }
}

function freeName(wanted: string, taken: readonly string[]): string {
  let name = wanted;
  for (let number = 2; taken.includes(name); number += 1) {
    name = `${wanted}-${number}`;
  }
  return name;
}

/** A value in the form in which it is typed. */
function asTyped(value: FieldValue): string | boolean {
  if (typeof value === 'boolean') {
    return value;
  }
  if (value === null) {
    return '';
  }
  return typeof value === 'object' ? value.join('\n') : String(value);
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
