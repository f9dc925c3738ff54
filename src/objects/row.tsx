import { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  caretRightIcon,
  copyIcon,
  notebookIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { FigureImage } from '../components/figureimage';
import { IconButton } from '../components/iconbutton';
import { baseName, formatAge, formatBytes, formatShape } from '../format';
import { cleaningIcon, deleteIcon, previewIcon } from '../icons';
import { retryAfter } from '../services/request';
import { IObjectsModel, IRemoteObject } from '../tokens';
import { canPreview, ObjectsModel } from './model';
import { INotebookRow, IScopeRow, Row } from './rows';

/**
 * What is written in a line of the tree.
 */
export function RowContent(props: RowContent.IProps): JSX.Element {
  const { row } = props;
  switch (row.kind) {
    case 'notebook':
      return <NotebookLine {...props} row={row} />;
    case 'scope':
      return <ScopeLine {...props} row={row} />;
    case 'object':
      return <ObjectLine {...props} object={row.object} />;
  }
}

export namespace RowContent {
  export interface IProps extends ObjectsModel.IActions {
    trans: TranslationBundle;
    model: IObjectsModel;
    row: Row;
    /** Whether the keyboard may reach its buttons. */
    isActive: boolean;
    /** Seconds since the epoch. */
    now: number;
    /** Open or close what the line stands for. */
    onToggle: () => void;
  }
}

/**
 * The text by which a line is called.
 */
export function rowLabel(row: Row, trans: TranslationBundle): string {
  switch (row.kind) {
    case 'notebook':
      return row.group.notebook === null
        ? trans.__('Without notebook')
        : baseName(row.group.notebook);
    case 'scope':
      return row.group.isNamespace
        ? trans.__('namespace')
        : (row.group.scope ?? trans.__('Outside scopes'));
    case 'object':
      return row.object.is_name
        ? trans.__('%1 on engine %2', row.object.expression, row.object.engine)
        : row.object.expression;
  }
}

function NotebookLine(
  props: RowContent.IProps & { row: INotebookRow }
): JSX.Element {
  const { trans, row } = props;
  return (
    <>
      <Caret isOpen={row.isOpen} />
      <notebookIcon.react tag="span" className="jp-EmoutLab-Tree-icon" />
      <span
        className="jp-EmoutLab-Truncated"
        title={row.group.notebook ?? undefined}
      >
        {rowLabel(row, trans)}
      </span>
      <span className="jp-EmoutLab-Number">
        {trans._n('%1 object', '%1 objects', row.group.count)}
        {' · '}
        {formatBytes(row.group.bytes)}
      </span>
    </>
  );
}

function ScopeLine(props: RowContent.IProps & { row: IScopeRow }): JSX.Element {
  const { trans, row } = props;
  const label = rowLabel(row, trans);
  const { scope, isNamespace } = row.group;
  return (
    <>
      <Caret isOpen={row.isOpen} />
      <span className="jp-EmoutLab-Truncated">{label}</span>
      <span className="jp-EmoutLab-Number">{formatBytes(row.group.bytes)}</span>
      <IconButton
        icon={cleaningIcon}
        label={
          isNamespace
            ? trans.__('Delete all names')
            : trans.__('Clear scope %1', label)
        }
        isReachable={props.isActive}
        onClick={() => props.onClearScope(row.notebook, scope, isNamespace)}
      />
    </>
  );
}

function ObjectLine(
  props: RowContent.IProps & { object: IRemoteObject }
): JSX.Element {
  const { trans, model, object, row, isActive } = props;
  // The same name may stand on several engines: which one must not be cut off.
  const facts = [
    object.is_name ? trans.__('engine %1', object.engine) : '',
    object.type,
    object.value ?? formatShape(object.shape),
    object.dtype ?? ''
  ];
  const hasPreview = row.kind === 'object' && row.hasPreview;
  return (
    <>
      <div className="jp-EmoutLab-Row-main">
        <span
          className="jp-EmoutLab-Row-title jp-EmoutLab-Code"
          title={object.expression}
        >
          {object.expression}
        </span>
        <span className="jp-EmoutLab-Tree-actions">
          {canPreview(object) && (
            <IconButton
              icon={previewIcon}
              label={trans.__('Preview %1', object.expression)}
              isPressed={hasPreview}
              isReachable={isActive}
              onClick={props.onToggle}
            />
          )}
          <IconButton
            icon={copyIcon}
            label={trans.__('Copy %1 as code', object.expression)}
            isReachable={isActive}
            onClick={() => props.onCopy(object)}
          />
          <IconButton
            icon={deleteIcon}
            label={trans.__('Drop %1', object.expression)}
            disabled={model.isDropping(object.id)}
            isReachable={isActive}
            onClick={() => void model.drop(object)}
          />
        </span>
      </div>
      <div className="jp-EmoutLab-Row-detail">
        <span className="jp-EmoutLab-Truncated">
          {facts.filter(Boolean).join(' · ')}
        </span>
        <span className="jp-EmoutLab-Number">
          {object.bytes === null ? '–' : formatBytes(object.bytes)}
          {' · '}
          {formatAge(props.now - object.created)}
        </span>
      </div>
      {hasPreview && <Preview {...props} />}
    </>
  );
}

function Preview(
  props: RowContent.IProps & { object: IRemoteObject }
): JSX.Element {
  const { trans, model, object } = props;
  // Not by the object itself: each message brings a new one with the same content.
  const latest = React.useRef(object);
  latest.current = object;
  const load = React.useCallback(() => model.preview(latest.current), [model]);
  return (
    <div className="jp-EmoutLab-Tree-preview">
      <FigureImage
        trans={trans}
        load={load}
        alt={trans.__('Preview of %1', object.expression)}
        retryAfter={retryAfter}
        waiting={trans.__('The engine is busy; the picture comes when it can.')}
        width={0}
        height={0}
      />
    </div>
  );
}

function Caret({ isOpen }: { isOpen: boolean }): JSX.Element {
  const Icon = isOpen ? caretDownIcon : caretRightIcon;
  return <Icon.react tag="span" className="jp-EmoutLab-Tree-caret" />;
}
