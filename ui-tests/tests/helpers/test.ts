import { galata, test as base } from '@jupyterlab/galata';

export { expect } from '@jupyterlab/galata';

/** Settings of the tests: as shipped, but looking often. */
export const SETTINGS = {
  ...galata.DEFAULT_SETTINGS,
  'emout-lab:plugin': { pollInterval: 0.5 }
};

/**
 * Galata's test without its stand-in for Jupyter's sessions: that one answers
 * every address with `/api/sessions` in it, which ours have too.
 */
export const test = base.extend({
  mockSettings: SETTINGS,
  // eslint-disable-next-line no-empty-pattern
  sessions: async ({}, use) => {
    await use(null);
  }
});
