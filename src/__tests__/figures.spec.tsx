import { nullTranslator } from '@jupyterlab/translation';
import { Drag } from '@lumino/dragdrop';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { act } from 'react';

import { FigureImage } from '../components/figureimage';
import { showInBrowserTab } from '../figures/browsertab';
import { createDrag, dragFigure, figureCode } from '../figures/drag';
import { allFormats, offeredFormats } from '../figures/formats';
import { Gallery } from '../figures/gallery';
import { FiguresModel } from '../figures/model';
import { figureName, figurePlace } from '../figures/names';
import { fileName } from '../figures/save';
import { createViewer, FigureTab } from '../figures/viewer';
import { ViewerModel } from '../figures/viewermodel';
import { urlOfImage } from '../services/imagecache';
import { EmoutManager } from '../services/manager';
import { retryAfter } from '../services/request';
import {
  ACTIONS,
  FakeSocket,
  FIGURE,
  HttpServer,
  Stage,
  state,
  until
} from './helpers';

import formatsJson from '../../tests/fixtures/formats.json';

const trans = nullTranslator.load('emout_lab');
const IMAGE = `GET figures/${FIGURE.id}/image`;
const THUMBNAIL = `GET figures/${FIGURE.id}/thumbnail`;

describe('the formats', () => {
  it('should be those of the server', () => {
    expect(allFormats()).toEqual(formatsJson);
  });

  it("should offer the figure's own first", () => {
    expect(offeredFormats('gif')).toEqual(['gif', 'png', 'jpg', 'svg', 'pdf']);
    expect(offeredFormats('svg')).toEqual(['svg', 'png', 'jpg', 'pdf']);
  });
});

describe('fileName', () => {
  it('should be made of notebook and time', () => {
    const figure = { ...FIGURE, notebook: '/a/my run.ipynb', created: 0 };
    expect(fileName(figure, 'svg')).toBe('my-run-1970-01-01-00-00-00.svg');
  });
});

describe('figureName', () => {
  it('should be the title, else the time', () => {
    expect(figureName(FIGURE, trans)).toBe('potential');
    expect(figureName({ ...FIGURE, title: '' }, trans)).toMatch(/^figure of /);
  });
});

describe('figurePlace', () => {
  it('should be what is known of notebook and cell', () => {
    expect(figurePlace(FIGURE)).toBe('run.ipynb · In[3]');
    expect(figurePlace({ ...FIGURE, cell: '' })).toBe('run.ipynb');
    expect(figurePlace({ notebook: null, cell: '' })).toBe('');
  });
});

describe('urlOfImage', () => {
  it('should give no page of its own to an SVG', async () => {
    URL.createObjectURL = () => 'blob:x';
    const svg = new Blob(['<svg><script/></svg>'], { type: 'image/svg+xml' });
    expect(await urlOfImage(svg)).toBe(
      'data:image/svg+xml;charset=utf-8,%3Csvg%3E%3Cscript%2F%3E%3C%2Fsvg%3E'
    );
    expect(await urlOfImage(new Blob([], { type: 'image/png' }))).toBe(
      'blob:x'
    );
  });
});

describe('showInBrowserTab', () => {
  const opened = document.implementation.createHTMLDocument();

  it('should show an image in a page of its own', async () => {
    const page = { opener: window, document: opened } as unknown as Window;
    jest.spyOn(window, 'open').mockReturnValueOnce(page);
    const url = 'data:image/svg+xml,<svg/>';
    expect(showInBrowserTab('potential', async () => url, trans)).toBe(true);
    await until(() => opened.querySelector('img'));
    expect(opened.title).toBe('potential');
    expect(opened.querySelector('img')?.src).toBe(url);
    expect(opened.querySelector('svg')).toBeNull();
    expect(page.opener).toBeNull();
  });

  it('should say where the browser opens none', () => {
    jest.spyOn(window, 'open').mockReturnValueOnce(null);
    expect(showInBrowserTab('potential', async () => '', trans)).toBe(false);
  });
});

