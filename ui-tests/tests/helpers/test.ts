import { test as base } from '@jupyterlab/galata';

export { expect } from '@jupyterlab/galata';

/**
 * Galata's test without its stand-in for Jupyter's sessions: that one answers
 * every address with `/api/sessions` in it, which ours have too.
 */
export const test = base.extend({
  // eslint-disable-next-line no-empty-pattern
  sessions: async ({}, use) => {
    await use(null);
  }
});
