"""The account of a sweep: each point is done once, whatever workers do."""

from __future__ import annotations

import random
import tracemalloc

import numpy as np

from emout_lab.client.sweep_plan import SweepPlan
from emout_lab.engine.sweeps.running import BundleOutcome


def test_all_points_go_out_once_in_random_order():
    plan = SweepPlan(1000, retries=0, seed=1)
    order: list[int] = []
    while not plan.is_over:
        numbers = plan.next_bundle("a", 4)
        order += numbers
        plan.note_done("a", BundleOutcome(numbers, seconds=0.001 * len(numbers)))
    assert sorted(order) == list(range(1000))
    assert order != sorted(order)


def test_bundles_grow_to_half_a_second_and_shrink_at_the_end():
    plan, sizes = SweepPlan(100_000, retries=0), []
    while not plan.is_over:
        numbers = plan.next_bundle("a", 2)
        sizes.append(len(numbers))
        plan.note_done("a", BundleOutcome(numbers, seconds=0.001 * len(numbers)))
    assert sizes[:4] == [8, 64, 500, 500]
    assert max(sizes) == 500
    assert sizes[-1] == 1


def test_points_that_are_not_told_of_go_out_again():
    plan = SweepPlan(80, retries=0)
    first = plan.next_bundle("a", 1)
    plan.note_done("a", BundleOutcome(first, seconds=0.001))
    numbers = plan.next_bundle("b", 1)
    assert len(numbers) > 1
    plan.note_done("b", BundleOutcome(numbers[:1], seconds=0.001))
    assert plan.waiting == 80 - len(first) - 1


def test_only_who_had_begun_is_run_alone_and_given_up_at_last():
    plan = SweepPlan(50, retries=1)
    plan.note_done("a", BundleOutcome(plan.next_bundle("a", 1), seconds=0.001))
    over, begun, *rest = plan.next_bundle("b", 1)
    assert plan.note_lost("b", {over: False}, [begun]) == []
    assert plan.is_failed[over]
    assert plan.alone == 1
    assert begun not in plan.next_bundle("c", 1)
    assert plan.next_alone("d") == (begun,)
    assert plan.note_lost("d", {}, [begun]) == [begun]
    plan.note_given_up(begun)
    assert plan.is_done[begun] and not plan.is_done[rest].any()


def test_a_worker_that_was_told_to_go_is_no_loss():
    plan = SweepPlan(1, retries=0)
    plan.next_bundle("a", 1)
    assert plan.note_lost("a", {}, [0], is_counted=False) == []
    assert plan.next_bundle("b", 1) == (0,)


def test_workers_that_die_before_any_point_begins_end_the_sweep_at_last():
    plan = SweepPlan(1, retries=0)
    for turn in range(11):
        assert not plan.is_hopeless
        plan.next_bundle(turn, 1)
        plan.note_lost(turn, {}, [])
    assert plan.is_hopeless


def test_points_that_were_given_up_are_done_again_when_asked_for():
    plan = SweepPlan(10, retries=0)
    numbers = plan.next_bundle("a", 1)
    assert plan.cancel() == ["a"]
    plan.note_done("a", BundleOutcome(cancelled=numbers))
    assert plan.is_over
    assert plan.is_cancelled.all()
    assert plan.again() == 0
    assert plan.again([3, 3, 4]) == 2
    assert plan.rounds.tolist() == [0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    assert not plan.is_over


def test_points_that_come_back_after_they_were_given_up_do_not_go_out_again():
    plan = SweepPlan(100, retries=3)
    sent = {key: plan.next_bundle(key, 2) for key in "abcd"}
    assert plan.cancel() == list("abcd")
    plan.take_back("a")
    plan.take_back("b", sent["b"][1:])
    assert plan.next_bundle("e", 2) == ()
    plan.note_done("b", BundleOutcome(sent["b"][:1]))
    assert plan.note_lost("c", {}, sent["c"][:1]) == []
    plan.note_done("d", BundleOutcome(cancelled=sent["d"]))
    assert plan.is_over
    assert plan.is_cancelled.sum() == 99


def test_points_that_are_done_are_not_done_again():
    plan = SweepPlan(1, retries=0)
    plan.note_done("a", BundleOutcome(plan.next_bundle("a", 1)))
    assert plan.again([0]) == 0
    assert plan.is_over


def test_whatever_happens_in_whatever_order_each_point_is_over_once():
    for seed in range(30):
        chance, plan = random.Random(seed), SweepPlan(60, retries=2, seed=seed)
        out: dict[int, tuple[int, ...]] = {}
        key = 0
        while not plan.is_over:
            key += 1
            found = plan.next_alone(key) if chance.random() < 0.5 else plan.next_bundle(key, 3)
            if found:
                out[key] = found
            if not out or chance.random() < 0.4:
                continue
            back = chance.choice(list(out))
            numbers = out.pop(back)
            done = tuple(each for each in numbers if chance.random() < 0.7)
            happens = chance.random()
            if happens < 0.5:
                plan.note_done(back, BundleOutcome(done, seconds=0.01))
            elif happens < 0.7:
                plan.take_back(back)
            else:
                begun = [each for each in numbers if each not in done][:1]
                for number in plan.note_lost(back, dict.fromkeys(done, True), begun):
                    plan.note_given_up(number)
            if chance.random() < 0.1:
                plan.again()
        assert plan.is_done.all()
        assert plan.running == 0


def test_a_million_points_take_a_few_bytes_each():
    tracemalloc.start()
    plan = SweepPlan(1_000_000, retries=3)
    plan.note_done("a", BundleOutcome(plan.next_bundle("a", 60)))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 20_000_000
    assert np.count_nonzero(plan.is_done) == 8
