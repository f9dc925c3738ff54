import { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { IEmoutManager, IFigure } from '../../tokens';
import { LiveModel } from './model';

/**
 * Whether one viewer of a figure sees it live.
 *
 * Where the original is gone it switches itself off, and says why.
 */
export class LiveSwitch implements IDisposable {
  constructor(private _options: LiveSwitch.IOptions) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get figure(): IFigure {
    return this._options.figure;
  }

  /** Whether there can be an original. */
  get canBeOn(): boolean {
    const { id, session } = this._options.figure;
    return id !== '' && session !== '';
  }

  get isOn(): boolean {
    return this._model !== null;
  }

  /** The viewer; null while it is off. */
  get model(): LiveModel | null {
    return this._model;
  }

  /** Why it has switched itself off; '' where it has not. */
  get reason(): string {
    return this._reason;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._model?.dispose();
    this._model = null;
    Signal.clearData(this);
  }

  toggle(): void {
    if (this.isOn) {
      this.turnOff();
    } else {
      this.turnOn();
    }
  }

  turnOn(): void {
    if (this._isDisposed || this.isOn || !this.canBeOn) {
      return;
    }
    const { figure, manager, trans } = this._options;
    const model = new LiveModel({
      open: () => manager.openLive(figure.session, figure.id),
      trans
    });
    model.changed.connect(() => {
      if (model.status === 'gone') {
        this.turnOff(
          model.reason || trans.__('The figure is not on an engine any more.')
        );
      }
    });
    this._model = model;
    this._reason = '';
    this._changed.emit();
  }

  turnOff(reason: string = ''): void {
    const model = this._model;
    if (model !== null) {
      this._model = null;
      this._reason = reason;
      this._changed.emit();
      model.dispose();
    }
  }

  private _changed = new Signal<this, void>(this);
  private _isDisposed = false;
  private _model: LiveModel | null = null;
  private _reason = '';
}

export namespace LiveSwitch {
  export interface IOptions {
    figure: IFigure;
    manager: Pick<IEmoutManager, 'openLive'>;
    trans: TranslationBundle;
  }
}
