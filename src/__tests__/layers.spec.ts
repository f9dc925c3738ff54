import { readdirSync, readFileSync } from 'fs';
import { dirname, join, relative } from 'path';

const SOURCES = join(__dirname, '..');

/** What may be imported: only what stands further down; files of one line may know each other. */
const LAYERS: readonly RegExp[] = [
  /^index\.ts$/,
  /^plugins\//,
  /^commands\//,
  /^(panel|settings|tabs)\.ts$|^status\//,
  // What is drawn: sections, viewers, renderers.
  /^(sessions|workers|objects|figures|sweeps)\//,
  /^services\/manager\.ts$/,
  // What the manager owns.
  /^(sessions|workers|objects|figures|sweeps)\/(model|groups|rows|history|formats)\.ts$/,
  /^services\/(?!manager)/,
  /^(components\/|icons\.ts|format\.ts|schema\.ts|(server)?messages\.ts)/,
  /^tokens\.ts$/,
  /^services\/api\.ts$/
];

function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return entry.name === '__tests__' ? [] : sourcesOf(path);
    }
    return /\.tsx?$/.test(path) && !path.endsWith('.d.ts') ? [path] : [];
  });
}

const texts = new Map(
  sourcesOf(SOURCES).map(path => [
    relative(SOURCES, path),
    readFileSync(path, 'utf8')
  ])
);

/** The files that a file imports or exports from; types are no exception. */
function importsOf(file: string): string[] {
  return [...texts.get(file)!.matchAll(/ from '(\.[^']*)'/g)].flatMap(match => {
    const base = join(dirname(file), match[1]);
    return [
      `${base}.ts`,
      `${base}.tsx`,
      join(base, 'index.ts'),
      join(base, 'index.tsx')
    ].filter(path => texts.has(path));
  });
}

/** The last layer that a file fits, for the narrower ones stand below. */
function layerOf(file: string): number {
  return LAYERS.reduce(
    (found, pattern, index) => (pattern.test(file) ? index : found),
    -1
  );
}

/** Files that lead back to themselves. */
function circles(): string[] {
  const reached = (start: string) => {
    const seen = new Set<string>();
    const left = importsOf(start);
    while (left.length > 0) {
      const file = left.pop()!;
      if (!seen.has(file)) {
        seen.add(file);
        left.push(...importsOf(file));
      }
    }
    return seen;
  };
  return [...texts.keys()].filter(file => reached(file).has(file));
}

describe('the files of the frontend', () => {
  it('should stand in no circle', () => {
    expect(texts.size).toBeGreaterThan(50);
    expect(circles()).toEqual([]);
  });

  it('should import from their layer and the ones below', () => {
    const files = [...texts.keys()];
    expect(files.filter(file => layerOf(file) < 0)).toEqual([]);
    const upward = files.flatMap(file =>
      importsOf(file)
        .filter(target => layerOf(target) < layerOf(file))
        .map(target => `${file} -> ${target}`)
    );
    expect(upward).toEqual([]);
  });

  it('should keep React out of models and services', () => {
    const drawn = [...texts]
      .filter(([file]) => /(model|services\/\w+)\.ts$/.test(file))
      .filter(([, text]) => /from 'react|ReactWidget/.test(text))
      .map(([file]) => file);
    expect(drawn).toEqual([]);
  });

  it('should name commands in one place', () => {
    const names = new Set(
      [...texts.get('commands/ids.ts')!.matchAll(/'(emout-lab:[^']+)'/g)].map(
        match => match[1]
      )
    );
    const elsewhere = [...texts]
      .filter(([file]) => file !== 'commands/ids.ts')
      .filter(([, text]) =>
        [...text.matchAll(/'(emout-lab:[^']+)'/g)].some(match =>
          names.has(match[1])
        )
      )
      .map(([file]) => file);
    expect(names.size).toBeGreaterThan(20);
    expect(elsewhere).toEqual([]);
  });
});
