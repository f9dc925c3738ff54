import { ITranslator } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import { ISignal, Signal } from '@lumino/signaling';
import { AccordionPanel, PanelLayout } from '@lumino/widgets';

import { followTitles } from './components/accordiontitles';
import { createConnectionBanner } from './components/connectionbanner';
import { followContent } from './components/sectionheights';
import { createOutputsSection } from './figures';
import { FiguresModel } from './figures/model';
import { emoutIcon } from './icons';
import { createObjectsSection } from './objects';
import { ObjectsModel } from './objects/model';
import { createSessionsSection } from './sessions';
import { SessionsModel } from './sessions/model';
import { createSweepsSection } from './sweeps';
import { SweepsModel } from './sweeps/model';
import { IEmoutManager } from './tokens';
import { createWorkersSection } from './workers';
import { WorkersModel } from './workers/model';

/**
 * The sidebar: five sections over one connection to the server.
 */
export class EmoutPanel extends SidePanel {
  constructor(options: EmoutPanel.IOptions) {
    super({ translator: options.translator });
    const trans = options.translator.load('emout_lab');
    this.id = 'emout-lab-panel';
    this.title.icon = emoutIcon;
    this.title.caption = trans.__('emout');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('emout'));
    this.addClass('jp-EmoutLab-Panel');

    const { actions } = options;
    const { sessions, workers, objects, figures, sweeps } = options.manager;
    [
      createSessionsSection({ ...actions, model: sessions, trans }),
      createWorkersSection({ ...actions, model: workers, trans }),
      createObjectsSection({ ...actions, model: objects, trans }),
      createOutputsSection({ ...actions, model: figures, trans }),
      createSweepsSection({ ...actions, model: sweeps, trans })
    ].forEach(section => this.addWidget(section));
    followTitles(this._accordion);
    followContent(this._accordion);
    (this.layout as PanelLayout).insertWidget(
      0,
      createConnectionBanner({ manager: options.manager, trans })
    );
    this._accordion.expansionToggled.connect(() => {
      this._collapsedChanged.emit(this.collapsed);
    });
  }

  /** Ids of the closed sections. */
  get collapsed(): readonly string[] {
    return this._accordion.widgets
      .filter(section => section.isHidden)
      .map(section => section.id);
  }
  set collapsed(ids: readonly string[]) {
    this._accordion.widgets.forEach((section, index) => {
      if (ids.includes(section.id)) {
        this._accordion.collapse(index);
      } else {
        this._accordion.expand(index);
      }
    });
  }

  /** Emitted when a section is opened or closed. */
  get collapsedChanged(): ISignal<this, readonly string[]> {
    return this._collapsedChanged;
  }

  protected onBeforeShow(msg: Message): void {
    super.onBeforeShow(msg);
    // JupyterLab 4.2 closes all sections of a panel that was hidden when the layout was kept.
    if (this.collapsed.length === this._accordion.widgets.length) {
      this.collapsed = [];
    }
  }

  private get _accordion(): AccordionPanel {
    return this.content as AccordionPanel;
  }

  private _collapsedChanged = new Signal<this, readonly string[]>(this);
}

export namespace EmoutPanel {
  /** What the panel's buttons do. */
  export interface IActions
    extends
      SessionsModel.IActions,
      WorkersModel.IActions,
      ObjectsModel.IActions,
      FiguresModel.IActions,
      SweepsModel.IActions {}

  export interface IOptions {
    manager: IEmoutManager;
    translator: ITranslator;
    actions: IActions;
  }
}
