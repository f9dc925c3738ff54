import {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { translateSchema } from '../schema';
import { EmoutSettings, readSettings } from '../settings';
import { IEmoutSettings } from '../tokens';

/** The schema's file bears this name. */
const PLUGIN_ID = 'emout-lab:plugin';

/**
 * Reads the settings for all other plugins.
 */
export const settingsPlugin: JupyterFrontEndPlugin<IEmoutSettings> = {
  id: PLUGIN_ID,
  description: 'Reads the settings of emout.',
  autoStart: true,
  provides: IEmoutSettings,
  optional: [ITranslator, ISettingRegistry],
  activate: (
    _: JupyterFrontEnd,
    translator: ITranslator | null,
    registry: ISettingRegistry | null
  ) => {
    const settings = new EmoutSettings();
    if (registry) {
      const trans = (translator ?? nullTranslator).load('emout_lab');
      registry.transform(PLUGIN_ID, {
        fetch: plugin => ({
          ...plugin,
          schema: translateSchema(plugin.schema, trans)
        })
      });
      void follow(settings, registry);
    }
    return settings;
  }
};

async function follow(
  settings: EmoutSettings,
  registry: ISettingRegistry
): Promise<void> {
  try {
    const stored = await registry.load(PLUGIN_ID);
    const apply = () => {
      settings.current = readSettings(stored.composite, stored.user);
    };
    stored.changed.connect(apply);
    apply();
  } catch (reason) {
    console.warn(`Settings of ${PLUGIN_ID} cannot be read:`, reason);
  }
}
