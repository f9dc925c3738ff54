const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/**
 * Bytes with three significant digits and a decimal unit: `16.9 kB`.
 */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  // 999.5 would be shown as 1000 with three digits.
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/**
 * Seconds as the two largest units that matter: `2 h 59 min`, `12 s`.
 */
export function formatDuration(seconds: number): string {
  const total = Math.max(0, Math.floor(seconds));
  const days = Math.floor(total / 86400);
  const hours = Math.floor((total % 86400) / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  if (days > 0) {
    return `${days} d ${hours} h`;
  }
  if (hours > 0) {
    return `${hours} h ${minutes} min`;
  }
  return minutes > 0 ? `${minutes} min ${total % 60} s` : `${total} s`;
}

/**
 * Like {@link formatDuration} without seconds, for values that tick slowly.
 */
export function formatTimeLeft(seconds: number): string {
  if (seconds < 60) {
    return '< 1 min';
  }
  return seconds < 3600
    ? `${Math.floor(seconds / 60)} min`
    : formatDuration(seconds);
}

/**
 * Milliseconds of work: `131 ms`, `2.4 s`, `1 min 5 s`.
 */
export function formatMilliseconds(milliseconds: number): string {
  if (milliseconds < 999.5) {
    return `${Math.round(milliseconds)} ms`;
  }
  return milliseconds < 59_950
    ? `${(milliseconds / 1000).toFixed(1)} s`
    : formatDuration(milliseconds / 1000);
}

/**
 * Shape of an array, `65 × 65`; a scalar and a thing without shape give ''.
 */
export function formatShape(shape: readonly number[] | null): string {
  return shape === null ? '' : shape.join(' × ');
}

/**
 * Last component of a path: what people call the notebook.
 */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * How long ago something was, in its largest unit: `< 1 min`, `5 min`, `3 h`, `2 d`.
 */
export function formatAge(seconds: number): string {
  const minutes = Math.floor(Math.max(0, seconds) / 60);
  if (minutes < 60) {
    return minutes < 1 ? '< 1 min' : `${minutes} min`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}
