import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { createElement } from 'react';

import { Section } from '../components/section';
import { ISweepsModel } from '../tokens';
import { SweepsBody } from './body';
import { SweepsModel } from './model';

/**
 * The section of the sweeps.
 */
export function createSweepsSection(
  options: SweepsModel.IActions & {
    model: ISweepsModel;
    trans: TranslationBundle;
  }
): Section {
  const { model, trans } = options;
  return new Section({
    name: 'Sweeps',
    label: trans.__('Sweeps'),
    body: ReactWidget.create(createElement(SweepsBody, options)),
    watch: () => model.watch()
  });
}
