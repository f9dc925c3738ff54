"""Beside the real upstream package: every public name is here, and its sessions are joined."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from isolation import isolated_home
from peer import interpreter

ROOT = Path(__file__).parents[2]

LIST = """
import importlib, inspect, json, pkgutil
import emout.distributed as package

def public(module):
    # Classes and functions of its own, and constants.
    return sorted(
        name for name, value in vars(module).items()
        if not name.startswith("_") and not inspect.ismodule(value)
        and getattr(value, "__module__", module.__name__) in (module.__name__, None)
        and not type(value).__module__ in ("__future__", "logging", "typing")
    )

found = {"": sorted(name for name, value in vars(package).items()
                    if not name.startswith("_") and not inspect.ismodule(value))}
for each in pkgutil.iter_modules(package.__path__):
    found[each.name] = public(importlib.import_module(f"emout.distributed.{each.name}"))
found["policy"] = public(importlib.import_module("emout.local_data_policy"))
print(json.dumps(found))
"""

#: What upstream's own modules tell each other; sessions and recordings of ours have other ways.
INTERNAL = {
    "clusters": "the scheduler and the job scripts are a session's",
    "security": "a session makes its own keys",
}
INTERNAL_NAMES = {
    "client": {
        # A session tells them itself: sessions.get(name).state and .reason. The last is imported.
        "DEFAULT_SERVER_NAME",
        *("query_worker_job_states", "worker_jobs_active", "state_lost_workers"),
        *("no_worker_reason", "cleanup_saved_server_state"),
    },
    "config": set(),
    "remote_figure": {
        # Everything is recorded by one mechanism.
        *("record_axes_call", "record_axis_call", "record_backtrace_render", "record_plt_call"),
        *("record_boundary_plot", "record_cached_plot", "record_cached_plot_surfaces"),
        *("record_colorbar_call", "record_energy_spectrum", "record_field_plot"),
        *("record_figure_call", "record_plot_surfaces", "record_proxy_attr_set"),
        *("record_spine_call", "bind_session", "request_session"),
    },
    "remote_render": {"LOCAL_DATA_POLICY_ALLOW"},
    "server_state": {
        # Only a session's host writes its files.
        *("save_server_state", "clear_server_state", "ensure_private_dir"),
        *("write_private_bytes", "write_private_text", "write_private_json"),
    },
}

SERVE = """
import os, sys, time
from distributed import LocalCluster
from distributed.security import Security
from emout.distributed.security import ensure_cluster_security
from emout.distributed.server_state import save_server_state, server_session_dir

if __name__ == "__main__":
    files = ensure_cluster_security("default", "127.0.0.1")
    kept = files.cluster_kwargs()
    security = Security(
        require_encryption=True, tls_ca_file=kept["ca_file"],
        tls_scheduler_cert=kept["scheduler_cert"], tls_scheduler_key=kept["scheduler_key"],
        tls_worker_cert=kept["worker_cert"], tls_worker_key=kept["worker_key"],
        tls_client_cert=kept["client_cert"], tls_client_key=kept["client_key"],
    )
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, protocol="tls://",
        host="127.0.0.1", security=security, processes=False,
    ) as cluster:
        save_server_state({
            "address": cluster.scheduler_address, "pid": os.getpid(), "protocol": "tls",
            "session_dir": str(server_session_dir("default")), "started_at": time.time(),
            "worker_job_ids": [], "tls": files.client_state(),
        }, name="default", make_active=True)
        print("up", flush=True)
        sys.stdin.read()
