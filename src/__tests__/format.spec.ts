import {
  baseName,
  formatBytes,
  formatDuration,
  formatMilliseconds,
  formatShape,
  formatTimeLeft
} from '../format';

describe('format', () => {
  describe('formatBytes()', () => {
    it.each([
      [0, '0 B'],
      [-5, '0 B'],
      [999, '999 B'],
      [1000, '1.00 kB'],
      [16900, '16.9 kB'],
      [999_600, '1.00 MB'],
      [512_000_000, '512 MB'],
      [2e18, '2000 PB']
    ])('should show %d as %s', (bytes, text) => {
      expect(formatBytes(bytes)).toBe(text);
    });
  });

  describe('formatDuration()', () => {
    it.each([
      [-3, '0 s'],
      [59.9, '59 s'],
      [61, '1 min 1 s'],
      [10_799, '2 h 59 min'],
      [90_000, '1 d 1 h']
    ])('should show %d seconds as %s', (seconds, text) => {
      expect(formatDuration(seconds)).toBe(text);
    });
  });

  describe('formatTimeLeft()', () => {
    it('should not tick seconds', () => {
      expect(formatTimeLeft(59)).toBe('< 1 min');
      expect(formatTimeLeft(125)).toBe('2 min');
      expect(formatTimeLeft(7200)).toBe('2 h 0 min');
    });
  });

  describe('formatMilliseconds()', () => {
    it.each([
      [131.5, '132 ms'],
      [999.6, '1.0 s'],
      [2400, '2.4 s'],
      [65_000, '1 min 5 s']
    ])('should show %d as %s', (milliseconds, text) => {
      expect(formatMilliseconds(milliseconds)).toBe(text);
    });
  });

  describe('formatShape()', () => {
    it('should say nothing of things without a shape', () => {
      expect(formatShape([65, 65])).toBe('65 × 65');
      expect(formatShape([])).toBe('');
      expect(formatShape(null)).toBe('');
    });
  });

  describe('baseName()', () => {
    it('should drop the folders', () => {
      expect(baseName('runs/a/run.ipynb')).toBe('run.ipynb');
      expect(baseName('run.ipynb')).toBe('run.ipynb');
    });
  });
});
