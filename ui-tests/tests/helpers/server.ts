import { ChildProcess, spawn } from 'child_process';
import * as fs from 'fs';
import * as net from 'net';
import * as path from 'path';

import { serverEnvironment } from '../../environment';
import { expect } from './test';

const FOLDER = path.resolve(__dirname, '../..');
const START_TIMEOUT_MS = 60_000;

/**
 * A Jupyter server beside the one under test, over the same folders, with options of its own.
 */
export class JupyterServer {
  constructor(
    readonly app: 'lab' | 'notebook',
    readonly options: { baseUrl?: string; token?: string } = {}
  ) {}

  /** Address of a page; with the token, where there is one. */
  url(place: string): string {
    const { baseUrl = '/', token } = this.options;
    const url = new URL(
      `${baseUrl}${place}`,
      `http://localhost:${this._port}/`
    );
    if (token) {
      url.searchParams.set('token', token);
    }
    return url.href;
  }

  async start(): Promise<void> {
    const { baseUrl = '/', token = '' } = this.options;
    this._port = await freePort();
    const log = fs.openSync(
      path.join(process.env.UI_TESTS_HOME!, `${this.app}-${this._port}.log`),
      'w'
    );
    this._process = spawn(
      'jupyter',
      [
        this.app,
        '--config=jupyter_server_test_config.py',
        `--ServerApp.base_url=${baseUrl}`,
        `--IdentityProvider.token=${token}`
      ],
      {
        cwd: FOLDER,
        env: serverEnvironment(this._port),
        stdio: ['ignore', log, log]
      }
    );
    await expect
      .poll(
        () =>
          fetch(this.url('api/status')).then(
            answer => answer.status,
            () => 0
          ),
        { timeout: START_TIMEOUT_MS }
      )
      .toBe(200);
  }

  async stop(): Promise<void> {
    const running = this._process;
    if (running === null || running.exitCode !== null) {
      return;
    }
    const ended = new Promise(resolve => running.once('exit', resolve));
    // Ends its kernels and does not ask.
    running.kill('SIGTERM');
    await ended;
  }

  private _port = 0;
  private _process: ChildProcess | null = null;
}

async function freePort(): Promise<number> {
  const probe = net.createServer();
  await new Promise<void>(resolve => probe.listen(0, 'localhost', resolve));
  const { port } = probe.address() as net.AddressInfo;
  await new Promise(resolve => probe.close(resolve));
  return port;
}
