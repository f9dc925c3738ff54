// Made of emout_lab/server/contract/openapi.json by scripts/contract.mjs; see `make contract`.
import type { FormSchema } from './api';

export const START_FORM: FormSchema = {
  type: 'object',
  properties: {
    name: {
      type: 'string',
      title: 'Name',
      'x-hints': {
        advanced: false,
        automatic: false,
        pattern: '[A-Za-z0-9_-][A-Za-z0-9_.-]*',
        fault: "'%1' cannot be a name; use letters, digits, '.', '-' and '_'."
      }
    },
    backend: {
      type: 'string',
      title: 'Backend',
      'x-hints': {
        advanced: false,
        automatic: false,
        fault: 'No backend is available.'
      }
    },
    profile: {
      type: 'string',
      title: 'Profile',
      'x-hints': { advanced: false, automatic: false }
    },
    partition: {
      type: 'string',
      title: 'Partition',
      'x-hints': { advanced: false, automatic: true }
    },
    jobs: {
      type: 'integer',
      title: 'Jobs',
      'x-hints': {
        advanced: false,
        automatic: false,
        local_title: 'Engines',
        pattern: '\\s*[1-9]\\d*\\s*',
        fault: "'%1' is not a number; write for example 1."
      }
    },
    cores: {
      type: 'integer',
      title: 'Cores per job',
      'x-hints': {
        advanced: false,
        automatic: true,
        local_title: 'Cores',
        pattern: '\\s*[1-9]\\d*\\s*',
        fault: "'%1' is not a number; write for example 1."
      }
    },
    memory: {
      type: 'string',
      title: 'Memory per job',
      'x-hints': {
        advanced: false,
        automatic: true,
        local_title: 'Memory',
        pattern:
          '\\s*(?=.*[a-z])(\\d{1,18}(?:\\.\\d{1,9})?|\\.\\d{1,9})\\s*(?:([KMGTP])(i)?)?(B(?:ytes?)?)?\\s*',
        fault: "'%1' is not a size; write for example 60G or 2000M."
      }
    },
    walltime: {
      type: 'string',
      title: 'Time limit',
      'x-hints': {
        advanced: false,
        automatic: false,
        placeholder: 'HH:MM:SS',
        pattern:
          '\\s*(?:(?:(\\d{1,3})-)?(\\d{1,4}):([0-5]?\\d):([0-5]?\\d)|(\\d{1,3})-([01]?\\d|2[0-3])(?::([0-5]\\d))?|(?:(\\d{1,18}(?:\\.\\d{1,9})?|\\.\\d{1,9})\\s*(d(?:ays?)?|h(?:(?:ou)?rs?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)(?![a-z])\\s*)+)\\s*',
        fault: "'%1' is not a time; write for example 03:00:00."
      }
    },
    processes: {
      type: 'integer',
      title: 'Processes per job',
      'x-hints': {
        advanced: true,
        automatic: false,
        pattern: '\\s*[1-9]\\d*\\s*',
        fault: "'%1' is not a number; write for example 1."
      }
    },
    idle_timeout: {
      type: 'string',
      title: 'Stop when idle',
      'x-hints': {
        advanced: true,
        automatic: false,
        placeholder: 'for example 30min',
        pattern:
          '\\s*(?:(?:(\\d{1,3})-)?(\\d{1,4}):([0-5]?\\d):([0-5]?\\d)|(\\d{1,3})-([01]?\\d|2[0-3])(?::([0-5]\\d))?|(?:(\\d{1,18}(?:\\.\\d{1,9})?|\\.\\d{1,9})\\s*(d(?:ays?)?|h(?:(?:ou)?rs?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)(?![a-z])\\s*)+)\\s*',
        fault: "'%1' is not a time; write for example 03:00:00."
      }
    },
    renew: {
      type: 'boolean',
      title: 'Renew before the time limit',
      'x-hints': { advanced: true, automatic: false }
    },
    host: {
      type: 'string',
      title: 'Host runs as',
      'x-hints': { advanced: true, automatic: false }
    },
    directives: {
      type: 'array',
      title: 'Directives',
      'x-hints': {
        advanced: true,
        automatic: false,
        placeholder: 'one on each line'
      }
    },
    allow_multiple: {
      type: 'boolean',
      title: 'Beside the sessions that run already',
      'x-hints': { advanced: false, automatic: false }
    }
  },
  required: []
};
