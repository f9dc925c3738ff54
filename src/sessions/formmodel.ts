import { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { told } from '../messages';
import { ServerError } from '../services/request';
import { START_FORM } from '../services/startform';
import { IEmoutManager, IFormSchema, IProfiles, ISession } from '../tokens';
import { formView, IFormView } from './formschema';
import {
  ALLOW_MULTIPLE,
  asTyped,
  checkForm,
  fieldsOf,
  forBackend,
  FormErrors,
  FormValues,
  toRequest
} from './formvalues';

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

  /** The form as it is drawn. */
  get view(): IFormView {
    return formView({
      schema: this._schema,
      profiles: this._profiles,
      values: this._values,
      hasOthers: this.hasOthers,
      trans: this._options.trans
    });
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
    const values: Record<string, string | boolean> = {};
    for (const [name, field] of fieldsOf(this._schema)) {
      values[name] = asTyped(field.default);
    }
    this._values = { ...values, ...this._values };
    this.set('backend', this._usableBackend(this._usual('backend')));
    this._recall();
    this.set('name', freeName(this._usual('name'), this._options.taken ?? []));
    this._awaitPartitions();
  }

  /** Whether the queue system has not told its partitions yet. */
  get arePartitionsPending(): boolean {
    return this._profiles?.partitions_status.state === 'pending';
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    window.clearTimeout(this._timer);
    Signal.clearData(this);
  }

  /** Take over what was typed or chosen in the form. */
  take(data: Readonly<Record<string, unknown>>): void {
    // As it was: one choice may change other values, which then are not what was typed.
    const before = this._values;
    for (const [name, value] of Object.entries(data)) {
      const typed = asTyped(value);
      if (name in before && typed !== before[name]) {
        this.set(name, typed);
      }
    }
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
    const schema = forBackend(this._schema, this.text('backend'));
    this._errors = checkForm(this._values, schema, this._options.trans);
    if (Object.values(this._errors).some(Boolean)) {
      this._refusals += 1;
      this._changed.emit();
      return null;
    }
    this._isBusy = true;
    this._changed.emit();
    try {
      const session = await this._options.manager.startSession(
        toRequest(this._values, schema)
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
      const before = this._usual('partition');
      this._profiles = profiles;
      if (this.text('partition') === before) {
        const usual = this._usual('partition');
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
    const { properties } = this.view.schema;
    if (field !== null && field in (properties ?? {})) {
      this._errors = {
        [field]: told(messageOf(reason), this._options.trans)
      };
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
      if (this._profiles?.profiles.some(p => p.name === profile)) {
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

  /** Fill in what the chosen profile presets. */
  private _applyProfile(): void {
    const name = this.text('profile');
    const profile = this._profiles?.profiles.find(p => p.name === name);
    for (const [key, value] of Object.entries(profile?.values ?? {})) {
      this._values = { ...this._values, [key]: asTyped(value) };
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
    const isDefault = this._values.backend === this._usual('backend');
    for (const [name, field] of fieldsOf(this._schema)) {
      const usual = asTyped(field.default);
      const value = this._values[name];
      if (field['x-hints'].automatic && (value === '' || value === usual)) {
        this._values = { ...this._values, [name]: isDefault ? usual : '' };
      }
    }
  }

  /** What a field is filled with, as typed. */
  private _usual(name: string): string {
    return String(asTyped(this._schema.properties[name]?.default));
  }

  private get _schema(): IFormSchema {
    return this._profiles?.schema ?? START_FORM;
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

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
