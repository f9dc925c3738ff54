import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { TranslationBundle } from '@jupyterlab/translation';

/**
 * The schema of the settings with its texts translated.
 *
 * JupyterLab translates schemas from language packs only, and these do not know ours.
 */
export function translateSchema(
  schema: ISettingRegistry.ISchema,
  trans: TranslationBundle
): ISettingRegistry.ISchema {
  const words = schemaWords(trans);
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, property]) => {
      const [title, description] = words[name] ?? [];
      return [
        name,
        {
          ...property,
          title: title ?? property.title,
          description: description ?? property.description
        }
      ];
    }
  );
  return {
    ...schema,
    description: trans.__('Settings of the emout sidebar panel.'),
    properties: Object.fromEntries(properties) as typeof schema.properties
  };
}

/** Title and description of every setting. */
function schemaWords(
  trans: TranslationBundle
): Record<string, readonly [string, string] | undefined> {
  return {
    defaultProfile: [
      trans.__('Default profile'),
      trans.__('Name of the profile that the start dialog begins with.')
    ],
    pollInterval: [
      trans.__('Poll interval'),
      trans.__(
        'Seconds between two looks at the engines while the panel is open. Unless you set it, the server decides.'
      )
    ],
    gallerySize: [
      trans.__('Gallery size'),
      trans.__('How many figures the Outputs section shows.')
    ],
    statusBar: [
      trans.__('Status bar'),
      trans.__(
        'Whether the status bar shows the session, its engines and their memory.'
      )
    ],
    openAtStart: [
      trans.__('Open at start'),
      trans.__('Whether the panel comes to the front when JupyterLab starts.')
    ]
  };
}
