"""Programs and arrays on their way between this process and an engine."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

import numpy as np
from setting import Setting
from table import Row, interleaved, milliseconds

from emout_lab.client.engine import Engine
from emout_lab.client.session import ConnectedSession
from emout_lab.engine.protocol import Call, Program
from emout_lab.engine.serialization import pack, unpack

#: What is sent and brought [B], with the least speed [MB/s].
SIZES = {1_000_000: 350, 100_000_000: 600}
NOTHING_S = 1.6e-3


def measure(setting: Setting) -> list[Row]:  # noqa: ARG001  # a connection of its own
    """Send nothing, and arrays of both sizes; bring them."""
    session = ConnectedSession.connect("bench")
    try:
        engine = session.engine("0")
        address = engine.locate()
        (nothing,) = interleaved(partial(_value, engine, address, int), rounds=200)
        rows = [
            Row(
                "empty program",
                milliseconds(nothing),
                milliseconds(NOTHING_S),
                nothing <= NOTHING_S,
            )
        ]
        for size, least in SIZES.items():
            array = np.random.default_rng(0).random(size // 8)
            pushed, pulled = interleaved(
                partial(_value, engine, address, len, array),
                partial(_value, engine, address, np.zeros, size // 8),
            )
            rows += [
                _speed(f"{size // 1_000_000} MB {way}", size / taken / 1e6, least)
                for way, taken in (("to an engine", pushed), ("made there and brought", pulled))
            ]
        return rows
    finally:
        session.close()


def _value(engine: Engine, address: str, function: Any, *args: Any) -> Any:
    name = uuid.uuid4().hex
    call = Call(name, pack((function, args, {})), "a call", keep=False)
    program = Program(engine.client_id, (call,), id=uuid.uuid4().hex, want=name)
    reply = engine.submit(program, address=address).result()
    packed = reply.value
    if reply.staged is not None:
        packed = engine.take(reply.staged, address).result()
    return None if packed is None else unpack(packed)


def _speed(what: str, speed: float, least: float) -> Row:
    return Row(what, f"{speed:.0f} MB/s", f">= {least:.0f} MB/s", speed >= least)
