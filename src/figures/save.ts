import { IFigure } from '../tokens';

/** Time that a browser may take before it reads a file that it saves. */
const READ_WITHIN_MS = 60_000;

/**
 * A file name for a figure: its notebook and its time.
 */
export function fileName(
  figure: Pick<IFigure, 'notebook' | 'created'>,
  format: string
): string {
  const path = figure.notebook ?? 'figure';
  const stem = path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.ipynb$/, '')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-');
  const time = new Date(figure.created * 1000)
    .toISOString()
    .slice(0, 19)
    .replace(/[T:]/g, '-');
  return `${stem}-${time}.${format}`;
}

/**
 * Have the browser save what is behind a URL.
 */
export function saveUrl(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

/**
 * Have the browser save a file.
 */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  saveUrl(url, name);
  // Some browsers read the file only after the click has been handled.
  window.setTimeout(() => URL.revokeObjectURL(url), READ_WITHIN_MS);
}

/**
 * Put a picture into the clipboard, as PNG: browsers take nothing else.
 */
export async function copyImage(url: string): Promise<void> {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext('2d')?.drawImage(image, 0, 0);
  const blob = new Promise<Blob>((resolve, reject) =>
    canvas.toBlob(
      png => (png ? resolve(png) : reject(new Error('No picture to copy'))),
      'image/png'
    )
  );
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
}
