"""Messages to workers and nannies of Dask in one hop, past the scheduler and its queue of tasks.

Dask does what ``client.run`` does by a message that any of its servers sends. What is asked of it
by names that it does not document stands here, each with a public way for versions without them.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Sequence
from typing import Any

import cloudpickle
import distributed
from distributed import core
from distributed.protocol import pickle as encoding

from emout_lab.errors import EngineLost

#: What is said of a worker of whose end no nanny tells.
UNKNOWN_REASON = "its worker was killed, its job ended or reached its walltime"
#: A connection that is asked for in vain is given up by then, where nothing else is said [s].
REACH_TIMEOUT_S = 2.0


async def run_at(owner: Any, address: str, function: Any, *args: Any) -> Any:
    """Run a function on the worker or nanny at an address and return what it gives.

    Parameters
    ----------
    owner : distributed.Client, Worker or Scheduler
        Who asks: its connections are used.
    address : str
        Of the worker, or of a nanny.
    function : callable
        Of a module; a parameter ``dask_worker`` gets the worker or the nanny.
    *args : Any
        Its arguments.

    Raises
    ------
    Exception
        What the function raised there.
    OSError
        The connection was lost.
    """
    response = await response_at(owner, address, function, *args)
    if response["status"] != "OK":
        raise error_of(response)
    return response["result"]


async def response_at(owner: Any, address: str, function: Any, *args: Any) -> dict[str, Any]:
    """Do what `run_at` does and return the whole response, for `error_of`.

    Raises
    ------
    OSError
        The connection was lost.
    """
    message = {"function": _packed(function)}
    if args:
        message["args"] = _packed(args)
    pool = getattr(owner, "rpc", None)
    response: dict[str, Any]
    if callable(pool):
        response = await pool(address).run(**message)
    else:  # a connection of its own for every message, in a few milliseconds more
        async with _server(owner, address) as server:
            response = await server.run(**message)
    return response


def engine_lost(
    address: str, reason: str = UNKNOWN_REASON, during: Sequence[str] | None = None
) -> EngineLost:
    """Return the error that says that the worker at an address is gone, and why."""
    error = EngineLost(
        f"the engine at {address} was lost: {reason}. "
        "`emout-lab server status` tells the state of the session.",
        during,
    )
    error.address = address
    return error


async def can_reach(client: Any, address: str, timeout: float = REACH_TIMEOUT_S) -> bool:
    """Tell whether the worker at ``address`` can be reached from here, past the scheduler."""
    try:
        pool: Any = getattr(client, "rpc", None)
        if hasattr(pool, "connect") and hasattr(pool, "reuse"):
            pool.reuse(address, await pool.connect(address, timeout=timeout))
        else:
            async with _server(client, address) as server:
                await asyncio.wait_for(server.identity(), timeout)
    except (OSError, asyncio.TimeoutError):
        return False
    except (AttributeError, TypeError):  # a Dask that connects otherwise: all by the scheduler
        return False
    return True


def error_of(response: Any) -> BaseException:
    """Return the error that a server of Dask answers with, and where it was raised if known."""
    clean = getattr(core, "clean_exception", None)
    if clean is not None:
        _, error, traceback = clean(**response)
        found: BaseException = error.with_traceback(traceback)
        return found
    # Without the lines of the other process: a traceback is pickled in a way of Dask's own.
    error = response["exception"]
    if isinstance(error, bytes | bytearray):
        try:
            error = pickle.loads(error)
        except Exception:  # noqa: BLE001  # of a class that is not to be had here
            error = response.get("exception_text") or error
    return error if isinstance(error, BaseException) else RuntimeError(str(error))


def _packed(value: Any) -> bytes:
    dumps = getattr(encoding, "dumps", cloudpickle.dumps)
    data: bytes = dumps(value)
    return data


def _server(owner: Any, address: str) -> Any:
    """Return a connection of its own, to be closed after its use."""
    kinds = {distributed.Client: "client", distributed.Scheduler: "scheduler"}
    role = next((role for kind, role in kinds.items() if isinstance(owner, kind)), "worker")
    return distributed.rpc(address, connection_args=owner.security.get_connection_args(role))
