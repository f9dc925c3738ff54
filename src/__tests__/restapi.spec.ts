import * as restapi from '../services/restapi';
import { apiUrl, ServerError } from '../services/request';
import { HttpServer, SESSION } from './helpers';

import error from '../../tests/fixtures/error.json';
import profiles from '../../tests/fixtures/profiles.json';
import startRequest from '../../tests/fixtures/start_request.json';

describe('restapi', () => {
  let server: HttpServer;

  beforeEach(() => {
    server = new HttpServer();
  });

  it('should read profiles and sessions', async () => {
    server.on('GET profiles', profiles);
    server.on('GET sessions', { sessions: [SESSION] });
    expect(await restapi.getProfiles(server.settings)).toEqual(profiles);
    expect(await restapi.listSessions(server.settings)).toEqual([SESSION]);
  });

  it('should send a start request as JSON', async () => {
    server.on('POST sessions', SESSION, 201);
    const session = await restapi.startSession(startRequest, server.settings);
    expect(session).toEqual(SESSION);
    expect(server.requests).toEqual([
      { route: 'POST sessions', body: startRequest }
    ]);
  });

  it('should throw the message and the field of a refusal', async () => {
    server.on('POST sessions', error, 422);
    const refused = restapi.startSession(startRequest, server.settings);
    await expect(refused).rejects.toMatchObject({
      name: 'ServerError',
      status: 422,
      type: 'SpecError',
      field: 'memory',
      message: error.error.message
    });
  });

  it('should tell a missing extension from a missing session', async () => {
    const missing = await restapi
      .listSessions(server.settings)
      .catch((reason: ServerError) => reason);
    expect((missing as ServerError).isExtensionMissing).toBe(true);

    server.on(
      'DELETE sessions/a',
      { error: { type: 'NoSession', message: 'no' } },
      404
    );
    const gone = await restapi
      .stopSession('a', server.settings)
      .catch((reason: ServerError) => reason);
    expect((gone as ServerError).isExtensionMissing).toBe(false);
  });

  it('should say that no answer came', async () => {
    const settings = {
      ...server.settings,
      fetch: () => Promise.reject(new TypeError('Failed to fetch'))
    };
    await expect(restapi.listSessions(settings)).rejects.toMatchObject({
      status: 0,
      message: 'Failed to fetch'
    });
  });

  it('should drop an object and fetch an image', async () => {
    server.on('DELETE sessions/a/objects/1', null, 204);
    server.on('GET figures/f/image', new Uint8Array(3));
    await restapi.dropObject('a', '1', server.settings);
    const blob = await restapi.getFigureImage('f', server.settings);
    expect(blob.size).toBe(3);
  });

  it('should escape names in paths', () => {
    expect(apiUrl('http://lab.test/', 'sessions', '../x')).toBe(
      'http://lab.test/emout-lab/api/sessions/..%2Fx'
    );
  });

  it('should refuse an answer in another form', async () => {
    server.on('GET sessions', { sessions: [{ name: 1 }] });
    await expect(restapi.listSessions(server.settings)).rejects.toThrow(
      'Invalid Sessions: sessions/0 must have'
    );
  });
});
