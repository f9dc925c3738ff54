import { LiveFigure, LiveSockets } from './helpers/livefigure';
import { Panel, SESSION_TIMEOUT_MS, SMALL } from './helpers/panel';
import { PlainPage, writeNotebook } from './helpers/plainpage';
import { JupyterServer } from './helpers/server';
import { expect, test } from './helpers/test';

const CELLS = [
  '%load_ext emout_lab',
  '%%remote_figure --live\nplt.imshow([[1, 3], [2, 4]])',
  '%%remote_figure\nplt.plot([1, 3, 2])'
];
/** As JupyterHub makes one of a name with a space. */
const PREFIX = '/user/ada%20lovelace/';

test.describe('Behind a prefix and a token', () => {
  const name = 'prefixed';
  const server = new JupyterServer('lab', {
    baseUrl: PREFIX,
    token: 'secret'
  });

  test.beforeAll(() => server.start());
  test.afterAll(async () => {
    // Also where the test failed before it did so.
    for (const left of [`sessions/${name}`, 'figures']) {
      await fetch(server.url(`emout-lab/api/${left}`), { method: 'DELETE' });
    }
    await server.stop();
  });

  test('should start, draw, show, open the dashboard and stop', async ({
    browser
  }) => {
    const context = await browser.newContext({
      viewport: { width: 1400, height: 900 }
    });
    const page = await context.newPage();
    const lab = new PlainPage(page);
    const panel = new Panel(page);
    const sockets = new LiveSockets(page);
    const strayed: string[] = [];
    page.on('request', request => {
      const { pathname, protocol } = new URL(request.url());
      if (/^http/.test(protocol) && !pathname.startsWith(PREFIX)) {
        strayed.push(pathname);
      }
    });

    await test.step('nobody without the token', async () => {
      const { origin } = new URL(server.url(''));
      const answer = await context.request.get(
        `${origin}${PREFIX}emout-lab/api/sessions`
      );
      expect(answer.status()).toBe(403);
    });

    writeNotebook('prefixed.ipynb', CELLS);
    await lab.goto(server.url('lab/tree/prefixed.ipynb'));
    await panel.open();
    await panel.startSession({ name, ...SMALL });
    await panel.untilIdle();
    await lab.runAll();
    await expect(lab.image(2)).toBeVisible({ timeout: SESSION_TIMEOUT_MS });
    await test.step('live', async () => {
      const live = new LiveFigure(page, lab.cells.nth(1));
      await live.atRest();
      await live.stage.focus();
      await live.changes(() => page.keyboard.press('+'));
      expect(sockets.opened.map(url => new URL(url).pathname)).toEqual([
        expect.stringContaining(`${PREFIX}emout-lab/api/live/${name}/`)
      ]);
    });
    const drawn = panel.figures.first();
    await expect(drawn.locator('img')).toHaveJSProperty('complete', true);

    await drawn.getByRole('button', { name: /^Open/ }).click();
    await expect(page.locator('.jp-EmoutLab-Viewer img')).toBeVisible();

    await panel
      .session(name)
      .getByRole('button', { name: `Dashboard of ${name}` })
      .click();
    await expect(
      page
        .frameLocator(`iframe[title="Dashboard of ${name}"]`)
        .locator('canvas')
        .first()
    ).toBeVisible({ timeout: SESSION_TIMEOUT_MS });

    await panel.stopSession(name);
    expect(strayed).toEqual([]);
    await context.close();
  });
});
