import { ChildProcess, spawn } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import * as readline from 'readline';

const RUNNER = path.resolve(__dirname, '../../slurm_lab.py');

interface IAnswer {
  missing?: string[];
  environment?: Record<string, string>;
}

/**
 * A real SLURM with two nodes on this machine; the server under test reaches it by the settings
 * that are put where its `SLURM_CONF` points to.
 */
export class SlurmLab {
  /** Why there is none; null while it runs. */
  reason: string | null = null;

  async start(): Promise<void> {
    const target = process.env.LAB_TEST_SLURM_CONF;
    if (!target) {
      this.reason = 'LAB_TEST_SLURM_CONF is not set';
      return;
    }
    this._process = spawn('python', [RUNNER], {
      stdio: ['pipe', 'pipe', 'inherit']
    });
    const answer = await this._answer();
    if (answer.environment === undefined) {
      this.reason = `not installed: ${(answer.missing ?? []).join(', ')}`;
      return;
    }
    fs.copyFileSync(answer.environment.SLURM_CONF, target);
  }

  async stop(): Promise<void> {
    if (process.env.LAB_TEST_SLURM_CONF) {
      // Commands would wait long for a cluster that is gone.
      fs.writeFileSync(process.env.LAB_TEST_SLURM_CONF, '');
    }
    const running = this._process;
    if (running === null || running.exitCode !== null) {
      return;
    }
    const ended = new Promise(resolve => running.once('exit', resolve));
    running.stdin?.end();
    await ended;
  }

  private async _answer(): Promise<IAnswer> {
    const lines = readline.createInterface({ input: this._process!.stdout! });
    for await (const line of lines) {
      return JSON.parse(line) as IAnswer;
    }
    return { missing: ['the runner ended without a word'] };
  }

  private _process: ChildProcess | null = null;
}
