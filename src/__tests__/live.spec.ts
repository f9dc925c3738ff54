import { unpackFrame } from '../services/livemessages';
import { LiveSocket } from '../services/livesocket';
import { Interval, LiveMessage } from '../tokens';
import { cellsOf, colored } from '../figures/live/cells';
import { Decoder } from '../figures/live/decoder';
import { Player } from '../figures/live/player';
import { Scale } from '../figures/live/scales';
import { LiveStage } from '../figures/live/stage';
import { ViewState } from '../figures/live/viewstate';
import { FakeSocket, HttpServer, until } from './helpers';
import {
  bytesOf,
  frameOf,
  HELLO,
  nextFrame,
  pixelsHello,
  Viewed
} from './livehelpers';

import headersJson from '../../tests/fixtures/live/headers.json';
import valuesJson from '../../tests/fixtures/live/values.json';

const VALUES = valuesJson as Extract<LiveMessage, { type: 'values' }>;

describe('unpackFrame', () => {
  it.each(['first', 'moving', 'rest'] as const)(
    'should read %s as the server packs it',
    name => {
      const { header, payloads } = unpackFrame(bytesOf(name));
      expect(header).toEqual(headersJson[name]);
      expect(payloads.map(({ byteLength }) => byteLength)).toEqual(
        header.layers.map(({ bytes = 0 }) => bytes)
      );
    }
  );

  it('should refuse what is cut off', () => {
    const whole = bytesOf('first');
    for (const length of [0, 3, 10, whole.byteLength - 1]) {
      expect(() => unpackFrame(whole.slice(0, length))).toThrow();
    }
  });
});

describe('LiveSocket', () => {
  const server = new HttpServer();

  beforeEach(() => (FakeSocket.instances = []));

  it('should reach the figure under the base URL of the server', () => {
    const socket = new LiveSocket(server.settings, 'a b', 'f1');
    expect(FakeSocket.last.url).toBe(
      'ws://lab.test/user/ada/emout-lab/api/live/a%20b/f1'
    );
    expect(FakeSocket.last.binaryType).toBe('arraybuffer');
    socket.dispose();
    expect(FakeSocket.last.readyState).toBe(3);
  });

  it('should keep the prefix of a hub, with what is escaped in it', () => {
    const { settings } = server;
    const wsUrl = 'wss://hub.test/user/ada%20lovelace/';
    const socket = new LiveSocket({ ...settings, wsUrl }, 's', 'f1');
    expect(FakeSocket.last.url).toBe(`${wsUrl}emout-lab/api/live/s/f1`);
    socket.dispose();
  });

  it('should tell frames, messages, and what is neither', async () => {
    const socket = new LiveSocket(server.settings, 's', 'f1');
    const heard: string[] = [];
    socket.messageReceived.connect((_, { type }) => heard.push(type));
    socket.frameReceived.connect((_, { header }) =>
      heard.push(`frame ${header.n}`)
    );
    FakeSocket.last.accept();
    FakeSocket.last.say(HELLO);
    FakeSocket.last.sayBytes(bytesOf('first'));
    FakeSocket.last.sayBytes(new ArrayBuffer(2));
    FakeSocket.last.say({ type: 'surprise' });
    FakeSocket.last.say({ type: 'gone' });
    await until(() => heard.length === 5);
    expect(heard).toEqual(['hello', 'frame 5', 'error', 'error', 'error']);
    socket.dispose();
  });

  it('should say nothing after its end', async () => {
    const socket = new LiveSocket(server.settings, 's', 'f1');
    const heard = jest.fn();
    socket.messageReceived.connect(heard);
    FakeSocket.last.accept();
    FakeSocket.last.say(HELLO);
    socket.dispose();
    await new Promise(resolve => setTimeout(resolve));
    expect(heard).not.toHaveBeenCalled();
  });

  it('should say that a part of the extension is missing, and end', async () => {
    await jest.isolateModulesAsync(async () => {
      jest.doMock('../services/livemessages', () => {
        throw new Error('Loading chunk 7 failed');
      });
      const { LiveSocket: Broken } = await import('../services/livesocket');
      const socket = new Broken(server.settings, 's', 'f1');
      const heard: unknown[] = [];
      socket.messageReceived.connect((_, message) => heard.push(message));
      socket.closed.connect(() => heard.push('closed'));
      FakeSocket.last.accept();
      await until(() => heard.length === 2);
      expect(heard).toEqual([
        { type: 'error', message: 'Loading chunk 7 failed', field: null },
        'closed'
      ]);
      jest.dontMock('../services/livemessages');
    });
  });
});