"""


@pytest.fixture(scope="module")
def peer() -> str:
    """An interpreter that has upstream emout."""
    return interpreter()


@pytest.fixture(scope="module")
def names(peer: str) -> dict[str, list[str]]:
    ran = subprocess.run([peer, "-c", LIST], capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(ran.stdout)
    return found


def test_every_public_name_of_the_package_is_here(names: dict[str, list[str]]) -> None:
    ours = importlib.import_module("emout_lab.emout.distributed")
    assert len(names[""]) > 15
    assert [name for name in names[""] if not hasattr(ours, name)] == []
    assert [name for name in names[""] if name not in ours.__all__] == []
    assert [name for name in names["policy"] if not hasattr(ours, name)] == []


def test_every_name_of_its_modules_is_here_or_left_out_for_a_reason(
    names: dict[str, list[str]],
) -> None:
    missing = {}
    for module, listed in names.items():
        if module in ("", "policy", *INTERNAL):
            continue
        ours = importlib.import_module(f"emout_lab.emout.distributed.{module}")
        left_out = INTERNAL_NAMES.get(module, set())
        missing[module] = [n for n in listed if n not in left_out and not hasattr(ours, n)]
        assert left_out <= {*listed, "LOCAL_DATA_POLICY_ALLOW"}
    assert missing == {module: [] for module in missing}
    assert set(missing) == {"client", "config", "remote_figure", "remote_render"} | {
        "server_state",
        "utils",
    }


def test_functions_take_upstreams_arguments_by_name(peer: str) -> None:
    import inspect

    from emout_lab.emout import distributed

    checked = ("connect", "start_cluster", "stop_cluster", "remote_figure", "RemoteFigure")
    checked += ("register_magics", "display_image", "get_or_create_session")
    code = (
        "import inspect, json, emout.distributed as d\n"
        f"print(json.dumps({{n: list(inspect.signature(getattr(d, n)).parameters) "
        f"for n in {checked!r}}}))"
    )
    ran = subprocess.run([peer, "-c", code], capture_output=True, text=True, check=True)
    for name, parameters in json.loads(ran.stdout).items():
        assert list(inspect.signature(getattr(distributed, name)).parameters) == parameters, name


@pytest.mark.parametrize("command", ["start", "stop", "status"])
def test_the_command_line_takes_upstreams_options(peer: str, command: str) -> None:
    shown = []
    for python, package in ((peer, "emout"), (sys.executable, "emout_lab")):
        code = f"from {package}.cli import main; main()"
        asked = [python, "-c", code, "server", command, "--help"]
        ran = subprocess.run(asked, capture_output=True, text=True, check=True)
        shown.append(set(re.findall(r"--[a-z][a-z-]*", ran.stdout)))
    assert len(shown[0]) >= 3
    assert shown[0] - shown[1] == set()


@pytest.fixture
def upstream_server(peer: str, tmp_path: Path) -> Iterator[Path]:
    """A scheduler with upstream's own keys and state file, as `emout server start` leaves them."""
    with subprocess.Popen(
        [peer, "-c", SERVE],
        env={**os.environ, "HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as serving:
        assert serving.stdout is not None and serving.stdout.readline() == "up\n"
        yield tmp_path / ".emout"
        serving.communicate("")


def test_a_session_of_upstreams_own_is_joined(
    upstream_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from emout_lab import sessions
    from emout_lab.emout.distributed import connect
    from emout_lab.emout.distributed.server_state import load_server_state
    from emout_lab.errors import NoSession, SessionDead, UnsafeFile

    with isolated_home():
        monkeypatch.setenv("EMOUT_LAB_HOME", str(upstream_server))
        state = load_server_state()
        assert state is not None
        for where in ({}, {"name": "default"}, {"address": state["address"]}):
            with connect(**where, require_workers=True) as client:
                assert client.submit(max, 3, 4).result() == 4
        assert sessions.list() == []
        with pytest.raises(NoSession, match="'other'"):
            connect(name="other")
        os.chmod(state["tls"]["client_key"], 0o644)
        with pytest.raises(UnsafeFile):
            connect()
        os.chmod(state["tls"]["client_key"], 0o600)
        gone = {**state, "address": "tls://127.0.0.1:9"}
        (upstream_server / "server.json").write_text(json.dumps(gone))
        with pytest.raises(SessionDead, match="'default' of emout"):
            connect(timeout="1s")
