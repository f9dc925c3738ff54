import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { act } from 'react';

import { FIGURE_MIME_TYPE } from '../figures/bundle';
import { LiveFigure } from '../figures/live/livefigure';
import { FigureRenderer } from '../figures/renderer';
import { FIGURE, until } from './helpers';
import {
  FakeLive,
  frameOf,
  HELLO,
  nextFrame,
  pixelsHello,
  Viewed
} from './livehelpers';

import valuesJson from '../../tests/fixtures/live/values.json';

const trans = nullTranslator.load('emout_lab');

beforeAll(() => {
  let count = 0;
  URL.createObjectURL = () => `blob:${(count += 1)}`;
  URL.revokeObjectURL = () => undefined;
  // Nothing is laid out here: a picture is as large as the figure.
  const size = { left: 0, top: 0, width: 800, height: 600 };
  Element.prototype.getBoundingClientRect = () =>
    ({ ...size, right: 800, bottom: 600 }) as DOMRect;
  for (const [name, value] of [
    ['clientWidth', 800],
    ['clientHeight', 600]
  ] as const) {
    Object.defineProperty(HTMLElement.prototype, name, {
      configurable: true,
      get: () => value
    });
  }
});

/** Move a pointer over an element. */
async function point(
  node: HTMLElement,
  type: string,
  x: number,
  y: number,
  more: object = {}
): Promise<void> {
  const event = Object.assign(
    new Event(type, { bubbles: true, cancelable: true }),
    { clientX: x, clientY: y, button: 0, pointerId: 1, pointerType: 'mouse' },
    more
  );
  await act(async () => void node.dispatchEvent(event));
}

