import { ImageCache } from '../services/imagecache';
import { PartModel } from '../services/partmodel';
import { IEmoutManager, IRemoteObject } from '../tokens';
import { filterObjects, groupObjects, INotebookGroup, Order } from './groups';
import { Row, rowsOf } from './rows';

/**
 * Whether the server can draw a thumbnail of an object: an array with one or two axes of more
 * than one point.
 */
export function canPreview(object: IRemoteObject): boolean {
  const axes = (object.shape ?? []).filter(length => length > 1);
  return axes.length === 1 || axes.length === 2;
}

/**
 * The objects in the engines: a tree of notebooks, scopes and objects.
 */
export class ObjectsModel extends PartModel<'objects'> {
  constructor(manager: IEmoutManager) {
    super({
      manager,
      part: 'objects',
      keyOf: object => object.id,
      compare: (a, b) => a.created - b.created || a.id.localeCompare(b.id)
    });
    manager.currentNotebookChanged.connect(this._regroup, this);
  }

  dispose(): void {
    this.manager.currentNotebookChanged.disconnect(this._regroup, this);
    super.dispose();
    this._previews.forget();
  }

  /** What is shown, grouped. */
  get groups(): readonly INotebookGroup[] {
    if (this._groups === null) {
      this._groups = groupObjects(
        filterObjects(this.items, this._filter),
        this.manager.currentNotebook,
        this._order
      );
    }
    return this._groups;
  }

  /** What is shown, line by line. */
  get rows(): readonly Row[] {
    if (this._rows === null) {
      this._rows = rowsOf(this.groups, this._closed, this._previewed);
    }
    return this._rows;
  }

  /** Notebook and scope of the line that was last clicked, or null. */
  get selectedScope(): readonly [string | null, string | null] | null {
    const row = this.rows.find(each => each.key === this.selectedKey);
    if (row?.kind === 'scope') {
      return [row.notebook, row.group.scope];
    }
    return row?.kind === 'object'
      ? [row.object.notebook, row.object.scope]
      : null;
  }

  /** Words that an object must have to be shown. */
  get filter(): string {
    return this._filter;
  }
  set filter(text: string) {
    if (text !== this._filter) {
      this._filter = text;
      this._regroup();
    }
  }

  get order(): Order {
    return this._order;
  }
  set order(order: Order) {
    if (order !== this._order) {
      this._order = order;
      this._regroup();
    }
  }

  /** Open or close a notebook or a scope by the key of its row. */
  setOpen(key: string, isOpen: boolean): void {
    if (isOpen) {
      this._closed.delete(key);
    } else {
      this._closed.add(key);
    }
    this._rows = null;
    this.emitChanged();
  }

  /** Show or hide the preview of an object. */
  togglePreview(object: IRemoteObject): void {
    if (!canPreview(object)) {
      return;
    }
    if (!this._previewed.delete(object.id)) {
      this._previewed.add(object.id);
    }
    this._rows = null;
    this.emitChanged();
  }

  /** An object URL of a small picture of the object. */
  preview(object: IRemoteObject): Promise<string> {
    return this._previews.get(object.id, () =>
      this.manager.objectPreview(object.session, object.id)
    );
  }

  isDropping(id: string): boolean {
    return this._dropping.has(id);
  }

  /** Drop an object; what goes wrong becomes the notice. */
  async drop(object: IRemoteObject): Promise<void> {
    if (this._dropping.has(object.id)) {
      return;
    }
    this._dropping.add(object.id);
    await this._try(
      this.manager.dropObject(object.session, object.id).finally(() => {
        this._dropping.delete(object.id);
      })
    );
  }

  /** Drop all objects of a scope, in every session that has some. */
  async clearScope(
    notebook: string | null,
    scope: string | null
  ): Promise<void> {
    const sessions = new Set(
      this.items
        .filter(o => o.notebook === notebook && o.scope === scope)
        .map(object => object.session)
    );
    for (const session of sessions) {
      await this._try(this.manager.clearScope(session, notebook, scope));
    }
  }

  protected onItemsChanged(): void {
    this._groups = null;
    this._rows = null;
    this._previews.forget(id => this.get(id) === undefined);
  }

  private async _try(work: Promise<void>): Promise<void> {
    this.notice = null;
    this.emitChanged();
    try {
      await work;
    } catch (reason) {
      this.notice = reason instanceof Error ? reason.message : String(reason);
    } finally {
      this.emitChanged();
    }
  }

  private _regroup(): void {
    this._groups = null;
    this._rows = null;
    this.emitChanged();
  }

  private _closed = new Set<string>();
  private _dropping = new Set<string>();
  private _filter = '';
  private _groups: readonly INotebookGroup[] | null = null;
  private _order: Order = 'age';
  private _previewed = new Set<string>();
  private _previews = new ImageCache();
  private _rows: readonly Row[] | null = null;
}
