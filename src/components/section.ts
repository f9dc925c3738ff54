import { PanelWithToolbar } from '@jupyterlab/ui-components';
import { IDisposable } from '@lumino/disposable';
import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

/**
 * One section of the panel; what it shows is kept up to date while it can be seen.
 */
export class Section extends PanelWithToolbar {
  constructor(options: Section.IOptions) {
    super();
    this._watch = options.watch;
    this.id = `emout-lab-${options.name}`;
    this.title.label = options.label;
    this.title.caption = options.label;
    this.addClass('jp-EmoutLab-Section');
    this.addClass(`jp-EmoutLab-${options.name}`);
    this.toolbar.node.setAttribute('aria-label', options.label);
    this.addWidget(options.body);
  }

  dispose(): void {
    this._follow(false);
    super.dispose();
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._follow(this.isVisible);
  }

  protected onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this._follow(false);
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._follow(this.isVisible);
  }

  protected onBeforeDetach(msg: Message): void {
    this._follow(false);
    super.onBeforeDetach(msg);
  }

  private _follow(isSeen: boolean): void {
    if (!isSeen) {
      this._watched?.dispose();
      this._watched = null;
    } else if (this._watched === null) {
      this._watched = this._watch();
    }
  }

  private _watch: () => IDisposable;
  private _watched: IDisposable | null = null;
}

export namespace Section {
  export interface IOptions {
    /** Part of the DOM id and of the CSS class. */
    name: string;
    label: string;
    body: Widget;
    /** Have what is shown kept up to date. */
    watch: () => IDisposable;
  }
}
