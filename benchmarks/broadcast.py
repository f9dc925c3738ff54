"""What a call to 1,000 engines costs the client, simulated: requests are packed, but not sent.

Run it with ``python benchmarks/broadcast.py``. Engines are entries of a table; what would be
handed to the connection is counted.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import numpy as np

from emout_lab.engine.engine_numbers import NumberedEngine
from emout_lab.engine.protocol import Program, Reply
from emout_lab.engine.serialization import pack
from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.job_table import JobTable
from emout_lab.parallel.sender import Sender

ENGINES = 1000


class Wire:
    """Takes programs in place of an engine."""

    client_id = "client"
    session_name = "simulated"

    def __init__(self) -> None:
        self.programs: list[Program] = []
        self.answers: list[Future[Reply]] = []

    def submit(self, program: Program, **_: Any) -> Future[Reply]:
        """Count a program; its answer comes when `main` wants."""
        self.programs.append(program)
        answer: Future[Reply] = Future()
        self.answers.append(answer)
        return answer


def main() -> None:
    """Print time, memory and messages of a no-op, and of a call with 1 MB of arguments."""
    engines = [
        NumberedEngine(n, str(n), f"tls://10.0.{n // 250}.{n % 250}:40000", f"uuid-{n}")
        for n in range(ENGINES)
    ]
    print(f"{ENGINES:,} engines         ms   MB here  messages  MB sent  MB kept when done")
    for name, function, args in (
        ("no-op", int, (1,)),
        ("1 MB array", np.sum, (np.zeros(125_000),)),
    ):
        print(f"{name:12s}", measured(engines, function, args))


def measured(engines: list[NumberedEngine], function: Callable[..., Any], args: Any) -> str:
    """Return one line of the table."""
    wire = Wire()
    connection = SimpleNamespace(
        client=SimpleNamespace(id="client"), expected_engine=lambda _: wire
    )
    sender: Any = Sender(SimpleNamespace(connection=connection))
    table = JobTable()
    gc.collect()
    tracemalloc.start()
    began = time.perf_counter()
    result = AsyncResult(sender.send(engines, function, args, label="f"))
    table.note(result)
    seconds = time.perf_counter() - began
    here = tracemalloc.get_traced_memory()[0]
    sent = sum(len(call.payload) for program in wire.programs for call in program.calls)
    messages = len(wire.programs)
    value = pack(1, str)
    for answer in wire.answers:
        answer.set_result(Reply((), value=value))
    result.get(60)
    wire.programs.clear()
    wire.answers.clear()
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (
        f"{1e3 * seconds:10.0f} {here / 1e6:9.1f} {messages:9,} {sent / 1e6:8.1f} {kept / 1e6:8.1f}"
    )


if __name__ == "__main__":
    main()