describe('cells', () => {
  it('should have the colors of their table, with those beside its ends', () => {
    const { header, payloads } = frameOf('first');
    const wide = frameOf('moving');
    const index = wide.header.layers.findIndex(({ kind }) => kind === 'cells');
    const cells = cellsOf(wide.header.layers[index], wide.payloads[index]);
    expect([...cells.indices]).toEqual([0, 255, 256, 257, 258, 1]);
    expect(header.layers[0].kind).toBe('lut');
    const pixels = [...colored(cells, payloads[0])];
    expect(pixels).toEqual(
      [
        [0, 0, 0, 255],
        [255, 255, 255, 255],
        [0, 0, 255, 255],
        [255, 0, 0, 255],
        [0, 0, 0, 0],
        [1, 1, 1, 255]
      ].flat()
    );
  });

  it('should be as many as the layer says', () => {
    const { header, payloads } = frameOf('moving');
    const index = header.layers.findIndex(({ kind }) => kind === 'cells');
    const layer = { ...header.layers[index], w: 4 };
    expect(() => cellsOf(layer, payloads[index])).toThrow('4 × 2');
  });
});

describe('Decoder', () => {
  it('should inflate, and keep what does not come again', async () => {
    const decoder = new Decoder();
    expect(decoder.have).toEqual([]);
    const first = await decoder.decode(frameOf('first'));
    expect([...first.cells[0].indices]).toEqual([...Array(12).keys()]);
    expect(first.luts.get(0)?.byteLength).toBe(259 * 4);
    expect(decoder.have).toEqual(['decor:800x600:cd34', 'lut:ab12']);
    const second = await decoder.decode(frameOf('moving'));
    expect(second.decor).toBe(first.decor);
    expect(second.luts.get(0)).toBe(first.luts.get(0));
  });

  it('should say what a frame lacks', async () => {
    const decoding = new Decoder().decode(frameOf('moving'));
    await expect(decoding).rejects.toThrow("'lut:ab12'");
  });

  it('should know pictures that stay', async () => {
    const { picture, header } = await new Decoder().decode(frameOf('rest'));
    expect(header.rest).toBe(true);
    expect(picture?.file.type).toBe('image/png');
    expect(picture?.file.size).toBe(header.layers[0].bytes);
  });
});

describe('Scale', () => {
  it('should keep the number under the pointer where it is', () => {
    for (const [name, range] of [
      ['linear', [2, 10]],
      ['linear', [10, 2]],
      ['log', [1, 1000]]
    ] as const) {
      const scale = new Scale(name);
      const about = scale.valueAt(range, 0.3);
      const zoomed = scale.zoomed(range, 2, 0.3);
      expect(scale.shareOf(zoomed, about)).toBeCloseTo(0.3);
      expect(scale.shareOf(range, zoomed[1])).toBeCloseTo(0.65);
    }
  });

  it('should move by shares, in the direction of the axis', () => {
    expect(new Scale('linear').panned([0, 10], 0.1)).toEqual([1, 11]);
    expect(new Scale('linear').panned([10, 0], 0.1)).toEqual([9, -1]);
    const [low, high] = new Scale('log').panned([1, 100], 0.5);
    expect([low, high].map(Math.log10)).toEqual([1, 3]);
  });

  it('should stay where numbers cannot be told apart any more', () => {
    const scale = new Scale('linear');
    const small = [1, 1 + 1e-11] as const;
    expect(scale.zoomed(small, 1e6)).toBe(small);
    expect(new Scale('log').zoomed([1, 10], 1e-9)).toEqual([1, 10]);
  });
});

