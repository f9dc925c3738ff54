import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import { Panel, Widget } from '@lumino/widgets';
import { createElement } from 'react';

import { ColorBars } from './colorbars';
import { Gestures } from './gestures';
import { ICross, pressKey } from './keys';
import { LiveModel } from './model';
import { PlayerBar } from './playerbar';
import { Profiles } from './profiles';
import { Resizer } from './resizer';
import { LiveStage } from './stage';
import { LiveToolbar } from './toolbar';
import { LiveWords } from './told';

/** For the ids that tie a picture to its explanation. */
let count = 0;

/**
 * A figure that moves: its tools, its picture, its time, and what is known of it.
 *
 * It is connected while it is attached; somewhere else on the page it goes on as it was.
 */
export class LiveFigure extends Panel {
  constructor(private _options: LiveFigure.IOptions) {
    super();
    const { model, trans, source, name } = _options;
    const id = `emout-lab-live-${(count += 1)}`;
    this.addClass('jp-EmoutLab-Live');
    this._stage = new LiveStage(model, source);
    this._stage.name = name;
    this._bars = new ColorBars(model, trans);
    this._stage.node.append(this._bars.node);
    this._gestures = new Gestures({
      stage: this._stage,
      isActive: () => this._isActive,
      onClick: () => this._activate()
    });
    this._resizer = new Resizer({
      model,
      stage: this._stage,
      frame: this._middle,
      isFitted: _options.isFitted === true,
      height: _options.height ?? 0,
      trans
    });
    this._buildMiddle(id);
    const add = (element: Parameters<typeof ReactWidget.create>[0]) => {
      const widget = ReactWidget.create(element);
      this.addWidget(widget);
      return widget;
    };
    const { onSave, onClose } = _options;
    add(createElement(LiveToolbar, { model, trans, onSave, onClose }));
    this.addWidget(this._body());
    add(createElement(PlayerBar, { model, trans }));
    add(createElement(LiveWords, { model, trans, id }));
    model.changed.connect(this._onChanged, this);
    this._onChanged();
  }

  get model(): LiveModel {
    return this._options.model;
  }

  /** Pixels of the picture as it rests. */
  get pixels(): readonly [number, number] {
    return this._stage.pixels;
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._disconnect();
    this.model.changed.disconnect(this._onChanged, this);
    for (const part of [
      this._gestures,
      this._bars,
      this._resizer,
      this._stage
    ]) {
      part.dispose();
    }
    super.dispose();
  }

  /** Bring the keyboard to the picture. */
  focus(): void {
    this._middle.focus({ preventScroll: true });
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    window.addEventListener('keydown', this._onAnyKey, true);
    this._observer.observe(this.node);
    this._isSeen = true;
    this._showVisible();
    this.model.start();
  }

  protected onBeforeDetach(msg: Message): void {
    this._disconnect();
    super.onBeforeDetach(msg);
  }

  protected onAfterShow(): void {
    this._showVisible();
  }

  protected onAfterHide(): void {
    this._showVisible();
  }

  private _disconnect(): void {
    window.removeEventListener('keydown', this._onAnyKey, true);
    this._observer.disconnect();
    this._isActive = false;
    this.model.stop();
  }

  private _buildMiddle(id: string): void {
    const middle = this._middle;
    middle.className = 'jp-EmoutLab-Live-stage';
    middle.tabIndex = 0;
    middle.setAttribute('role', 'application');
    middle.setAttribute(
      'aria-label',
      this._options.trans.__('Live picture: %1', this._options.name)
    );
    middle.setAttribute('aria-describedby', id);
    middle.append(this._stage.node);
    middle.addEventListener('keydown', event => this._onKeyDown(event));
    middle.addEventListener('focusout', ({ relatedTarget }) => {
      if (!this.node.contains(relatedTarget as Node | null)) {
        this._deactivate();
      }
    });
  }

  /** The picture, with profiles beside it. */
  private _body(): Widget {
    const body = new Panel();
    body.addClass('jp-EmoutLab-Live-body');
    body.addWidget(new Widget({ node: this._middle }));
    const { model, trans } = this._options;
    body.addWidget(
      ReactWidget.create(createElement(Profiles, { model, trans }))
    );
    return body;
  }

  /**
   * Keys that are pressed here mean what they mean here, not what they do to a notebook; those
   * with Control, as for saving it, stay the notebook's.
   */
  private _onAnyKey = (event: KeyboardEvent): void => {
    const target = event.target as Element;
    if (this.node.contains(target)) {
      // On the very element that has the focus: shortcuts may be for just that.
      target.toggleAttribute(
        'data-lm-suppress-shortcuts',
        !(event.ctrlKey || event.metaKey || event.altKey)
      );
    }
  };

  private _onKeyDown(event: KeyboardEvent): void {
    if (event.target !== this._middle) {
      return;
    }
    if (event.key === 'Escape' && this._gestures.cancel()) {
      event.preventDefault();
      return;
    }
    const leave = () => this._deactivate();
    if (event.key === 's' && !event.ctrlKey && !event.metaKey) {
      this._options.onSave();
    } else if (!pressKey(event, this.model, this._cross, leave)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private _activate(): void {
    this._isActive = true;
    this._middle.classList.add('jp-mod-active');
    this.focus();
  }

  private _deactivate(): void {
    this._isActive = false;
    this._middle.classList.remove('jp-mod-active');
    this.model.pointing.leave();
  }

  private _onChanged(): void {
    const { isResting, status, steering } = this.model;
    this._middle.dataset.tool = status === 'connected' ? steering.tool : 'none';
    this._middle.setAttribute(
      'aria-busy',
      String(status === 'connected' && !isResting)
    );
  }

  private _showVisible(): void {
    this.model.isVisible = this.isVisible && this._isSeen;
  }

  private _bars: ColorBars;
  private _cross: ICross = { across: 0.5, up: 0.5 };
  private _gestures: Gestures;
  /** Whether it was clicked, and not left since. */
  private _isActive = false;
  private _isSeen = true;
  private _middle = document.createElement('div');
  private _observer = new IntersectionObserver(entries => {
    this._isSeen = entries[entries.length - 1].isIntersecting;
    this._showVisible();
  });
  private _resizer: Resizer;
  private _stage: LiveStage;
}

export namespace LiveFigure {
  export interface IOptions {
    model: LiveModel;
    trans: TranslationBundle;
    /** What the figure is called. */
    name: string;
    /** URL of a picture that is at hand. */
    source: string;
    /** Height at which that one is shown; 0 for the figure's own. */
    height?: number;
    /** Whether it fills the place that there is. */
    isFitted?: boolean;
    onSave: () => void;
    onClose: () => void;
  }
}
