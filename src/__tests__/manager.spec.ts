import { SILENCE_MS } from '../services/connection';
import { EmoutManager } from '../services/manager';
import { IConnection, ServerMessage } from '../tokens';
import { FakeSocket, HttpServer, SESSION, state, until } from './helpers';

describe('EmoutManager', () => {
  let server: HttpServer;
  let manager: EmoutManager;
  let connections: IConnection[];
  let messages: ServerMessage[];

  beforeEach(() => {
    FakeSocket.instances = [];
    server = new HttpServer().on('GET sessions', { sessions: [] });
    manager = new EmoutManager({ serverSettings: server.settings });
    connections = [];
    messages = [];
    manager.connectionChanged.connect((_, now) => connections.push(now));
    manager.messageReceived.connect((_, message) => messages.push(message));
  });

  afterEach(() => {
    manager.dispose();
  });

  async function connected(): Promise<FakeSocket> {
    const count = FakeSocket.instances.length;
    await until(() => FakeSocket.instances.length > count);
    FakeSocket.last.accept();
    return FakeSocket.last;
  }

  describe('#watch()', () => {
    it('should not connect before somebody watches', async () => {
      await Promise.resolve();
      expect(server.requests).toEqual([]);
      expect(manager.connection.status).toBe('idle');
    });

    it('should connect and ask for the watched parts in one message', async () => {
      manager.watch('sessions');
      manager.watch('figures');
      const socket = await connected();
      expect(socket.url).toBe('ws://lab.test/user/ada/emout-lab/api/events');
      expect(socket.sent).toEqual([
        { type: 'watch', parts: ['sessions', 'figures'] }
      ]);
      expect(manager.connection.status).toBe('connected');
    });

    it('should say how often it wants to hear, and when that changes', async () => {
      manager.pollInterval = 5;
      manager.watch('workers');
      const socket = await connected();
      manager.pollInterval = 1;
      await until(() => socket.sent.length === 2);
      manager.pollInterval = 1;
      manager.pollInterval = null;
      await until(() => socket.sent.length === 3);
      const parts = ['workers'];
      expect(socket.sent).toEqual([
        { type: 'watch', parts, interval: 5 },
        { type: 'watch', parts, interval: 1 },
        { type: 'watch', parts }
      ]);
    });

    it('should watch a part until the last watcher is gone', async () => {
      const first = manager.watch('workers');
      const second = manager.watch('workers');
      const socket = await connected();
      first.dispose();
      await until(() => true);
      expect(socket.sent).toHaveLength(1);
      second.dispose();
      await until(() => socket.sent.length === 2);
      expect(socket.sent[1]).toEqual({ type: 'watch', parts: [] });
    });

    it('should watch nothing while the page is hidden', async () => {
      const hidden = jest.spyOn(document, 'hidden', 'get');
      manager.watch('sessions');
      const socket = await connected();
      hidden.mockReturnValue(true);
      document.dispatchEvent(new Event('visibilitychange'));
      await until(() => socket.sent.length === 2);
      hidden.mockReturnValue(false);
      document.dispatchEvent(new Event('visibilitychange'));
      await until(() => socket.sent.length === 3);
      hidden.mockRestore();
      expect(socket.sent.slice(1)).toEqual([
        { type: 'watch', parts: [] },
        { type: 'watch', parts: ['sessions'] }
      ]);
    });

    it('should pass on what the server says', async () => {
      manager.watch('sessions');
      const socket = await connected();
      socket.say(state({ sessions: [SESSION] }));
      expect(messages).toEqual([state({ sessions: [SESSION] })]);
    });

    it('should report a message in another form instead of failing', async () => {
      manager.watch('sessions');
      const socket = await connected();
      socket.say({ type: 'weather' });
      expect(messages).toEqual([
        {
          type: 'error',
          session: null,
          message: 'Unknown message of the events socket: "weather"'
        }
      ]);
    });
  });

  describe('when the connection is lost', () => {
    it('should connect again and ask for everything', async () => {
      manager.watch('objects');
      (await connected()).close();
      expect(manager.connection.status).toBe('lost');
      const socket = await connected();
      expect(manager.connection.status).toBe('connected');
      expect(socket.sent).toEqual([{ type: 'watch', parts: ['objects'] }]);
    });

    it('should connect at once on #refresh()', async () => {
      manager.watch('objects');
      (await connected()).close();
      manager.refresh();
      await connected();
      expect(connections.map(now => now.status)).toEqual([
        'connecting',
        'connected',
        'lost',
        'connected'
      ]);
    });
  });

  describe('when the connection leads nowhere', () => {
    /** Let the time pass that the server has for an answer. */
    function wait(): void {
      const delays = timers.mock.calls.map(([, delay]) => delay as number);
      const set = delays.lastIndexOf(SILENCE_MS);
      const { value } = timers.mock.results[set];
      if (!cleared.mock.calls.some(([timer]) => timer === value)) {
        timers.mock.calls[set][0]();
      }
    }

    let timers: jest.SpyInstance;
    let cleared: jest.SpyInstance;

    beforeEach(() => {
      timers = jest.spyOn(window, 'setTimeout');
      cleared = jest.spyOn(window, 'clearTimeout');
    });

    afterEach(() => {
      timers.mockRestore();
      cleared.mockRestore();
    });

    it('should make another one when nothing is answered', async () => {
      manager.watch('objects');
      const silent = await connected();
      wait();
      expect(manager.connection.status).toBe('lost');
      const socket = await connected();
      expect(socket).not.toBe(silent);
      socket.say(state({ objects: [] }));
      wait();
      expect(manager.connection.status).toBe('connected');
    });

    it('should ask again when a question is never answered', async () => {
      manager.watch('objects');
      const first = await connected();
      first.say(state({ objects: [] }));
      const asked = () =>
        server.requests.filter(each => each.route === 'GET sessions').length;
      const before = asked();
      server.neverAnswer('GET sessions');
      first.close();
      await until(() => asked() > before);
      server.on('GET sessions', { sessions: [] });
      const told = connections.length;
      wait();
      await until(() => connections.length > told);
      manager.refresh();
      await connected();
      await until(() => manager.connection.status === 'connected');
    });

    it('should ask when the network is there again', async () => {
      manager.watch('objects');
      const socket = await connected();
      socket.say(state({ objects: [] }));
      window.dispatchEvent(new Event('online'));
      expect(socket.sent).toHaveLength(2);
      wait();
      expect(manager.connection.status).toBe('lost');
    });
  });

  describe('when the server extension is missing', () => {
    it('should say so and wait for #refresh()', async () => {
      const bare = new HttpServer();
      const lonely = new EmoutManager({ serverSettings: bare.settings });
      lonely.watch('sessions');
      await until(() => lonely.connection.status === 'missing');
      expect(lonely.connection.message).toContain('not enabled');
      bare.on('GET sessions', { sessions: [] });
      lonely.refresh();
      await connected();
      expect(lonely.connection.status).toBe('connected');
      lonely.dispose();
    });
  });

  describe('#refresh()', () => {
    it('should ask an open connection for the full state', async () => {
      manager.watch('sessions');
      const socket = await connected();
      manager.refresh();
      expect(socket.sent).toHaveLength(2);
    });
  });

  describe('#startSession()', () => {
    it('should show the new session at once', async () => {
      server.on('POST sessions', SESSION, 201);
      await manager.startSession({
        name: 'default',
        backend: 'local',
        allow_multiple: false
      });
      expect(messages).toEqual([
        { type: 'delta', part: 'sessions', set: [SESSION], removed: [] }
      ]);
    });
  });

  describe('#dropObject()', () => {
    it('should take the object away when the server has', async () => {
      server.on('DELETE sessions/default/objects/o1', null, 204);
      await manager.dropObject('default', 'o1');
      expect(messages).toEqual([
        { type: 'delta', part: 'objects', set: [], removed: ['o1'] }
      ]);
    });
  });

  describe('#dispose()', () => {
    it('should close the connection for good, also when called twice', async () => {
      manager.watch('sessions');
      const socket = await connected();
      manager.dispose();
      manager.dispose();
      expect(socket.readyState).toBe(3);
      expect(FakeSocket.instances).toHaveLength(1);
    });
  });
});