describe('LiveFigure', () => {
  let viewed: Viewed;
  let figure: LiveFigure;
  const onSave = jest.fn();
  const onClose = jest.fn();

  async function open(hello = HELLO, height = 0): Promise<void> {
    viewed = new Viewed();
    figure = new LiveFigure({
      model: viewed.model,
      trans,
      name: 'potential',
      source: 'data:image/png;base64,aGk=',
      height,
      onSave,
      onClose
    });
    await act(async () => Widget.attach(figure, document.body));
    await act(async () => viewed.socket.say(hello));
  }

  afterEach(async () => {
    await act(async () => figure.dispose());
    viewed.model.dispose();
    jest.clearAllMocks();
  });

  const find = <T extends HTMLElement = HTMLElement>(selector: string): T =>
    figure.node.querySelector<T>(selector)!;
  const picture = () => find('.jp-EmoutLab-Live-picture');
  const stage = () => find('.jp-EmoutLab-Live-stage');
  const button = (label: string) =>
    find<HTMLButtonElement>(`button[aria-label="${label}"]`);
  const press = (key: string, more: KeyboardEventInit = {}) =>
    act(async () => {
      stage().dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, ...more })
      );
    });
  const canvas = () =>
    find<HTMLCanvasElement>('.jp-EmoutLab-Live-axes > canvas');

  it('should show what is at hand until the engine has drawn', async () => {
    await open();
    const still = find<HTMLImageElement>('img');
    expect(still.src).toBe('data:image/png;base64,aGk=');
    expect(still.alt).toBe('potential');
    expect(still.hidden).toBe(false);
    await viewed.socket.answer('first');
    expect(still.hidden).toBe(true);
    await viewed.socket.answer('rest');
    await until(() => !still.hidden);
    expect(still.src).toMatch(/^blob:/);
  });

  it('should be as high as its picture was, with room beside it', async () => {
    // The picture was 360 wide: what is more is room for labels that grow.
    await open({ ...HELLO, size: [800, 600] }, 300);
    expect(picture().style.height).toBe('300px');
    expect(picture().style.width).toBe('400px');
  });

  it('should write ticks and titles where the axes are', async () => {
    await open();
    await viewed.socket.answer('first');
    const words = [
      ...figure.node.querySelectorAll<HTMLElement>('.jp-EmoutLab-Live-text')
    ].map(({ textContent }) => textContent);
    expect(words).toEqual(
      expect.arrayContaining(['0', '2', '4', '3', '1e−3', 'φ at 3 µs', '−1'])
    );
    const around = find('.jp-EmoutLab-Live-around');
    expect(around.style.left).toBe('12.5%');
    expect(around.style.top).toBe('12%');
  });

  it('should move what it has at once, and its ticks with it', async () => {
    await open();
    await viewed.socket.answer('first');
    expect(canvas().style.transform).toBe('translate(0%, 0%) scale(1, 1)');
    await point(picture(), 'pointerdown', 400, 300);
    await point(picture(), 'pointermove', 400 + 0.25 * 0.62 * 800, 300);
    expect(canvas().style.transform).toBe('translate(25%, 0%) scale(1, 1)');
    const ticks = [
      ...figure.node.querySelectorAll<HTMLElement>('.jp-EmoutLab-Live-text')
    ];
    const zero = ticks.find(
      node => node.textContent === '0' && node.style.left !== ''
    );
    expect(zero?.style.left).toBe('25%');
    await point(picture(), 'pointerup', 400 + 0.25 * 0.62 * 800, 300);
    await nextFrame();
    expect(viewed.socket.wish.axes).toMatchObject([
      { i: 0, x: [-1, 3], y: [0, 3] }
    ]);
    await act(async () => button('View as drawn').click());
    expect(viewed.model.view.isHome).toBe(true);
    await act(async () => button('Previous view').click());
    expect(viewed.model.view.range(0).x).toEqual([-1, 3]);
  });

  it('should zoom to a rectangle, unless Escape ends it', async () => {
    await open();
    await viewed.socket.answer('first');
    await act(async () => button('Zoom to a rectangle').click());
    expect(button('Zoom to a rectangle').getAttribute('aria-pressed')).toBe(
      'true'
    );
    const at = (across: number, up: number): [number, number] => [
      (0.125 + across * 0.62) * 800,
      (0.12 + (1 - up) * 0.77) * 600
    ];
    await point(picture(), 'pointerdown', ...at(0.25, 0.25));
    await point(picture(), 'pointermove', ...at(0.75, 0.75));
    await press('Escape');
    await point(picture(), 'pointerup', ...at(0.75, 0.75));
    expect(viewed.model.view.isHome).toBe(true);
    await point(picture(), 'pointerdown', ...at(0.25, 0.25));
    await point(picture(), 'pointermove', ...at(0.75, 0.5));
    await point(picture(), 'pointerup', ...at(0.75, 0.5));
    const { x, y } = viewed.model.view.range(0);
    [...x, ...y].forEach((value, index) =>
      expect(value).toBeCloseTo([1, 3, 0.75, 1.5][index])
    );
  });

  describe('under two fingers', () => {
    /** Put two fingers down, move them, and lift one after the other. */
    async function pinch(to: number, more: object = {}): Promise<void> {
      const touch = (type: string, pointerId: number, x: number) =>
        point(picture(), type, x, 300, {
          pointerId,
          pointerType: 'touch',
          ...more
        });
      await touch('pointerdown', 5, 300);
      await touch('pointerdown', 6, 400);
      if (to !== 400) {
        await touch('pointermove', 6, to);
      }
      await touch('pointerup', 5, 300);
      await touch('pointerup', 6, to);
    }

    const width = () => {
      const { x } = viewed.model.view.range(0);
      return x[1] - x[0];
    };

    it('should zoom and no more, whatever one finger does', async () => {
      await open();
      await viewed.socket.answer('first');
      for (const tool of ['pan', 'zoom', 'none'] as const) {
        await act(async () => void (viewed.model.steering.tool = tool));
        await pinch(500);
        expect(width()).toBeCloseTo(2);
        await pinch(350);
        expect(width()).toBeCloseTo(4);
        await act(async () => viewed.model.steering.home());
      }
    });

    it('should not be clicked by them', async () => {
      await open();
      await viewed.socket.answer('first');
      await pinch(400);
      expect(viewed.socket.of('probe')).toEqual([]);
      expect(stage().classList.contains('jp-mod-active')).toBe(false);
    });

    it('should leave what cannot be moved', async () => {
      await open({ ...HELLO, axes: [{ ...HELLO.axes[0], map: false }] });
      await viewed.socket.answer('first');
      await pinch(500);
      expect(viewed.model.view.isHome).toBe(true);
    });
  });

  it('should leave the wheel to the page until it is clicked', async () => {
    await open();
    await viewed.socket.answer('first');
    const turn = (more: object = {}) => {
      const event = Object.assign(
        new Event('wheel', { bubbles: true, cancelable: true }),
        { clientX: 400, clientY: 300, deltaY: -100, deltaMode: 0, ...more }
      );
      picture().dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(turn()).toBe(false);
    expect(viewed.model.view.isHome).toBe(true);
    expect(turn({ ctrlKey: true })).toBe(true);
    expect(viewed.model.view.isHome).toBe(false);
    await point(picture(), 'pointerdown', 400, 300);
    await point(picture(), 'pointerup', 400, 300);
    expect(turn()).toBe(true);
    await act(async () => stage().dispatchEvent(new FocusEvent('focusout')));
    expect(turn()).toBe(false);
  });

  it('should be moved, zoomed and played by keys', async () => {
    await open();
    await viewed.socket.answer('first');
    await press('ArrowRight');
    expect(viewed.model.view.range(0).x[0]).toBeCloseTo(0.4);
    await press('+');
    const { x } = viewed.model.view.range(0);
    expect(x[1] - x[0]).toBeCloseTo(4 / 1.25);
    await press('Backspace');
    await press('Backspace', { shiftKey: true });
    expect(viewed.model.view.range(0).x).toEqual(x);
    await press('Home');
    expect(viewed.model.view.isHome).toBe(true);
    await press(',');
    expect(viewed.model.player.at).toBe(1);
    await press(' ');
    expect(viewed.model.player.isPlaying).toBe(true);
    await nextFrame();
    expect(viewed.socket.wish).toMatchObject({
      t: 1,
      play: { fps: 30, loop: true }
    });
    await press('ArrowLeft', { shiftKey: true });
    expect(viewed.socket.of('probe')).toMatchObject([{ kind: 'hover', i: 0 }]);
    await press('s');
    expect(onSave).toHaveBeenCalledTimes(1);
    await press('Escape');
    expect(viewed.model.steering.tool).toBe('none');
    await press('d');
    expect(viewed.model.view.isHome).toBe(true);
  });

  it('should keep its keys from the notebook, except those with Control', async () => {
    await open();
    const isSuppressed = () =>
      stage().hasAttribute('data-lm-suppress-shortcuts');
    await press('ArrowDown');
    expect(isSuppressed()).toBe(true);
    await press('s', { ctrlKey: true });
    expect(isSuppressed()).toBe(false);
  });

  it('should scrub and name the time', async () => {
    await open();
    await viewed.socket.answer('first');
    const slider = find<HTMLInputElement>('input[type="range"]');
    expect(slider.getAttribute('aria-valuetext')).toBe('3 µs');
    await act(async () => {
      const { set } = Object.getOwnPropertyDescriptor(
        HTMLInputElement.prototype,
        'value'
      )!;
      set!.call(slider, '1');
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await nextFrame();
    expect(viewed.socket.wish.t).toBe(1);
    expect(figure.node.textContent).toContain('1.5 µs');
  });

  it('should show the time of a frame on the screen with it', async () => {
    await open();
    await viewed.socket.answer('first');
    const told: (string | null)[] = [];
    const react = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
    react.IS_REACT_ACT_ENVIRONMENT = false;
    // Acknowledged in the very moment in which it is painted; React draws later by itself.
    viewed.socket.send = message => {
      if (message.type === 'ack') {
        told.push(
          find<HTMLInputElement>('input[type="range"]').value,
          find('.jp-EmoutLab-Live-time').textContent
        );
      }
    };
    const { seq } = viewed.socket.wish;
    viewed.socket.frameReceived.emit(frameOf('moving', { seq, t: 1 }));
    while (told.length === 0) {
      await new Promise(resolve => setTimeout(resolve));
    }
    react.IS_REACT_ACT_ENVIRONMENT = true;
    expect(told).toEqual(['1', '1.5 µs']);
  });

  it('should change limits of colors on their bar', async () => {
    await open();
    await viewed.socket.answer('first');
    const [lower, upper] = figure.node.querySelectorAll<HTMLElement>(
      '.jp-EmoutLab-Live-limit'
    );
    expect(lower.getAttribute('aria-valuetext')).toBe('-1.000');
    await act(async () => {
      upper.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true })
      );
    });
    const { clim } = viewed.model.view.colors(0);
    expect(clim?.[0]).toBe(-1);
    expect(clim?.[1]).toBeCloseTo(0.9);
    const bar = find('.jp-EmoutLab-Live-bar');
    // Its lower end, dragged up by a tenth: the color there follows.
    await point(bar, 'pointerdown', 10, 580);
    await point(bar, 'pointermove', 10, 520);
    await point(bar, 'pointerup', 10, 520);
    expect(viewed.model.view.colors(0).clim?.[0]).toBeCloseTo(-1.19);
    await act(async () => bar.dispatchEvent(new Event('dblclick')));
    expect(viewed.model.view.colors(0).clim).toBeNull();
  });

  it('should choose colors from a list', async () => {
    await open();
    await viewed.socket.answer('first');
    const select = find<HTMLSelectElement>('select[aria-label="Color map"]');
    await act(async () => {
      select.value = 'gray';
      select.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await nextFrame();
    expect(viewed.socket.wish.axes?.[0].cmap).toBe('gray');
  });

  it('should tell values, and show profiles where it is clicked', async () => {
    await open();
    await viewed.socket.answer('first');
    await point(picture(), 'pointermove', 400, 300);
    expect(viewed.socket.of('probe')).toMatchObject([{ kind: 'hover', i: 0 }]);
    await point(picture(), 'pointerdown', 400, 300);
    await point(picture(), 'pointerup', 400, 300);
    expect(viewed.socket.of('probe')[1].kind).toBe('pick');
    await act(async () => viewed.socket.say(valuesJson as never));
    const plots = [...figure.node.querySelectorAll('svg[role="img"]')];
    expect(plots.map(plot => plot.getAttribute('aria-label'))).toEqual([
      'Values along x: 0 – 1 V',
      'Values along z: 0.25 – 0.75 V'
    ]);
    // A line does not lead over a place without a value.
    expect(plots[0].querySelectorAll('polyline')).toHaveLength(2);
    expect(figure.node.textContent).toContain(valuesJson.text);
    await act(async () => button('Close the profiles').click());
    expect(figure.node.querySelector('svg[role="img"]')).toBeNull();
  });

  it('should say why it comes as whole pictures', async () => {
    await open(pixelsHello());
    expect(figure.node.textContent).toContain(
      'Drawn as whole pictures: it has lines'
    );
    expect(find('input[type="range"]')).toBeNull();
  });

  it('should get another size by its corner', async () => {
    await open();
    await viewed.socket.answer('first');
    await act(async () => {
      button('Resize').dispatchEvent(
        new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true })
      );
    });
    await nextFrame();
    expect(viewed.socket.wish.size).toEqual([800, 620]);
    expect(picture().style.height).toBe('620px');
  });

  it('should close with the page it is on, and come back as it was', async () => {
    await open();
    await viewed.socket.answer('first');
    await press('ArrowRight');
    const [first] = viewed.sockets;
    await act(async () => Widget.detach(figure));
    expect(first.isDisposed).toBe(true);
    await act(async () => Widget.attach(figure, document.body));
    await act(async () => viewed.socket.say(HELLO));
    expect(viewed.sockets).toHaveLength(2);
    expect(viewed.socket.wish.axes?.[0].x?.[0]).toBeCloseTo(0.4);
  });
});

