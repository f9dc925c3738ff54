import { INotebookGroup, IRemoteObject, IScopeGroup, Row } from '../tokens';

export { INotebookRow, IScopeRow, Row } from '../tokens';

/** Pixels; the style sheet lays rows out within them. */
const HEIGHTS = { notebook: 28, scope: 24, object: 46 } as const;
const PREVIEW_HEIGHT = 128;

export function heightOf(row: Row): number {
  const preview = row.kind === 'object' && row.hasPreview ? PREVIEW_HEIGHT : 0;
  return HEIGHTS[row.kind] + preview;
}

/**
 * Lay the tree out as lines: what is below closed groups is left out.
 */
export function rowsOf(
  groups: readonly INotebookGroup[],
  closed: ReadonlySet<string>,
  previewed: ReadonlySet<string>
): Row[] {
  const rows: Row[] = [];
  groups.forEach((group, index) => {
    const key = JSON.stringify([group.notebook]);
    const isOpen = !closed.has(key);
    rows.push({
      kind: 'notebook',
      key,
      level: 1,
      position: index + 1,
      siblings: groups.length,
      group,
      isOpen
    });
    if (isOpen) {
      pushNotebook(rows, group, closed, previewed);
    }
  });
  return rows;
}

function pushNotebook(
  rows: Row[],
  { notebook, scopes }: INotebookGroup,
  closed: ReadonlySet<string>,
  previewed: ReadonlySet<string>
): void {
  const isLoose = (group: IScopeGroup) =>
    group.scope === null && !group.isNamespace;
  const loose = scopes.find(isLoose)?.objects ?? [];
  const named = scopes.filter(group => !isLoose(group));
  const siblings = loose.length + named.length;
  pushObjects(rows, loose, 2, siblings, previewed);
  named.forEach((group, index) => {
    const key = JSON.stringify([notebook, group.scope, group.isNamespace]);
    const isOpen = !closed.has(key);
    rows.push({
      kind: 'scope',
      key,
      level: 2,
      position: loose.length + index + 1,
      siblings,
      group,
      notebook,
      isOpen
    });
    if (isOpen) {
      pushObjects(rows, group.objects, 3, group.objects.length, previewed);
    }
  });
}

function pushObjects(
  rows: Row[],
  objects: readonly IRemoteObject[],
  level: number,
  siblings: number,
  previewed: ReadonlySet<string>
): void {
  objects.forEach((object, index) =>
    rows.push({
      kind: 'object',
      key: object.id,
      level,
      position: index + 1,
      siblings,
      object,
      hasPreview: previewed.has(object.id)
    })
  );
}
