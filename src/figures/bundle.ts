import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { IFigure } from '../tokens';
import {
  GIF_TYPE,
  IMAGE_TYPES,
  mimetypeOf,
  SVG_TYPE,
  VIDEO_TYPE
} from './formats';

export const FIGURE_MIME_TYPE = 'application/vnd.emout-lab.figure+json';

const VERSION = 1;
const NOT_BASE64 = /[^A-Za-z0-9+/=]/;
/** What an id is made of: nothing that means something in an address. */
const ID = /^[\w-]+$/;

/**
 * Read the particulars; null for a version, a format or a form that is not known.
 *
 * A notebook may come from anywhere: what decides on a download is taken from our own lists.
 */
export function parseFigure(data: unknown): IFigure | null {
  if (typeof data !== 'object' || data === null) {
    return null;
  }
  const json = data as Record<string, unknown>;
  const { session, engine, format, bytes, milliseconds } =
    json as unknown as IFigure;
  const mimetype = typeof format === 'string' ? mimetypeOf(format) : null;
  const isKnown =
    json.version === VERSION &&
    mimetype !== null &&
    [session, engine].every(value => typeof value === 'string') &&
    [bytes, milliseconds].every(value => typeof value === 'number');
  if (!isKnown) {
    return null;
  }
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const number = (value: unknown) => (typeof value === 'number' ? value : 0);
  return {
    session,
    engine,
    format,
    mimetype,
    bytes,
    milliseconds,
    id: isId(json.id) ? json.id : '',
    // The renderer does without the rest.
    address: '',
    notebook: text(json.notebook) || null,
    title: text(json.title),
    cell: text(json.cell),
    width: number(json.width),
    height: number(json.height),
    created: number(json.created),
    bytes_read: number(json.bytes_read)
  };
}

/** Whether whoever drew the figure wants it live at once. */
export function isMeantLive(data: unknown): boolean {
  return (data as { live?: unknown } | null | undefined)?.live === true;
}

/** Whether a value can be the id of a figure. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

/** Whether an `<img>` may be given a URL that came from elsewhere. */
export function isImageUrl(value: unknown): value is string {
  return typeof value === 'string' && /^(data:image\/|blob:)/.test(value);
}

/**
 * A data URL of the image in a MIME bundle, or null where it has none.
 *
 * SVG becomes an image as well: scripts inside an image never run.
 */
export function imageUrl(data: ReadonlyPartialJSONObject): string | null {
  const embedded = embeddedUrl(data, GIF_TYPE);
  if (embedded !== null) {
    return embedded;
  }
  for (const type of IMAGE_TYPES) {
    const content = textOf(data[type]);
    if (content) {
      return type === SVG_TYPE
        ? `data:${type};charset=utf-8,${encodeURIComponent(content)}`
        : dataUrl(type, content);
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
  { format }: Pick<IFigure, 'format'>
): string | null {
  const mimetype = mimetypeOf(format);
  return mimetype === null ||
    mimetype === VIDEO_TYPE ||
    IMAGE_TYPES.includes(mimetype)
    ? null
    : dataUrl(mimetype, textOf(data[mimetype]));
}

/**
 * A data URL of the film in a MIME bundle, or null where it has none.
 */
export function videoUrl(data: ReadonlyPartialJSONObject): string | null {
  return (
    embeddedUrl(data, VIDEO_TYPE) ??
    dataUrl(VIDEO_TYPE, textOf(data[VIDEO_TYPE]))
  );
}

/**
 * What moves stands once in a notebook: in the HTML that every program shows.
 */
function embeddedUrl(
  data: ReadonlyPartialJSONObject,
  type: string
): string | null {
  const html = textOf(data['text/html']);
  const start = `src="data:${type};base64,`;
  const from = html.indexOf(start);
  const to = html.indexOf('"', from + start.length);
  return from < 0 || to < 0
    ? null
    : dataUrl(type, html.slice(from + start.length, to));
}

function dataUrl(type: string, content: string): string | null {
  const packed = content.replace(/\s/g, '');
  return packed && !NOT_BASE64.test(packed)
    ? `data:${type};base64,${packed}`
    : null;
}

// nbformat allows a list of lines.
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join('') : String(value ?? '');
}
