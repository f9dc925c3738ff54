"""What tasks left on the workers: whether there is memory for it, and how much is where."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from emout_lab.errors import TooLarge
from emout_lab.format import format_bytes

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as DaskFuture

#: How much of a worker's memory results may take that stay there: from 0.8 on Dask lets it pause.
KEPT_SHARE = 0.7
#: How often a waiting thread looks whether it was interrupted [s].
POLL_S = 0.2


def require_memory(client: Client, wanted: int, label: str) -> None:
    """Make sure that the workers have memory for results.

    Raises
    ------
    TooLarge
        With what is wanted and what is left.
    """
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    left = sum(
        max(0, int(KEPT_SHARE * each["memory_limit"]) - int(each["metrics"].get("memory", 0)))
        for each in workers
    )
    if wanted > left:
        raise TooLarge(
            f"{label} takes {format_bytes(wanted)}, and the workers can keep {format_bytes(left)}. "
            "Persist a part, scale the session up, or save it with .save(path)."
        )


def send(client: Client, values: Sequence[Any], lasting: bool) -> list[Any]:
    """Send values to all workers, of which each task needs them; itself where there is none.

    Each worker has its own copy, so that one that is lost takes none with it. Lasting ones the
    scheduler has as well: they outlive all workers.
    """
    if lasting:
        return [client.submit(_itself, each, pure=False) for each in values]
    # An interrupt in its middle would leave values with the workers that nobody knows of.
    pool = ThreadPoolExecutor(1, "emout-lab-send")
    try:
        sent = pool.submit(client.scatter, list(values), broadcast=True, direct=True, hash=False)
        while not wait([sent], POLL_S).done:
            continue
        return list(sent.result())
    except TimeoutError:  # no worker is there: who computes with them says so
        return list(values)
    finally:
        pool.shutdown(wait=False)


def _itself(values: Any) -> Any:
    return values


def bytes_by_worker(client: Client, futures: Sequence[DaskFuture]) -> dict[str, int]:
    """Return what results of tasks take on each worker, by its name."""
    workers = client.scheduler_info(n_workers=-1)["workers"]
    sizes = client.nbytes([each.key for each in futures], summary=False)
    places: dict[str, int] = {}
    for key, addresses in client.who_has(futures).items():
        for address in addresses:
            name = str(workers[address]["name"]) if address in workers else address
            places[name] = places.get(name, 0) + int(sizes.get(key, 0))
    return dict(sorted(places.items()))
