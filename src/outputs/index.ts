import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { createElement } from 'react';

import { Section } from '../components/section';
import { IFiguresModel } from '../tokens';
import { OutputsBody } from './body';
import { OutputsModel } from './model';

/**
 * The section of the pictures that came back.
 */
export function createOutputsSection(
  options: OutputsModel.IActions & {
    model: IFiguresModel;
    trans: TranslationBundle;
  }
): Section {
  const { model, trans } = options;
  return new Section({
    name: 'Outputs',
    label: trans.__('Outputs'),
    body: ReactWidget.create(createElement(OutputsBody, options)),
    watch: () => model.watch()
  });
}