describe('a figure in a notebook', () => {
  let renderer: FigureRenderer;
  let sockets: FakeLive[];
  const setData = jest.fn();

  async function render(particulars: object, trusted = true): Promise<void> {
    sockets = [];
    renderer = new FigureRenderer({
      mimeType: FIGURE_MIME_TYPE,
      trans,
      manager: {
        figureImage: jest.fn(),
        openLive: () => {
          const socket = new FakeLive();
          sockets.push(socket);
          return socket;
        }
      },
      onOpen: jest.fn()
    });
    await act(async () => {
      void renderer.renderModel({
        trusted,
        data: {
          'image/png': 'aGk=',
          [FIGURE_MIME_TYPE]: { version: 1, ...FIGURE, ...particulars }
        },
        metadata: {},
        setData
      });
      Widget.attach(renderer, document.body);
    });
    await until(() => renderer.node.querySelector('button'));
  }

  afterEach(async () => {
    await act(async () => renderer.dispose());
    setData.mockReset();
  });

  const button = (label: string) =>
    renderer.node.querySelector<HTMLElement>(`button[aria-label="${label}"]`);
  const plain = () =>
    renderer.node.querySelector<HTMLElement>('img[alt="potential"]')!;

  it('should become live where somebody wants it, and end at once', async () => {
    await render({});
    expect(sockets).toEqual([]);
    await act(async () => button('Live')!.click());
    expect(sockets).toHaveLength(1);
    expect(renderer.node.querySelector('.jp-EmoutLab-Live')).not.toBeNull();
    await act(async () => button('End live view')!.click());
    expect(sockets[0].isDisposed).toBe(true);
    expect(renderer.node.querySelector('.jp-EmoutLab-Live')).toBeNull();
    expect(plain().closest('.lm-mod-hidden')).toBeNull();
  });

  it.each([
    [true, 1],
    [false, 0]
  ])('should connect by itself only where it is trusted', async (is, many) => {
    await render({ live: true }, is);
    expect(sockets).toHaveLength(many);
  });

  it('should not be live without an original', async () => {
    await render({ id: '', live: true });
    expect(sockets).toEqual([]);
    expect(button('Live')).toBeNull();
  });

  it('should keep the plain picture, with a sentence, where the figure is gone', async () => {
    await render({ live: true });
    await act(async () =>
      sockets[0].say({
        type: 'gone',
        reason: 'The session has ended.',
        healing: false
      })
    );
    expect(renderer.node.querySelector('.jp-EmoutLab-Live')).toBeNull();
    expect(renderer.node.textContent).toContain('The session has ended.');
    expect(plain().closest('.lm-mod-hidden')).toBeNull();
    expect(button('Live')).not.toBeNull();
  });

  it('should put what rests into the notebook, and stay live', async () => {
    await render({ live: true });
    const [socket] = sockets;
    await act(async () => socket.say(HELLO));
    await socket.answer('first');
    await socket.answer('rest');
    await act(async () => button('Play')!.click());
    await act(async () => button('Pause')!.click());
    await socket.answer('first', { t: 1 });
    await socket.answer('rest', { t: 1 });
    await until(() => setData.mock.calls.length > 0);
    const { data } = setData.mock.calls[0][0];
    expect(data['image/png']).toMatch(/^iVBOR/);
    await act(async () => {
      void renderer.renderModel({
        trusted: true,
        data,
        metadata: {},
        setData
      });
    });
    expect(sockets).toHaveLength(1);
    expect(socket.isDisposed).toBe(false);
  });
});
