"""A session for the examples in docstrings that need one; no part of the installed package."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pytest

from emout_lab import connect, sessions

#: Modules whose examples run on an engine.
ON_AN_ENGINE = frozenset({"emout_lab.remote.figure", "emout_lab.remote.ref"})


@pytest.fixture(scope="module")
def _session_of_examples() -> Iterator[None]:
    # Not tmp_path: sockets below it must keep to about 100 characters.
    with (
        tempfile.TemporaryDirectory(prefix="el-", ignore_cleanup_errors=True) as home,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("EMOUT_LAB_HOME", home)
        name = sessions.start(backend="local", memory="1G", cores=1, jobs=1).name
        try:
            sessions.wait_for_workers(timeout=60)
            with connect():
                yield
        finally:
            sessions.stop(name)


@pytest.fixture(autouse=True)
def _examples_have_a_session(request: pytest.FixtureRequest) -> None:
    """Start a session for the examples of a module that need one."""
    if getattr(request.node, "dtest", None) is None:
        return
    if request.node.dtest.globs["__name__"] in ON_AN_ENGINE:
        request.getfixturevalue("_session_of_examples")