describe('a figure that is dragged', () => {
  it('should be a cell for notebooks and code for editors', () => {
    const drag = createDrag(null, FIGURE);
    const code = figureCode(FIGURE);
    expect(code).toContain(FIGURE.id);
    expect(code).toContain('session="default"');
    expect(drag.mimeData.getData('text/plain')).toBe(code);
    expect(drag.mimeData.getData('application/vnd.jupyter.cells')).toEqual([
      expect.objectContaining({ cell_type: 'code', source: code })
    ]);
    drag.dispose();
  });

  it('should have an id that is one', () => {
    expect(() => figureCode({ ...FIGURE, id: '..' })).toThrow('no figure');
  });

  it('should begin once the pointer has moved', () => {
    const start = jest
      .spyOn(Drag.prototype, 'start')
      .mockResolvedValue('copy' as never);
    const event = (type: string, clientX: number) =>
      Object.assign(new Event(type), { clientX, clientY: 0, button: 0 });
    const down = () =>
      dragFigure(event('pointerdown', 0) as unknown as PointerEvent, FIGURE);
    down();
    document.dispatchEvent(event('pointermove', 3));
    document.dispatchEvent(event('pointerup', 3));
    document.dispatchEvent(event('pointermove', 30));
    expect(start).not.toHaveBeenCalled();
    down();
    document.dispatchEvent(event('pointermove', 30));
    expect(start).toHaveBeenCalledTimes(1);
    document.dispatchEvent(event('pointermove', 60));
    expect(start).toHaveBeenCalledTimes(1);
    start.mockRestore();
  });
});

