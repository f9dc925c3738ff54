import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { Error as ErrorBody } from './api';

const API_PATH = 'emout-lab/api';

/**
 * An answer of the server other than success, in the words of the server.
 */
export class ServerError extends Error {
  constructor(options: {
    status: number;
    message: string;
    type?: string | null;
    field?: string | null;
    retryAfter?: number | null;
  }) {
    super(options.message);
    this.name = 'ServerError';
    this.status = options.status;
    this.type = options.type ?? null;
    this.field = options.field ?? null;
    this.retryAfter = options.retryAfter ?? null;
  }

  /** HTTP status; 0 where no answer came at all. */
  readonly status: number;
  /** Class of the Python exception, where the server named one. */
  readonly type: string | null;
  /** The request's field that cannot be used. */
  readonly field: string | null;
  /** Seconds after which the server thinks that it will succeed. */
  readonly retryAfter: number | null;

  /**
   * Whether Jupyter answered without knowing emout_lab: our own handlers always
   * name the kind of error.
   */
  get isExtensionMissing(): boolean {
    return this.status === 404 && this.type === null;
  }
}

/**
 * URL of an endpoint under the API, each part escaped.
 *
 * @throws Error for a part that would lead to another endpoint: escaping leaves dots alone.
 */
export function apiUrl(base: string, ...parts: string[]): string {
  const wrong = parts.find(part => ['', '.', '..'].includes(part));
  if (wrong !== undefined) {
    throw new Error(`'${wrong}' names nothing on the server`);
  }
  return URLExt.join(base, API_PATH, ...parts.map(encodeURIComponent));
}

/**
 * URL of a WebSocket under the API.
 */
export function socketUrl(
  settings: ServerConnection.ISettings,
  ...parts: string[]
): string {
  const url = apiUrl(settings.wsUrl, ...parts);
  // As the kernels' sockets do: browsers cannot set a header on a WebSocket.
  return settings.appendToken && settings.token
    ? url + URLExt.objectToQueryString({ token: settings.token })
    : url;
}

/**
 * A query string of what is known; empty where nothing is.
 */
export function queryOf(
  values: Record<string, string | number | null | undefined>
): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== null && value !== undefined) {
      query.set(key, String(value));
    }
  }
  const text = query.toString();
  return text ? `?${text}` : '';
}

/**
 * Send a request and return the response when it is a success.
 *
 * @param query - what {@link queryOf} gives
 * @throws {@link ServerError} for every other outcome
 */
export async function request(
  settings: ServerConnection.ISettings,
  parts: string[],
  init: RequestInit = {},
  query: string = ''
): Promise<Response> {
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(
      apiUrl(settings.baseUrl, ...parts) + query,
      { cache: 'no-store', ...init },
      settings
    );
  } catch (reason) {
    throw new ServerError({
      status: 0,
      message: reason instanceof Error ? reason.message : String(reason)
    });
  }
  if (!response.ok) {
    throw await errorOf(response);
  }
  return response;
}

/**
 * Send a request and return the JSON of the answer.
 */
export async function requestJson(
  settings: ServerConnection.ISettings,
  parts: string[],
  init: RequestInit = {},
  query: string = ''
): Promise<unknown> {
  const response = await request(settings, parts, init, query);
  const data: unknown = await response.json();
  return data;
}

async function errorOf(response: Response): Promise<ServerError> {
  const text = await response.text();
  const { status } = response;
  const retryAfter = pauseOf(response);
  try {
    const error = (JSON.parse(text) as Partial<ErrorBody>).error;
    if (error && typeof error.message === 'string') {
      return new ServerError({ status, retryAfter, ...error });
    }
  } catch {
    // Not JSON: a proxy or Jupyter itself answered, and the status says more.
  }
  return new ServerError({
    status,
    message: `${status} ${response.statusText}`.trim()
  });
}

// `Retry-After` may be a date as well, which our server never sends.
function pauseOf(response: Response): number | null {
  const seconds = Number(response.headers.get('Retry-After') ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

/**
 * Seconds after which a failed request is worth another try; null where it would fail again.
 */
export function retryAfter(reason: unknown): number | null {
  return reason instanceof ServerError ? reason.retryAfter : null;
}
