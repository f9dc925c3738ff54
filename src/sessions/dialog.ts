import { Dialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { createElement } from 'react';

import { IEmoutManager, ISession } from '../tokens';
import { StartForm } from './form';
import { StartFormModel } from './formmodel';

/**
 * A dialog that stays open until the session has started or the user gives up, so
 * that a refused value can be corrected where it was typed.
 */
export class StartDialog extends Dialog<unknown> {
  constructor(options: StartDialog.IOptions) {
    const { trans } = options;
    const model = new StartFormModel(options);
    super({
      title: trans.__('Start session'),
      body: ReactWidget.create(createElement(StartForm, { model, trans })),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.okButton({
          label: trans.__('Start'),
          ariaLabel: trans.__('Start')
        })
      ],
      focusNodeSelector: 'input[name="name"]'
    });
    this.addClass('jp-EmoutLab-StartDialog');
    this._model = model;
    void model.load();
  }

  /** Leave a key to what has the focus, where that does something with it. */
  handleEvent(event: Event): void {
    if (event instanceof KeyboardEvent && isForFocused(event)) {
      return;
    }
    super.handleEvent(event);
  }

  /** The session that was started, or null. */
  get session(): ISession | null {
    return this._session;
  }

  /**
   * Called for a pressed button and for the Enter key.
   */
  resolve(index: number = START): void {
    if (index !== START) {
      super.resolve(index);
      return;
    }
    void this._model.submit().then(session => {
      if (session !== null) {
        this._session = session;
        super.resolve(START);
      }
    });
  }

  dispose(): void {
    if (!this.isDisposed) {
      super.dispose();
      this._model.dispose();
    }
  }

  private _model: StartFormModel;
  private _session: ISession | null = null;
}

export namespace StartDialog {
  export interface IOptions {
    manager: IEmoutManager;
    trans: TranslationBundle;
    /** Names of the sessions that run. */
    taken: readonly string[];
    /** The choices of last time. */
    memory?: StartFormModel.IMemory;
  }
}

/** What a key is pressed in that Enter does something to: it makes a line, opens, asks again. */
const TAKES_ENTER =
  '.jp-EmoutLab-Form textarea, .jp-EmoutLab-Form summary, .jp-EmoutLab-Form button';
/** Key code of what goes to an input method, which Safari gives to the Enter that ends a word too. */
const COMPOSED = 229;

/**
 * Whether a dialog has no business with a key: Japanese is written with Enter and Escape.
 */
function isForFocused(event: KeyboardEvent): boolean {
  const { target, key, isComposing, keyCode } = event;
  return (
    isComposing ||
    keyCode === COMPOSED ||
    (key === 'Enter' &&
      target instanceof Element &&
      target.matches(TAKES_ENTER))
  );
}

/** Index of the button that starts. */
const START = 1;

/**
 * Show the dialog.
 *
 * @returns the session, or null where the user gave up
 */
export async function openStartDialog(
  options: StartDialog.IOptions
): Promise<ISession | null> {
  const dialog = new StartDialog(options);
  await dialog.launch();
  return dialog.session;
}