describe('with a server', () => {
  let server: HttpServer;
  let manager: EmoutManager;
  let stage: Stage;

  beforeEach(() => {
    let count = 0;
    URL.createObjectURL = () => `blob:${(count += 1)}`;
    URL.revokeObjectURL = () => undefined;
    server = new HttpServer().on('GET sessions', { sessions: [] });
    manager = new EmoutManager({ serverSettings: server.settings });
    stage = new Stage();
  });

  afterEach(async () => {
    await stage.clear();
    manager.dispose();
  });

  describe('Gallery', () => {
    let model: FiguresModel;

    async function draw(figure = FIGURE, actions = {}): Promise<void> {
      model = new FiguresModel(manager);
      model.watch();
      await stage.draw(
        <Gallery {...ACTIONS} {...actions} model={model} trans={trans} />
      );
      await until(() => FakeSocket.instances.length > 0);
      await act(async () => {
        FakeSocket.last.accept();
        FakeSocket.last.say(state({ figures: [figure] }));
      });
    }

    beforeEach(() => (FakeSocket.instances = []));
    afterEach(() => model.dispose());

    it('should fetch thumbnails with credentials and open one', async () => {
      server.on(THUMBNAIL, new Uint8Array(3));
      const onOpen = jest.fn();
      await draw(FIGURE, { onOpen });
      await until(() => stage.node.querySelector('img'));
      expect(stage.find<HTMLImageElement>('img').src).toBe('blob:1');
      await stage.click(stage.find('button'));
      expect(onOpen).toHaveBeenCalledWith(FIGURE);
    });

    it('should say title and cell, and the rest to who looks closer', async () => {
      await draw();
      expect(stage.find('.jp-EmoutLab-Gallery-title').textContent).toBe(
        'potential'
      );
      expect(stage.find('.jp-EmoutLab-Gallery-caption').textContent).toBe(
        'run.ipynb · In[3]'
      );
      const facts = 'PNG · 48.2 kB · 132 ms · engine 0 of default';
      const button = stage.find('.jp-EmoutLab-Gallery-button');
      expect(button.title).toContain(facts);
      const described = button.getAttribute('aria-describedby') ?? '';
      expect(document.getElementById(described)?.textContent).toBe(facts);
    });

    it('should move a GIF only while somebody looks', async () => {
      server.on(THUMBNAIL, new Uint8Array(3)).on(IMAGE, new Uint8Array(9));
      await draw({ ...FIGURE, format: 'gif', mimetype: 'image/gif' });
      const source = () =>
        stage.node.querySelector<HTMLImageElement>('img')?.src;
      await until(() => source() === 'blob:1');
      const button = stage.find('.jp-EmoutLab-Gallery-button');
      await act(async () => button.focus());
      await until(() => source() === 'blob:2');
      await act(async () => button.blur());
      await until(() => source() === 'blob:1');
    });

    it('should say why an image cannot be shown', async () => {
      const gone = { error: { type: 'ObjectGone', message: 'engine is gone' } };
      server.on(THUMBNAIL, gone, 404);
      await draw();
      await until(() => stage.text.includes('engine is gone'));
    });
  });

  it('should ask a busy engine again for a picture', async () => {
    const path = `GET figures/${FIGURE.id}/image`;
    const busy = { error: { type: 'EngineBusy', message: 'it is busy' } };
    server.on(path, busy, 409, { 'Retry-After': '0.01' });
    const load = async () => {
      await manager.figureImage(FIGURE.id);
      return 'blob:picture';
    };
    await stage.draw(
      <FigureImage
        trans={trans}
        load={load}
        alt="figure"
        width={4}
        height={3}
        retryAfter={retryAfter}
        waiting="It comes later."
      />
    );
    await until(() => stage.text === 'It comes later.');
    server.on(path, new Uint8Array(3));
    await until(() => stage.node.querySelector('img') !== null);
    expect(stage.text).toBe('');
  });

  it('should say what is wrong where asking again is of no use', async () => {
    const gone = { error: { type: 'ObjectGone', message: 'it is gone' } };
    server.on(`GET figures/${FIGURE.id}/image`, gone, 404);
    const load = () => manager.figureImage(FIGURE.id).then(() => '');
    await stage.draw(
      <FigureImage
        trans={trans}
        load={load}
        alt=""
        width={0}
        height={0}
        {...{ retryAfter }}
      />
    );
    await until(() => stage.text === 'it is gone');
  });

  it('should fetch a file of which a notebook has only a preview', async () => {
    server.on(`GET figures/${FIGURE.id}/image`, new Uint8Array(3));
    const figure = { ...FIGURE, format: 'pdf', mimetype: 'application/pdf' };
    const model = new ViewerModel({ manager, figure, source: 'data:preview' });
    expect(model.source).toBeNull();
    await model.load();
    expect(model.source).toBe('blob:1');
    expect(model.format).toBe('pdf');
    expect(model.bytes).toBe(3);
    model.dispose();
  });

  it('should ask again for just what failed', async () => {
    const model = new ViewerModel({
      manager,
      figure: FIGURE,
      source: 'data:x'
    });
    await model.render({ format: 'svg', dpi: 300 });
    expect(model.failure).not.toBeNull();
    server.on(`GET figures/${FIGURE.id}/image`, new Uint8Array(3));
    await model.retry();
    expect(model.format).toBe('svg');
    expect(model.failure).toBeNull();
    model.dispose();
  });

  it('should keep the picture when its engine is gone', async () => {
    const model = new ViewerModel({
      manager,
      figure: FIGURE,
      source: 'data:x'
    });
    const gone = { error: { type: 'ObjectGone', message: 'engine is gone' } };
    server.on(`GET figures/${FIGURE.id}/image`, gone, 410);
    await model.render({ format: 'pdf' });
    expect(model.failure).toBe('engine is gone');
    expect(model.source).toBe('data:x');
    model.dispose();
  });

  it('should load, zoom and render a figure again in its tab', async () => {
    server.on(IMAGE, new Uint8Array(3));
    let tab!: FigureTab;
    await act(async () => {
      tab = createViewer({ manager, figure: FIGURE, trans });
      Widget.attach(tab, document.body);
    });
    const { content } = tab;
    await until(() => content.node.querySelector('img')?.src === 'blob:1');
    expect(tab.title.label).toBe('potential');
    expect(content.zoom).toBeNull();
    await act(async () => void (content.zoom = 1));
    expect(content.zoom).toBe(1);
    await act(async () => content.zoomBy(1));
    expect(content.zoom).toBeCloseTo(1.25);
    const image = content.node.querySelector('img');
    expect(image?.style.width).toBe(`${1.25 * FIGURE.width}px`);
    await act(async () => (content.zoom = null));
    expect(content.zoom).toBeNull();
    content.model.chosen = { format: 'svg', dpi: 300 };
    await act(() => content.renderAgain());
    expect(content.model.format).toBe('svg');
    await act(async () => tab.dispose());
  });
});
