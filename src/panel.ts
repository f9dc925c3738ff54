import { ITranslator } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import { ISignal, Signal } from '@lumino/signaling';
import { AccordionPanel } from '@lumino/widgets';

import { followTitles } from './components/accordiontitles';
import { createOutputsSection } from './figures';
import { Gallery } from './figures/gallery';
import { FiguresModel } from './figures/model';
import { emoutIcon } from './icons';
import { createObjectsSection } from './objects';
import { ObjectsModel } from './objects/model';
import { RowContent } from './objects/row';
import { createSessionsSection } from './sessions';
import { SessionsBody } from './sessions/body';
import { SessionsModel } from './sessions/model';
import {
  IEmoutManager,
  IEmoutPanel,
  IFigure,
  IRemoteObject,
  IWorker
} from './tokens';
import { createWorkersSection } from './workers';
import { WorkersBody } from './workers/body';
import { WorkersModel } from './workers/model';

/** Shares of the height, in the order of the sections. */
const SECTION_SIZES = [5, 4, 6, 5];

/**
 * The sidebar: four sections over one connection to the server.
 */
export class EmoutPanel extends SidePanel implements IEmoutPanel {
  constructor(options: EmoutPanel.IOptions) {
    super({ translator: options.translator });
    const trans = options.translator.load('emout_lab');
    this.id = 'emout-lab-panel';
    this.title.icon = emoutIcon;
    this.title.caption = trans.__('emout');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('emout'));
    this.addClass('jp-EmoutLab-Panel');

    const { manager } = options;
    this.sessions = new SessionsModel(manager);
    this.workers = new WorkersModel(manager);
    this.objects = new ObjectsModel(manager);
    this.outputs = new FiguresModel(manager);

    const { actions } = options;
    [
      createSessionsSection({ ...actions, model: this.sessions, trans }),
      createWorkersSection({ ...actions, model: this.workers, trans }),
      createObjectsSection({ ...actions, model: this.objects, trans }),
      createOutputsSection({ ...actions, model: this.outputs, trans })
    ].forEach(section => this.addWidget(section));
    followTitles(this._accordion);
    this._accordion.setRelativeSizes(SECTION_SIZES);
    this._accordion.expansionToggled.connect(() => {
      this._collapsedChanged.emit(this.collapsed);
    });
  }

  readonly sessions: SessionsModel;
  readonly workers: WorkersModel;
  readonly objects: ObjectsModel;
  readonly outputs: FiguresModel;

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

  get selectedSession(): string | null {
    return this.sessions.selected?.name ?? null;
  }

  stopSession(name: string): Promise<void> {
    return this.sessions.stop(name);
  }

  scaleSession(name: string, jobs: number): Promise<void> {
    return this.sessions.scale(name, jobs);
  }

  get busyWorkers(): readonly IWorker[] {
    return this.workers.items.filter(worker => worker.current !== null);
  }

  interrupt(worker: IWorker): Promise<void> {
    return this.workers.interrupt(worker);
  }

  get engines(): readonly IWorker[] {
    return this.workers.items;
  }

  get selectedEngine(): IWorker | null {
    return this.workers.selected;
  }

  restartEngine(worker: IWorker): Promise<void> {
    return this.workers.restart(worker);
  }

  get scopes(): ReadonlyArray<readonly [string | null, string | null]> {
    return this.objects.groups.flatMap(({ notebook, scopes }) =>
      scopes.map(({ scope }) => [notebook, scope] as const)
    );
  }

  clearScope(notebook: string | null, scope: string | null): Promise<void> {
    return this.objects.clearScope(notebook, scope);
  }

  get selectedObject(): IRemoteObject | null {
    return this.objects.selected;
  }

  get selectedScope(): readonly [string | null, string | null] | null {
    return this.objects.selectedScope;
  }

  dropObject(object: IRemoteObject): Promise<void> {
    return this.objects.drop(object);
  }

  togglePreview(object: IRemoteObject): void {
    this.objects.togglePreview(object);
  }

  toggleOrder(): void {
    this.objects.order = this.objects.order === 'size' ? 'age' : 'size';
  }

  focusFilter(): void {
    this.node
      .querySelector<HTMLElement>('.jp-EmoutLab-FilterBar input')
      ?.focus();
  }

  get figures(): readonly IFigure[] {
    return this.outputs.shown;
  }

  get selectedFigure(): IFigure | null {
    return this.outputs.selected;
  }

  removeFigure(figure: IFigure): Promise<void> {
    return this.outputs.remove(figure);
  }

  clearFigures(): Promise<void> {
    return this.outputs.clear();
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    super.dispose();
    this.sessions.dispose();
    this.workers.dispose();
    this.objects.dispose();
    this.outputs.dispose();
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
      SessionsBody.IActions,
      WorkersBody.IActions,
      RowContent.IActions,
      Gallery.IActions {
    onRefresh: () => void;
    onClear: () => void;
  }

  export interface IOptions {
    manager: IEmoutManager;
    translator: ITranslator;
    actions: IActions;
  }
}
