import { Gettext, TranslationBundle } from '@jupyterlab/translation';

import catalogue from '../../emout_lab/locale/ja_JP/LC_MESSAGES/emout_lab.json';

/** The Japanese catalogue, loaded as JupyterLab does it. */
export const japanese: TranslationBundle = (() => {
  const domain = 'emout_lab';
  const bundle = new Gettext({ domain, locale: 'ja_JP' });
  const pluralForms = catalogue[''].plural_forms;
  bundle.loadJSON(
    { ...catalogue, '': { ...catalogue[''], pluralForms } } as never,
    domain
  );
  return bundle;
})();
