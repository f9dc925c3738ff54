import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { createElement } from 'react';

import { Section } from '../components/section';
import { IObjectsModel } from '../tokens';
import { ObjectsBody } from './body';
import { ObjectsModel } from './model';

/**
 * The section of the objects in the engines.
 */
export function createObjectsSection(
  options: ObjectsModel.IActions & {
    model: IObjectsModel;
    trans: TranslationBundle;
  }
): Section {
  const { model, trans } = options;
  const section = new Section({
    name: 'Objects',
    label: trans.__('Objects'),
    body: ReactWidget.create(createElement(ObjectsBody, options)),
    watch: () => model.watch()
  });
  const focusFilter = () =>
    section.node
      .querySelector<HTMLElement>('.jp-EmoutLab-FilterBar input')
      ?.focus();
  model.filterRequested.connect(focusFilter);
  section.disposed.connect(() => model.filterRequested.disconnect(focusFilter));
  return section;
}
