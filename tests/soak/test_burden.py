"""The scales of the soak test weigh: what is left behind is seen, what comes and goes is not."""

from __future__ import annotations

import mmap
import os
import socket

from .burden import Burden, burden
from .test_soak import CASES, growth

EXPRESSIONS = CASES[1]


def rounds(**by_round: list[int]) -> list[Burden]:
    still = {"memory": 10**8, "blocks": 10**6, "threads": 9, "files": 20, "sockets": 12}
    return [Burden(**still | {k: v[n] for k, v in by_round.items()}) for n in range(5)]


def test_what_stays_as_it_is_or_swings_is_no_growth() -> None:
    assert growth(rounds(), 300, EXPRESSIONS) == []
    assert growth(rounds(sockets=[22, 26, 22, 26, 26], files=[9, 1, 9, 9, 4]), 300, CASES[1]) == []


def test_two_objects_left_by_each_operation_are_seen_and_so_is_a_socket() -> None:
    left = [10**6 + 300 * 3 * 2 * n for n in range(5)]
    assert "pieces of memory" in growth(rounds(blocks=left), 300, EXPRESSIONS)[0]
    assert "sockets" in growth(rounds(sockets=[12, 15, 18, 21, 24]), 300, EXPRESSIONS)[0]


def test_a_process_is_weighed_as_it_is() -> None:
    before = burden(os.getpid(), 0)
    with socket.socket(), open(os.devnull):
        now = burden(os.getpid(), 0)
        # Pages of its own: a process that was large before needs no new ones for bytes.
        with mmap.mmap(-1, 30_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as held:
            held.write(bytes(len(held)))
            assert burden(os.getpid(), 0).memory - now.memory > 0.9 * len(held)
    assert (now.sockets - before.sockets, now.files - before.files) == (1, 1)
