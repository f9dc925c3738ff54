import { commandsPlugin } from './plugins/commands';
import { figuresPlugin } from './plugins/figures';
import { kernelsPlugin } from './plugins/kernels';
import { managerPlugin } from './plugins/manager';
import { panelPlugin } from './plugins/panel';
import { settingsPlugin } from './plugins/settings';
import { statusPlugin } from './plugins/status';

export * from './tokens';

export default [
  managerPlugin,
  settingsPlugin,
  panelPlugin,
  figuresPlugin,
  commandsPlugin,
  kernelsPlugin,
  statusPlugin
];
