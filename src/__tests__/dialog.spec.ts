import { nullTranslator } from '@jupyterlab/translation';
import { act } from 'react';

import { EmoutManager } from '../services/manager';
import { StartDialog } from '../sessions/dialog';
import { HttpServer, SESSION, type, until } from './helpers';

import error from '../../tests/fixtures/error.json';
import profiles from '../../tests/fixtures/profiles.json';

const trans = nullTranslator.load('emout_lab');

describe('StartDialog', () => {
  let server: HttpServer;
  let manager: EmoutManager;
  let dialog: StartDialog;
  let closed: Promise<unknown>;

  async function open(taken: string[] = []): Promise<void> {
    dialog = new StartDialog({ manager, trans, taken });
    closed = dialog.launch();
    // A dialog that a test leaves open is disposed of, which rejects.
    closed.catch(() => undefined);
    await until(() => document.querySelector('.jp-EmoutLab-Form'));
  }

  function input<T extends HTMLElement = HTMLInputElement>(name: string): T {
    const found = dialog.node.querySelector<T>(`[name="${name}"]`);
    if (found === null) {
      throw new Error(`No field ${name}`);
    }
    return found;
  }

  const errorOf = (name: string) =>
    input(name).closest('.jp-EmoutLab-Field')?.querySelector('[role="alert"]')
      ?.textContent;

  const loaded = () => until(() => input('jobs').value !== '');

  const start = () =>
    act(async () =>
      dialog.node.querySelector<HTMLElement>('.jp-mod-accept')?.click()
    );

  /** Press a key; false where the dialog has taken it. */
  async function pressed(
    node: HTMLElement,
    init: KeyboardEventInit
  ): Promise<boolean> {
    const options = { bubbles: true, cancelable: true, ...init };
    node.focus();
    let isLeft = true;
    await act(async () => {
      isLeft = node.dispatchEvent(new KeyboardEvent('keydown', options));
    });
    return isLeft;
  }

  const posted = () =>
    server.requests.filter(r => r.route === 'POST sessions').map(r => r.body);

  beforeEach(() => {
    server = new HttpServer().on('GET profiles', profiles);
    manager = new EmoutManager({ serverSettings: server.settings });
  });

  afterEach(async () => {
    await act(async () => dialog.dispose());
    manager.dispose();
  });

  it('should take over partitions that come late', async () => {
    const {
      type: kind,
      title,
      'x-hints': hints
    } = profiles.schema.properties.partition;
    const partition = { type: kind, title, 'x-hints': hints };
    const properties = { ...profiles.schema.properties, partition };
    const pending = {
      ...profiles,
      partitions: [],
      partitions_status: { state: 'pending', message: null },
      schema: { ...profiles.schema, properties }
    };
    server.on('GET profiles', pending);
    await open();
    await loaded();
    expect(input('partition').tagName).toBe('INPUT');
    expect(dialog.node.textContent).toContain('SLURM has not answered yet');
    await type(input('memory'), '7G');
    server.on('GET profiles', {
      ...profiles,
      partitions_status: { state: 'known', message: null }
    });
    await until(() => input('partition').tagName === 'SELECT');
    expect(input('partition').value).toBe('gr20001a');
    expect(input('memory').value).toBe('7G');
  });

  it('should fill in the defaults of the server', async () => {
    await open();
    await loaded();
    const names = ['name', 'partition', 'memory', 'cores', 'walltime', 'jobs'];
    expect(names.map(name => input(name).value)).toEqual([
      'default',
      'gr20001a',
      '60G',
      '60',
      '03:00:00',
      '1'
    ]);
    expect(dialog.node.textContent).toContain(
      '2 nodes · 4 cores each · 8.00 GB'
    );
  });

  it('should not send a memory or a walltime that cannot be right', async () => {
    await open();
    await loaded();
    await type(input('memory'), '60 gigs');
    await type(input('walltime'), 'soon');
    await start();
    expect(errorOf('memory')).toContain("'60 gigs' is not a size");
    expect(errorOf('walltime')).toContain("'soon' is not a time");
    expect(posted()).toEqual([]);
    expect(document.activeElement).toBe(input('memory'));
    await type(input('memory'), '6G');
    expect(errorOf('memory')).toBeUndefined();
  });

  it.each(['../x', 'a/b', '', '.hidden'])(
    'should not send the name %p',
    async name => {
      await open();
      await loaded();
      await type(input('name'), name);
      await start();
      expect(errorOf('name')).toContain('cannot be a name');
      expect(posted()).toEqual([]);
    }
  );

  it('should leave Enter and Escape to an input method', async () => {
    await open();
    await loaded();
    for (const key of ['Enter', 'Escape']) {
      for (const how of [{ isComposing: true }, { keyCode: 229 }]) {
        expect(await pressed(input('name'), { key, ...how })).toBe(true);
      }
    }
    expect(posted()).toEqual([]);
    expect(dialog.isDisposed).toBe(false);
  });

  it('should leave Enter to what does something with it', async () => {
    await open();
    await loaded();
    const advanced = dialog.node.querySelector('summary')!;
    for (const node of [input<HTMLTextAreaElement>('directives'), advanced]) {
      expect(await pressed(node, { key: 'Enter' })).toBe(true);
    }
    expect(posted()).toEqual([]);
    expect(await pressed(input('name'), { key: 'Enter' })).toBe(false);
    expect(posted()).toHaveLength(1);
  });

  it('should stay open with the values when the server refuses a field', async () => {
    server.on('POST sessions', error, 422);
    await open();
    await loaded();
    await type(input('memory'), '999T');
    await start();
    await until(() => errorOf('memory'));
    expect(errorOf('memory')).toBe(error.error.message);
    expect(input('memory').value).toBe('999T');
    expect(input('memory').getAttribute('aria-invalid')).toBe('true');
    expect(dialog.isAttached).toBe(true);
  });

  it('should show a failure that belongs to no field', async () => {
    const exists = {
      type: 'SessionExists',
      message: "'a' runs already",
      field: null
    };
    server.on('POST sessions', { error: exists }, 409);
    await open();
    await loaded();
    await start();
    await until(() => dialog.node.textContent?.includes('runs already'));
    expect(dialog.isAttached).toBe(true);
  });

  it('should close with the session that was started', async () => {
    server.on('POST sessions', SESSION, 201);
    await open();
    await loaded();
    await start();
    await closed;
    expect(dialog.session).toEqual(SESSION);
    expect(posted()).toEqual([
      {
        name: 'default',
        backend: 'slurm',
        partition: 'gr20001a',
        memory: '60G',
        cores: 60,
        walltime: '03:00:00',
        jobs: 1,
        processes: 1,
        host: 'login',
        allow_multiple: false
      }
    ]);
  });

  it('should leave sizes of another backend to the server', async () => {
    server.on('POST sessions', SESSION, 201);
    await open();
    await loaded();
    await type(input<HTMLSelectElement>('backend'), 'local');
    expect(dialog.node.querySelector('[name="partition"]')).toBeNull();
    expect(input('memory').value).toBe('');
    await start();
    await closed;
    expect(posted()).toEqual([
      {
        name: 'default',
        backend: 'local',
        jobs: 1,
        processes: 1,
        allow_multiple: false
      }
    ]);
  });

  it('should grey out a backend that is not there and say why', async () => {
    const [slurm, local] = profiles.backends;
    const reason = 'sbatch is not on the PATH';
    const backends = [{ ...slurm, available: false, reason }, local];
    server.on('GET profiles', { ...profiles, backends });
    await open();
    await loaded();
    const options = [...input<HTMLSelectElement>('backend').options];
    expect(options.map(o => [o.value, o.disabled])).toEqual([
      ['slurm', true],
      ['local', false]
    ]);
    expect(input<HTMLSelectElement>('backend').value).toBe('local');
    expect(dialog.node.textContent).toContain(reason);
  });

  it('should propose a free name beside sessions that run', async () => {
    await open(['default', 'default-2']);
    await loaded();
    expect(input('name').value).toBe('default-3');
    expect(input('allow_multiple').checked).toBe(true);
  });

  it('should say so when the server does not tell what there is', async () => {
    server.on(
      'GET profiles',
      { error: { type: 'X', message: 'no sinfo' } },
      500
    );
    await open();
    await until(() => dialog.node.textContent?.includes('no sinfo'));
  });

  it('should close without a session when cancelled', async () => {
    await open();
    await loaded();
    await act(async () =>
      dialog.node.querySelector<HTMLElement>('.jp-mod-reject')?.click()
    );
    await closed;
    expect(dialog.session).toBeNull();
    expect(posted()).toEqual([]);
  });
});
