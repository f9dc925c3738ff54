import { nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';
import { act } from 'react';

import { ObjectsBody } from '../objects/body';
import { codeOf } from '../objects/code';
import { canPreview, ObjectsModel } from '../objects/model';
import { EmoutManager } from '../services/manager';
import { scopeId } from '../services/restapi';
import {
  ACTIONS,
  FakeSocket,
  HttpServer,
  OBJECT,
  Stage,
  state,
  type,
  until
} from './helpers';

const trans = nullTranslator.load('emout_lab');

const make = (id: string, more: object = {}) => ({ ...OBJECT, id, ...more });

describe('the tree of objects', () => {
  let server: HttpServer;
  let manager: EmoutManager;
  let model: ObjectsModel;
  let stage: Stage;

  const items = () => [
    ...stage.node.querySelectorAll<HTMLElement>('[role="treeitem"]')
  ];
  const labels = () => items().map(item => item.getAttribute('aria-label'));
  const focused = () => document.activeElement?.getAttribute('aria-label');
  const press = (key: string, more: KeyboardEventInit = {}) =>
    act(async () => {
      document.activeElement?.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, ...more })
      );
    });

  async function show(objects: object[]): Promise<void> {
    await stage.draw(<ObjectsBody {...ACTIONS} model={model} trans={trans} />);
    await until(() => FakeSocket.instances.length > 0);
    await act(async () => FakeSocket.last.accept());
    await act(async () => FakeSocket.last.say(state({ objects })));
  }

  beforeEach(() => {
    FakeSocket.instances = [];
    server = new HttpServer().on('GET sessions', { sessions: [] });
    manager = new EmoutManager({ serverSettings: server.settings });
    model = new ObjectsModel(manager);
    model.watch();
    stage = new Stage();
  });

  afterEach(async () => {
    await stage.clear();
    model.dispose();
    manager.dispose();
  });

  it('should have levels, places and one stop for the Tab key', async () => {
    await show([
      make('1', { scope: null, expression: 'a' }),
      make('2', { scope: 's', expression: 'b' })
    ]);
    expect(labels()).toEqual(['run.ipynb', 'a', 's', 'b']);
    const read = (name: string) => items().map(i => i.getAttribute(name));
    expect(read('aria-level')).toEqual(['1', '2', '2', '3']);
    expect(read('aria-posinset')).toEqual(['1', '1', '2', '1']);
    expect(read('aria-setsize')).toEqual(['1', '2', '2', '1']);
    expect(items().map(i => i.tabIndex)).toEqual([0, -1, -1, -1]);
  });

  it('should be walked, closed and opened by keys', async () => {
    await show([make('1', { scope: 's', expression: 'a' })]);
    await act(async () => items()[0].focus());
    await press('ArrowDown');
    expect(focused()).toBe('s');
    await press('ArrowLeft');
    expect(labels()).toEqual(['run.ipynb', 's']);
    await press('Enter');
    await press('End');
    expect(focused()).toBe('a');
    await press('ArrowLeft');
    expect(focused()).toBe('s');
    await press('Home');
    expect(focused()).toBe('run.ipynb');
    await press('ArrowLeft');
    expect(labels()).toEqual(['run.ipynb']);
  });

  it('should list what does not tell its size, and last by size', async () => {
    await show([
      make('1', { scope: null, expression: 'a', bytes: null, created: 1 }),
      make('2', { scope: null, expression: 'b', bytes: 5, created: 2 })
    ]);
    expect(labels()).toEqual(['run.ipynb', 'a', 'b']);
    expect(items()[1].textContent).toContain('–');
    await act(async () => (model.order = 'size'));
    expect(labels()).toEqual(['run.ipynb', 'b', 'a']);
  });

  it('should know what was clicked last, for menus and commands', async () => {
    await show([make('1', { scope: 's', expression: 'a' })]);
    expect(model.selected).toBeNull();
    await act(async () => items()[2].focus());
    expect(model.selected?.id).toBe('1');
    expect(model.selectedScope).toEqual(['run.ipynb', 's', false]);
    await act(async () =>
      items()[1].dispatchEvent(new MouseEvent('contextmenu', { bubbles: true }))
    );
    expect(model.selected).toBeNull();
    expect(model.selectedScope).toEqual(['run.ipynb', 's', false]);
  });

  it('should drop by key and keep the focus in its place', async () => {
    server.on('DELETE sessions/default/objects/1', null, 204);
    await show([
      make('1', { scope: null, expression: 'a', created: 1 }),
      make('2', { scope: null, expression: 'b', created: 2 })
    ]);
    await act(async () => items()[1].focus());
    await press('Delete');
    await until(() => labels().length === 2);
    expect(focused()).toBe('b');
  });

  it('should copy, and ask before a scope is cleared', async () => {
    const object = make('1', { scope: 's' });
    await show([object]);
    await act(async () => items()[2].focus());
    await press('c', { ctrlKey: true });
    expect(ACTIONS.onCopy).toHaveBeenLastCalledWith(object);
    await act(async () => items()[1].focus());
    await press('Delete');
    expect(ACTIONS.onClearScope).toHaveBeenLastCalledWith(
      'run.ipynb',
      's',
      false
    );
  });

  it('should list names under a heading of their own, by name and engine', async () => {
    const name = (id: string, expression: string, more: object = {}) =>
      make(id, { scope: null, expression, is_name: true, ...more });
    await show([
      name('3', 'b', { bytes: 5 }),
      name('2', 'a', { engine: '10', created: 1 }),
      name('1', 'a', { engine: '9', type: 'int', shape: null, value: '5' }),
      make('4', { scope: 's', expression: 'c' }),
      make('5', { scope: null, expression: 'd' })
    ]);
    const listed = ['a on engine 9', 'a on engine 10', 'b on engine 0'];
    const rest = ['s', 'c'];
    expect(labels()).toEqual([
      'run.ipynb',
      'd',
      'namespace',
      ...listed,
      ...rest
    ]);
    expect(items()[3].textContent).toContain('engine 9 · int · 5');
    await act(async () => (model.order = 'size'));
    expect(labels().slice(2, 6).pop()).toBe('b on engine 0');
    await act(async () => items()[2].focus());
    expect(model.selectedScope).toEqual(['run.ipynb', null, true]);
    await press('Delete');
    expect(ACTIONS.onClearScope).toHaveBeenLastCalledWith(
      'run.ipynb',
      null,
      true
    );
    await press('ArrowLeft');
    expect(labels()).toEqual(['run.ipynb', 'd', 'namespace', ...rest]);
  });

  it('should delete all names, and nothing that is outside scopes', async () => {
    const id = scopeId('run.ipynb', null, true);
    server.on(`DELETE sessions/default/scopes/${id}`, null, 204);
    await show([
      make('1', { scope: null, is_name: true, session: 'default' }),
      make('2', { scope: null, session: 'other' })
    ]);
    await act(async () => model.clearScope('run.ipynb', null, true));
    expect(model.notice).toBeNull();
    expect(id).not.toBe(scopeId('run.ipynb', null, false));
  });

  it('should give code that leads to what a name stands for', () => {
    const name = { expression: 'a', is_name: true, engine: '1' };
    expect(codeOf({ ...OBJECT, ...name })).toBe(
      'emout_lab.connect(name="default").engine("1")["a"]'
    );
    expect(codeOf(OBJECT)).toBe(OBJECT.expression);
  });

  it('should filter by words and show all again', async () => {
    await show([
      make('1', { scope: null, expression: 'potential', dtype: 'float64' }),
      make('2', { scope: null, expression: 'density' })
    ]);
    const box = stage.find<HTMLInputElement>('input[type="search"]');
    await type(box, 'POT float64');
    expect(labels()).toEqual(['run.ipynb', 'potential']);
    await type(box, 'nothing');
    expect(stage.text).toContain("Nothing fits 'nothing'.");
    await stage.click(stage.find('.jp-EmoutLab-Placeholder button'));
    expect(labels()).toHaveLength(3);
  });

  it('should put the largest first on demand', async () => {
    await show([
      make('1', { scope: null, expression: 'small', bytes: 1, created: 1 }),
      make('2', { scope: null, expression: 'large', bytes: 9, created: 2 })
    ]);
    expect(labels()).toEqual(['run.ipynb', 'small', 'large']);
    await stage.click(stage.button('Largest first'));
    expect(labels()).toEqual(['run.ipynb', 'large', 'small']);
  });

  it('should show the preview of an array', async () => {
    URL.createObjectURL = () => 'blob:preview';
    URL.revokeObjectURL = () => undefined;
    server.on('GET sessions/default/objects/1/preview', new Uint8Array(3));
    await show([make('1', { expression: 'a' })]);
    await stage.click(stage.button('Preview a'));
    await until(() => stage.node.querySelector('img'));
    expect(stage.button('Preview a').getAttribute('aria-pressed')).toBe('true');
    await stage.click(stage.button('Preview a'));
    expect(stage.node.querySelector('img')).toBeNull();
  });

  it('should offer previews of lines and maps only', () => {
    const shapes = [null, [], [1], [65], [65, 65], [1, 65, 1], [65, 65, 65]];
    expect(shapes.map(shape => canPreview({ ...OBJECT, shape }))).toEqual([
      false,
      false,
      false,
      true,
      true,
      true,
      false
    ]);
  });

  it('should draw few rows of very many', async () => {
    const many = Array.from({ length: 5000 }, (_, i) =>
      make(`${i}`, { scope: null, expression: `x${i}`, created: i })
    );
    await show(many);
    expect(model.rows).toHaveLength(5001);
    expect(items().length).toBeLessThan(60);
    const tree = stage.find('[role="tree"]');
    await act(async () => {
      tree.scrollTop = 46 * 2500;
      tree.dispatchEvent(new Event('scroll'));
    });
    expect(labels()).toContain('x2500');
    expect(items().length).toBeLessThan(60);
  });

  it('should clear a scope in every session that has a part of it', async () => {
    const id = scopeId('run.ipynb', 's', false);
    server.on(`DELETE sessions/a/scopes/${id}`, null, 204);
    server.on(`DELETE sessions/b/scopes/${id}`, null, 204);
    await show([
      make('1', { session: 'a', scope: 's' }),
      make('2', { session: 'b', scope: 's' }),
      make('3', { session: 'c', scope: 'other' })
    ]);
    await act(async () => model.clearScope('run.ipynb', 's', false));
    const deleted = server.requests.filter(r => r.route.startsWith('DELETE'));
    expect(deleted.map(r => r.route)).toEqual([
      `DELETE sessions/a/scopes/${id}`,
      `DELETE sessions/b/scopes/${id}`
    ]);
    expect(model.notice).toBeNull();
  });

  it('should name scopes by URL-safe base64', () => {
    expect(scopeId('run.ipynb', null, false)).toBe('WyJydW4uaXB5bmIiLG51bGxd');
    expect(scopeId('図?>.ipynb', 's', false)).toMatch(/^[A-Za-z0-9_-]+$/);
  });
});
