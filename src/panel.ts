import { ITranslator } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import { AccordionPanel } from '@lumino/widgets';

import { emoutIcon } from './icons';
import { createObjectsSection } from './objects';
import { ObjectsModel } from './objects/model';
import { createOutputsSection } from './outputs';
import { OutputsModel } from './outputs/model';
import { createSessionsSection } from './sessions';
import { SessionsModel } from './sessions/model';
import { IEmoutManager, IEmoutPanel, IFigure, ISession } from './tokens';
import { createWorkersSection } from './workers';
import { WorkersModel } from './workers/model';

/** Shares of the height, in the order of the sections. */
const SECTION_SIZES = [5, 3, 4, 6];

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
    this.outputs = new OutputsModel(manager);

    const { onStart, onStop, onRefresh, onOpen } = options;
    this.addWidget(
      createSessionsSection({
        model: this.sessions,
        trans,
        onStart,
        onStop,
        onRefresh
      })
    );
    this.addWidget(createWorkersSection({ model: this.workers, trans }));
    this.addWidget(createObjectsSection({ model: this.objects, trans }));
    this.addWidget(
      createOutputsSection({ model: this.outputs, trans, onOpen })
    );
    (this.content as AccordionPanel).setRelativeSizes(SECTION_SIZES);
  }

  readonly sessions: SessionsModel;
  readonly workers: WorkersModel;
  readonly objects: ObjectsModel;
  readonly outputs: OutputsModel;

  stopSession(name: string): Promise<void> {
    return this.sessions.stop(name);
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
}

export namespace EmoutPanel {
  export interface IOptions {
    manager: IEmoutManager;
    translator: ITranslator;
    onStart: () => void;
    onStop: (session: ISession) => void;
    onRefresh: () => void;
    onOpen: (figure: IFigure) => void;
  }
}
