import { ServerConnection } from '@jupyterlab/services';

import {
  ILogPiece,
  IProfiles,
  IRendering,
  ISession,
  IStartRequest,
  ISweep,
  ISweepTable,
  Scope
} from '../tokens';
import { check } from './check';
import { queryOf, request, requestJson } from './request';

type Settings = ServerConnection.ISettings;

/** `GET /profiles`: backends, partitions and defaults. */
export async function getProfiles(settings: Settings): Promise<IProfiles> {
  const data = await requestJson(settings, ['profiles']);
  check('Profiles', data);
  return data;
}

/** `GET /sessions` */
export async function listSessions(
  settings: Settings,
  signal?: AbortSignal
): Promise<ISession[]> {
  const data = await requestJson(settings, ['sessions'], { signal });
  check('Sessions', data);
  return [...data.sessions];
}

/** `POST /sessions`: returns when the scheduler is up. */
export async function startSession(
  body: IStartRequest,
  settings: Settings
): Promise<ISession> {
  const data = await requestJson(settings, ['sessions'], {
    method: 'POST',
    body: JSON.stringify(body)
  });
  check('SessionStatus', data);
  return data;
}

/** `DELETE /sessions/{name}` */
export async function stopSession(
  name: string,
  settings: Settings
): Promise<void> {
  await request(settings, ['sessions', name], { method: 'DELETE' });
}

/** `DELETE /sessions/{name}/objects/{id}` */
export async function dropObject(
  session: string,
  id: string,
  settings: Settings
): Promise<void> {
  await request(settings, ['sessions', session, 'objects', id], {
    method: 'DELETE'
  });
}

/** `DELETE /sessions/{name}/scopes/{id}` */
export async function clearScope(
  session: string,
  scope: Scope,
  settings: Settings
): Promise<void> {
  const id = scopeId(...scope);
  await request(settings, ['sessions', session, 'scopes', id], {
    method: 'DELETE'
  });
}

/**
 * How a scope is named in an address: URL-safe base64 of JSON, without padding.
 */
export function scopeId(...[notebook, scope, isNamespace]: Scope): string {
  const key = isNamespace ? [notebook, scope, true] : [notebook, scope];
  const bytes = new TextEncoder().encode(JSON.stringify(key));
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '');
}

/** `GET /sessions/{name}/objects/{id}/preview`: a small picture of an array. */
export async function getPreview(
  session: string,
  id: string,
  settings: Settings
): Promise<Blob> {
  const parts = ['sessions', session, 'objects', id, 'preview'];
  return (await request(settings, parts)).blob();
}

/** `PATCH /sessions/{name}`: change how many jobs it has. */
export async function scaleSession(
  name: string,
  jobs: number,
  settings: Settings
): Promise<ISession> {
  const data = await requestJson(settings, ['sessions', name], {
    method: 'PATCH',
    body: JSON.stringify({ jobs })
  });
  check('SessionStatus', data);
  return data;
}

/** `GET /sessions/{name}/logs` */
export async function getLog(
  name: string,
  source: string | null,
  offset: number | null,
  settings: Settings
): Promise<ILogPiece> {
  const query = queryOf({ job: source, offset });
  const data = await requestJson(
    settings,
    ['sessions', name, 'logs'],
    {},
    query
  );
  check('LogPiece', data);
  return data;
}

/** `POST /sessions/{name}/workers/{id}/interrupt`: by default what runs there. */
export async function interruptWorker(
  session: string,
  engine: string,
  program: string | null,
  settings: Settings
): Promise<void> {
  const parts = ['sessions', session, 'workers', engine, 'interrupt'];
  await request(settings, parts, { method: 'POST' }, queryOf({ program }));
}

/** `POST /sessions/{name}/workers/{id}/restart`: returns when the new engine is there. */
export async function restartWorker(
  session: string,
  engine: string,
  settings: Settings
): Promise<void> {
  const parts = ['sessions', session, 'workers', engine, 'restart'];
  await request(settings, parts, { method: 'POST' });
}

/** `GET /figures/{id}/image`: the picture with its own media type. */
export async function getFigureImage(
  id: string,
  settings: Settings,
  rendering: IRendering = {}
): Promise<Blob> {
  const query = queryOf({ fmt: rendering.format, dpi: rendering.dpi });
  const response = await request(settings, ['figures', id, 'image'], {}, query);
  return response.blob();
}

/** `GET /figures/{id}/thumbnail`: a small still picture. */
export async function getFigureThumbnail(
  id: string,
  settings: Settings
): Promise<Blob> {
  return (await request(settings, ['figures', id, 'thumbnail'])).blob();
}

/** `DELETE /figures/{id}` */
export async function removeFigure(
  id: string,
  settings: Settings
): Promise<void> {
  await request(settings, ['figures', id], { method: 'DELETE' });
}

/** `DELETE /figures` */
export async function clearFigures(settings: Settings): Promise<void> {
  await request(settings, ['figures'], { method: 'DELETE' });
}

/** `GET /sweeps` */
export async function listSweeps(settings: Settings): Promise<ISweep[]> {
  const data = await requestJson(settings, ['sweeps']);
  check('Sweeps', data);
  return [...data.sweeps];
}

/** `GET /sweeps/{id}/table`: the results that came since an earlier answer. */
export async function getSweepTable(
  id: string,
  since: string,
  settings: Settings
): Promise<ISweepTable> {
  const query = queryOf({ since: since || null });
  const data = await requestJson(settings, ['sweeps', id, 'table'], {}, query);
  check('SweepTable', data);
  return data;
}

/** `POST /sweeps/{id}/cancel` */
export async function cancelSweep(
  id: string,
  settings: Settings
): Promise<void> {
  await request(settings, ['sweeps', id, 'cancel'], { method: 'POST' });
}

/** `POST /sweeps/{id}/retry`: the points that failed. */
export async function retrySweep(
  id: string,
  settings: Settings
): Promise<void> {
  await request(settings, ['sweeps', id, 'retry'], { method: 'POST' });
}

/** `DELETE /sweeps/{id}`: with its results. */
export async function removeSweep(
  id: string,
  settings: Settings
): Promise<void> {
  await request(settings, ['sweeps', id], { method: 'DELETE' });
}
