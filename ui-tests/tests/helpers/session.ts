import { expect } from '@jupyterlab/galata';
import type { APIRequestContext, Playwright } from '@playwright/test';

import { SESSION_TIMEOUT_MS } from './panel';

/**
 * A local session that the tests of a file share, started and stopped without the panel.
 */
export class TestSession {
  constructor(readonly name: string) {}

  /** Process id of its host. */
  pid = 0;

  async start(playwright: Playwright, baseURL?: string): Promise<void> {
    this._api = await playwright.request.newContext({ baseURL });
    const answer = await this._api.post('/emout-lab/api/sessions', {
      data: {
        name: this.name,
        backend: 'local',
        memory: '2G',
        cores: 1,
        jobs: 1,
        allow_multiple: true
      },
      timeout: SESSION_TIMEOUT_MS
    });
    expect(answer.ok(), await answer.text()).toBe(true);
    this.pid = (await answer.json()).pid;
    await this.ready();
  }

  /** Wait until all of its engines have warmed up. */
  async ready(): Promise<void> {
    const path = `/emout-lab/api/sessions/${this.name}/workers`;
    await expect
      .poll(
        async () => {
          const answer = await this._api!.get(path);
          const workers: { ready: boolean }[] = answer.ok()
            ? (await answer.json()).workers
            : [];
          return workers.length > 0 && workers.every(worker => worker.ready);
        },
        { timeout: SESSION_TIMEOUT_MS }
      )
      .toBe(true);
  }

  async scale(jobs: number): Promise<void> {
    const path = `/emout-lab/api/sessions/${this.name}`;
    const answer = await this._api!.patch(path, { data: { jobs } });
    expect(answer.ok(), await answer.text()).toBe(true);
  }

  /** Stop it, also one that has ended by itself, and forget its figures. */
  async stop(): Promise<void> {
    await this._api?.delete(`/emout-lab/api/sessions/${this.name}`);
    await this._api?.delete('/emout-lab/api/figures');
    await this._api?.dispose();
    this._api = null;
  }

  private _api: APIRequestContext | null = null;
}
