import { TranslationBundle } from '@jupyterlab/translation';

import { CODES, MESSAGES, REMARKS } from './servermessages';

/**
 * What the server said in English, in the user's language; what is not in the list stays as it is.
 *
 * Codes of SLURM are explained, in English too.
 */
export function told(text: string, trans: TranslationBundle): string {
  return translated(text, trans) ?? text;
}

/** The same, or null where nothing in it is known. */
function translated(text: string, trans: TranslationBundle): string | null {
  return (
    ofCode(text, trans) ??
    ofTemplate(text, trans) ??
    ofRemarks(text, trans) ??
    ofSentences(text, trans)
  );
}

function ofCode(text: string, trans: TranslationBundle): string | null {
  const found = EXPLAINED.find(({ pattern }) => pattern.test(text));
  // The catalogue has the texts of the list.
  // eslint-disable-next-line jupyter/no-dynamic-translation
  return found ? `${text}: ${trans.__(found.explanation)}` : null;
}

function ofTemplate(text: string, trans: TranslationBundle): string | null {
  for (const { template, fixed, isRemark } of TEMPLATES) {
    const values = valuesIn(text, fixed);
    if (values && !(isRemark && values.some(each => each.includes(BETWEEN)))) {
      // eslint-disable-next-line jupyter/no-dynamic-translation
      return trans.__(template, ...values.map(each => told(each, trans)));
    }
  }
  return null;
}

/** Several remarks, each of which is known or not. */
function ofRemarks(text: string, trans: TranslationBundle): string | null {
  const parts = text.split(BETWEEN);
  return parts.length > 1
    ? parts.map(each => told(each, trans)).join(BETWEEN)
    : null;
}

/** Several sentences: all of them or none, for half of a text in each language is hard to read. */
function ofSentences(text: string, trans: TranslationBundle): string | null {
  const parts = text.match(/\S[\s\S]*?[.?!](?=\s|$)|\S[\s\S]*$/g) ?? [];
  if (parts.length < 2) {
    return null;
  }
  const all = parts.map(each => ofTemplate(each, trans));
  return all.includes(null) ? null : all.join(' ');
}

/**
 * The values in the places of a template; null where the text is not made of it.
 *
 * Not a regular expression: logs are quoted, and on a long text those with many places are slow.
 */
function valuesIn(text: string, fixed: readonly string[]): string[] | null {
  const [first, ...between] = fixed;
  const last = between.pop();
  if (last === undefined) {
    return text === first ? [] : null;
  }
  const end = text.length - last.length;
  let start = first.length;
  if (end < start || !text.startsWith(first) || !text.endsWith(last)) {
    return null;
  }
  const values: string[] = [];
  for (const part of between) {
    const next = text.indexOf(part, start);
    if (next < 0 || next + part.length > end) {
      return null;
    }
    values.push(text.slice(start, next));
    start = next + part.length;
  }
  return [...values, text.slice(start, end)];
}

/** What stands between remarks. */
const BETWEEN = '; ';

const EXPLAINED = CODES.map(([code, explanation]) => ({
  pattern: new RegExp(`^(?:${code})$`),
  explanation
}));

/** The most particular first. */
const TEMPLATES = [...MESSAGES, ...REMARKS]
  .map(template => {
    const fixed = template.split(/%\d/);
    const isRemark = REMARKS.includes(template);
    return { template, fixed, isRemark, length: fixed.join('').length };
  })
  .sort((a, b) => b.length - a.length);
