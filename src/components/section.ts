import { PanelWithToolbar } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

/**
 * One section of the panel; tells its owner whether it can be seen.
 */
export class Section extends PanelWithToolbar {
  constructor(options: Section.IOptions) {
    super();
    this._onVisible = options.onVisible;
    this.id = `emout-lab-${options.name}`;
    this.title.label = options.label;
    this.title.caption = options.label;
    this.addClass('jp-EmoutLab-Section');
    this.addClass(`jp-EmoutLab-${options.name}`);
    this.toolbar.node.setAttribute('aria-label', options.label);
    this.addWidget(options.body);
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._onVisible(this.isVisible);
  }

  protected onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this._onVisible(false);
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._onVisible(this.isVisible);
  }

  protected onBeforeDetach(msg: Message): void {
    this._onVisible(false);
    super.onBeforeDetach(msg);
  }

  private _onVisible: (visible: boolean) => void;
}

export namespace Section {
  export interface IOptions {
    /** Part of the DOM id and of the CSS class. */
    name: string;
    label: string;
    body: Widget;
    onVisible: (visible: boolean) => void;
  }
}
