import { ObjectsModel } from '../objects/model';
import { FiguresModel } from '../figures/model';
import { EmoutManager } from '../services/manager';
import { isAlive, SessionsModel } from '../sessions/model';
import { WorkersModel } from '../workers/model';
import {
  FakeSocket,
  FIGURE,
  HttpServer,
  OBJECT,
  SESSION,
  state,
  until,
  WORKER
} from './helpers';

describe('models', () => {
  let server: HttpServer;
  let manager: EmoutManager;
  let socket: FakeSocket;

  async function connect(model: { watch: () => unknown }): Promise<void> {
    const count = FakeSocket.instances.length;
    model.watch();
    await until(() => FakeSocket.instances.length > count);
    socket = FakeSocket.last;
    socket.accept();
  }

  beforeEach(() => {
    server = new HttpServer().on('GET sessions', { sessions: [] });
    manager = new EmoutManager({ serverSettings: server.settings });
  });

  afterEach(() => {
    manager.dispose();
  });

  describe('SessionsModel', () => {
    it('should put the active session first and follow deltas', async () => {
      const model = new SessionsModel(manager);
      let changes = 0;
      model.changed.connect(() => (changes += 1));
      await connect(model);
      expect(model.isLoaded).toBe(false);
      const other = { ...SESSION, name: 'batch', active: false };
      socket.say(state({ sessions: [other, SESSION] }));
      expect(model.isLoaded).toBe(true);
      expect(model.items.map(s => s.name)).toEqual(['default', 'batch']);

      changes = 0;
      socket.say({
        type: 'delta',
        part: 'sessions',
        set: [{ ...SESSION, state: 'running' }],
        removed: ['batch']
      });
      expect(changes).toBe(1);
      expect(model.items.map(s => [s.name, s.state])).toEqual([
        ['default', 'running']
      ]);
      model.dispose();
    });

    it('should replace everything with a full state after a gap', async () => {
      const model = new SessionsModel(manager);
      await connect(model);
      socket.say(state({ sessions: [SESSION] }));
      socket.say(state({ sessions: [] }));
      expect(model.items).toEqual([]);
    });

    it('should ignore an empty part that it does not watch', async () => {
      const sessions = new SessionsModel(manager);
      const workers = new WorkersModel(manager);
      await connect(sessions);
      socket.say(state({ sessions: [SESSION] }));
      expect(workers.isLoaded).toBe(false);
    });

    it('should keep what the server reports until that is over', async () => {
      const model = new SessionsModel(manager);
      await connect(model);
      const told = { session: 'default', message: 'engine 0 is silent' };
      socket.say({ type: 'error', ...told });
      socket.say({ type: 'solved', ...told, message: 'engine 1 is silent' });
      expect(model.notice).toBe('engine 0 is silent');
      socket.say({ type: 'solved', ...told });
      expect(model.notice).toBeNull();
    });

    it('should keep what the server reports until the next full state', async () => {
      const model = new SessionsModel(manager);
      await connect(model);
      socket.say({
        type: 'error',
        session: 'default',
        message: 'host is gone'
      });
      expect(model.notice).toBe('host is gone');
      socket.say(state({}));
      expect(model.notice).toBeNull();
    });

    describe('#stop()', () => {
      it('should be stopping until the server has answered', async () => {
        server.on('DELETE sessions/default', null, 204);
        const model = new SessionsModel(manager);
        const stopped = model.stop('default');
        expect(model.isStopping('default')).toBe(true);
        await stopped;
        expect(model.isStopping('default')).toBe(false);
        expect(model.notice).toBeNull();
      });

      it('should say why it could not', async () => {
        const refusal = { error: { type: 'SessionDead', message: 'too late' } };
        server.on('DELETE sessions/default', refusal, 409);
        const model = new SessionsModel(manager);
        await model.stop('default');
        expect(model.notice).toBe('too late');
      });
    });

    it('should know which sessions live', () => {
      expect(isAlive(SESSION)).toBe(true);
      expect(isAlive({ ...SESSION, state: 'failed' })).toBe(false);
    });

    it('should stop watching and listening when disposed', async () => {
      const model = new SessionsModel(manager);
      await connect(model);
      model.dispose();
      model.dispose();
      socket.say(state({ sessions: [SESSION] }));
      expect(model.items).toEqual([]);
      await until(() => socket.sent.length === 2);
      expect(socket.sent[1]).toEqual({ type: 'watch', parts: [] });
    });
  });

  describe('WorkersModel', () => {
    it('should order engines by number', async () => {
      const model = new WorkersModel(manager);
      await connect(model);
      const workers = ['10', '2', '0'].map(id => ({
        ...WORKER,
        id,
        address: `tls://w${id}`
      }));
      socket.say(state({ workers }));
      expect(model.items.map(w => w.id)).toEqual(['0', '2', '10']);
      expect(model.hasManySessions).toBe(false);
    });
  });

  describe('ObjectsModel', () => {
    it('should group by notebook and scope, the current notebook first', async () => {
      const model = new ObjectsModel(manager);
      await connect(model);
      const make = (id: string, notebook: string | null, scope: string) => ({
        ...OBJECT,
        id,
        notebook,
        scope,
        bytes: 10
      });
      socket.say(
        state({
          objects: [
            make('1', 'a.ipynb', 's1'),
            make('2', '/home/ada/z.ipynb', 's2'),
            make('3', '/home/ada/z.ipynb', 's3'),
            make('4', '/home/ada/z.ipynb', 's2'),
            make('5', null, 's4')
          ]
        })
      );
      manager.currentNotebook = 'z.ipynb';
      const groups = model.groups;
      expect(groups.map(g => [g.notebook, g.bytes, g.isCurrent])).toEqual([
        ['/home/ada/z.ipynb', 30, true],
        ['a.ipynb', 10, false],
        [null, 10, false]
      ]);
      expect(groups[0].scopes.map(s => [s.scope, s.bytes])).toEqual([
        ['s2', 20],
        ['s3', 10]
      ]);
    });

    it('should drop an object and take it off the list', async () => {
      server.on(`DELETE sessions/default/objects/${OBJECT.id}`, null, 204);
      const model = new ObjectsModel(manager);
      await connect(model);
      socket.say(state({ objects: [OBJECT] }));
      await model.drop(OBJECT);
      expect(model.groups).toEqual([]);
    });

    it('should say why an object could not be dropped', async () => {
      const refusal = { error: { type: 'ObjectGone', message: 'gone before' } };
      server.on(`DELETE sessions/default/objects/${OBJECT.id}`, refusal, 404);
      const model = new ObjectsModel(manager);
      await model.drop(OBJECT);
      expect(model.notice).toBe('gone before');
      expect(model.isDropping(OBJECT.id)).toBe(false);
    });
  });

  describe('FiguresModel', () => {
    const revoked: string[] = [];

    beforeEach(() => {
      let count = 0;
      revoked.length = 0;
      URL.createObjectURL = () => `blob:${(count += 1)}`;
      URL.revokeObjectURL = url => void revoked.push(url);
    });

    it('should show the newest figures first, as many as the gallery holds', async () => {
      const model = new FiguresModel(manager);
      await connect(model);
      const figures = [1, 3, 2].map(created => ({
        ...FIGURE,
        id: `f${created}`,
        created
      }));
      socket.say(state({ figures }));
      model.gallerySize = 2;
      expect(model.shown.map(f => f.id)).toEqual(['f3', 'f2']);
    });

    it('should fetch an image once and forget it with its figure', async () => {
      server.on(`GET figures/${FIGURE.id}/image`, new Uint8Array(3));
      const model = new FiguresModel(manager);
      await connect(model);
      socket.say(state({ figures: [FIGURE] }));
      expect(await model.image(FIGURE.id)).toBe('blob:1');
      expect(await model.image(FIGURE.id)).toBe('blob:1');
      socket.say({
        type: 'delta',
        part: 'figures',
        set: [],
        removed: [FIGURE.id]
      });
      await until(() => revoked.length > 0);
      expect(revoked).toEqual(['blob:1']);
    });

    it('should ask for a PNG of what no browser shows', async () => {
      const model = new FiguresModel(manager);
      await connect(model);
      server.on(`GET figures/${FIGURE.id}/image`, new Uint8Array(3));
      socket.say(state({ figures: [{ ...FIGURE, format: 'pdf' }] }));
      await model.image(FIGURE.id);
      expect(model.isMoving(FIGURE.id)).toBe(false);
    });

    it('should ask again for an image that could not be fetched', async () => {
      const model = new FiguresModel(manager);
      await expect(model.image(FIGURE.id)).rejects.toThrow('404');
      server.on(`GET figures/${FIGURE.id}/image`, new Uint8Array(3));
      expect(await model.image(FIGURE.id)).toBe('blob:1');
    });
  });
});
