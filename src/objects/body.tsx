import { TranslationBundle } from '@jupyterlab/translation';
import { filterListIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { IconButton } from '../components/iconbutton';
import { Placeholder } from '../components/placeholder';
import { SectionBody } from '../components/sectionbody';
import { IObjectsModel } from '../tokens';
import { ObjectsModel } from './model';
import { ObjectsTree } from './tree';

/**
 * The objects in the engines, under their notebook and scope.
 */
export function ObjectsBody(props: ObjectsBody.IProps): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  return (
    <SectionBody trans={trans} model={model}>
      {model.items.length === 0 ? (
        <Placeholder title={trans.__('No objects.')}>
          {trans.__('What notebooks keep in engines is listed here.')}
        </Placeholder>
      ) : (
        <>
          <FilterBar model={model} trans={trans} />
          {model.rows.length === 0 ? (
            <Placeholder
              title={trans.__("Nothing fits '%1'.", model.filter)}
              actionLabel={trans.__('Show all')}
              onAction={() => (model.filter = '')}
            />
          ) : (
            <ObjectsTree {...props} />
          )}
        </>
      )}
    </SectionBody>
  );
}

export namespace ObjectsBody {
  export interface IProps extends ObjectsModel.IActions {
    model: IObjectsModel;
    trans: TranslationBundle;
  }
}

function FilterBar(props: {
  model: IObjectsModel;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, trans } = props;
  const isBySize = model.order === 'size';
  return (
    <div className="jp-EmoutLab-FilterBar">
      <input
        type="search"
        className="jp-EmoutLab-Input jp-mod-styled"
        placeholder={trans.__('Filter')}
        aria-label={trans.__('Filter objects')}
        spellCheck={false}
        value={model.filter}
        onChange={event => (model.filter = event.target.value)}
      />
      <IconButton
        icon={filterListIcon}
        label={trans.__('Largest first')}
        isPressed={isBySize}
        onClick={() => (model.order = isBySize ? 'age' : 'size')}
      />
    </div>
  );
}
