"""Series of one field that follow each other in time."""

from __future__ import annotations

from dataclasses import replace

from emout_lab.emout.sources import EmsesSource
from emout_lab.errors import DataError


def joined(first: EmsesSource, second: EmsesSource) -> EmsesSource:
    """Return the recipe of both series, without the first step of the second, which is a repeat.

    Parameters
    ----------
    first, second : EmsesSource
        Of one grid.

    Raises
    ------
    DataError
        When they have different grids.
    """
    if first.grid != second.grid:
        raise DataError(
            f"{first.name} in {first.path} has a grid of {first.grid}, in {second.path} one of "
            f"{second.grid}: one cannot follow the other."
        )
    start, *others = second.segments
    rest = replace(start, steps=start.steps[1:])
    segments = [*first.segments, *([rest] if len(rest.steps) else []), *others]
    both = replace(first, segments=tuple(segments))
    if first.conversion is None or not first.conversion.times:
        return both
    # Times of the second are counted from the end of the first.
    last = first.conversion.times[-1]
    steps = range(1, second.shape[0])
    later = [last + place * first.conversion.step.factor for place in steps]
    times = (*first.conversion.times, *later)
    return replace(both, conversion=replace(first.conversion, times=times))


def overlapping(source: EmsesSource) -> EmsesSource:
    """Return the recipe with the steps that repeat the last ones of the series before.

    Parameters
    ----------
    source : EmsesSource
        Of one series, or of several that follow each other.
    """
    first, *others = source.segments
    segments = [first]
    for segment in others:
        # Numbers that go on from those before repeat nothing.
        is_cut = 0 < segment.steps[0] <= segments[-1].steps[-1]
        repeated = (segment.steps[0] - 1,) if is_cut else ()
        segments.append(replace(segment, steps=(*repeated, *segment.steps)))
    return replace(source, segments=tuple(segments))
