import { ServerConnection } from '@jupyterlab/services';
import { act } from 'react';
import { createRoot, Root } from 'react-dom/client';

import type { EmoutPanel } from '../panel';
import {
  IFigure,
  IRemoteObject,
  ISession,
  ISweep,
  ISweepTable,
  IWorker,
  Part,
  ServerMessage
} from '../tokens';

import figureJson from '../../tests/fixtures/figure.json';
import objectJson from '../../tests/fixtures/object.json';
import sessionJson from '../../tests/fixtures/session.json';
import sweepJson from '../../tests/fixtures/sweep.json';
import sweepTableJson from '../../tests/fixtures/sweep_table.json';
import workerJson from '../../tests/fixtures/worker.json';

export const SESSION = sessionJson as ISession;
export const WORKER = workerJson as IWorker;
export const OBJECT = objectJson as IRemoteObject;
export const FIGURE = figureJson as IFigure;
export const SWEEP = sweepJson as ISweep;
export const SWEEP_TABLE = sweepTableJson as ISweepTable;

/** Buttons of the panel that do nothing. */
export const ACTIONS: EmoutPanel.IActions = {
  onStart: jest.fn(),
  onStop: jest.fn(),
  onScale: jest.fn(),
  onLogs: jest.fn(),
  onDashboard: jest.fn(),
  onUse: jest.fn(),
  onRestart: jest.fn(),
  onCopy: jest.fn(),
  onClearScope: jest.fn(),
  onOpen: jest.fn(),
  onSave: jest.fn(),
  onLive: jest.fn(),
  onSweepTable: jest.fn(),
  onSweepPlot: jest.fn(),
  onCopySweepError: jest.fn(),
  onRetrySweep: jest.fn(),
  onCancelSweep: jest.fn(),
  onRemoveSweep: jest.fn()
};

/**
 * A server that answers by method and path; the only thing faked in these tests.
 */
export class HttpServer {
  constructor() {
    this.settings = ServerConnection.makeSettings({
      baseUrl: 'http://lab.test/user/ada/',
      wsUrl: 'ws://lab.test/user/ada/',
      token: '',
      fetch: (input, init) => this._fetch(input as Request, init),
      WebSocket: FakeSocket as unknown as typeof WebSocket
    });
  }

  readonly settings: ServerConnection.ISettings;
  readonly requests: { route: string; body: unknown }[] = [];

  on(
    route: string,
    answer: unknown,
    status = 200,
    headers: Record<string, string> = {}
  ): this {
    this._answers.set(route, { answer, status, headers });
    return this;
  }

  /** Take questions of one route and never answer them. */
  neverAnswer(route: string): this {
    this._answers.set(route, null);
    return this;
  }

  private async _fetch(input: Request, init?: RequestInit): Promise<Response> {
    const path = new URL(input.url).pathname.replace(
      '/user/ada/emout-lab/api/',
      ''
    );
    const route = `${input.method} ${path}`;
    const body = init?.body ?? (await input.text());
    this.requests.push({ route, body: body ? JSON.parse(String(body)) : null });
    const known = this._answers.get(route);
    if (known === undefined) {
      return new Response('<html>404 : Not Found</html>', {
        status: 404,
        statusText: 'Not Found'
      });
    }
    if (known === null) {
      const { signal } = input;
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason))
      );
    }
    const { answer, status, headers } = known;
    return answer instanceof Uint8Array
      ? new Response(answer, { status, headers })
      : new Response(status === 204 ? null : JSON.stringify(answer), {
          status,
          headers
        });
  }

  private _answers = new Map<
    string,
    {
      answer: unknown;
      status: number;
      headers: Record<string, string>;
    } | null
  >();
}

/**
 * The browser's end of a WebSocket; a test plays the server's end.
 */
export class FakeSocket {
  static instances: FakeSocket[] = [];

  static get last(): FakeSocket {
    return FakeSocket.instances[FakeSocket.instances.length - 1];
  }

  constructor(readonly url: string) {
    FakeSocket.instances.push(this);
  }

  readyState = 0;
  sent: unknown[] = [];
  onopen?: () => void;
  binaryType = 'blob';
  onmessage?: (event: { data: unknown }) => void;
  onclose?: () => void;

  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  say(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** Say something in bytes. */
  sayBytes(data: ArrayBuffer): void {
    this.onmessage?.({ data });
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }

  close(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}

/**
 * Wait until a condition holds, driving React meanwhile.
 */
export async function until(condition: () => unknown): Promise<void> {
  const end = Date.now() + 4000;
  while (!condition()) {
    if (Date.now() > end) {
      throw new Error(`Never true: ${condition.toString()}`);
    }
    await act(() => new Promise(resolve => setTimeout(resolve, 5)));
  }
}

/**
 * Draws components into the page; `clear` takes everything away again.
 */
export class Stage {
  readonly node = document.body.appendChild(document.createElement('div'));
  private _root: Root = createRoot(this.node);

  async draw(element: JSX.Element): Promise<void> {
    await act(async () => this._root.render(element));
  }

  async clear(): Promise<void> {
    await act(async () => this._root.unmount());
    this.node.remove();
  }

  get text(): string {
    return this.node.textContent ?? '';
  }

  find<T extends HTMLElement = HTMLElement>(selector: string): T {
    const found = this.node.querySelector<T>(selector);
    if (found === null) {
      throw new Error(`No ${selector} in ${this.node.innerHTML}`);
    }
    return found;
  }

  button(label: string): HTMLButtonElement {
    return this.find<HTMLButtonElement>(`button[aria-label="${label}"]`);
  }

  async click(element: HTMLElement): Promise<void> {
    await act(async () => element.click());
  }
}

/**
 * Type into a React input as a user does.
 */
export async function type(
  input: HTMLInputElement | HTMLSelectElement,
  value: string
): Promise<void> {
  const proto = Object.getPrototypeOf(input) as object;
  await act(async () => {
    Object.getOwnPropertyDescriptor(proto, 'value')?.set?.call(input, value);
    const event = input instanceof HTMLSelectElement ? 'change' : 'input';
    input.dispatchEvent(new Event(event, { bubbles: true }));
  });
}

/**
 * A state message with only what a test is about.
 */
export function state(
  parts: Partial<Record<Part, readonly unknown[]>>
): ServerMessage {
  return {
    type: 'state',
    sessions: [],
    workers: [],
    objects: [],
    figures: [],
    sweeps: [],
    ...parts
  } as ServerMessage;
}
