"""The code of the documentation runs as it stands, page by page, and its commands exist."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import h5py
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from IPython.core.interactiveshell import InteractiveShell
from pages import DOCS, ROOT, not_run, pages, runnable
from traitlets.config import Config

import emout_lab
from emout_lab import cli, sessions
from emout_lab.emses.demo import write_demo_data
from emout_lab.experiments import sweeps
from emout_lab.server.app import EmoutLabApp
from emout_lab.sessions import SessionStatus

#: Pages whose code another test runs, and which.
ELSEWHERE = {
    "docs/howto/jupyterhub.md": [
        "tests/test_docs_code.py::test_the_hub_page_names_settings_of_the_server_extension"
    ],
    "docs/tutorial.md": ["tests/test_docs.py::test_the_tutorial_runs_in_a_notebook"],
    "docs/users/coming-from-emout.md": [
        "tests/dropin/test_page.py::test_the_code_on_the_page_runs",
        "tests/dropin/test_sessions_page.py::test_the_code_on_sessions_runs",
    ],
    "docs/users/live-figures.md": [
        "tests/remote/test_live_page.py::test_the_code_of_the_page_runs"
    ],
    "docs/users/particles.md": [
        "tests/emses/test_particles_guide.py::test_the_code_of_the_page_runs"
    ],
}
#: Blocks that no machine of tests can run, and why.
NOT_RUN = [("docs/users/sessions.md", "schedulers at other addresses")]
READ = [ROOT / "README.md", *pages()]


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


WITH_CODE = [page for page in READ if runnable(page)]
HERE = [page for page in WITH_CODE if named(page) not in ELSEWHERE]


@pytest.fixture(scope="module")
def written_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of `emout-lab demo-data run`, with fewer steps."""
    return write_demo_data(tmp_path_factory.mktemp("data") / "run", steps=3)


