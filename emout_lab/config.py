"""Settings, merged once: defaults < site file < user file < environment < arguments.

This is the only module that reads ``os.environ``. Everything below receives one frozen object.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from emout_lab import allotment, setting_values
from emout_lab.environment import (
    FOLDER_VARIABLES,
    LEFT_OUT_VARIABLE,
    checked_names,
    passed_on,
)
from emout_lab.errors import SpecError
from emout_lab.policies import ALLOW, checked_policy
from emout_lab.quantities import (
    memory_text,
    parse_bytes,
    parse_pixels,
    parse_share,
    parse_silence,
    time_text,
)

SITE_FILE: Final = Path("/etc/emout-lab/config.yaml")
USER_FILE: Final = Path("~/.config/emout-lab/config.yaml")
PROFILE_FILE: Final = "profiles.yaml"
DASK_FILE: Final = "emout-lab.yaml"
DEFAULT_HOME: Final = Path("~/.emout")
FETCH_LIMIT: Final = 256_000_000
KERNEL_LOST_S: Final = 300.0
READ_LIMIT: Final = 256_000_000
BLOCK_LIMIT: Final = 128_000_000
FIGURE_SHARE: Final = 0.1
#: A poster (A1) at 300 dpi has 70 million, which take 280 MB while they are drawn.
FIGURE_PIXELS: Final = 100_000_000


@dataclass(frozen=True)
class Settings:
    """What a site, a user or a shell may decide once for all sessions.

    Attributes
    ----------
    home : Path
        Runtime root: states, certificates and logs of all sessions.
    scheduler_ip : str or None
        Address the scheduler listens on; None chooses by interface type.
    scheduler_port : int or None
        Port of the scheduler; None derives it from the user id.
    backend : str or None
        Backend of new sessions; None means ``slurm`` where sbatch is on the PATH, else ``local``.
    partition : str or None
        Partition of new sessions; None leaves it to the cluster.
    cores, memory, walltime : int, str, str or None
        Resources of one job; None means the backend's own default.
    processes, threads : int or None
        Worker processes of one job, and threads of each for Dask tasks; None means one process,
        and as many threads as it has cores.
    prologue : tuple of str
        Commands of job scripts before the worker starts.
    log_directory : str or None
        Where the logs of a session are kept when it is stopped; None keeps none.
    protocol : str
        What sessions speak; only ``tls`` can be.
    profile : str or None
        Site profile of new sessions; None chooses one by what the machine offers.
    idle_timeout : str or None
        Stop sessions that nobody uses for so long, for example ``2h``; None never does.
    host_partition, host_memory, host_walltime : str or None, str, str or None
        Resources of the host's own job (``--host job``); None means the session's partition, and
        the longest time that the partition allows.
    heartbeat_s : float [s]
        How often a host says that it lives.
    heartbeat_lost_s : float [s]
        Silence after which a host on another machine counts as gone.
    certificate_days : float
        How long the certificates of a session are valid, and with them the session.
    kernel_lost_s : float or None [s]
        Silence after which the objects of a kernel are dropped, for example of a suspended
        machine; they are computed again when it goes on. None never drops them.
    poll_jobs_s : float [s]
        How often a host asks the queue system about its jobs while nothing happens; more often
        after a start, a change of its jobs and the loss of a worker.
    fetch_limit : int or None [B]
        Most that ``ref.fetch()`` brings without being asked; None for no limit.
    read_limit : int or None [B]
        Largest part of a field that is brought here while a session is active; None for any.
    block_limit : int or None [B]
        Larger fields are computed in blocks, by all workers; None for never.
    figure_share : float
        Share of an engine's memory that pictures may take which it keeps, to show and to draw them
        again: from 0, which keeps the last one, to 0.5.
    figure_pixels : int or None
        Most pixels of one picture that an engine draws; None for any number.
    local_data_policy : {"allow", "local", "remote_required"}
        Whether field data may be read outside engines.
    trusted_folders : tuple of str
        Folders that sessions use and import from although others can write there.
    pass_environment : tuple of str
        Environment variables that hosts and workers get beside those in `emout_lab.environment`;
        a last ``*`` stands for any end of a name.

    Examples
    --------
    >>> Settings(home=Path("/tmp/x")).walltime is None
    True
    """

    home: Path
    scheduler_ip: str | None = None
    scheduler_port: int | None = None
    backend: str | None = None
    partition: str | None = None
    cores: int | None = None
    memory: str | None = None
    walltime: str | None = None
    processes: int | None = None
    threads: int | None = None
    prologue: tuple[str, ...] = ()
    log_directory: str | None = None
    protocol: str = "tls"
    profile: str | None = None
    idle_timeout: str | None = None
    host_partition: str | None = None
    host_memory: str = "2G"
    host_walltime: str | None = None
    heartbeat_s: float = 10.0
    heartbeat_lost_s: float = 90.0
    certificate_days: float = 365.0
    kernel_lost_s: float | None = KERNEL_LOST_S
    poll_jobs_s: float = 10.0
    read_limit: int | None = READ_LIMIT
    block_limit: int | None = BLOCK_LIMIT
    fetch_limit: int | None = FETCH_LIMIT
    figure_share: float = FIGURE_SHARE
    figure_pixels: int | None = FIGURE_PIXELS
    local_data_policy: str = ALLOW
    trusted_folders: tuple[str, ...] = ()
    pass_environment: tuple[str, ...] = ()


_CONVERTERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "home": setting_values.home,
    "scheduler_port": int,
    "cores": int,
    "memory": memory_text,
    "walltime": time_text,
    "processes": int,
    "threads": int,
    "prologue": setting_values.commands,
    "log_directory": lambda text: str(setting_values.folder(text)),
    "idle_timeout": time_text,
    "host_memory": memory_text,
    "host_walltime": time_text,
    "heartbeat_s": float,
    "heartbeat_lost_s": float,
    "certificate_days": float,
    "kernel_lost_s": parse_silence,
    "poll_jobs_s": float,
    "read_limit": parse_bytes,
    "fetch_limit": parse_bytes,
    "block_limit": parse_bytes,
    "figure_share": parse_share,
    "figure_pixels": parse_pixels,
    "local_data_policy": checked_policy,
    "trusted_folders": setting_values.folders,
    "pass_environment": checked_names,
}

_VARIABLES: Final[Mapping[str, str]] = {
    "EMOUT_LAB_HOME": "home",
    "EMOUT_DASK_SCHED_IP": "scheduler_ip",
    "EMOUT_DASK_SCHED_PORT": "scheduler_port",
    "EMOUT_DASK_BACKEND": "backend",
    "EMOUT_DASK_PARTITION": "partition",
    "EMOUT_DASK_CORES": "cores",
    "EMOUT_DASK_MEMORY": "memory",
    "EMOUT_DASK_WALLTIME": "walltime",
    "EMOUT_DASK_PROCESSES": "processes",
    "EMOUT_DASK_THREADS": "threads",
    "EMOUT_DASK_ENV_MODS": "prologue",
    "EMOUT_DASK_LOGDIR": "log_directory",
    "EMOUT_DASK_PROTOCOL": "protocol",
    "EMOUT_LAB_TRUSTED_FOLDERS": "trusted_folders",
    "EMOUT_LAB_READ_LIMIT": "read_limit",
    "EMOUT_LAB_FETCH_LIMIT": "fetch_limit",
    "EMOUT_LAB_BLOCK_LIMIT": "block_limit",
    "EMOUT_LAB_KERNEL_LOST": "kernel_lost_s",
    "EMOUT_LAB_FIGURE_SHARE": "figure_share",
    "EMOUT_LAB_FIGURE_PIXELS": "figure_pixels",
    "EMOUT_LOCAL_DATA_POLICY": "local_data_policy",
    "EMOUT_DASK_PROFILE": "profile",
    "EMOUT_DASK_IDLE_TIMEOUT": "idle_timeout",
    "EMOUT_LAB_PASS_ENVIRONMENT": "pass_environment",
}


def load(**arguments: Any) -> Settings:
    """Merge all sources into one `Settings`.

    Parameters
    ----------
    **arguments
        Fields of `Settings`; None means "not given".

    Returns
    -------
    Settings

    Raises
    ------
    SpecError
        A source has a value of the wrong kind, or a file an unknown key.

    Examples
    --------
    >>> load(cores=4).cores
    4
    """
    merged: dict[str, Any] = {"home": _convert("home", DEFAULT_HOME, "the default")}
    for file in (SITE_FILE, USER_FILE.expanduser()):
        merged.update(_from_file(file))
    for variable, field in _VARIABLES.items():
        text = os.environ.get(variable, "").strip()
        if text:
            merged[field] = _convert(field, text, f"environment variable {variable}")
    for field, value in arguments.items():
        if value is not None:
            merged[field] = _convert(field, value, "argument")
    return replace(Settings(home=merged.pop("home")), **merged)


def profile_files() -> list[Path]:
    """Return where site profiles may stand, the more particular file later.

    Those beside dask's own configuration are merged by dask too, so there the profiles stand
    below the key ``emout-lab``.

    Examples
    --------
    >>> profile_files()[-1].name
    'profiles.yaml'
    """
    own = os.environ.get("DASK_CONFIG", "").strip()
    dask_folders = [
        Path(os.environ.get("DASK_ROOT_CONFIG", "/etc/dask")),
        Path(sys.prefix, "etc", "dask"),
        Path("~/.config/dask").expanduser(),
        *([Path(own).expanduser()] if own else []),
    ]
    beside_dask = [
        # Dask's variable may name a file instead of a folder.
        folder if folder.is_file() else folder / DASK_FILE
        for folder in dask_folders
    ]
    return [
        SITE_FILE.with_name(PROFILE_FILE),
        *beside_dask,
        USER_FILE.expanduser().with_name(PROFILE_FILE),
    ]


def find_program(name: str) -> str | None:
    """Return the path of a command on the PATH, or None.

    Examples
    --------
    >>> find_program("no-such-command-anywhere") is None
    True
    """
    return shutil.which(name)


def slurm_configuration() -> Path | None:
    """Return the file that ``SLURM_CONF`` names, or None."""
    name = os.environ.get("SLURM_CONF")
    return Path(name) if name else None


def jupyter_session_name() -> str | None:
    """Return the notebook's path as Jupyter Server tells it to the kernels that it starts."""
    return os.environ.get("JPY_SESSION_NAME") or None


