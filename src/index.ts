import { commandsPlugin } from './plugins/commands';
import { figuresPlugin } from './plugins/figures';
import { kernelsPlugin } from './plugins/kernels';
import { managerPlugin } from './plugins/manager';
import { panelPlugin } from './plugins/panel';
import { runningPlugin } from './plugins/running';
import { settingsPlugin } from './plugins/settings';
import { statusPlugin } from './plugins/status';
import { tabsPlugin } from './plugins/tabs';

export * from './tokens';

export default [
  managerPlugin,
  settingsPlugin,
  panelPlugin,
  tabsPlugin,
  figuresPlugin,
  commandsPlugin,
  kernelsPlugin,
  runningPlugin,
  statusPlugin
];