@pytest.fixture
def folder(written_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the reader of a page works."""
    shutil.copytree(written_run, tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMOUT_DASK_BACKEND", "local")  # also where there is a queue
    return tmp_path


@pytest.fixture
def shell(local_session: SessionStatus) -> Iterator[InteractiveShell]:
    """A notebook's shell, with the session of these tests as the active one."""
    main = sys.modules["__main__"]
    config = Config({"HistoryManager": {"enabled": False}})
    shell = InteractiveShell.instance(config=config)
    formatter = shell.display_formatter
    formatter.active_types = formatter.format_types  # as in a kernel, where pictures are shown
    with emout_lab.connect(name=local_session.name):
        yield shell
    shell.restore_sys_module_state()
    InteractiveShell.clear_instance()
    sys.modules["__main__"] = main
    plt.close("all")
    emout_lab.local_data_policy(None)
    for each in sessions.list():
        if each.name != local_session.name:
            sessions.stop(each.name)


def _cubes(folder: Path) -> None:
    """A file of another program."""
    dims = ("time", "y", "x")
    xr.Dataset({"warmth": (dims, np.arange(60.0).reshape(3, 4, 5))}).to_netcdf(folder / "huge.nc")
    shutil.copy(folder / "huge.nc", folder / "weather.nc")


def _tables(folder: Path) -> None:
    """Files of other programs, as the pages on refs and on reading name them."""
    _cubes(folder)
    pd.DataFrame({"energy": [1.0, 2.0, 3.0]}).to_csv(folder / "log.csv")
    for name in ("values.h5", "run.h5"):
        with h5py.File(folder / name, "w") as file:
            file["group/data"] = np.arange(5)


def _restarts(folder: Path) -> None:
    """What a restart wrote, and a charge density, which the demo has not."""
    for name in ("later", "latest"):
        shutil.copytree(folder / "run", folder / name)
    with h5py.File(folder / "run" / "rho00_0000.h5", "w") as file:
        file["rho/0000"] = np.zeros((65, 65, 65), "f4")


def _sweep_session(folder: Path) -> None:
    """The session that the page has started in a terminal."""
    sessions.start(name="sweep", backend="local", memory="1G", cores=1, allow_multiple=True)
    sessions.wait_for_workers("sweep", timeout=60)


def _campaign(folder: Path) -> None:
    """Runs of a campaign."""
    for number in range(3):
        write_demo_data(folder / "campaign" / f"run{number}", grid=8, steps=2 + number)


#: What the reader of a page has, beside the run.
PREPARE: dict[str, Callable[[Path], None]] = {
    "README.md": _cubes,
    "docs/howto/several-sessions.md": _sweep_session,
    "docs/users/data.md": _restarts,
    "docs/users/index.md": _tables,
    "docs/users/reading.md": _tables,
    "docs/users/sweeps.md": _campaign,
}
#: What pages need that comes with extras.
EXTRAS = {
    "docs/users/backtrace.md": ["numba"],
    "docs/users/plot3d.md": ["numba", "pyvista"],
    "docs/users/reading.md": ["emout"],
    "docs/users/sweeps.md": ["scipy"],
}


@pytest.mark.parametrize("page", HERE, ids=named)
def test_the_code_of_each_page_runs(page: Path, folder: Path, shell: InteractiveShell) -> None:
    for extra in EXTRAS.get(named(page), []):
        pytest.importorskip(extra)
    PREPARE.get(named(page), lambda _: None)(folder)
    for block in runnable(page):
        result = shell.run_cell(block)
        try:
            result.raise_error()
        except BaseException as error:
            raise AssertionError(f"{named(page)}: {error!r} in\n{block}") from error
    for sweep in sweeps():
        assert not sweep.progress.failed, sweep.progress.first_error


def test_code_that_runs_elsewhere_has_its_test() -> None:
    assert set(ELSEWHERE) <= {named(page) for page in WITH_CODE}
    for page, test in ((page, test) for page, tests in ELSEWHERE.items() for test in tests):
        file, _, name = test.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert f"def {name}(" in text, test
        assert Path(page).name in text, test


def test_code_that_is_not_run_is_listed_with_its_reason() -> None:
    found = [(named(page), reason) for page in READ for reason in not_run(page)]
    assert found == NOT_RUN
    assert len(found) < 12
    marks = sum(page.read_text("utf-8").count("<!-- not run") for page in READ)
    assert marks == len(found), "a mark stands right above its block"


def test_the_hub_page_names_settings_of_the_server_extension() -> None:
    names: dict[str, Any] = {"c": Config()}
    for block in runnable(DOCS / "howto" / "jupyterhub.md"):
        exec(block, names)
    for name, settings in names["c"].items():
        assert name == EmoutLabApp.__name__
        assert set(settings) <= set(EmoutLabApp.class_trait_names(config=True))


#: Blocks without a language are terminals; of what they show only the commands are looked at.
_BLOCK = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^ *(?:\$ )?(emout-lab .*)$", re.MULTILINE)
_SPAN = re.compile(r"`(emout-lab [^`]+)`")


def _command(words: list[str]) -> tuple[click.Command, list[str]]:
    command: click.Command = cli.cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        assert words[0] in command.commands, f"there is no command {words[0]!r}"
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pytest.mark.parametrize("page", READ, ids=named)
def test_commands_on_pages_exist_with_their_options(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    terminals = [block for _, language, block in _BLOCK.findall(text) if language in ("", "bash")]
    for block in terminals:
        for line in _COMMAND.findall(block):
            command, words = _command(shlex.split(line)[1:])
            command.make_context("emout-lab", words)  # reads all values, and starts nothing
    for line in _SPAN.findall(_BLOCK.sub("", text)):
        # A form such as `emout-lab server status [NAME] [--all]`: its values are words.
        command, words = _command(re.sub(r"[\[\]]", "", line).split()[1:])
        with click.Context(command) as context:
            command.make_parser(context).parse_args(words)


def test_options_in_the_table_of_commands_exist() -> None:
    text = (DOCS / "users" / "sessions.md").read_text(encoding="utf-8")
    start = {name for each in cli.start.params for name in each.opts + each.secondary_opts}
    rows = re.findall(r"^\| (`--.*?) \|", text, re.MULTILINE)
    options = {name for row in rows for name in re.findall(r"`(--[a-z-]+)", row)}
    assert options, "the page has no table of options"
    assert options <= start
