import { IFrame, MainAreaWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { dashboardIcon } from '../icons';

/**
 * A main-area tab with Dask's own dashboard, reached through the Jupyter server.
 */
export function createDashboard(options: {
  url: string;
  session: string;
  trans: TranslationBundle;
}): MainAreaWidget {
  const { session, trans } = options;
  const content = new IFrame({
    sandbox: ['allow-same-origin', 'allow-scripts', 'allow-popups']
  });
  content.url = options.url;
  const label = trans.__('Dashboard of %1', session);
  content.node.querySelector('iframe')?.setAttribute('title', label);
  const widget = new MainAreaWidget({ content });
  widget.title.label = label;
  widget.title.icon = dashboardIcon;
  widget.toolbar.hide();
  return widget;
}
