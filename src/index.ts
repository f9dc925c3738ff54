import { commandsPlugin } from './plugins/commands';
import { kernelsPlugin } from './plugins/kernels';
import { managerPlugin } from './plugins/manager';
import { panelPlugin } from './plugins/panel';

export * from './tokens';

export default [managerPlugin, panelPlugin, commandsPlugin, kernelsPlugin];
