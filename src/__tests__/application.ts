import {
  ILabShell,
  ILayoutRestorer,
  JupyterFrontEnd,
  LabShell,
  LayoutRestorer
} from '@jupyterlab/application';
import {
  createDefaultFactory,
  IToolbarWidgetRegistry,
  ToolbarWidgetRegistry
} from '@jupyterlab/apputils';
import {
  IRenderMimeRegistry,
  RenderMimeRegistry
} from '@jupyterlab/rendermime';
import { ServiceManager } from '@jupyterlab/services';
import { ISettingRegistry, SettingRegistry } from '@jupyterlab/settingregistry';
import { StateDB } from '@jupyterlab/statedb';
import { PromiseDelegate, Token } from '@lumino/coreutils';
import { Widget } from '@lumino/widgets';
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';

import plugins from '../index';
import { IEmoutManager, IEmoutPanel } from '../tokens';
import { HttpServer } from './helpers';

const SCHEMAS = join(__dirname, '../../schema');

/** The schemas of the settings by their ids. */
export const schemas = new Map<string, ISettingRegistry.ISchema>(
  readdirSync(SCHEMAS).map(file => [
    `emout-lab:${file.replace('.json', '')}`,
    JSON.parse(readFileSync(join(SCHEMAS, file), 'utf8'))
  ])
);

/**
 * JupyterLab with its shell, or an application with one document and nothing around it.
 */
export class TestApplication extends JupyterFrontEnd<JupyterFrontEnd.IShell> {
  constructor(server: HttpServer, shell: LabShell | OneDocument) {
    super({
      shell,
      serviceManager: {
        serverSettings: server.settings
      } as Partial<ServiceManager> as ServiceManager,
      restored: Promise.resolve()
    });
    this.registerPlugins(plugins);
    this.provide(IRenderMimeRegistry, new RenderMimeRegistry());
  }

  readonly name = 'test';
  readonly namespace = 'test';
  readonly version = '4.0.0';

  async activateAll(): Promise<void> {
    for (const { id } of plugins) {
      await this.activatePlugin(id);
    }
    this._first.resolve();
    if (this._restorer && this.shell instanceof LabShell) {
      await this.shell.restoreLayout('multiple-document', this._restorer);
    }
  }

  get manager(): Promise<IEmoutManager> {
    return this.resolveRequiredService(IEmoutManager);
  }

  get panel(): Promise<IEmoutPanel> {
    return this.resolveRequiredService(IEmoutPanel);
  }

  /** Add what JupyterLab itself provides. */
  provide<T>(token: Token<T>, service: T): this {
    this.registerPlugin({
      id: `test:${token.name}`,
      autoStart: true,
      provides: token,
      activate: () => service
    });
    return this;
  }

  /** Add the services of JupyterLab that this extension makes use of. */
  provideLab(): this {
    const shell = this.shell as LabShell;
    const toolbars = new ToolbarWidgetRegistry({
      defaultFactory: createDefaultFactory(this.commands)
    });
    const settings = new SettingRegistry({
      connector: {
        fetch: id =>
          Promise.resolve({
            id,
            schema: schemas.get(id)!,
            raw: '{}',
            version: '1',
            data: { composite: {}, user: {} }
          }),
        list: () => Promise.reject(new Error('not listed here')),
        remove: () => Promise.resolve(),
        save: () => Promise.resolve()
      },
      timeout: 0
    });
    this._restorer = new LayoutRestorer({
      connector: this.state,
      first: this._first.promise,
      registry: this.commands
    });
    return this.provide(ILabShell, shell)
      .provide(ILayoutRestorer, this._restorer)
      .provide(IToolbarWidgetRegistry, toolbars)
      .provide(ISettingRegistry, settings);
  }

  readonly state = new StateDB();
  private _first = new PromiseDelegate<void>();
  private _restorer: LayoutRestorer | null = null;
}

/**
 * A shell with room for one document, as a page of Notebook 7.
 */
export class OneDocument extends Widget implements JupyterFrontEnd.IShell {
  readonly activated: string[] = [];
  readonly added: Widget[] = [];

  get currentWidget(): Widget | null {
    return this.added[0] ?? null;
  }

  add(widget: Widget, area?: string): void {
    if (area !== 'main' || this.widgetsIn('main').length === 0) {
      this.added.push(widget);
      this._areas.set(widget, area ?? 'main');
    }
  }

  activateById(id: string): void {
    this.activated.push(id);
  }

  widgets(area?: string): IterableIterator<Widget> {
    return this.widgetsIn(area ?? 'main')[Symbol.iterator]();
  }

  private widgetsIn(area: string): Widget[] {
    return this.added.filter(widget => this._areas.get(widget) === area);
  }

  private _areas = new Map<Widget, string>();
}
