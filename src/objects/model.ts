import { ISignal, Signal } from '@lumino/signaling';

import { ImageCache } from '../services/imagecache';
import { PartModel } from '../services/partmodel';
import {
  IEmoutManager,
  INotebookGroup,
  IObjectsModel,
  IRemoteObject,
  Order,
  Row,
  Scope
} from '../tokens';
import { filterObjects, groupObjects } from './groups';
import { rowsOf } from './rows';

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
export class ObjectsModel
  extends PartModel<'objects'>
  implements IObjectsModel
{
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

  get scopes(): readonly Scope[] {
    return this.groups.flatMap(({ notebook, scopes }) =>
      scopes.map(
        ({ scope, isNamespace }) => [notebook, scope, isNamespace] as const
      )
    );
  }

  /** Notebook and scope of the line that was last clicked, or null. */
  get selectedScope(): Scope | null {
    const row = this.rows.find(each => each.key === this.selectedKey);
    if (row?.kind === 'scope') {
      return [row.notebook, row.group.scope, row.group.isNamespace];
    }
    return row?.kind === 'object' ? scopeOf(row.object) : null;
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

  /** Emitted when the user wants to write a filter. */
  get filterRequested(): ISignal<this, void> {
    return this._filterRequested;
  }

  /** Have the panel take a filter. */
  requestFilter(): void {
    this._filterRequested.emit();
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
  drop(object: IRemoteObject): Promise<void> {
    return this.attemptOnce(this._dropping, object.id, () =>
      this.manager.dropObject(object.session, object.id)
    );
  }

  /** Drop all objects of a scope, in every session that has some. */
  async clearScope(...scope: Scope): Promise<void> {
    const sessions = new Set(
      this.items
        .filter(object => scopeOf(object).every((each, i) => each === scope[i]))
        .map(object => object.session)
    );
    for (const session of sessions) {
      await this.attempt(() => this.manager.clearScope(session, ...scope));
    }
  }

  protected onItemsChanged(): void {
    this._groups = null;
    this._rows = null;
    this._previews.forget(id => this.get(id) === undefined);
  }

  private _regroup(): void {
    this._groups = null;
    this._rows = null;
    this.emitChanged();
  }

  private _closed = new Set<string>();
  private _dropping = new Set<string>();
  private _filter = '';
  private _filterRequested = new Signal<this, void>(this);
  private _groups: readonly INotebookGroup[] | null = null;
  private _order: Order = 'age';
  private _previewed = new Set<string>();
  private _previews = new ImageCache();
  private _rows: readonly Row[] | null = null;
}

export namespace ObjectsModel {
  /** What the lines of the tree can do. */
  export interface IActions {
    onCopy: (object: IRemoteObject) => void;
    onClearScope: (...scope: Scope) => void;
  }
}

function scopeOf(object: IRemoteObject): Scope {
  return [object.notebook, object.scope, object.is_name];
}
