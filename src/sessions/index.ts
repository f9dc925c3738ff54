import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { createElement } from 'react';

import { Section } from '../components/section';
import { ISessionsModel } from '../tokens';
import { SessionsBody } from './body';
import { SessionsModel } from './model';

/**
 * The section of the sessions.
 */
export function createSessionsSection(
  options: SessionsModel.IActions & {
    model: ISessionsModel;
    trans: TranslationBundle;
  }
): Section {
  const { model, trans } = options;
  return new Section({
    name: 'Sessions',
    label: trans.__('Sessions'),
    body: ReactWidget.create(createElement(SessionsBody, options)),
    watch: () => model.watch()
  });
}
