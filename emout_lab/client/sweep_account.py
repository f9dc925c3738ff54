"""What is left to do of a sweep, by what is on disk."""

from __future__ import annotations

from emout_lab.client.sweep_plan import SweepPlan
from emout_lab.engine.sweeps.folder import SweepFolder, SweepInfo
from emout_lab.engine.sweeps.records import CountedRounds, RecordReader


def plan_of(folder: SweepFolder, info: SweepInfo, reader: RecordReader) -> SweepPlan:
    """Return the plan of a sweep, in which is done what was done before.

    Parameters
    ----------
    reader : RecordReader
        Of its records, which are read to their end.
    """
    plan = SweepPlan(info.total, info.retries)
    cancelled, asked = folder.cancelled(), folder.rounds()
    counted = CountedRounds(info.total)
    for head in filter(counted.take, reader.heads()):
        plan.is_done[head.point], plan.is_failed[head.point] = True, not head.is_ok
        plan.rounds[head.point] = head.round
    if asked is not None and asked.shape == plan.is_done.shape:
        # Asked for again, and not done since.
        is_missing = asked > plan.rounds
        plan.is_done[is_missing] = plan.is_failed[is_missing] = False
        plan.rounds[is_missing] = asked[is_missing]
    if cancelled is not None and cancelled.shape == plan.is_done.shape:
        plan.is_cancelled |= cancelled & ~plan.is_done
    return plan
