import { Interval } from '../../tokens';

/** Ends of an axis that are closer than this share of their size cannot be told apart. */
const FINEST = 1e-12;
/** Decades that an axis with powers of ten may reach over. */
const MOST_DECADES = 600;

/**
 * How an axis maps numbers to places: evenly, or by their powers of ten.
 */
export class Scale {
  constructor(readonly name: string) {}

  get isLog(): boolean {
    return this.name === 'log';
  }

  /** The number in the scale's own space. */
  forward(value: number): number {
    return this.isLog ? Math.log10(value) : value;
  }

  inverse(place: number): number {
    return this.isLog ? 10 ** place : place;
  }

  /** Both ends in the scale's own space. */
  ends([low, high]: Interval): Interval {
    return [this.forward(low), this.forward(high)];
  }

  /** The number at a share of a range; 0 is where it begins. */
  valueAt(range: Interval, share: number): number {
    const [low, high] = this.ends(range);
    return this.inverse(low + share * (high - low));
  }

  /** The share of a range at which a number is. */
  shareOf(range: Interval, value: number): number {
    const [low, high] = this.ends(range);
    return (this.forward(value) - low) / (high - low);
  }

  /** The part of a range between two shares, in the range's own direction. */
  part(range: Interval, from: number, to: number): Interval {
    return this.kept(range, [
      this.valueAt(range, Math.min(from, to)),
      this.valueAt(range, Math.max(from, to))
    ]);
  }

  /** Move a range by a share of itself. */
  panned(range: Interval, share: number): Interval {
    return this.part(range, share, 1 + share);
  }

  /** Make a range smaller by a factor about a share of it. */
  zoomed(range: Interval, factor: number, about: number = 0.5): Interval {
    return this.part(
      range,
      about - about / factor,
      about + (1 - about) / factor
    );
  }

  /** The new range; the old one where the new one has no numbers to tell apart. */
  kept(old: Interval, wanted: Interval): Interval {
    const [low, high] = wanted;
    const [first, last] = this.ends(wanted);
    const size = Math.max(Math.abs(low), Math.abs(high));
    const isUsable =
      [low, high, first, last].every(Number.isFinite) &&
      Math.abs(high - low) > FINEST * size &&
      (!this.isLog || Math.abs(last - first) < MOST_DECADES);
    return isUsable ? wanted : old;
  }
}

/** Whether two ranges are the same, or both are nothing. */
export function isSameRange(
  one: Interval | null | undefined,
  other: Interval | null | undefined
): boolean {
  return one?.[0] === other?.[0] && one?.[1] === other?.[1];
}
