import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { act } from 'react';

import { FIGURE_MIME_TYPE, isImageUrl } from '../figures/bundle';
import { FigureRenderer } from '../figures/renderer';
import { until } from './helpers';

const PARTICULARS = {
  version: 1,
  id: 'f1',
  session: 'default',
  engine: '0',
  format: 'png',
  mimetype: 'image/png',
  width: 900,
  height: 640,
  bytes: 48213,
  milliseconds: 131.5,
  created: 1795225518.25,
  notebook: 'run.ipynb',
  title: 'potential',
  cell: 'Cell In[3]'
};

describe('FigureRenderer', () => {
  let renderer: FigureRenderer;
  const onOpen = jest.fn();
  const figureImage = jest.fn();

  beforeEach(() => {
    renderer = new FigureRenderer({
      mimeType: FIGURE_MIME_TYPE,
      trans: nullTranslator.load('emout_lab'),
      manager: { figureImage, openLive: jest.fn() },
      onOpen
    });
    Widget.attach(renderer, document.body);
  });

  afterEach(async () => {
    await act(async () => renderer.dispose());
    onOpen.mockReset();
  });

  async function render(
    data: Record<string, string | string[]>,
    particulars: object = PARTICULARS
  ): Promise<HTMLImageElement | null> {
    await act(() =>
      renderer.renderModel({
        trusted: true,
        data: { ...data, [FIGURE_MIME_TYPE]: { ...particulars } },
        metadata: {},
        setData: () => undefined
      })
    );
    return renderer.node.querySelector('img');
  }

  const labels = () =>
    [...renderer.node.querySelectorAll('button')].map(node => node.title);

  it('should link to a file that the image is only a preview of', async () => {
    const image = await render(
      { 'image/png': 'aGk=', 'application/pdf': 'JVBERg==\n' },
      { ...PARTICULARS, format: 'pdf', mimetype: 'application/pdf' }
    );
    expect(image?.src).toBe('data:image/png;base64,aGk=');
    const link = renderer.node.querySelector('a');
    expect(link?.href).toBe('data:application/pdf;base64,JVBERg==');
    expect(link?.download).toBe('figure.pdf');
    expect(link?.textContent).toBe('Download PDF');
  });

  it.each([
    ['html', 'text/html'],
    ['pdf', 'text/html'],
    ['../x', 'application/pdf']
  ])('should make no download of %s', async (format, mimetype) => {
    await render(
      { 'image/png': 'aGk=', [mimetype]: 'PHNjcmlwdD4=' },
      { ...PARTICULARS, format, mimetype }
    );
    expect(renderer.node.querySelector('a')).toBeNull();
    expect(renderer.node.innerHTML).not.toContain('PHNjcmlwdD4');
  });

  it.each(['.', '..', 'a/b', '', 7])(
    'should ask no server about the id %s',
    async id => {
      await render({ 'image/png': 'aGk=' }, { ...PARTICULARS, id });
      expect(labels()).toEqual(['Save', 'Copy picture']);
    }
  );

  it('should take images of the notebook or of this page only', () => {
    expect(isImageUrl('data:image/png;base64,aGk=')).toBe(true);
    expect(isImageUrl('blob:http://lab.test/1')).toBe(true);
    for (const url of [
      'http://elsewhere.test/x.png',
      'data:text/html,x',
      'javascript:alert(1)',
      undefined
    ]) {
      expect(isImageUrl(url)).toBe(false);
    }
  });

  it('should open with what is at hand', async () => {
    const image = await render({ 'image/png': 'aGk=' });
    await until(() => labels().includes('Open in a tab'));
    const button = renderer.node.querySelector<HTMLElement>(
      'button[title="Open in a tab"]'
    );
    await act(async () => button?.click());
    const [figure, source] = onOpen.mock.calls[0];
    expect(figure).toMatchObject({ id: 'f1', title: 'potential' });
    expect(source).toBe(image?.src);
  });

  it('should draw the PNG with its particulars below', async () => {
    const image = await render({ 'image/png': 'aGk=\n' });
    expect(image?.src).toBe('data:image/png;base64,aGk=');
    expect(image?.style.aspectRatio).toBe('900 / 640');
    expect(image?.alt).toBe('potential');
    const id = image?.getAttribute('aria-describedby') ?? '';
    expect(document.getElementById(id)?.textContent).toBe(
      'run.ipynb · In[3] · PNG · 48.2 kB · 132 ms · engine 0 of default'
    );
  });

  it('should not offer to render again what would lose by it', async () => {
    await render({ 'image/png': 'aGk=' });
    expect(labels()).toEqual([
      'Save',
      'Copy picture',
      'Open in a tab',
      'Render again at 2×',
      'Live'
    ]);
    for (const format of ['svg', 'gif']) {
      await render({ 'image/gif': 'R0lG' }, { ...PARTICULARS, format });
      expect(labels()).not.toContain('Render again at 2×');
    }
    await render({ 'image/png': 'aGk=' }, { ...PARTICULARS, id: '' });
    expect(labels()).toEqual(['Save', 'Copy picture']);
  });

  it('should play a film', async () => {
    await render(
      { 'video/mp4': 'AAAA', 'text/html': '<video></video>' },
      { ...PARTICULARS, format: 'mp4', mimetype: 'video/mp4' }
    );
    const film = renderer.node.querySelector('video');
    expect(film?.src).toBe('data:video/mp4;base64,AAAA');
    expect(film?.controls).toBe(true);
    expect(renderer.node.textContent).not.toContain('not kept');
  });

  it('should play what stands once, in the HTML that others show', async () => {
    const gif = await render({
      'text/html':
        '<img alt="animated figure" src="data:image/gif;base64,R0lG">'
    });
    expect(gif?.src).toBe('data:image/gif;base64,R0lG');
    await render({
      'text/html': '<video controls src="data:video/mp4;base64,AAAA"></video>'
    });
    expect(renderer.node.querySelector('video')?.src).toBe(
      'data:video/mp4;base64,AAAA'
    );
  });

  it('should draw a GIF', async () => {
    const image = await render({ 'image/gif': 'R0lG' });
    expect(image?.src).toBe('data:image/gif;base64,R0lG');
  });

  it('should prefer a picture that may move to its still preview', async () => {
    const image = await render({ 'image/webp': 'UklG', 'image/png': 'aGk=' });
    expect(image?.src).toBe('data:image/webp;base64,UklG');
  });

  it('should draw SVG as an image, so that its scripts never run', async () => {
    const svg = '<svg xmlns="x"><script>alert(1)</script></svg>';
    const image = await render({ 'image/svg+xml': [svg, '\n'] });
    expect(image?.src).toContain('data:image/svg+xml;charset=utf-8,%3Csvg');
    expect(renderer.node.querySelector('script')).toBeNull();
    // Icons of buttons are the only vector graphics in the page.
    expect(renderer.node.querySelector('svg:not(button svg)')).toBeNull();
  });

  it('should show the particulars where the image was not kept', async () => {
    expect(await render({})).toBeNull();
    expect(renderer.node.textContent).toContain('The image was not kept.');
    expect(renderer.node.textContent).toContain('48.2 kB');
  });

  it('should still draw the image of a version it does not know', async () => {
    const image = await render({ 'image/png': 'aGk=' }, { version: 2 });
    expect(image).not.toBeNull();
    expect(renderer.node.textContent).toContain('newer emout_lab');
  });

  it('should replace the old image when the output changes', async () => {
    await render({ 'image/png': 'aGk=' });
    await render({ 'image/png': 'aGo=' });
    expect(renderer.node.querySelectorAll('img')).toHaveLength(1);
  });
});
