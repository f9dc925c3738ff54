import { nullTranslator } from '@jupyterlab/translation';

import { act, createElement } from 'react';

import { LiveWords } from '../figures/live/told';
import { told } from '../messages';
import { CODES } from '../servermessages';
import { EmoutManager } from '../services/manager';
import { SessionsBody } from '../sessions/body';
import { ISession } from '../tokens';
import { SweepsBody } from '../sweeps/body';
import {
  ACTIONS,
  FakeSocket,
  HttpServer,
  SESSION,
  Stage,
  state,
  SWEEP,
  until
} from './helpers';
import { japanese } from './japanese';
import { pixelsHello, Viewed } from './livehelpers';

const trans = nullTranslator.load('emout_lab');

describe('told', () => {
  it('should translate a text with its values', () => {
    expect(
      told("Session 'a' is still starting; scale it in a moment.", japanese)
    ).toBe(
      "セッション 'a' はまだ開始の途中です。少し待ってからスケールを変更してください。"
    );
  });

  it('should leave what it does not know', () => {
    for (const text of [
      '',
      'ValueError: no such step',
      'a; b',
      'Ask her. Or him.'
    ]) {
      expect(told(text, japanese)).toBe(text);
      expect(told(text, trans)).toBe(text);
    }
  });

  it('should leave English texts without codes as they are', () => {
    for (const text of [
      'job 7 ended: FAILED. Last lines of its log: a; b\n  c: 100% of %1',
      "Session 'a' is queued: job 7 is PENDING. It has no engine yet, or not again; try when it runs.",
      "No session 'a' runs. There are: b, c."
    ]) {
      expect(told(text, trans)).toBe(text);
    }
  });

  it('should explain why SLURM lets a job wait', () => {
    const text = 'job 7 is PENDING (Priority); job 8 is PENDING (Resources)';
    expect(told(text, trans)).toBe(
      'job 7 is PENDING (Priority: jobs with a higher priority come first); ' +
        'job 8 is PENDING (Resources: what it asks for is in use by other jobs)'
    );
    expect(told(text, japanese)).toBe(
      'ジョブ 7 の状態: PENDING (Priority: 優先度の高いジョブが先に実行されます); ' +
        'ジョブ 8 の状態: PENDING (Resources: 要求した資源をほかのジョブが使用中です)'
    );
  });

  it.each([
    ['QOSMaxJobsPerUserLimit', 'you use all that the QOS allows each user'],
    ['QOSMaxCpuPerUserLimit', 'you use all that the QOS allows each user'],
    ['QOSMaxGRESPerAccount', 'your account uses all that the QOS allows'],
    ['QOSMaxWallDurationPerJobLimit', 'more than one job may have'],
    ['QOSGrpNodeLimit', 'a limit of its QOS is reached'],
    ['QOSMinCpuNotSatisfied', 'less than its QOS requires'],
    ['AssocGrpCpuLimit', 'your group uses all'],
    ['AssocGrpCPUMinutesLimit', 'computing time that was granted is used up'],
    ['AssocGrpCPURunMinutesLimit', 'your group uses all'],
    ['AssocMaxJobsLimit', 'you use all that your account allows'],
    ['ReqNodeNotAvail, UnavailableNodes:n[1-3]', 'reserved for maintenance'],
    ['RaisedSignal:9(Killed)', 'a signal ended it'],
    ['DependencyNeverSatisfied', 'has failed; cancel it']
  ])('should explain %s', (code, part) => {
    const text = told(`job 7 is PENDING (${code})`, trans);
    expect(text).toMatch(`(${code}: `);
    expect(text).toContain(part);
  });

  it('should explain every code that stands in the list by its name', () => {
    const codes = CODES.map(([code]) => code).filter(each =>
      /^\w+$/.test(each)
    );
    expect(codes.length).toBeGreaterThan(10);
    for (const [code, explanation] of CODES.filter(([c]) => /^\w+$/.test(c))) {
      expect(told(code, trans)).toBe(`${code}: ${explanation}`);
    }
  });

  it('should translate what other messages quote', () => {
    expect(
      told(
        "Session 'a' is queued: job 7 is PENDING (Priority). It has no engine yet, or not again; try when it runs.",
        japanese
      )
    ).toBe(
      "セッション 'a' の状態: 待機中、ジョブ 7 の状態: PENDING (Priority: 優先度の高いジョブが先に実行されます)。 エンジンがまだないか、失われています。実行中になってから試してください。"
    );
  });

  it('should translate several sentences, or none of them', () => {
    expect(told("No session 'a' runs. There are: b, c.", japanese)).toBe(
      "セッション 'a' は実行されていません。 次のセッションがあります: b, c。"
    );
    const half = "No session 'a' runs. Nobody knows this one.";
    expect(told(half, japanese)).toBe(half);
  });

  it('should translate remarks beside others that it does not know', () => {
    expect(told('its worker is being started; something new', japanese)).toBe(
      'ワーカーを起動しています; something new'
    );
  });

  it('should be quick on a long log', () => {
    const log = 'error: x is damaged (; cannot be read: '.repeat(20_000);
    const began = performance.now();
    told(`job 7 ended: FAILED. Last lines of its log: ${log}`, japanese);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('the panel in Japanese', () => {
  let manager: EmoutManager;
  let stage: Stage;

  async function receive(message: unknown): Promise<void> {
    if (manager.connection.status !== 'connected') {
      await until(() => FakeSocket.instances.length > 0);
      await act(async () => FakeSocket.last.accept());
    }
    await act(async () => FakeSocket.last.say(message));
  }

  async function showSession(change: Partial<ISession>): Promise<void> {
    const { sessions } = manager;
    sessions.watch();
    await stage.draw(
      createElement(SessionsBody, {
        ...ACTIONS,
        model: sessions,
        trans: japanese
      } as SessionsBody.IProps)
    );
    await receive(state({ sessions: [{ ...SESSION, ...change }] }));
  }

  beforeEach(() => {
    FakeSocket.instances = [];
    const server = new HttpServer().on('GET sessions', { sessions: [] });
    manager = new EmoutManager({ serverSettings: server.settings });
    stage = new Stage();
  });

  afterEach(async () => {
    await stage.clear();
    manager.dispose();
  });

  it('should say why a session waits, and when it is expected to start', async () => {
    await showSession({
      reason:
        'job 8123 is PENDING (QOSMaxJobsPerUserLimit), estimated start 2026-11-29 03:00',
      estimated_start: '2026-11-28T18:00:00+00:00'
    });
    const reason = stage.find('.jp-EmoutLab-Row-reason').textContent;
    expect(reason).toMatch(
      'ジョブ 8123 の状態: PENDING (QOSMaxJobsPerUserLimit: QOS のユーザーごとの上限に達しています。空きができると開始されます) · '
    );
    expect(reason).not.toContain('estimated');
  });

  it('should say why a session failed', async () => {
    await showSession({
      state: 'failed',
      reason: 'job 8123 ended: TIMEOUT (its walltime 03:00:00 is over)'
    });
    expect(stage.text).toContain(
      'ジョブ 8123 は終了しました: TIMEOUT (制限時間 03:00:00 に達しました)'
    );
  });

  it('should tell of problems, and take them back', async () => {
    const message =
      "No engine of session 'a' has an object 'b': it was dropped, or its scope was closed.";
    await showSession({});
    await receive({ type: 'error', session: null, message });
    expect(stage.text).toContain(
      "セッション 'a' のどのエンジンにもオブジェクト 'b' はありません"
    );
    await receive({ type: 'solved', session: null, message });
    expect(stage.text).not.toContain("オブジェクト 'b'");
  });

  it('should say why a live figure comes as whole pictures', async () => {
    const hello = pixelsHello();
    const reason =
      'lines, points, contours and the like are drawn as pictures; a Poly3D is drawn as a picture';
    const { model } = new Viewed().greet({ ...hello, reason } as typeof hello);
    await stage.draw(
      createElement(LiveWords, { model, trans: japanese, id: 'words' })
    );
    expect(stage.find('.jp-EmoutLab-Live-reason').textContent).toContain(
      '線、点、等高線などは画像として描画されます; Poly3D は画像として描画されます'
    );
  });

  it('should say why a point of a sweep was lost', async () => {
    const first_error =
      'EngineLost: the engine died while it ran this point, 4 times, perhaps for lack of memory. `emout-lab server logs` tells more';
    manager.sweeps.watch();
    await stage.draw(
      createElement(SweepsBody, {
        ...ACTIONS,
        model: manager.sweeps,
        trans: japanese
      } as SweepsBody.IProps)
    );
    await receive(state({ sweeps: [{ ...SWEEP, first_error }] }));
    expect(stage.text).toContain(
      'この点の計算中にエンジンが 4 回異常終了しました'
    );
  });
});
