import { IStateDB } from '@jupyterlab/statedb';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { ISignal, Signal } from '@lumino/signaling';

import { GALLERY_SIZE } from './figures/model';
import { StartFormModel } from './sessions/formmodel';
import { FormValues } from './sessions/formvalues';
import { IEmoutSettings } from './tokens';

const LAST_CHOICES = 'emout-lab:last-choices';

type Settings = IEmoutSettings['current'];

export const DEFAULT_SETTINGS: Settings = {
  defaultProfile: '',
  pollInterval: null,
  gallerySize: GALLERY_SIZE,
  statusBar: true,
  openAtStart: false
};

/**
 * Read settings; a value of the wrong kind is the default.
 *
 * @param user - what the user chose; an interval that nobody chose is left to the server, whose
 * administrator may have one in mind
 */
export function readSettings(
  composite: ReadonlyPartialJSONObject,
  user: ReadonlyPartialJSONObject = {}
): Settings {
  const known = Object.entries(DEFAULT_SETTINGS).map(([key, value]) => [
    key,
    typeof composite[key] === typeof value ? composite[key] : value
  ]);
  const { pollInterval } = user;
  return {
    ...(Object.fromEntries(known) as Settings),
    pollInterval: typeof pollInterval === 'number' ? pollInterval : null
  };
}

/**
 * The settings of the moment, for all plugins.
 */
export class EmoutSettings implements IEmoutSettings {
  get current(): Settings {
    return this._current;
  }
  set current(settings: Settings) {
    this._current = settings;
    this._changed.emit(settings);
  }

  get changed(): ISignal<this, Settings> {
    return this._changed;
  }

  private _changed = new Signal<this, Settings>(this);
  private _current = DEFAULT_SETTINGS;
}

/**
 * The choices of the last start, kept in JupyterLab's state database.
 */
export class ChoiceMemory implements StartFormModel.IMemory {
  constructor(
    private _state: IStateDB | null,
    private _settings: IEmoutSettings
  ) {
    void this._load();
  }

  get last(): FormValues | null {
    return this._last;
  }

  get defaultProfile(): string {
    return this._settings.current.defaultProfile;
  }

  save(values: FormValues): void {
    this._last = values;
    this._state?.save(LAST_CHOICES, values).catch(reason => {
      console.warn('The choices of this start cannot be kept:', reason);
    });
  }

  private async _load(): Promise<void> {
    const values = await this._state?.fetch(LAST_CHOICES).catch(() => null);
    if (typeof values === 'object' && values !== null && this._last === null) {
      this._last = values as FormValues;
    }
  }

  private _last: FormValues | null = null;
}
