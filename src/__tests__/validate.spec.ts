import {
  validateFigure,
  validateMessage,
  validateObject,
  validateProfiles,
  validateSession,
  validateSessions,
  validateWorker
} from '../services/validate';
import { toRequest } from '../sessions/formvalues';
import { FIGURE, OBJECT, SESSION, WORKER } from './helpers';

import events from '../../tests/fixtures/events.json';
import profiles from '../../tests/fixtures/profiles.json';
import startRequest from '../../tests/fixtures/start_request.json';

describe('validate', () => {
  it('should accept what the server is agreed to send', () => {
    validateSession(SESSION);
    validateWorker(WORKER);
    validateObject(OBJECT);
    validateFigure(FIGURE);
    validateProfiles(profiles);
    validateSessions({ sessions: [SESSION] });
    validateMessage(events.state);
    validateMessage(events.delta);
    validateMessage(events.error);
  });

  it('should have the form make the agreed request', () => {
    const { cores, jobs } = startRequest;
    const values = {
      ...startRequest,
      cores: String(cores),
      jobs: String(jobs)
    };
    expect(toRequest(values)).toEqual(startRequest);
  });

  it('should name the key that is wrong', () => {
    expect(() => validateSession({ ...SESSION, workers: 'two' })).toThrow(
      'Invalid session: workers is "two"'
    );
    expect(() => validateWorker({ ...WORKER, current: {} })).toThrow('current');
    expect(() => validateObject({ ...OBJECT, shape: ['a'] })).toThrow('shape');
    expect(() => validateFigure({ ...FIGURE, bytes: undefined })).toThrow(
      'bytes is missing'
    );
  });

  it('should refuse a state it does not know', () => {
    expect(() => validateSession({ ...SESSION, state: 'dreaming' })).toThrow(
      'state'
    );
  });

  it('should refuse messages it does not know', () => {
    expect(() => validateMessage({ type: 'weather' })).toThrow('weather');
    expect(() => validateMessage(null)).toThrow();
    expect(() => validateMessage({ ...events.delta, part: 'moons' })).toThrow();
    expect(() => validateMessage({ ...events.delta, set: [{}] })).toThrow();
    expect(() => validateMessage({ ...events.state, workers: 1 })).toThrow();
  });

  it('should bear keys that a newer server adds', () => {
    validateSession({ ...SESSION, mood: 'fine' });
  });
});