describe('ViewState', () => {
  const view = () => {
    const state = new ViewState();
    state.setFigure(HELLO);
    return state;
  };

  it('should go back, forward and home', () => {
    const state = view();
    expect(state.wishes()).toEqual([]);
    state.setRange(0, [1, 2], [1, 2]);
    state.keep();
    state.setRange(0, [1.2, 1.4], [1, 2]);
    state.keep();
    state.go(-1);
    expect(state.range(0).x).toEqual([1, 2]);
    expect(state.canGoForward).toBe(true);
    state.go(1);
    state.home();
    expect(state.range(0).x).toEqual([0, 4]);
    expect(state.wishes()).toEqual([]);
    state.go(-1);
    expect(state.range(0).x).toEqual([1.2, 1.4]);
  });

  it('should say all that is not as drawn', () => {
    const state = view();
    state.setColors(0, { cmap: 'gray' });
    expect(state.wishes()).toEqual([
      { i: 0, x: null, y: null, clim: null, cmap: 'gray', norm: null }
    ]);
  });

  it('should see what the engine made of a wish', () => {
    const state = view();
    state.correct(0, [0, 4], [0, 3]);
    expect(state.isHome).toBe(true);
    state.setRange(0, [0, 2], [0, 2]);
    state.keep();
    state.correct(0, [0, 2], [-0.5, 2.5]);
    expect(state.range(0).y).toEqual([-0.5, 2.5]);
    state.keep();
    state.go(-1);
    expect(state.isHome).toBe(true);
  });
});

describe('Player', () => {
  it('should stand still where somebody goes', () => {
    const player = new Player();
    player.setFigure(HELLO);
    expect(player.at).toBe(2);
    expect(player.label()).toBe('3 µs');
    player.toggle();
    player.wished(1);
    // At the end it begins anew.
    expect([player.isPlaying, player.wanted]).toEqual([true, 0]);
    player.show(1, 1);
    expect([player.at, player.wanted]).toEqual([1, 0]);
    player.seek(7);
    expect([player.isPlaying, player.wanted]).toEqual([false, 2]);
  });

  it('should end at the last step unless it loops', () => {
    const player = new Player();
    player.setFigure(HELLO);
    player.isLooping = false;
    player.toggle();
    player.wished(1);
    player.show(1, 1);
    expect(player.isPlaying).toBe(true);
    player.show(2, 1);
    expect([player.isPlaying, player.wanted]).toEqual([false, 2]);
  });
});

