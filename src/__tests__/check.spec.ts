import { readFileSync } from 'fs';
import { join } from 'path';

import { check, checkMessage } from '../services/check';
import { START_FORM } from '../services/startform';
import { toRequest } from '../sessions/formvalues';
import { FIGURE, OBJECT, SESSION, WORKER } from './helpers';

import events from '../../tests/fixtures/events.json';
import profiles from '../../tests/fixtures/profiles.json';
import startRequest from '../../tests/fixtures/start_request.json';

describe('check', () => {
  it('should need no code that is made in the page', () => {
    for (const name of ['validators.ts', 'livevalidators.ts']) {
      const file = join(__dirname, '..', 'services', name);
      expect(readFileSync(file, 'utf8')).not.toMatch(/\beval\(|new Function/);
    }
  });

  it('should accept what the server is agreed to send', () => {
    check('SessionStatus', SESSION);
    checkMessage(events.state);
    check('Figure', FIGURE);
    check('Profiles', profiles);
    check('Sessions', { sessions: [SESSION] });
    checkMessage(events.state);
    checkMessage(events.delta);
    checkMessage(events.error);
  });

  it('should have the form make the agreed request', () => {
    const { cores, jobs } = startRequest;
    const values = {
      ...startRequest,
      cores: String(cores),
      jobs: String(jobs)
    };
    expect(toRequest(values, START_FORM)).toEqual(startRequest);
  });

  it('should name the key that is wrong', () => {
    expect(() =>
      check('SessionStatus', { ...SESSION, workers: 'two' })
    ).toThrow('Invalid SessionStatus: workers must be integer');
    const state = { ...events.state, workers: [WORKER], objects: [OBJECT] };
    checkMessage(state);
    const [worker, object] = [
      { ...WORKER, current: {} },
      { ...OBJECT, shape: ['a'] }
    ];
    expect(() => checkMessage({ ...state, workers: [worker] })).toThrow(
      'workers/0/current'
    );
    expect(() => checkMessage({ ...state, objects: [object] })).toThrow(
      'objects/0/shape/0'
    );
    expect(() => check('Figure', { ...FIGURE, bytes: undefined })).toThrow(
      "must have required property 'bytes'"
    );
  });

  it('should refuse a state it does not know', () => {
    expect(() =>
      check('SessionStatus', { ...SESSION, state: 'dreaming' })
    ).toThrow('state');
  });

  it('should refuse messages it does not know', () => {
    expect(() => checkMessage({ type: 'weather' })).toThrow('weather');
    expect(() => checkMessage(null)).toThrow();
    expect(() => checkMessage({ ...events.delta, part: 'moons' })).toThrow();
    expect(() => checkMessage({ ...events.delta, set: [{}] })).toThrow();
    expect(() => checkMessage({ ...events.state, workers: 1 })).toThrow();
  });

  it('should bear keys that a newer server adds', () => {
    check('SessionStatus', { ...SESSION, mood: 'fine' });
  });
});
