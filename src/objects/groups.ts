import { INotebookGroup, IRemoteObject, IScopeGroup, Order } from '../tokens';

export { INotebookGroup, IScopeGroup, Order } from '../tokens';

/**
 * Group by notebook and then by scope.
 *
 * By age the notebook in front comes first, then the others by name; by size the largest do.
 */
export function groupObjects(
  objects: readonly IRemoteObject[],
  current: string | null,
  order: Order
): INotebookGroup[] {
  const groups = [...groupBy(objects, object => object.notebook)].map(
    ([notebook, members]) => ({
      notebook,
      isCurrent: isSameNotebook(notebook, current),
      scopes: groupByScope(members, order),
      count: members.length,
      bytes: totalBytes(members)
    })
  );
  return order === 'size' ? groups.sort(largestFirst) : groups.sort(byNotebook);
}

/**
 * The objects that all words of a filter fit.
 */
export function filterObjects(
  objects: readonly IRemoteObject[],
  filter: string
): readonly IRemoteObject[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    return objects;
  }
  return objects.filter(object => {
    const text = [
      object.expression,
      object.type,
      object.dtype,
      object.notebook,
      object.scope,
      object.value
    ]
      .join(' ')
      .toLowerCase();
    return words.every(word => text.includes(word));
  });
}

function byNotebook(a: INotebookGroup, b: INotebookGroup): number {
  return (
    Number(b.isCurrent) - Number(a.isCurrent) ||
    Number(a.notebook === null) - Number(b.notebook === null) ||
    (a.notebook ?? '').localeCompare(b.notebook ?? '')
  );
}

interface ISized {
  readonly bytes: number | null;
}

function largestFirst(a: ISized, b: ISized): number {
  return (b.bytes ?? 0) - (a.bytes ?? 0);
}

function groupByScope(
  objects: readonly IRemoteObject[],
  order: Order
): IScopeGroup[] {
  const names = objects.filter(object => object.is_name);
  const others = objects.filter(object => !object.is_name);
  const groups = [...groupBy(others, object => object.scope)].map(
    ([scope, members]) => ({
      scope,
      isNamespace: false,
      objects: order === 'size' ? [...members].sort(largestFirst) : members,
      bytes: totalBytes(members)
    })
  );
  if (names.length > 0) {
    groups.push({
      scope: null,
      isNamespace: true,
      objects: names.sort(order === 'size' ? largestFirst : byName),
      bytes: totalBytes(names)
    });
  }
  // What is in no scope has no heading of its own: it comes right below the notebook's.
  return groups.sort(
    (a, b) =>
      placeOf(a) - placeOf(b) || (order === 'size' ? largestFirst(a, b) : 0)
  );
}

function placeOf({ scope, isNamespace }: IScopeGroup): number {
  return scope === null && !isNamespace ? 0 : isNamespace ? 1 : 2;
}

function byName(a: IRemoteObject, b: IRemoteObject): number {
  return (
    a.expression.localeCompare(b.expression) ||
    a.engine.localeCompare(b.engine, undefined, { numeric: true })
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
  return objects.reduce((sum, object) => sum + (object.bytes ?? 0), 0);
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
