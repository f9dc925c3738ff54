import { TranslationBundle } from '@jupyterlab/translation';
import {
  cleaningIcon,
  ReactWidget,
  ToolbarButton
} from '@jupyterlab/ui-components';
import { createElement } from 'react';

import { Section } from '../components/section';
import { OutputsBody } from './body';
import { OutputsModel } from './model';

/**
 * The section of the pictures that came back, with a button that clears it.
 */
export function createOutputsSection(
  options: OutputsBody.IActions & {
    model: OutputsModel;
    trans: TranslationBundle;
    onClear: () => void;
  }
): Section {
  const { model, trans } = options;
  const section = new Section({
    name: 'Outputs',
    label: trans.__('Outputs'),
    body: ReactWidget.create(createElement(OutputsBody, options)),
    onVisible: visible => (model.isVisible = visible)
  });
  section.toolbar.addItem(
    'clear',
    new ToolbarButton({
      icon: cleaningIcon,
      tooltip: trans.__('Clear outputs'),
      onClick: options.onClear
    })
  );
  return section;
}