def python_path() -> list[str]:
    """Return the entries of PYTHONPATH, empty ones left out."""
    return [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]


def folders_left_out() -> str:
    """Return which folders of PYTHONPATH this process does not import from, a line each."""
    return os.environ.get(LEFT_OUT_VARIABLE, "")


def folders_in_environment() -> dict[str, str]:
    """Return the variables that name folders and files from which code and settings are loaded."""
    return {name: os.environ[name] for name in FOLDER_VARIABLES if os.environ.get(name)}


def variables(*names: str) -> dict[str, str | None]:
    """Return variables of this process, None where they are not set; to be put back later."""
    return {name: os.environ.get(name) for name in names}


def change_environment(**changes: str | None) -> None:
    """Set variables of this process, or remove those that are None."""
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def cores() -> int:
    """Return the cores that this process may use: OMP_NUM_THREADS of them where it is set.

    Dask sets it in its workers, whose other cores have tasks of their own.
    """
    available = allotment.cores()
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return min(available, int(wanted)) if wanted.isdigit() and int(wanted) else available


def child_environment(**extra: str) -> dict[str, str]:
    """Return what a child of this process gets of its environment, with additions.

    That is a list of names (`emout_lab.environment`) and what the settings add to it: everything
    else may be a secret, and a queue system keeps what it is given.

    Raises
    ------
    SpecError
        A settings file cannot be used.

    Examples
    --------
    >>> child_environment(LC_ALL="C")["LC_ALL"]
    'C'
    """
    return {**passed_on(os.environ, load().pass_environment), **extra}


