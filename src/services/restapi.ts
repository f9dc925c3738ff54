import { ServerConnection } from '@jupyterlab/services';

import { IProfiles, ISession, IStartRequest } from '../tokens';
import { request, requestJson } from './request';
import {
  validateProfiles,
  validateSession,
  validateSessions
} from './validate';

type Settings = ServerConnection.ISettings;

/** `GET /profiles`: backends, partitions and defaults. */
export async function getProfiles(settings: Settings): Promise<IProfiles> {
  const data = await requestJson(settings, ['profiles']);
  validateProfiles(data);
  return data;
}

/** `GET /sessions` */
export async function listSessions(settings: Settings): Promise<ISession[]> {
  const data = await requestJson(settings, ['sessions']);
  validateSessions(data);
  return data.sessions;
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
  validateSession(data);
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

/** `GET /figures/{id}/image`: the picture with its own media type. */
export async function getFigureImage(
  id: string,
  settings: Settings
): Promise<Blob> {
  const response = await request(settings, ['figures', id, 'image']);
  return response.blob();
}
