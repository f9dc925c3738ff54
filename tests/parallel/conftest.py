"""A client of a real session of two engines, and functions as a notebook has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emout_lab import parallel, sessions


@pytest.fixture(scope="package")
def pair(_never_the_real_home) -> Iterator[str]:
    """The name of a session with two engines of one core each."""
    sessions.start(name="views", backend="local", memory="1G", cores=1, jobs=2, allow_multiple=True)
    sessions.wait_for_workers("views", n=2, timeout=120)
    yield "views"
    sessions.stop("views")


@pytest.fixture(scope="module")
def client(pair: str) -> Iterator[parallel.Client]:
    with parallel.Client(pair) as connected:
        yield connected
    connected.session.close()


@pytest.fixture
def view(client: parallel.Client) -> Iterator[parallel.DirectView]:
    """A view of both engines, which know no names yet."""
    made = client[:]
    made.clear(block=True)
    yield made
    made.clear(block=True)


@pytest.fixture
def typed() -> Callable[[str], dict[str, Any]]:
    """Run source as if it were typed in a notebook and return the names that it defines."""

    def run(source: str) -> dict[str, Any]:
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(source, names)
        return names

    return run
