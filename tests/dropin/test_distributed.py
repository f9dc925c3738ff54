"""Scripts of upstream emout.distributed, with another import line, on a real session."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from isolation import isolated_home
from matplotlib.cm import ScalarMappable

import emout_lab
from emout_lab import sessions
from emout_lab.emout import distributed
from emout_lab.emout.distributed import (
    LocalDataAccessDisabledError,
    RemoteFigure,
    RemoteRef,
    RemoteScope,
    clear_sessions,
    connect,
    disable_local_data_access,
    display_image,
    get_or_create_session,
    remote_figure,
    remote_scope,
    reset_local_data_policy,
    start_cluster,
    stop_cluster,
)
from emout_lab.emout.distributed.client import ensure_client_has_workers, get_cluster_info
from emout_lab.emout.distributed.remote_figure import is_recording
from emout_lab.emout.distributed.server_state import list_server_states, load_server_state
from emout_lab.emout.distributed.utils import run_backend
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import NoEngine, NoSession, ObjectGone, SessionDead
from emout_lab.sessions import SessionStatus

pytestmark = pytest.mark.usefixtures("local_session")


class Curve:
    """What draws on an engine, and gives what upstream's plot_surfaces gives."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def plot(self, color: str = "red") -> list:
        return plt.plot(self.values, color=color)

    def plot_surfaces(self) -> tuple:
        plt.plot(self.values)
        return matplotlib.colormaps["viridis"], matplotlib.colors.Normalize(0.0, 9.0)


@pytest.fixture(autouse=True)
def _no_connection_is_left() -> Iterator[None]:
    yield
    clear_sessions()


@pytest.fixture
def remote(local_session: SessionStatus) -> emout_lab.Session:
    return emout_lab.connect()


def on_engine(session: emout_lab.Session, value: object) -> RemoteRef:
    return RemoteRef.of(emout_lab.remote(value, session=session))


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_demo_data(tmp_path_factory.mktemp("run"), grid=8, steps=2)


# connect


def test_connect_gives_a_plain_dask_client_that_is_the_default_one(local_session) -> None:
    from distributed import Client, default_client

    with connect() as client:
        assert isinstance(client, Client)
        assert default_client() is client
        assert client.submit(lambda: 6 * 7).result() == 42
        assert client.scheduler.address == local_session.address
    with connect(local_session.address, timeout=3, require_workers=True) as client:
        assert ensure_client_has_workers(client)["workers"]
    assert get_cluster_info(load_server_state())["address"] == local_session.address


def test_connect_names_the_session_in_which_is_drawn(local_session: SessionStatus) -> None:
    clear_sessions()
    with connect(name="default"):
        assert get_or_create_session().name == "default"
        assert run_backend(np.sum, [1, 2]) == 3
    # Closing the plain client leaves figures and refs their connection.
    assert float(on_engine(get_or_create_session(), 2.0)) == 2.0


def test_connect_tells_by_runtime_errors_what_is_missing() -> None:
    with isolated_home():
        with pytest.raises(RuntimeError, match="emout-lab server start") as caught:
            connect()
        assert isinstance(caught.value, NoSession)
        with pytest.warns(RuntimeWarning, match="No session runs"):
            assert get_or_create_session("run") is None
    with pytest.raises(NoSession, match="'other'"):
        connect(name="other")
    with pytest.raises(SessionDead, match="does not answer at tcp://127.0.0.1:9"):
        connect("tcp://127.0.0.1:9", timeout="1s")
    with pytest.raises(ValueError, match="timeout"):
        connect(timeout="soon")


def test_the_active_state_is_read_as_upstream_reads_it(local_session: SessionStatus) -> None:
    state = load_server_state()
    assert state is not None
    assert [each["name"] for each in list_server_states()] == [state["name"]] == ["default"]
    assert (state["address"], state["protocol"]) == (local_session.address, "tls")


def test_a_scheduler_without_workers_is_told_by_a_runtime_error() -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=0, dashboard_address=None, protocol="tcp") as empty:
        with connect(empty.scheduler_address) as client:
            assert client.scheduler_info()["workers"] == {}
        with pytest.raises(RuntimeError, match="no worker after 0.2 s") as caught:
            connect(empty.scheduler_address, require_workers=True, worker_timeout=0.2)
    assert isinstance(caught.value, NoEngine)


def test_a_cluster_is_started_joined_and_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with isolated_home():
        monkeypatch.setenv("EMOUT_DASK_BACKEND", "local")
        given = {"cores": 1, "memory": "1G", "logdir": str(tmp_path / "logs"), "threads": 1}
        with pytest.raises(ValueError, match="tls only"):
            start_cluster(**given, protocol="tcp")
        with start_cluster(**given) as client, start_cluster(server_name="default") as again:
            assert client.scheduler.address == again.scheduler.address
        assert get_or_create_session().name == "default"
        stop_cluster()
        assert sessions.list() == []
        with pytest.raises(RuntimeError, match="No session runs"):
            stop_cluster()
    (kept,) = (tmp_path / "logs").iterdir()
    assert (kept / "host.log").exists()


