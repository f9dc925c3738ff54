import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { createElement } from 'react';

import { Section } from '../components/section';
import { ObjectsBody } from './body';
import { ObjectsModel } from './model';
import { RowContent } from './row';

/**
 * The section of the objects in the engines.
 */
export function createObjectsSection(
  options: RowContent.IActions & {
    model: ObjectsModel;
    trans: TranslationBundle;
  }
): Section {
  const { model, trans } = options;
  return new Section({
    name: 'Objects',
    label: trans.__('Objects'),
    body: ReactWidget.create(createElement(ObjectsBody, options)),
    onVisible: visible => (model.isVisible = visible)
  });
}
