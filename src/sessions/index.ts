import { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, ReactWidget, refreshIcon } from '@jupyterlab/ui-components';
import { createElement } from 'react';

import { IconButton } from '../components/iconbutton';
import { Section } from '../components/section';
import { SessionsBody } from './body';
import { SessionsModel } from './model';

/**
 * The section of the sessions, with buttons in its title to start one and to refresh.
 */
export function createSessionsSection(
  options: SessionsBody.IActions & {
    model: SessionsModel;
    trans: TranslationBundle;
    onRefresh: () => void;
  }
): Section {
  const { model, trans } = options;
  const section = new Section({
    name: 'Sessions',
    label: trans.__('Sessions'),
    body: ReactWidget.create(createElement(SessionsBody, options)),
    onVisible: visible => (model.isVisible = visible)
  });
  section.toolbar.addItem(
    'start',
    ReactWidget.create(
      createElement(IconButton, {
        icon: addIcon,
        label: trans.__('Start session'),
        onClick: options.onStart
      })
    )
  );
  section.toolbar.addItem(
    'refresh',
    ReactWidget.create(
      createElement(IconButton, {
        icon: refreshIcon,
        label: trans.__('Refresh'),
        onClick: options.onRefresh
      })
    )
  );
  return section;
}
