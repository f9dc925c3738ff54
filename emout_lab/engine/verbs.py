"""What an engine can be asked from outside: functions that run on its worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emout_lab.engine.protocol import Description, Figure, FigureOptions, Program, Reply, Shown
from emout_lab.engine.snapshot import EngineSnapshot, Standing, Versions
from emout_lab.engine.worker_plugin import DroppedObjects, engine_of


async def run_program(program: Program, dask_worker: Any = None) -> Reply:
    """Run a program on the worker that receives this."""
    return await engine_of(dask_worker).run(program)


async def take_snapshot(
    known: Mapping[str, Versions] | None = None, dask_worker: Any = None
) -> EngineSnapshot:
    """Return the snapshot of the worker that receives this, without what is known by address."""
    return engine_of(dask_worker).snapshot((known or {}).get(str(dask_worker.address)))


async def drop_names(names: list[str], dask_worker: Any = None) -> None:
    """Drop objects on the worker that receives this."""
    await engine_of(dask_worker).drop(names)


async def forget_client(client: str, reason: str, dask_worker: Any = None) -> DroppedObjects:
    """Drop a client's objects on the worker that receives this; tell what they were."""
    return await engine_of(dask_worker).forget(client, reason)


async def figure_data(name: str, dask_worker: Any = None) -> bytes:
    """Return a figure of the gallery on the worker that receives this."""
    return await engine_of(dask_worker).figure(name)


async def forget_figures(names: list[str], dask_worker: Any = None) -> None:
    """Give up figures on the worker that receives this."""
    await engine_of(dask_worker).forget_figures(names)


async def shown_figure(program: str, mark: str, dask_worker: Any = None) -> Shown | None:
    """Return a figure that a program on the worker that receives this has shown."""
    return engine_of(dask_worker).shown(program, mark)


async def object_preview(name: str, dask_worker: Any = None) -> bytes | None:
    """Return a thumbnail of an object on the worker that receives this."""
    return await engine_of(dask_worker).preview(name)


async def draw_again(name: str, options: FigureOptions, dask_worker: Any = None) -> Figure:
    """Render a figure once more on the worker that receives this."""
    return await engine_of(dask_worker).draw_again(name, options)


async def interrupt_program(program: str | None = None, dask_worker: Any = None) -> None:
    """Interrupt a program, by default the one that runs, on the worker that receives this."""
    if program is None:
        engine_of(dask_worker).interrupt()
    else:
        await engine_of(dask_worker).cancel(program)


async def cancel_program(program: str, is_unheard: bool, dask_worker: Any = None) -> None:
    """End a program, and drop what it made where nobody has heard of it."""
    await engine_of(dask_worker).cancel(program, is_unheard=is_unheard)


async def program_standing(program: str | None, dask_worker: Any = None) -> Standing:
    """Tell where a program stands on the worker that receives this."""
    return engine_of(dask_worker).standing(program)


async def hand_over(
    name: str, start: int, count: int, dask_worker: Any = None
) -> tuple[int, memoryview]:
    """Return the length of a packed value that was put aside, and a piece of it."""
    return engine_of(dask_worker).piece(name, start, count)


async def receive(
    source: tuple[str, str], name: str, labels: dict[str, Any], dask_worker: Any = None
) -> Description:
    """Copy an object of another worker (its address and name there) to the one that gets this."""
    return await engine_of(dask_worker).receive(source, name, labels)
