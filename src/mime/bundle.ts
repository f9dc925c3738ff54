import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

export const FIGURE_MIME_TYPE = 'application/vnd.emout-lab.figure+json';

const VERSION = 1;

/** Images a bundle may hold; a GIF that moves is better than its still PNG. */
const IMAGE_TYPES = ['image/gif', 'image/png', 'image/jpeg', 'image/svg+xml'];

/**
 * What the caption needs of the figure's particulars.
 */
export interface IFigureBundle {
  readonly session: string;
  readonly engine: string;
  readonly format: string;
  readonly mimetype: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

/**
 * Read the particulars; null for a version or a form that is not known.
 */
export function parseFigure(data: unknown): IFigureBundle | null {
  if (typeof data !== 'object' || data === null) {
    return null;
  }
  const {
    version,
    session,
    engine,
    format,
    mimetype,
    width,
    height,
    bytes,
    milliseconds
  } = data as Record<string, unknown>;
  if (
    version !== VERSION ||
    typeof session !== 'string' ||
    typeof engine !== 'string' ||
    typeof format !== 'string' ||
    typeof bytes !== 'number' ||
    typeof milliseconds !== 'number'
  ) {
    return null;
  }
  return {
    session,
    engine,
    format,
    mimetype: typeof mimetype === 'string' ? mimetype : '',
    bytes,
    milliseconds,
    width: typeof width === 'number' ? width : 0,
    height: typeof height === 'number' ? height : 0
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

// nbformat allows a list of lines.
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join('') : String(value ?? '');
}
