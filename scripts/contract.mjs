/*
 * Makes the panel's types and validators of `openapi.json`; with --check it only compares.
 *
 * The validators are code, so that no page needs `eval`.
 */
import { readFileSync, writeFileSync } from 'node:fs';

// OpenAPI's schemas are of this draft: with the older one a pair of numbers would never fit.
import Ajv from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';

const SOURCE = 'emout_lab/server/contract/openapi.json';
const HEAD = `// Made of ${SOURCE} by scripts/contract.mjs; see \`make contract\`.\n`;

/** What arrives and is looked at. */
const CHECKED = [
  'SessionStatus',
  'Sessions',
  'LogPiece',
  'Profiles',
  'Figure',
  'Sweeps',
  'SweepTable'
];

const document = JSON.parse(readFileSync(SOURCE, 'utf-8'));
const { schemas } = document.components;

async function types() {
  const tree = await openapiTS(
    { ...document, paths: {}, components: { schemas } },
    { immutable: true, defaultNonNullable: false }
  );
  const names = Object.keys(schemas).filter(name => name !== 'Document');
  const aliases = names.map(
    name => `export type ${name} = components['schemas']['${name}'];`
  );
  return pretty(
    `${HEAD}/* eslint-disable */\n${astToString(tree)}\n${aliases.join('\n')}\n`
  );
}

/** Validators of some schemas, with a table of those that are messages of a socket. */
function validators(checked, union) {
  const ajv = new Ajv({
    code: { source: true, esm: true },
    inlineRefs: false,
    strict: false,
    schemas: [{ $id: 'contract', components: { schemas: open(schemas) } }]
  });
  const messages = kindsOf(union);
  const names = [...new Set([...checked, ...messages])];
  const refs = names.map(name => [
    name,
    `contract#/components/schemas/${name}`
  ]);
  const code = standalone.default(ajv, Object.fromEntries(refs));
  return (
    `${HEAD}/* eslint-disable */\n// @ts-nocheck\n${code}\n` +
    `export const MESSAGES = ${tableOf(messages)};\n`
  );
}

/** The names of the messages of a socket. */
function kindsOf(union) {
  return schemas[union].oneOf.map(each => each.$ref.split('/').pop());
}

/** Messages by what each kind says of itself. */
function tableOf(messages) {
  const kinds = messages.map(name => {
    const { type, part } = schemas[name].properties;
    return [[type, part].flatMap(each => each?.enum ?? []).join(' '), name];
  });
  return JSON.stringify(Object.fromEntries(kinds));
}

/**
 * The schemas as validators read them: without "and nothing else", since a newer server may say
 * more than we read, and without words for people.
 */
function open(schema) {
  return JSON.parse(JSON.stringify(schema), (key, value) => {
    if (key === 'additionalProperties' && value === false) {
      return undefined;
    }
    if (key === 'description' && typeof value === 'string') {
      return undefined;
    }
    const kinds = value?.anyOf?.map(each => each.type);
    const isPlain = value?.anyOf?.every(
      each => Object.keys(each).join() === 'type'
    );
    return isPlain ? { type: kinds } : value;
  });
}

/** The start form before the server has told what can be chosen: its fields and their titles. */
function startForm() {
  const fields = Object.entries(schemas.StartRequest.properties).map(
    ([name, { anyOf, ...field }]) => {
      const typed = (anyOf ?? []).find(each => each.type !== 'null');
      const { type, title, ...rest } = { type: 'string', ...typed, ...field };
      const hints = { advanced: false, automatic: false, ...rest['x-hints'] };
      delete hints.place;
      return [name, { type, title, 'x-hints': hints }];
    }
  );
  const form = {
    type: 'object',
    properties: Object.fromEntries(fields),
    required: []
  };
  return pretty(
    `${HEAD}import type { FormSchema } from './api';\n\n` +
      `export const START_FORM: FormSchema = ${JSON.stringify(form)};\n`
  );
}

async function pretty(text) {
  const options = await resolveConfig('package.json');
  return format(text, { ...options, parser: 'typescript' });
}

const files = {
  'src/services/api.ts': await types(),
  'src/services/startform.ts': await startForm(),
  'src/services/validators.ts': validators(CHECKED, 'ServerMessage'),
  // Apart: who looks at no live figure loads nothing of them.
  'src/services/livevalidators.ts': validators(['LiveHeader'], 'LiveMessage')
};
const isCheck = process.argv.includes('--check');
for (const [file, text] of Object.entries(files)) {
  if (!isCheck) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf-8') !== text) {
    console.error(`${file} is not what ${SOURCE} says; run: make contract`);
    process.exitCode = 1;
  }
}
