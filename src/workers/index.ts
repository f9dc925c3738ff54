import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { createElement } from 'react';

import { Section } from '../components/section';
import { IWorkersModel } from '../tokens';
import { WorkersBody } from './body';
import { WorkersModel } from './model';

/**
 * The section of the engines.
 */
export function createWorkersSection(
  options: WorkersModel.IActions & {
    model: IWorkersModel;
    trans: TranslationBundle;
  }
): Section {
  const { model, trans } = options;
  return new Section({
    name: 'Workers',
    label: trans.__('Engines'),
    body: ReactWidget.create(createElement(WorkersBody, options)),
    watch: () => model.watch()
  });
}
