/**
 * What there is to know of the formats of figures; the server's own list is `figureformats.py`.
 */
interface IFormat {
  readonly mimetype: string;
  /** What shows it: a browser's `<img>`, its `<video>`, or neither. */
  readonly element: 'img' | 'video' | null;
  /** Of what has no pixels, or moves, a finer picture would lose what it is. */
  readonly isFixed?: boolean;
  /** Whether an engine is offered to render a figure to it. */
  readonly isOffered?: boolean;
}

const FORMATS: ReadonlyMap<string, IFormat> = new Map<string, IFormat>([
  ['png', { mimetype: 'image/png', element: 'img', isOffered: true }],
  ['apng', { mimetype: 'image/apng', element: 'img', isFixed: true }],
  ['jpg', { mimetype: 'image/jpeg', element: 'img', isOffered: true }],
  ['jpeg', { mimetype: 'image/jpeg', element: 'img' }],
  ['gif', { mimetype: 'image/gif', element: 'img', isFixed: true }],
  ['webp', { mimetype: 'image/webp', element: 'img' }],
  ['avif', { mimetype: 'image/avif', element: 'img' }],
  ['tif', { mimetype: 'image/tiff', element: null }],
  ['tiff', { mimetype: 'image/tiff', element: null }],
  [
    'svg',
    {
      mimetype: 'image/svg+xml',
      element: 'img',
      isFixed: true,
      isOffered: true
    }
  ],
  ['svgz', { mimetype: 'application/gzip', element: null, isFixed: true }],
  ['pdf', { mimetype: 'application/pdf', element: null, isOffered: true }],
  ['ps', { mimetype: 'application/postscript', element: null }],
  ['eps', { mimetype: 'application/postscript', element: null }],
  ['mp4', { mimetype: 'video/mp4', element: 'video', isFixed: true }],
  ['pgf', { mimetype: 'application/octet-stream', element: null }],
  ['raw', { mimetype: 'application/octet-stream', element: null }],
  ['rgba', { mimetype: 'application/octet-stream', element: null }]
]);

/** Formats that move: they do so only while somebody points at them. */
const MOVING = ['gif', 'apng', 'webp'];

/** Media types of images in a notebook; one that may move is better than its still PNG. */
export const IMAGE_TYPES = [
  'image/gif',
  'image/webp',
  'image/apng',
  'image/avif',
  'image/png',
  'image/jpeg',
  'image/svg+xml'
];

export const GIF_TYPE = 'image/gif';
export const SVG_TYPE = 'image/svg+xml';
export const VIDEO_TYPE = 'video/mp4';

/** Formats that the viewer offers, the figure's own first. */
export function offeredFormats(own: string): string[] {
  const offered = [...FORMATS].filter(([, { isOffered }]) => isOffered);
  return [...new Set([own, ...offered.map(([name]) => name)])];
}

/** The media type of a format; null for one that is not known. */
export function mimetypeOf(format: string): string | null {
  return FORMATS.get(format)?.mimetype ?? null;
}

/** Whether a browser shows the figure's own file as an image. */
export function isShown(format: string): boolean {
  return FORMATS.get(format)?.element === 'img';
}

/** Whether the figure may move. */
export function isMoving(format: string): boolean {
  return MOVING.includes(format);
}

/** Whether a finer picture of the figure is worth having. */
export function canBeFiner(format: string): boolean {
  return FORMATS.has(format) && FORMATS.get(format)?.isFixed !== true;
}

/** All formats with their media types, for the test that compares both lists. */
export function allFormats(): Record<string, string> {
  return Object.fromEntries(
    [...FORMATS].map(([name, { mimetype }]) => [name, mimetype])
  );
}
