import {
  ILabShell,
  ILayoutRestorer,
  JupyterFrontEnd
} from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { TabPanel, Widget } from '@lumino/widgets';

import { IEmoutTabs, ITabKind } from './tokens';

/** Parameters of an address that opens a tab. */
const KIND = 'emout-lab-tab';
const KEY = 'key';

/** An address that opens a tab. */
export const TAB_ADDRESS = new RegExp(`[?&]${KIND}=`);

/**
 * Tabs of the main area: each is there once, and comes back after a reload.
 *
 * A page of Notebook 7 has room for one document only. What would be a tab in JupyterLab is opened
 * in a tab of the browser: by its own address, or on the page with the file list, which has tabs.
 */
export class EmoutTabs implements IEmoutTabs {
  constructor(private _options: EmoutTabs.IOptions) {}

  add(kind: ITabKind): void {
    const tracker = new WidgetTracker({ namespace: `emout-lab-${kind.name}` });
    this._kinds.set(kind.name, { kind, tracker });
    void this._options.restorer?.restore(tracker, {
      command: kind.command,
      args: tab => kind.args(tab.id.slice(idOf(kind, '').length)),
      name: tab => tab.id
    });
  }

  open(name: string, key: string): void {
    const known = this._kinds.get(name);
    if (known === undefined) {
      return;
    }
    const { kind, tracker } = known;
    const id = idOf(kind, key);
    if (!this._hasTabs) {
      const { baseUrl } = this._options.app.serviceManager.serverSettings;
      const url = kind.url?.(key) ?? addressOf(baseUrl, name, key);
      window.open(url, '_blank', 'noopener');
      return;
    }
    let tab = tracker.find(each => each.id === id);
    if (tab === undefined) {
      tab = kind.create(key);
      tab.id = id;
      tab.title.closable = true;
      this._insert(tab);
      void tracker.add(tab);
    }
    this._activate(tab);
  }

  /** Open what the search part of an address names. */
  openAddress(search: string): void {
    const query = new URLSearchParams(search);
    this.open(query.get(KIND) ?? '', query.get(KEY) ?? '');
  }

  private get _hasTabs(): boolean {
    return this._options.labShell !== null || this._page !== null;
  }

  /** The tabs beside the file list of Notebook 7. */
  private get _page(): TabPanel | null {
    const [page] = this._options.app.shell.widgets('main');
    return page instanceof TabPanel ? page : null;
  }

  private _insert(tab: Widget): void {
    const { app, labShell } = this._options;
    if (labShell !== null) {
      app.shell.add(tab, 'main');
    } else {
      this._page?.addWidget(tab);
    }
  }

  private _activate(tab: Widget): void {
    const { app, labShell } = this._options;
    if (labShell !== null) {
      app.shell.activateById(tab.id);
    } else if (this._page !== null) {
      this._page.currentWidget = tab;
    }
  }

  private _kinds = new Map<
    string,
    { kind: ITabKind; tracker: WidgetTracker<Widget> }
  >();
}

export namespace EmoutTabs {
  export interface IOptions {
    app: JupyterFrontEnd;
    /** Null where the application is not JupyterLab. */
    labShell: ILabShell | null;
    restorer: ILayoutRestorer | null;
  }
}

function idOf(kind: ITabKind, key: string): string {
  return `emout-lab-${kind.name}-${key}`;
}

function addressOf(baseUrl: string, name: string, key: string): string {
  return (
    URLExt.join(baseUrl, 'tree') +
    URLExt.objectToQueryString({ [KIND]: name, [KEY]: key })
  );
}
