import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';

import { CODES, MESSAGES, REMARKS } from '../servermessages';
import { START_FORM } from '../services/startform';

import catalogue from '../../emout_lab/locale/ja_JP/LC_MESSAGES/emout_lab.json';

const SOURCES = join(__dirname, '..');
const STRING = `(?:'((?:[^'\\\\]|\\\\.)*)'|"((?:[^"\\\\]|\\\\.)*)")`;
const LITERAL = new RegExp(`(?:__|_n)\\(\\s*${STRING}`, 'g');
const COUNTED = new RegExp(`_n\\(\\s*${STRING}`, 'g');

/** All texts that the sources hand to the translator. */
function textsOf(folder: string, literal = LITERAL): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return entry.name === '__tests__' ? [] : textsOf(path, literal);
    }
    return [...readFileSync(path, 'utf8').matchAll(literal)].map(
      match => match[1] ?? match[2]
    );
  });
}

/** All texts of the start form, which come with its schema. */
function formTexts(): string[] {
  return Object.values(START_FORM.properties).flatMap(
    ({ title, 'x-hints': { local_title, placeholder, fault } }) =>
      [title, local_title, placeholder, fault].filter(
        (text): text is string => text !== undefined
      )
  );
}

/** All texts of the server that the panel knows. */
function serverTexts(): string[] {
  return [...MESSAGES, ...REMARKS, ...CODES.map(([, text]) => text)];
}

describe('the Japanese catalogue', () => {
  const texts = new Set([
    ...textsOf(SOURCES),
    ...formTexts(),
    ...serverTexts()
  ]);
  const known = new Set(Object.keys(catalogue).filter(Boolean));

  it('should have every text of the panel', () => {
    expect(texts.size).toBeGreaterThan(100);
    expect([...texts].filter(text => !known.has(text))).toEqual([]);
  });

  it('should have Japanese for every text of the server', () => {
    const forms = catalogue as unknown as Record<string, string[]>;
    const isJapanese = (text: string) => /[ぁ-んァ-ヶ一-龠]/.test(text);
    expect(serverTexts().filter(text => !isJapanese(forms[text][0]))).toEqual(
      []
    );
  });

  it('should have no text that nobody uses', () => {
    expect([...known].filter(text => !texts.has(text))).toEqual([]);
  });

  it('should say twice what is counted', () => {
    // JupyterLab takes a text with one form for one that is not counted, and leaves it in English.
    const counted = new Set(textsOf(SOURCES, COUNTED));
    expect(counted.size).toBeGreaterThan(3);
    for (const [text, forms] of Object.entries(catalogue)) {
      if (text !== '') {
        expect([text, (forms as string[]).length]).toEqual([
          text,
          counted.has(text) ? 2 : 1
        ]);
      }
    }
  });

  it('should keep the places of values', () => {
    const places = (text: string) => (text.match(/%\d/g) ?? []).sort();
    for (const [text, translated] of Object.entries(catalogue)) {
      if (text !== '') {
        expect(places((translated as string[])[0])).toEqual(places(text));
      }
    }
  });
});
