import { nullTranslator } from '@jupyterlab/translation';
import { AccordionPanel, Widget } from '@lumino/widgets';
import { act } from 'react';

import { EmoutPanel } from '../panel';
import { EmoutManager } from '../services/manager';
import { ACTIONS, FakeSocket, HttpServer, until } from './helpers';

describe('EmoutPanel', () => {
  let manager: EmoutManager;
  let panel: EmoutPanel;

  beforeEach(() => {
    FakeSocket.instances = [];
    const server = new HttpServer().on('GET sessions', { sessions: [] });
    manager = new EmoutManager({ serverSettings: server.settings });
    panel = new EmoutPanel({
      manager,
      translator: nullTranslator,
      actions: ACTIONS
    });
  });

  afterEach(async () => {
    await act(async () => panel.dispose());
    manager.dispose();
  });

  const watched = () => {
    const { sent } = FakeSocket.last;
    return (sent[sent.length - 1] as { parts: string[] }).parts;
  };

  it('should have five sections in order', () => {
    expect(panel.widgets.map(section => section.title.label)).toEqual([
      'Sessions',
      'Engines',
      'Objects',
      'Outputs',
      'Sweeps'
    ]);
  });

  it('should have headings with a button each', async () => {
    await act(async () => Widget.attach(panel, document.body));
    const accordion = panel.content as AccordionPanel;
    const title = accordion.titles[0];
    const button = title.querySelector('[role="button"]');
    expect(title.getAttribute('aria-label')).toBe('Sessions');
    expect(button?.textContent).toBe('Sessions');
    const expanded = () =>
      [title, button].map(node => node?.getAttribute('aria-expanded'));
    expect(expanded()).toEqual([null, 'true']);
    await act(async () => accordion.collapse(0));
    expect(expanded()).toEqual([null, 'false']);
    await act(async () => accordion.expand(0));
    expect(expanded()).toEqual([null, 'true']);
    title.focus();
    expect(document.activeElement).toBe(button);
    expect(panel.widgets[0].node.getAttribute('aria-labelledby')).toBe(
      button?.id
    );
  });

  it('should open its sections where a restored layout has closed all', async () => {
    await act(async () => panel.hide());
    await act(async () => Widget.attach(panel, document.body));
    const accordion = panel.content as AccordionPanel;
    await act(async () => {
      for (const index of panel.widgets.keys()) {
        accordion.collapse(index);
      }
    });
    expect(panel.collapsed).toHaveLength(5);
    await act(async () => panel.show());
    expect(panel.collapsed).toEqual([]);

    await act(async () => panel.hide());
    await act(async () => accordion.collapse(1));
    await act(async () => panel.show());
    expect(panel.collapsed).toEqual(['emout-lab-Workers']);
  });

  it('should watch what is visible and nothing else', async () => {
    await act(async () => panel.hide());
    await act(async () => Widget.attach(panel, document.body));
    await until(() => true);
    expect(FakeSocket.instances).toEqual([]);

    await act(async () => panel.show());
    await until(() => FakeSocket.instances.length === 1);
    await act(async () => FakeSocket.last.accept());
    expect(watched()).toEqual([
      'sessions',
      'workers',
      'objects',
      'figures',
      'sweeps'
    ]);

    await act(async () => (panel.content as AccordionPanel).collapse(1));
    await until(() => watched().length === 4);
    expect(watched()).toEqual(['sessions', 'objects', 'figures', 'sweeps']);

    await act(async () => panel.hide());
    await until(() => watched().length === 0);

    await act(async () => panel.show());
    await until(() => watched().length === 4);
  });

  it('should stop watching when it is disposed, also twice', async () => {
    await act(async () => Widget.attach(panel, document.body));
    await until(() => FakeSocket.instances.length === 1);
    await act(async () => FakeSocket.last.accept());
    await act(async () => panel.dispose());
    panel.dispose();
    await until(() => watched().length === 0);
  });
});
