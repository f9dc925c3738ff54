import { galata, JupyterLabPage, test as base } from '@jupyterlab/galata';

export { expect } from '@jupyterlab/galata';

/** Galata gives a page 15 s to come, which is little on a machine that does other things too. */
const PAGE_TIMEOUT_MS = 60_000;

const { waitForCondition } = JupyterLabPage.prototype;
JupyterLabPage.prototype.waitForCondition = function (condition, timeout) {
  return waitForCondition.call(this, condition, timeout ?? PAGE_TIMEOUT_MS);
};

/** Settings of the tests: as shipped, but looking often. */
export const SETTINGS = {
  ...galata.DEFAULT_SETTINGS,
  'emout-lab:plugin': { pollInterval: 0.5 }
};

/**
 * Galata's test without its stand-ins for Jupyter's sessions and kernels: the first answers every
 * address with `/api/sessions` in it, which ours have too; with the second a kernel that is
 * restarted does not come back.
 */
export const test = base.extend({
  mockSettings: SETTINGS,
  // eslint-disable-next-line no-empty-pattern
  kernels: async ({}, use) => {
    await use(null);
  },
  // eslint-disable-next-line no-empty-pattern
  sessions: async ({}, use) => {
    await use(null);
  }
});