# Refs


def test_call_and_apply_give_refs_that_have_them_too(remote: emout_lab.Session) -> None:
    values = on_engine(remote, np.arange(12.0))
    table = values.call("reshape", 3, 4)
    second = table.apply(lambda found, row, factor: found[row] * factor, 1, factor=2)
    assert type(table) is type(second) is type(second[0] + 1) is type(np.sqrt(second)) is RemoteRef
    np.testing.assert_allclose(second.fetch(), np.arange(4.0, 8.0) * 2)
    assert float(second.apply(np.max)) == 14.0
    # The one of the object itself, as upstream calls it.
    frame = on_engine(remote, pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}))
    assert float(frame.apply(lambda whole: whole.values.sum())) == 10.0
    assert frame.call("apply", np.sum).fetch().tolist() == [3.0, 7.0]
    assert {"call", "apply"} <= set(dir(frame))


def test_native_refs_leave_both_names_to_the_object(remote: emout_lab.Session) -> None:
    frame = emout_lab.remote(pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}), session=remote)
    assert type(frame + 1) is emout_lab.RemoteRef
    assert frame.apply(np.sum).fetch().tolist() == [3.0, 7.0]


def test_arguments_may_be_refs_and_failures_keep_their_class(remote: emout_lab.Session) -> None:
    left, right = on_engine(remote, np.arange(3.0)), on_engine(remote, np.ones(3))
    assert float(left.apply(np.dot, right)) == 3.0
    with pytest.raises(ZeroDivisionError):
        left.apply(lambda _: 1 / 0).fetch()
    with pytest.raises(AttributeError):
        left.call("no_such_method").fetch()


