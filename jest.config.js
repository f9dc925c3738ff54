const labConfig = require('@jupyterlab/testutils/lib/jest-config');

// Packages published as ES modules only: babel has to translate them for jest.
const esModules = [
  '@codemirror',
  '@jupyter/',
  '@jupyterlab/',
  '@lezer',
  '@marijn',
  '@microsoft/',
  '@rjsf/',
  'color',
  'exenv-es6',
  'lib0',
  'marked',
  'nanoid',
  'vscode-ws-jsonrpc',
  'y-protocols',
  'y-websocket',
  'yjs'
].join('|');

const lab = labConfig(__dirname);

module.exports = {
  ...lab,
  collectCoverageFrom: ['src/**/*.{ts,tsx}', '!src/__tests__/**'],
  reporters: ['default'],
  setupFilesAfterEnv: ['<rootDir>/jest.setup.js'],
  testRegex: 'src/__tests__/.*\\.spec\\.tsx?$',
  moduleNameMapper: {
    ...lab.moduleNameMapper,
    // Published as ES modules with another suffix than jest knows.
    '^(d3-[a-z]+)$': '<rootDir>/node_modules/$1/dist/$1.js'
  },
  modulePathIgnorePatterns: [
    '<rootDir>/emout_lab/labextension',
    '<rootDir>/build'
  ],
  testPathIgnorePatterns: ['/lib/', '/node_modules/', '<rootDir>/ui-tests/'],
  transformIgnorePatterns: [`/node_modules/(?!${esModules}).+`]
};