def _from_file(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as exc:
        raise SpecError(f"Settings file {file} cannot be read: {exc.strerror or exc}.") from exc
    import yaml  # noqa: PLC0415 - most machines have no settings file, and yaml costs import time

    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as exc:
        raise SpecError(f"Settings file {file} is not valid YAML: {exc}") from exc
    if not isinstance(content, dict):
        raise SpecError(f"Settings file {file} must hold 'key: value' lines.")
    known = {field.name for field in fields(Settings)}
    unknown = sorted(str(key) for key in set(content) - known)
    if unknown:
        raise SpecError(
            f"Settings file {file} has unknown keys: {', '.join(unknown)}. "
            f"Known are: {', '.join(sorted(known))}."
        )
    return {key: _convert(key, value, str(file)) for key, value in content.items()}


def _convert(field: str, value: Any, source: str) -> Any:
    try:
        return _CONVERTERS.get(field, str)(value)
    except SpecError as exc:
        raise SpecError(f"{field} (from {source}): {exc}", field) from exc
    except (TypeError, ValueError) as exc:
        raise SpecError(f"{field} = {value!r} (from {source}) is not a number.", field) from exc


def open_hdf5_unlocked() -> None:
    """Let HDF5 files be opened without locks in this process, unless the environment says else.

    To be called before h5py is loaded. HDF5 opens a file a second time only with the same locking
    as the first: a reader of files that a simulation writes asks for none, h5py for its default.
    """
    os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")
