import { PartModel } from '../services/partmodel';
import { IEmoutManager, IRemoteObject } from '../tokens';

/**
 * The objects that live and die together.
 */
export interface IScopeGroup {
  readonly scope: string | null;
  readonly objects: readonly IRemoteObject[];
  readonly bytes: number;
}

/**
 * What one notebook keeps in engines.
 */
export interface INotebookGroup {
  readonly notebook: string | null;
  readonly isCurrent: boolean;
  readonly scopes: readonly IScopeGroup[];
  readonly count: number;
  readonly bytes: number;
}

/**
 * The objects in the engines, grouped by notebook and then by scope.
 */
export class ObjectsModel extends PartModel<'objects'> {
  constructor(manager: IEmoutManager) {
    super({
      manager,
      part: 'objects',
      keyOf: object => object.id,
      compare: (a, b) => a.created - b.created || a.id.localeCompare(b.id)
    });
    manager.currentNotebookChanged.connect(this._onNotebook, this);
  }

  dispose(): void {
    this.manager.currentNotebookChanged.disconnect(this._onNotebook, this);
    super.dispose();
  }

  /** The notebook in front first, then by name; what has none comes last. */
  get groups(): readonly INotebookGroup[] {
    if (this._groups === null) {
      this._groups = groupByNotebook(this.items, this.manager.currentNotebook);
    }
    return this._groups;
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
    this.notice = null;
    this.emitChanged();
    try {
      await this.manager.dropObject(object.session, object.id);
    } catch (reason) {
      this.notice = reason instanceof Error ? reason.message : String(reason);
    } finally {
      this._dropping.delete(object.id);
      this.emitChanged();
    }
  }

  protected onItemsChanged(): void {
    this._groups = null;
  }

  private _onNotebook(): void {
    this._groups = null;
    this.emitChanged();
  }

  private _dropping = new Set<string>();
  private _groups: readonly INotebookGroup[] | null = null;
}

function groupByNotebook(
  objects: readonly IRemoteObject[],
  current: string | null
): INotebookGroup[] {
  const groups = [...groupBy(objects, object => object.notebook)].map(
    ([notebook, members]) => ({
      notebook,
      isCurrent: isSameNotebook(notebook, current),
      scopes: groupByScope(members),
      count: members.length,
      bytes: totalBytes(members)
    })
  );
  return groups.sort(
    (a, b) =>
      Number(b.isCurrent) - Number(a.isCurrent) ||
      Number(a.notebook === null) - Number(b.notebook === null) ||
      (a.notebook ?? '').localeCompare(b.notebook ?? '')
  );
}

function groupByScope(objects: readonly IRemoteObject[]): IScopeGroup[] {
  const groups = [...groupBy(objects, object => object.scope)].map(
    ([scope, members]) => ({
      scope,
      objects: members,
      bytes: totalBytes(members)
    })
  );
  // What is in no scope has no heading of its own: it comes right below the notebook's.
  return groups.sort(
    (a, b) => Number(a.scope !== null) - Number(b.scope !== null)
  );
}

function groupBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string | null
): Map<string | null, T[]> {
  const groups = new Map<string | null, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const members = groups.get(key);
    if (members) {
      members.push(item);
    } else {
      groups.set(key, [item]);
    }
  }
  return groups;
}

function totalBytes(objects: readonly IRemoteObject[]): number {
  return objects.reduce((sum, object) => sum + object.bytes, 0);
}

/**
 * A kernel may know its notebook by an absolute path, the Lab by one relative to
 * its root.
 */
function isSameNotebook(
  notebook: string | null,
  current: string | null
): boolean {
  if (notebook === null || current === null) {
    return false;
  }
  const path = current.slice(current.indexOf(':') + 1);
  return notebook === path || notebook.endsWith(`/${path}`);
}
