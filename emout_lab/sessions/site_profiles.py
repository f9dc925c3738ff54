"""Site profiles: named presets of backend, partition and directives, from YAML files."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from emout_lab.config import Settings, find_program, profile_files
from emout_lab.errors import SessionError, SpecError
from emout_lab.quantities import memory_text, time_text
from emout_lab.sessions.directives import LINE_FIELDS, check_lines
from emout_lab.sessions.slurm import call_sync
from emout_lab.sessions.spec import SessionSpec, default_backend

NO_PROFILE: Final = "none"
NAMESPACE: Final = "emout-lab"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SiteProfile:
    """A named preset of what a site's sessions need.

    Parameters
    ----------
    name : str
        What ``--profile`` takes.
    description : str
        A line for people.
    backend, partition, memory, cores, walltime, host
        Presets for the properties of `SessionSpec` of the same names.
    directives, skip_directives, prologue : tuple of str
        As in `SessionSpec`.
    sbatch_option : str or None
        The profile is chosen by itself where ``sbatch --help`` offers this option.

    Examples
    --------
    >>> KUDPC.sbatch_option
    '--rsc'
    """

    name: str
    description: str = ""
    backend: str | None = None
    partition: str | None = None
    memory: str | None = None
    cores: int | None = None
    walltime: str | None = None
    host: str | None = None
    directives: tuple[str, ...] = ()
    skip_directives: tuple[str, ...] = ()
    prologue: tuple[str, ...] = ()
    sbatch_option: str | None = None


#: Kyoto's system asks for resources in an option of its own, and refuses SLURM's.
KUDPC: Final = SiteProfile(
    name="kudpc",
    description="ACCMS, Kyoto University",
    backend="slurm",
    partition="gr20001a",
    # One task: the processes of a job are children of one dask worker command.
    directives=("--rsc p=1:t={cores}:c={cores}:m={memory}",),
    skip_directives=("#SBATCH -n ", "#SBATCH --cpus-per-task=", "#SBATCH --mem="),
    sbatch_option="--rsc",
)

_CHECKS: Final = {"memory": memory_text, "walltime": time_text}
_PRESETS: Final = ("backend", "partition", "memory", "cores", "walltime")
_KEYS: Final = frozenset(field.name for field in fields(SiteProfile)) - {"name"}


def load_profiles(files: list[Path] | None = None) -> dict[str, SiteProfile]:
    """Return all profiles by name; a later file's profile replaces an earlier one's.

    Parameters
    ----------
    files : list of Path, optional
        Where to look; `emout_lab.config.profile_files` by default.

    Raises
    ------
    SpecError
        A file is no YAML, or has an unknown key or a value of the wrong kind.

    Examples
    --------
    >>> list(load_profiles([]))
    ['kudpc']
    """
    found = {KUDPC.name: KUDPC}
    for file in profile_files() if files is None else files:
        for name, content in _read(file).items():
            found[str(name)] = _profile(str(name), content, file)
    return found


def apply(spec: SessionSpec, settings: Settings) -> SessionSpec:
    """Return `spec` with what its profile presets, where the user has not said otherwise.

    A profile that the request names wins over settings files and environment variables; one that
    was chosen by the settings or by itself gives way to them.

    Raises
    ------
    SpecError
        There is no such profile, or a file of profiles cannot be used.
    """
    wanted = spec.profile or settings.profile
    if wanted == NO_PROFILE:
        return spec
    profiles = load_profiles()
    if wanted is None:
        chosen = _chosen_by_machine(spec.backend or settings.backend, profiles)
        if chosen is None:
            return spec
    elif wanted in profiles:
        chosen = profiles[wanted]
    else:
        raise SpecError(
            f"profile {wanted!r} is unknown; there are {', '.join(sorted(profiles))} and "
            f"{NO_PROFILE}. Profiles stand in: {', '.join(map(str, profile_files()))}",
            field="profile",
        )
    return _applied(spec, chosen, settings, is_named=spec.profile is not None)


def _applied(
    spec: SessionSpec, profile: SiteProfile, settings: Settings, *, is_named: bool
) -> SessionSpec:
    presets: dict[str, Any] = {}
    for key in _PRESETS:
        said = getattr(spec, key) or (None if is_named else getattr(settings, key))
        if said is None:
            presets[key] = getattr(profile, key)
    if profile.host is not None and spec.host == SessionSpec().host:
        presets["host"] = profile.host
    for key in LINE_FIELDS:
        presets[key] = (*getattr(profile, key), *getattr(spec, key))
    return replace(spec, profile=profile.name, **presets)


def _chosen_by_machine(
    backend: str | None, profiles: Mapping[str, SiteProfile]
) -> SiteProfile | None:
    if (backend or default_backend()) != "slurm" or find_program("sbatch") is None:
        return None
    candidates = [profile for profile in profiles.values() if profile.sbatch_option]
    try:
        offered = call_sync("sbatch", "--help").split() if candidates else []
    except SessionError as exc:
        log.warning("No profile was chosen, since sbatch --help fails: %s", exc)
        return None
    options = {word.partition("=")[0].strip("[],") for word in offered}
    # The last one: a site's own profile for the same option wins over the built-in one.
    fitting = [profile for profile in candidates if profile.sbatch_option in options]
    return fitting[-1] if fitting else None


def _read(file: Path) -> Mapping[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as exc:
        raise SpecError(
            f"Profiles in {file} cannot be read: {exc.strerror or exc}.", "profile"
        ) from exc
    import yaml  # noqa: PLC0415 - most machines have no such file, and yaml costs import time

    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as exc:
        raise SpecError(f"Profiles in {file} are not valid YAML: {exc}", "profile") from exc
    if isinstance(content, dict) and isinstance(content.get(NAMESPACE), dict):
        content = content[NAMESPACE]
    profiles = content.get("profiles", {}) if isinstance(content, dict) else None
    if not isinstance(profiles, dict):
        raise SpecError(
            f"Profiles in {file} must stand as 'profiles: {{name: {{key: value}}}}'.", "profile"
        )
    return profiles


def _profile(name: str, content: Any, file: Path) -> SiteProfile:
    if not isinstance(content, dict) or not set(content) <= _KEYS:
        unknown = sorted(map(str, set(content) - _KEYS)) if isinstance(content, dict) else [content]
        raise SpecError(
            f"Profile {name!r} in {file} has unknown keys: {', '.join(map(str, unknown))}. "
            f"Known are: {', '.join(sorted(_KEYS))}.",
            field="profile",
        )
    values: dict[str, Any] = {}
    for key, value in content.items():
        source = f"profile {name!r} in {file}"
        values[key] = check_lines(value, key, source) if key in LINE_FIELDS else value
        if key not in LINE_FIELDS and not isinstance(value, int if key == "cores" else str):
            raise SpecError(
                f"{key} = {value!r} of profile {name!r} in {file} is not usable; texts need "
                f"quotes, for example walltime: '03:00:00'.",
                field="profile",
            )
        if key in _CHECKS:
            try:
                _CHECKS[key](value)
            except SpecError as exc:
                raise SpecError(f"{key} of {source}: {exc}", "profile") from exc
    return SiteProfile(name=name, **values)