def test_plot_outside_of_a_block_draws_a_figure_of_its_own(
    remote: emout_lab.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    curve = on_engine(remote, Curve(np.arange(4.0)))
    assert curve.plot(color="blue", dpi=50) is None
    assert "figure" in capsys.readouterr().out
    axes = plt.figure().add_subplot()
    assert curve.plot(ax=axes, dpi=50) is axes
    assert axes.images and not axes.axison
    plt.close("all")
    cmap, norm = curve.plot_surfaces()
    assert (cmap.name, norm.vmax) == ("viridis", 9.0)


def test_plot_inside_of_a_block_is_part_of_it(remote: emout_lab.Session) -> None:
    curve = on_engine(remote, Curve(np.arange(4.0)))
    with remote_figure(dpi=50) as fig:
        curve.plot(color="blue", dpi=300)
        cmap, norm = curve.plot_surfaces()
        bar = fig.colorbar(ScalarMappable(norm=norm, cmap=cmap), ax=plt.gca())
        bar.set_label("V")
        assert float(bar.vmax) == 9.0
        fig.suptitle("both")
    assert len(fig.results) == 1
    assert fig.result.width < 500


def test_films_are_what_upstream_gives(remote: emout_lab.Session, run_directory: Path) -> None:
    opened = remote.open("emout_lab.emses.emout:Emout", run_directory)
    field = RemoteRef.of(opened).phisp[:, :, 4, :]
    assert "<div" in field.gifplot()
    assert field.gifplot(action="bytes").startswith(b"GIF")
    with pytest.raises(ValueError, match="show"):
        field.gifplot(action="show")


# Scopes


def test_a_scope_may_be_opened_and_closed_twice(remote: emout_lab.Session) -> None:
    scope = remote_scope()
    assert isinstance(scope, RemoteScope)
    assert scope.open() is scope.open() is scope
    values = on_engine(remote, np.arange(3.0))
    assert float(values.sum()) == 3.0
    scope.clear()
    kept = on_engine(remote, np.arange(4.0))
    assert float(kept.sum()) == 6.0
    scope.close()
    scope.close()
    assert not scope.is_open


def test_a_scope_may_be_closed_before_its_block_ends(remote: emout_lab.Session) -> None:
    with remote_scope() as scope:
        values = on_engine(remote, np.arange(3.0))
        values[0] = 5.0
        assert float(values.sum()) == 8.0
        scope.close()
        with pytest.raises(ObjectGone):
            values.fetch()
        with pytest.raises(RuntimeError):
            values.fetch()


# Figures


def test_remote_figure_takes_upstreams_arguments_in_their_order(
    remote: emout_lab.Session, tmp_path: Path
) -> None:
    file = tmp_path / "drawn.svg"
    with remote_figure(get_or_create_session(), "run", None, None, 50, (3, 2), file) as fig:
        axes = fig.add_axes([0.1, 0.1, 0.8, 0.8])
        axes.plot([1, 4, 9])
        assert is_recording()
    assert file.read_text().lstrip().startswith("<?xml")
    assert not is_recording()


def test_a_figure_is_open_once_and_says_so(remote: emout_lab.Session, tmp_path: Path) -> None:
    rf = RemoteFigure(dpi=50, figsize=(3, 2), savefilepath=tmp_path / "a.png")
    assert (rf.fmt, rf.dpi, rf.figsize, rf.is_open, rf.fig) == ("png", 50, (3, 2), False, None)
    assert rf.open() is rf
    with pytest.raises(RuntimeError, match="open"):
        rf.open()
    rf.fig.add_subplot().plot([1, 2])
    plt.xlabel("x [m]")
    kept = rf.fig
    assert rf.is_open
    rf.close()
    rf.close()
    assert rf.fig is None
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert rf.result is not None and rf.result.width < 200
    assert kept.result is rf.result
    unused = RemoteFigure()
    unused.close()
    with pytest.raises(RuntimeError, match="not open"):
        unused._figure.suptitle("too late")


def test_a_figure_works_as_a_block_and_warns_where_it_was_never_closed(
    remote: emout_lab.Session,
) -> None:
    with RemoteFigure(dpi=50) as rf:
        plt.plot([1, 2])
    assert rf.result is not None
    lost = RemoteFigure(dpi=50).open()
    with pytest.warns(ResourceWarning, match="never closed"):
        del lost
    plt.close("all")


def test_an_unfinished_block_draws_nothing(remote: emout_lab.Session, tmp_path: Path) -> None:
    with pytest.raises(KeyError), RemoteFigure(savefilepath=tmp_path / "a.png") as rf:
        plt.plot([1, 2])
        raise KeyError("mine")
    assert rf.result is None
    assert list(tmp_path.iterdir()) == []


def test_images_are_shown_in_axes_of_this_process(remote: emout_lab.Session) -> None:
    with remote_figure(dpi=50) as fig:
        plt.plot([1, 2])
    axes = display_image(fig.result.data)
    assert axes.images[0].get_array().shape[:2] == (fig.result.height, fig.result.width)
    plt.close("all")


# The policy


def test_reading_here_raises_upstreams_error(run_directory: Path) -> None:
    clear_sessions()
    with isolated_home():
        data = emout_lab.Emout(run_directory)
        disable_local_data_access()
        try:
            with pytest.raises(LocalDataAccessDisabledError, match="remote_required"):
                np.asarray(data.phisp[-1])
            with distributed.local_data_policy("allow"):
                assert np.isfinite(np.asarray(data.phisp[-1])).all()
            assert distributed.is_local_data_access_disabled()
        finally:
            reset_local_data_policy()
        assert not distributed.is_local_data_access_disabled()
    assert issubclass(LocalDataAccessDisabledError, RuntimeError)


def test_the_policys_other_words_are_upstreams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOUT_LOCAL_DATA_POLICY", "strict")
    assert distributed.get_local_data_policy() == "remote_required"
    distributed.enable_local_data_access()
    try:
        assert distributed.get_local_data_policy() == "allow"
        assert distributed.get_local_data_policy("disabled") == "remote_required"
    finally:
        reset_local_data_policy()
    with pytest.raises(ValueError, match="'never'"):
        distributed.set_local_data_policy("never")
    with pytest.raises(LocalDataAccessDisabledError, match="forbids to read data for phisp"):
        distributed.require_local_data_access(None, "read data", "phisp")


# Names


def test_the_function_is_found_whichever_way_it_is_imported_first() -> None:
    code = (
        "import {first}\n"
        "import importlib\n"
        "module = importlib.import_module('emout_lab.emout.distributed.remote_figure')\n"
        "from emout_lab.emout.distributed import remote_figure\n"
        "from emout_lab.emout.distributed.remote_figure import register_magics\n"
        "try:\n    register_magics()\n"
        "except RuntimeError as error:\n    assert 'IPython' in str(error)\n"
        "print(repr(remote_figure(dpi=50)), repr(module.remote_figure(dpi=50)))\n"
    )
    for first in ("emout_lab.emout.distributed", "emout_lab.emout.distributed.remote_figure"):
        ran = subprocess.run(
            [sys.executable, "-c", code.format(first=first)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.stdout.count("<RemoteFigure: nothing drawn>") == 2, ran.stderr


def test_importing_the_package_loads_neither_dask_nor_matplotlib() -> None:
    code = (
        "import sys, emout_lab.emout.distributed as d\n"
        "d.LocalDataAccessDisabledError\n"
        "print({'dask', 'distributed', 'matplotlib', 'xarray'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_a_refs_class_is_one_whatever_upstream_calls_it() -> None:
    for name in ("RemoteEmout", "RemoteHeatmap", "RemoteXYData", "RemoteProbabilityResult"):
        assert getattr(distributed, name) is RemoteRef
    assert distributed.RemoteSession is emout_lab.Session
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sessions.get().name == "default"
