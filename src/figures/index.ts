import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { createElement } from 'react';

import { Section } from '../components/section';
import { IFiguresModel } from '../tokens';
import { Gallery } from './gallery';
import { FiguresModel } from './model';

/**
 * The section of the figures that came back.
 */
export function createOutputsSection(
  options: FiguresModel.IActions & {
    model: IFiguresModel;
    trans: TranslationBundle;
  }
): Section {
  const { model, trans } = options;
  return new Section({
    name: 'Outputs',
    label: trans.__('Outputs'),
    body: ReactWidget.create(createElement(Gallery, options)),
    watch: () => model.watch()
  });
}
