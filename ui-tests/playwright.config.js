/**
 * Browser tests against a real JupyterLab with real sessions.
 *
 * LAB_TEST_PORT: port of the server under test (default 8888).
 * CHROMIUM_PATH: browser (default /usr/bin/chromium).
 * BENCH_RESULTS: file for what is measured, by livespeed.spec.ts alone; set by `benchmarks/`.
 * LAB_TEST_EXTENSIONS: folder with the extension, where it is not installed.
 * LAB_TEST_OLDER: set where an older JupyterLab is tested, by older.spec.ts alone.
 * UI_TESTS_HOME: folder of everything the tests write (default: a new one).
 */
const fs = require('fs');
const os = require('os');
const path = require('path');

const base = require('@jupyterlab/galata/lib/playwright-config');

const { serverEnvironment } = require('./environment');

const port = process.env.LAB_TEST_PORT ?? '8888';
// Set once here and read again by the worker processes, which load this file too.
const home = (process.env.UI_TESTS_HOME ??= fs.mkdtempSync(
  path.join(os.tmpdir(), 'ui-')
));

// Where the test of SLURM puts the settings of its own cluster; read by SLURM's commands at each
// call, so that the server under test finds the cluster when it comes.
const slurmConf = (process.env.LAB_TEST_SLURM_CONF ??= path.join(
  home,
  'slurm.conf'
));

// With an empty file the commands fail at once; they would wait a minute for a missing one.
fs.closeSync(fs.openSync(slurmConf, 'a'));

// How letters are drawn is a setting of the machine: screenshots have none of it.
const fontSettings = path.join(home, 'fonts.conf');
fs.writeFileSync(
  fontSettings,
  `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include>${process.env.FONTCONFIG_FILE ?? '/etc/fonts/fonts.conf'}</include>
  <match target="font">
    <edit name="antialias" mode="assign"><bool>true</bool></edit>
    <edit name="autohint" mode="assign"><bool>false</bool></edit>
    <edit name="hinting" mode="assign"><bool>false</bool></edit>
    <edit name="hintstyle" mode="assign"><const>hintnone</const></edit>
    <edit name="rgba" mode="assign"><const>none</const></edit>
  </match>
</fontconfig>
`
);

module.exports = {
  ...base,
  testDir: 'tests',
  testIgnore: [
    // What story.spec.ts shows on the newest JupyterLab, shorter.
    ...(process.env.LAB_TEST_OLDER ? [] : ['**/older.spec.ts']),
    // What is measured, and not tested.
    ...(process.env.BENCH_RESULTS ? [] : ['**/livespeed.spec.ts'])
  ],
  workers: 1,
  timeout: 180000,
  // One folder, whatever machine; `make screenshots` takes them anew.
  snapshotPathTemplate: '{testDir}/../screenshots/{arg}{ext}',
  expect: {
    // Generous: a machine that does other things as well loses no test.
    timeout: 20000,
    toHaveScreenshot: {
      // Edges of letters may differ where Chromium does; an icon that is missing is more.
      maxDiffPixels: 60,
      animations: 'disabled',
      caret: 'hide',
      scale: 'css',
      stylePath: path.join(__dirname, 'tests/helpers/steady.css')
    }
  },
  reporter: [['list'], ['junit', { outputFile: '../build/ui-tests.xml' }]],
  use: {
    ...base.use,
    baseURL: `http://localhost:${port}`,
    viewport: { width: 1400, height: 900 },
    // Videos need a browser build that Debian's is not.
    video: 'off',
    // Without its film, which costs as much time as the tests.
    trace: { mode: 'retain-on-failure', screenshots: false },
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      env: {
        ...process.env,
        FONTCONFIG_FILE: fontSettings,
        XDG_CONFIG_HOME: home,
        XDG_CACHE_HOME: home
      },
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--font-render-hinting=none',
        '--disable-lcd-text',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    }
  },
  webServer: {
    command: 'jupyter lab --config jupyter_server_test_config.py',
    url: `http://localhost:${port}/lab`,
    timeout: 120000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGINT', timeout: 10000 },
    env: serverEnvironment(port)
  }
};
