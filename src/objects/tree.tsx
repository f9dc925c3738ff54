import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { codeSource } from '../components/codesource';
import { useNow } from '../components/hooks';
import { WindowedList } from '../components/windowedlist';
import { IObjectsModel } from '../tokens';
import { codeOf } from './code';
import { ObjectsModel } from './model';
import { RowContent, rowLabel } from './row';
import { heightOf, Row } from './rows';

const AGE_INTERVAL_MS = 30_000;

/**
 * The tree of notebooks, scopes and objects, for mouse and keyboard.
 *
 * One line has the focus (a roving tab index); arrows move it, Enter opens and closes, Delete
 * drops, Ctrl+C copies.
 */
export function ObjectsTree(props: ObjectsTree.IProps): JSX.Element {
  const { model, trans } = props;
  const { rows } = model;
  const now = useNow(AGE_INTERVAL_MS);
  const list = React.useRef<WindowedList.IHandle>(null);
  const { activeIndex, activate, node } = useActiveRow(rows, list);
  const hasToggled = React.useRef(false);
  const onToggle = (row: Row) => {
    hasToggled.current = true;
    toggle(row, model);
  };
  React.useLayoutEffect(() => {
    // What was opened is to be seen.
    if (hasToggled.current && activeIndex >= 0) {
      hasToggled.current = false;
      list.current?.reveal(activeIndex);
    }
  }, [rows, activeIndex]);
  const select = (index: number) => {
    model.selectedKey = rows[index].key;
    activate(index, false);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const target = nextIndex(event.key, rows, activeIndex, model);
    if (target !== null) {
      activate(target);
    } else if (!actOn(event, rows[activeIndex], { ...props, onToggle })) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={node}>
      <WindowedList<Row>
        role="tree"
        aria-label={trans.__('Objects')}
        className="jp-EmoutLab-Tree"
        rows={rows}
        heightOf={heightOf}
        activeIndex={activeIndex}
        listRef={list}
        within=".jp-EmoutLab-Section"
        onKeyDown={onKeyDown}
        drawRow={(row, index, box) => (
          <div
            key={row.key}
            role="treeitem"
            aria-level={row.level}
            aria-posinset={row.position}
            aria-setsize={row.siblings}
            aria-expanded={row.kind === 'object' ? undefined : row.isOpen}
            aria-selected={index === activeIndex}
            aria-label={rowLabel(row, trans)}
            tabIndex={index === activeIndex ? 0 : -1}
            className="jp-EmoutLab-Tree-row"
            data-kind={row.kind}
            data-level={row.level}
            data-current={row.kind === 'notebook' && row.group.isCurrent}
            data-object={row.kind === 'object' ? row.object.id : undefined}
            style={box}
            {...(row.kind === 'object' && codeSource(codeOf(row.object)))}
            onFocus={() => select(index)}
            onContextMenu={() => select(index)}
            onClick={() => onToggle(row)}
          >
            <RowContent
              {...props}
              row={row}
              isActive={index === activeIndex}
              now={now}
              onToggle={() => onToggle(row)}
            />
          </div>
        )}
      />
    </div>
  );
}

export namespace ObjectsTree {
  export interface IProps extends ObjectsModel.IActions {
    model: IObjectsModel;
    trans: TranslationBundle;
  }
}

/**
 * Which row has the focus; it stays with its neighbour when the row goes.
 */
function useActiveRow(
  rows: readonly Row[],
  list: React.RefObject<WindowedList.IHandle>
): {
  activeIndex: number;
  activate: (index: number, moveFocus?: boolean) => void;
  node: React.RefObject<HTMLDivElement>;
} {
  const node = React.useRef<HTMLDivElement>(null);
  const [active, setActive] = React.useState({ key: '', index: 0 });
  const wantsFocus = React.useRef(false);
  const found = rows.findIndex(row => row.key === active.key);
  const activeIndex =
    found >= 0 ? found : Math.min(active.index, rows.length - 1);
  const activeKey = rows[activeIndex]?.key;
  const activate = (index: number, moveFocus: boolean = true) => {
    wantsFocus.current ||= moveFocus;
    if (rows[index].key !== active.key || moveFocus) {
      setActive({ key: rows[index].key, index });
    }
  };
  const hadFocus = React.useRef(false);
  React.useLayoutEffect(() => {
    const frame = node.current;
    const isLost = hadFocus.current && document.activeElement === document.body;
    if (frame && (wantsFocus.current || isLost)) {
      wantsFocus.current = false;
      list.current?.reveal(activeIndex);
      frame
        .querySelector<HTMLElement>('[role="treeitem"][tabindex="0"]')
        ?.focus({ preventScroll: true });
    }
    hadFocus.current = frame?.contains(document.activeElement) ?? false;
  }, [active, activeIndex, activeKey, list]);
  return { activeIndex, activate, node };
}

/**
 * Where a key leads; null where it does not move.
 */
function nextIndex(
  key: string,
  rows: readonly Row[],
  index: number,
  model: IObjectsModel
): number | null {
  const row = rows[index];
  switch (key) {
    case 'ArrowDown':
      return Math.min(index + 1, rows.length - 1);
    case 'ArrowUp':
      return Math.max(index - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return rows.length - 1;
    case 'ArrowRight':
      if (row.kind !== 'object' && !row.isOpen) {
        model.setOpen(row.key, true);
        return index;
      }
      return rows[index + 1]?.level > row.level ? index + 1 : index;
    case 'ArrowLeft':
      if (row.kind !== 'object' && row.isOpen) {
        model.setOpen(row.key, false);
        return index;
      }
      return parentIndex(rows, index);
    default:
      return null;
  }
}

function parentIndex(rows: readonly Row[], index: number): number {
  for (let i = index - 1; i >= 0; i -= 1) {
    if (rows[i].level < rows[index].level) {
      return i;
    }
  }
  return index;
}

/**
 * Do what a key means for a row.
 *
 * @returns whether it means anything
 */
function actOn(
  event: React.KeyboardEvent,
  row: Row,
  props: ObjectsTree.IProps & { onToggle: (row: Row) => void }
): boolean {
  const { model, onCopy, onClearScope, onToggle } = props;
  // Buttons in the row have keys of their own.
  if ((event.target as HTMLElement).closest('button')) {
    return false;
  }
  const isCopy =
    event.key.toLowerCase() === 'c' && (event.ctrlKey || event.metaKey);
  if (event.key === 'Enter' || event.key === ' ') {
    onToggle(row);
  } else if (event.key === 'Delete' && row.kind === 'object') {
    void model.drop(row.object);
  } else if (event.key === 'Delete' && row.kind === 'scope') {
    onClearScope(row.notebook, row.group.scope, row.group.isNamespace);
  } else if (isCopy && row.kind === 'object') {
    onCopy(row.object);
  } else {
    return false;
  }
  return true;
}

function toggle(row: Row, model: IObjectsModel): void {
  if (row.kind === 'object') {
    model.togglePreview(row.object);
  } else {
    model.setOpen(row.key, !row.isOpen);
  }
}