describe('LiveModel', () => {
  beforeAll(() => {
    URL.createObjectURL = () => 'blob:x';
    URL.revokeObjectURL = () => undefined;
  });

  it('should wish once for each frame of the screen, and acknowledge', async () => {
    const { model, socket } = new Viewed().greet();
    expect(socket.wishes).toHaveLength(1);
    expect(socket.wish).toMatchObject({ size: [800, 600], t: null, axes: [] });
    for (let step = 0; step < 5; step += 1) {
      model.steering.pan(0, 0.1, 0);
    }
    expect(socket.wishes).toHaveLength(1);
    await nextFrame();
    expect(socket.wishes).toHaveLength(2);
    const { x } = socket.wish.axes![0];
    expect(x?.[0]).toBeCloseTo(2);
    await socket.answer('first', { seq: 0 });
    expect(socket.of('ack')).toEqual([{ type: 'ack', n: 5 }]);
    model.dispose();
    expect(socket.isDisposed).toBe(true);
  });

  it('should go on where it stood with a new connection', async () => {
    const viewed = new Viewed().greet();
    const { model } = viewed;
    model.steering.zoomTo(0, [0.25, 0.75], [0, 1]);
    model.seek(1);
    model.stop();
    expect(viewed.sockets[0].isDisposed).toBe(true);
    viewed.greet();
    expect(viewed.sockets).toHaveLength(2);
    expect(viewed.socket.wish).toMatchObject({
      t: 1,
      axes: [{ i: 0, x: [1, 3], y: [0, 3] }]
    });
    model.dispose();
  });

  it('should begin anew with a figure that has become another one', async () => {
    const { model, socket } = new Viewed().greet();
    const stage = new LiveStage(model, '');
    await socket.answer('first');
    model.steering.zoomTo(0, [0.25, 0.75], [0, 1]);
    model.steering.setColors(0, { cmap: 'gray' });
    model.seek(1);
    socket.say(VALUES);
    expect(model.pointing.picked).not.toBeNull();
    socket.say({
      ...pixelsHello({ xscale: 'log', x: [1, 10] }),
      size: [400, 200]
    });
    // Of what was wanted, what the figure has no more is forgotten; the rest stays.
    expect(socket.wish).toMatchObject({ size: [400, 200], axes: [], t: null });
    expect(model.pointing.picked).toBeNull();
    expect(model.isResting).toBe(false);
    expect(model.view.canGoBack).toBe(false);
    expect(model.view.range(0).x).toEqual([1, 10]);
    // Nothing of the maps lies over the pictures that come.
    const canvases = [...stage.node.querySelectorAll('canvas')];
    expect(canvases.map(({ width }) => width * 1)).not.toContain(800);
    await socket.answer('rest', { t: null });
    expect(model.isResting).toBe(true);
    model.dispose();
  });

  it('should keep what is wanted of axes that are as they were', () => {
    const { model, socket } = new Viewed().greet();
    model.steering.zoomTo(1, [0, 0.5], [0, 1]);
    model.size = [500, 300];
    socket.say({ ...HELLO, axes: [...HELLO.axes, { ...HELLO.axes[1], i: 2 }] });
    expect(socket.wish.axes!.map(({ i }) => i)).toEqual([1]);
    expect(socket.wish.size).toEqual([500, 300]);
    expect(model.view.canGoBack).toBe(true);
    model.dispose();
  });

  it('should not take a connection that refuses a wish for one that stands still', () => {
    jest.useFakeTimers();
    const viewed = new Viewed().greet();
    viewed.socket.say({ type: 'error', message: 'no such step', field: 't' });
    jest.advanceTimersByTime(30_000);
    expect(viewed.model.status).toBe('connected');
    expect(viewed.sockets).toHaveLength(1);
    viewed.model.dispose();
    jest.useRealTimers();
  });

  it('should not go back to times that were on their way', async () => {
    const { model, socket } = new Viewed().greet();
    const { player } = model;
    await socket.answer('first', { t: 2 });
    const { seq } = socket.wish;
    model.seek(0);
    await socket.answer('moving', { seq, t: 2 });
    expect(player.at).toBe(0);
    model.seek(player.at + 1);
    await nextFrame();
    expect(socket.wish.t).toBe(1);
    await socket.answer('moving', { t: 1 });
    expect(player.at).toBe(1);
    model.dispose();
  });

  it('should play from the beginning though the end is on its way', async () => {
    const { model, socket } = new Viewed().greet();
    const { player } = model;
    model.setLooping(false);
    await nextFrame();
    const { seq } = socket.wish;
    model.togglePlay();
    await socket.answer('first', { seq, t: 2 });
    expect([player.isPlaying, player.at]).toEqual([true, 0]);
    await nextFrame();
    await socket.answer('moving', { t: 1 });
    expect([player.isPlaying, player.at]).toEqual([true, 1]);
    model.dispose();
  });

  it('should stand at the step at which it was paused', async () => {
    const { model, socket } = new Viewed().greet();
    const shown: (number | null)[] = [];
    model.framed.connect((_, { header }) => shown.push(header.t));
    await socket.answer('first', { t: 0 });
    model.togglePlay();
    await nextFrame();
    const { seq } = socket.wish;
    await socket.answer('moving', { seq, t: 1 });
    model.togglePlay();
    await socket.answer('moving', { seq, t: 2 });
    expect(shown).toEqual([0, 1]);
    await nextFrame();
    expect(socket.wish).toMatchObject({ t: 1, play: null });
    await socket.answer('moving', { t: 1 });
    expect([model.player.at, ...shown]).toEqual([1, 0, 1, 1]);
    model.dispose();
  });

  it('should try a lost connection again, and open one that stands still anew', () => {
    jest.useFakeTimers();
    const viewed = new Viewed().greet();
    const [first] = viewed.sockets;
    jest.advanceTimersByTime(10_001);
    expect(viewed.model.status).toBe('lost');
    expect(first.isDisposed).toBe(true);
    jest.advanceTimersByTime(1_001);
    expect(viewed.sockets).toHaveLength(2);
    viewed.socket.closed.emit();
    jest.advanceTimersByTime(1_001);
    expect(viewed.sockets).toHaveLength(2);
    jest.advanceTimersByTime(1_001);
    expect(viewed.sockets).toHaveLength(3);
    viewed.model.dispose();
    jest.useRealTimers();
  });

  it('should be patient while a program runs', () => {
    jest.useFakeTimers();
    const viewed = new Viewed().greet();
    viewed.socket.say({ type: 'busy', label: 'solve(run)' });
    expect(viewed.model.busy).toBe('solve(run)');
    jest.advanceTimersByTime(60_000);
    expect(viewed.sockets).toHaveLength(1);
    viewed.socket.say({ type: 'busy', label: null });
    expect(viewed.model.busy).toBeNull();
    viewed.model.dispose();
    jest.useRealTimers();
  });

  it('should end where the figure is gone, and wait while it is healed', () => {
    const viewed = new Viewed().greet();
    viewed.socket.say({ type: 'gone', reason: 'lost', healing: true });
    expect(viewed.model.status).toBe('healing');
    viewed.socket.say(HELLO);
    expect(viewed.model.status).toBe('connected');
    viewed.socket.say({ type: 'gone', reason: 'it is gone', healing: false });
    expect(viewed.model.status).toBe('gone');
    expect(viewed.model.reason).toBe('it is gone');
    expect(viewed.sockets[0].isDisposed).toBe(true);
    viewed.model.dispose();
  });

  it('should not guess at another version', () => {
    const viewed = new Viewed().greet({ ...HELLO, v: 2 });
    expect(viewed.model.status).toBe('gone');
    expect(viewed.model.reason).toContain('reload the page');
    viewed.model.dispose();
  });

  it('should ask one question at a time for values', () => {
    const { model, socket } = new Viewed().greet();
    model.pointing.hover({ i: 0, across: 0.5, up: 0.5 });
    model.pointing.hover({ i: 0, across: 0.25, up: 0.5 });
    model.pointing.hover({ i: 0, across: 0.75, up: 0.5 });
    expect(socket.of('probe')).toMatchObject([{ kind: 'hover', x: 2, y: 1.5 }]);
    socket.say({ ...VALUES, kind: 'hover', profiles: [] });
    expect(socket.of('probe')).toHaveLength(2);
    expect(socket.of('probe')[1].x).toBe(3);
    expect(model.pointing.told).toBe(VALUES.text);
    model.pointing.leave();
    socket.say({ ...VALUES, kind: 'hover', profiles: [] });
    expect(model.pointing.told).toBe('');
    model.dispose();
  });

  it('should say by itself where somebody points in axes without a map', () => {
    const { model, socket } = new Viewed().greet();
    model.pointing.hover({ i: 1, across: 0.5, up: 0.5 });
    expect(model.pointing.told).toBe('x = 10, y = 0');
    expect(socket.of('probe')).toEqual([]);
    model.dispose();
  });

  it.each([{ xscale: 'polar', yscale: 'polar' }, { xscale: 'symlog' }])(
    'should not guess at a place in axes of %p',
    scales => {
      const { model } = new Viewed().greet(pixelsHello(scales));
      model.pointing.hover({ i: 0, across: 0.5, up: 0.5 });
      expect(model.pointing.told).toBe('');
      model.dispose();
    }
  );

  it('should ask for a place that is told in words', () => {
    const { model, socket } = new Viewed().greet(pixelsHello({ words: true }));
    model.pointing.hover({ i: 0, across: 0.5, up: 0.5 });
    expect(socket.of('probe')).toMatchObject([{ kind: 'hover', i: 0 }]);
    const text = 'x = 2024-01-02, y = 1';
    socket.say({ ...VALUES, kind: 'hover', profiles: [], text });
    expect(model.pointing.told).toBe(text);
    model.dispose();
  });

  it('should tell places apart that are close together', () => {
    const x: Interval = [1e6, 1e6 + 0.01];
    const { model } = new Viewed().greet(pixelsHello({ x }));
    model.pointing.hover({ i: 0, across: 0.1, up: 0.5 });
    expect(model.pointing.told).toContain('x = 1000000.001,');
    model.dispose();
  });

  it('should save the picture that rests', async () => {
    const { model, socket } = new Viewed().greet();
    const saved: Blob[] = [];
    const saving = model.save(picture => saved.push(picture));
    await socket.answer('first');
    expect(saved).toEqual([]);
    await socket.answer('rest');
    await saving;
    expect(saved.map(({ type }) => type)).toEqual(['image/png']);
    model.dispose();
  });

  it('should tell when nobody sees it', async () => {
    const { model, socket } = new Viewed().greet();
    model.isVisible = false;
    await nextFrame();
    expect(socket.wish.visible).toBe(false);
    model.dispose();
  });
});
