import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { createElement } from 'react';

import { IconButton } from '../components/iconbutton';
import { Section } from '../components/section';
import { cleaningIcon } from '../icons';
import { Gallery } from './gallery';
import { FiguresModel } from './model';

/**
 * The section of the figures that came back, with a button that clears it.
 */
export function createOutputsSection(
  options: Gallery.IActions & {
    model: FiguresModel;
    trans: TranslationBundle;
    onClear: () => void;
  }
): Section {
  const { model, trans } = options;
  const section = new Section({
    name: 'Outputs',
    label: trans.__('Outputs'),
    body: ReactWidget.create(createElement(Gallery, options)),
    onVisible: visible => (model.isVisible = visible)
  });
  section.toolbar.addItem(
    'clear',
    ReactWidget.create(
      createElement(IconButton, {
        icon: cleaningIcon,
        label: trans.__('Clear outputs'),
        onClick: options.onClear
      })
    )
  );
  return section;
}
