/** Colours of equal distance to the eye, dark to bright: a few points of viridis. */
const ANCHORS: readonly (readonly [number, number, number])[] = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 74, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [109, 205, 89],
  [180, 222, 44],
  [253, 231, 37]
];

/**
 * The colour of a share between 0 and 1, as CSS writes it.
 */
export function colorOf(share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (ANCHORS.length - 1);
  const index = Math.min(Math.floor(place), ANCHORS.length - 2);
  const rest = place - index;
  const mixed = ANCHORS[index].map((low, channel) =>
    Math.round(low + rest * (ANCHORS[index + 1][channel] - low))
  );
  return `rgb(${mixed.join(', ')})`;
}
