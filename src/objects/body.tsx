import { TranslationBundle } from '@jupyterlab/translation';
import { deleteIcon, notebookIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { IconButton } from '../components/iconbutton';
import { Placeholder } from '../components/placeholder';
import { SectionBody } from '../components/sectionbody';
import { baseName, formatBytes, formatShape } from '../format';
import { IRemoteObject } from '../tokens';
import { INotebookGroup, IScopeGroup, ObjectsModel } from './model';

/**
 * The objects in the engines, under their notebook and scope.
 */
export function ObjectsBody(props: ObjectsBody.IProps): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  return (
    <SectionBody
      trans={trans}
      connection={model.connection}
      isLoaded={model.isLoaded}
      notice={model.notice}
      onRetry={() => model.refresh()}
      onDismiss={() => (model.notice = null)}
    >
      {model.groups.length === 0 ? (
        <Placeholder title={trans.__('No objects.')}>
          {trans.__('What notebooks keep in engines is listed here.')}
        </Placeholder>
      ) : (
        model.groups.map(group => (
          <NotebookGroup
            key={group.notebook ?? ''}
            trans={trans}
            model={model}
            group={group}
          />
        ))
      )}
    </SectionBody>
  );
}

export namespace ObjectsBody {
  export interface IProps {
    model: ObjectsModel;
    trans: TranslationBundle;
  }
}

function NotebookGroup(props: {
  trans: TranslationBundle;
  model: ObjectsModel;
  group: INotebookGroup;
}): JSX.Element {
  const { trans, model, group } = props;
  const name =
    group.notebook === null
      ? trans.__('Without notebook')
      : baseName(group.notebook);
  return (
    <section
      className="jp-EmoutLab-Group"
      aria-label={name}
      data-current={group.isCurrent}
    >
      <h4
        className="jp-EmoutLab-Group-title"
        title={group.notebook ?? undefined}
      >
        <notebookIcon.react tag="span" className="jp-EmoutLab-Group-icon" />
        <span className="jp-EmoutLab-Truncated">{name}</span>
        <span className="jp-EmoutLab-Number">{formatBytes(group.bytes)}</span>
      </h4>
      {group.scopes.map(scope => (
        <ScopeGroup
          key={scope.scope ?? ''}
          trans={trans}
          model={model}
          group={scope}
        />
      ))}
    </section>
  );
}

function ScopeGroup(props: {
  trans: TranslationBundle;
  model: ObjectsModel;
  group: IScopeGroup;
}): JSX.Element {
  const { trans, model, group } = props;
  const label = group.scope ?? trans.__('Outside scopes');
  return (
    <>
      {group.scope !== null && (
        <div className="jp-EmoutLab-Group-scope">
          <span className="jp-EmoutLab-Truncated">{label}</span>
          <span className="jp-EmoutLab-Number">{formatBytes(group.bytes)}</span>
        </div>
      )}
      <ul className="jp-EmoutLab-List" aria-label={label}>
        {group.objects.map(object => (
          <ObjectRow
            key={object.id}
            trans={trans}
            object={object}
            isDropping={model.isDropping(object.id)}
            onDrop={() => void model.drop(object)}
          />
        ))}
      </ul>
    </>
  );
}

function ObjectRow(props: {
  trans: TranslationBundle;
  object: IRemoteObject;
  isDropping: boolean;
  onDrop: () => void;
}): JSX.Element {
  const { trans, object } = props;
  const facts = [object.type, formatShape(object.shape), object.dtype ?? ''];
  return (
    <li className="jp-EmoutLab-Row" data-object={object.id}>
      <div className="jp-EmoutLab-Row-main">
        <span
          className="jp-EmoutLab-Row-title jp-EmoutLab-Code"
          title={object.expression}
        >
          {object.expression}
        </span>
        <IconButton
          icon={deleteIcon}
          label={trans.__('Drop %1', object.expression)}
          disabled={props.isDropping}
          onClick={props.onDrop}
        />
      </div>
      <div className="jp-EmoutLab-Row-detail">
        <span className="jp-EmoutLab-Truncated">
          {facts.filter(Boolean).join(' · ')}
        </span>
        <span className="jp-EmoutLab-Number">{formatBytes(object.bytes)}</span>
      </div>
    </li>
  );
}
