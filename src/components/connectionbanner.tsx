import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { told } from '../messages';
import { IEmoutManager } from '../tokens';
import { useSignal } from './hooks';
import { Notice } from './notice';

const ENABLE_COMMAND = 'jupyter server extension enable emout_lab';

/**
 * The one place that says that the server cannot be reached; empty while it can.
 */
export function ConnectionBanner(
  props: ConnectionBanner.IProps
): JSX.Element | null {
  const { manager, trans } = props;
  useSignal(manager.connectionChanged);
  const { status, message } = manager.connection;
  if (status !== 'lost' && status !== 'missing') {
    return null;
  }
  const retry = {
    trans,
    actionLabel: trans.__('Retry'),
    onAction: () => manager.refresh()
  };
  return status === 'lost' ? (
    <Notice {...retry} message={trans.__('The server cannot be reached.')}>
      <p className="jp-EmoutLab-Notice-detail">{told(message, trans)}</p>
    </Notice>
  ) : (
    <Notice {...retry} kind="error" message={message}>
      <p>{trans.__('Enable it, then restart JupyterLab:')}</p>
      <code className="jp-EmoutLab-Command">{ENABLE_COMMAND}</code>
    </Notice>
  );
}

export namespace ConnectionBanner {
  export interface IProps {
    manager: IEmoutManager;
    trans: TranslationBundle;
  }
}

/**
 * The banner as a widget that takes no room while it is empty.
 */
export function createConnectionBanner(
  options: ConnectionBanner.IProps
): ReactWidget {
  const banner = ReactWidget.create(
    React.createElement(ConnectionBanner, options)
  );
  banner.addClass('jp-EmoutLab-Banner');
  return banner;
}
