import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { IFigure } from '../tokens';

export const FIGURE_MIME_TYPE = 'application/vnd.emout-lab.figure+json';

const VERSION = 1;

/** Images a bundle may hold; one that moves is better than its still PNG. */
const IMAGE_TYPES = [
  'image/gif',
  'image/webp',
  'image/apng',
  'image/avif',
  'image/png',
  'image/jpeg',
  'image/svg+xml'
];
const VIDEO_TYPE = 'video/mp4';

/**
 * Read the particulars; null for a version or a form that is not known.
 */
export function parseFigure(data: unknown): IFigure | null {
  if (typeof data !== 'object' || data === null) {
    return null;
  }
  const json = data as Record<string, unknown>;
  const isKnown =
    json.version === VERSION &&
    ['session', 'engine', 'format'].every(
      key => typeof json[key] === 'string'
    ) &&
    ['bytes', 'milliseconds'].every(key => typeof json[key] === 'number');
  if (!isKnown) {
    return null;
  }
  const { session, engine, format, bytes, milliseconds } =
    json as unknown as IFigure;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const number = (value: unknown) => (typeof value === 'number' ? value : 0);
  return {
    session,
    engine,
    format,
    bytes,
    milliseconds,
    // The renderer does without the rest.
    id: text(json.id),
    address: '',
    mimetype: text(json.mimetype),
    notebook: text(json.notebook) || null,
    width: number(json.width),
    height: number(json.height),
    created: number(json.created),
    bytes_read: number(json.bytes_read)
  };
}

/**
 * A data URL of the image in a MIME bundle, or null where it has none.
 *
 * SVG becomes an image as well: scripts inside an image never run.
 */
export function imageUrl(data: ReadonlyPartialJSONObject): string | null {
  for (const type of IMAGE_TYPES) {
    const content = textOf(data[type]);
    if (content) {
      return type === 'image/svg+xml'
        ? `data:${type};charset=utf-8,${encodeURIComponent(content)}`
        : `data:${type};base64,${content.replace(/\s/g, '')}`;
    }
  }
  return null;
}

/**
 * A data URL of the figure's own file where the image is only a preview of it (PDF, PostScript,
 * TIFF), else null.
 */
export function fileUrl(
  data: ReadonlyPartialJSONObject,
  mimetype: string
): string | null {
  const content = IMAGE_TYPES.includes(mimetype) ? '' : textOf(data[mimetype]);
  return content
    ? `data:${mimetype};base64,${content.replace(/\s/g, '')}`
    : null;
}

/**
 * A data URL of the film in a MIME bundle, or null where it has none.
 */
export function videoUrl(data: ReadonlyPartialJSONObject): string | null {
  const content = textOf(data[VIDEO_TYPE]);
  return content
    ? `data:${VIDEO_TYPE};base64,${content.replace(/\s/g, '')}`
    : null;
}

// nbformat allows a list of lines.
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join('') : String(value ?? '');
}
