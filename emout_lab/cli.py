"""``emout-lab``: options, prints and exit codes, nothing else.

Exit codes: 0 done, 1 failed, 2 wrong usage (a bad value included).
"""

from __future__ import annotations

import functools
import json
import signal
import sys
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from emout_lab import sessions
from emout_lab.errors import EmoutLabError, NoSession, SpecError
from emout_lab.printable import printable, printable_line

if TYPE_CHECKING:
    from emout_lab.sessions import SessionStatus

_Returned = TypeVar("_Returned")


def main() -> None:
    """Run the command line."""
    cli(prog_name="emout-lab")


def _tell_version(context: click.Context, _option: click.Parameter, is_asked: bool) -> None:
    if is_asked and not context.resilient_parsing:
        from emout_lab import __version__

        click.echo(f"emout-lab {__version__}")
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_tell_version,
    help="Show the version.",
)
def cli() -> None:
    """Plot on compute nodes from JupyterLab: sessions and demo data."""


@cli.group()
def server() -> None:
    """Start, watch and stop sessions (Dask clusters that outlive the terminal)."""


def _which(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take a session's name, plainly or after ``--name``."""

    @functools.wraps(command)
    def named(name: str | None, given: str | None, **options: Any) -> None:
        if name and given:
            raise click.UsageError("Give the session's name once, plainly or with --name.")
        command(name=name or given, **options)

    argument = click.argument("given", metavar="[NAME]", required=False)
    option = click.option("--name", help="Which session. [default: the active one]")
    return option(argument(named))


@server.command()
@click.option("--name", default="default", show_default=True, help="Name of the session.")
@click.option(
    "--backend",
    help="Where workers run: slurm, local, pbs, lsf, sge, htcondor, oar, moab, or a backend of "
    "another package. [default: slurm where sbatch is on the PATH, else local]",
)
@click.option("--profile", help="Site profile; 'none' for none. [default: by what sbatch offers]")
@click.option("--partition", help="Partition or queue. [default: the cluster's]")
@click.option("--memory", help="Memory of one job, for example 60G or 1.5GiB.")
@click.option("--cores", type=int, help="Cores of one job.")
@click.option("--walltime", help="Time limit of one job, for example 03:00:00, 90m or 2-00.")
@click.option("--jobs", type=int, default=1, show_default=True, help="Number of jobs.")
@click.option("--processes", type=int, help="Worker processes per job. [default: 1]")
@click.option(
    "--threads", type=int, help="Threads of a process, for Dask tasks. [default: its cores]"
)
@click.option(
    "--log-directory",
    "--logdir",
    type=click.Path(file_okay=False, resolve_path=True),
    help="Keep the logs in this folder when the session is stopped.",
)
@click.option("--scheduler-ip", help="Address to listen on. [default: the fastest network's]")
@click.option("--scheduler-port", type=int, help="Port to listen on. [default: by user id]")
@click.option(
    "--host",
    type=click.Choice(["login", "job"]),
    default="login",
    show_default=True,
    help="Where the host runs: on this machine, or in a small SLURM job of its own.",
)
@click.option("--renew", is_flag=True, help="Submit the next job before a walltime is over.")
@click.option("--idle-timeout", help="Stop when nobody has used it for so long, for example 2h.")
@click.option("--allow-multiple", is_flag=True, help="Start although another session is active.")
@click.option("--foreground", is_flag=True, help="Show the logs; stop the session with Ctrl-C.")
@click.option(
    "--wait/--no-wait",
    default=None,
    help="Wait until the first worker is there. [default: in a terminal]",
)
def start(allow_multiple: bool, foreground: bool, wait: bool | None, **fields: Any) -> None:
    """Start a session; it goes on when the terminal is closed."""
    status = _or_exit(lambda: sessions.start(allow_multiple=allow_multiple, **fields))
    _print_status(status)
    if fields["scheduler_ip"] is None and status.address:
        ip = status.address.rpartition("/")[2].rpartition(":")[0]
        _say(f"{'Detected IP:':<13}{ip}")
    if foreground:
        _stay(status.name)
        return
    if wait or (wait is None and sys.stdout.isatty()):
        _or_exit(lambda: _wait_for_worker(status.name))
    _say("Use it in a notebook:  %load_ext emout_lab")


@server.command()
@_which
@click.option("--all", "show_all", is_flag=True, help="All sessions, not only the active one.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, as a list.")
def status(name: str | None, show_all: bool, as_json: bool) -> None:
    """Show a session; exit code 1 if it failed or there is none."""
    found = _or_exit(lambda: sessions.list() if show_all else [sessions.get(name)])
    damaged = _or_exit(sessions.problems) if show_all else []
    for problem in damaged:
        click.echo(f"Error: {problem}", err=True)
    if as_json:
        click.echo(json.dumps([session.to_json() for session in found], indent=2))
    elif not found and not damaged:
        _say("No session. Start one: emout-lab server start")
    for session in () if as_json else found:
        _print_status(session)
        if session.state is sessions.SessionState.FAILED:
            _say(
                f"Next: see 'emout-lab server logs {session.name}', then start it again; that "
                "also cleans up. Or clean up only: emout-lab server stop --name " + session.name
            )
    if damaged or any(session.state is sessions.SessionState.FAILED for session in found):
        sys.exit(1)


@server.command()
@_which
@click.option("--all", "stop_all", is_flag=True, help="All sessions, the dead ones included.")
def stop(name: str | None, stop_all: bool) -> None:
    """Stop a session: its jobs, also waiting ones, its processes and its files."""
    if stop_all and name is not None:
        raise click.UsageError("--name and --all exclude each other.")
    stopped = _or_exit(lambda: sessions.stop_all() if stop_all else [sessions.stop(name)])
    for session in stopped:
        _say(f"Session {session.name!r} is stopped.")
    if not stopped:
        _say("No session was running.")


@server.command(context_settings={"ignore_unknown_options": True})
@click.argument("jobs", type=int)
@_which
def scale(jobs: int, name: str | None) -> None:
    """Bring a running session to JOBS jobs, up or down."""
    status = _or_exit(lambda: sessions.scale(jobs, name), arguments=("jobs",))
    _say(f"Session {status.name!r} has {status.jobs} job(s), {status.workers} worker(s) now.")


@server.command()
@click.argument("engine")
@_which
def restart(engine: str, name: str | None) -> None:
    """Restart ENGINE, whatever it does: what it keeps and runs is lost, other engines go on."""
    fresh = _or_exit(lambda: sessions.restart_engine(name, engine, origin="the command line"))
    click.echo(
        f"Engine {fresh.name!r} is restarted ({fresh.seconds:.1f} s). What notebooks need of the "
        "objects that it kept is computed again when they use it."
    )


@server.command()
@_which
@click.option("--job", help="Only this job's log; 'host' for the host's.")
@click.option("--lines", type=click.IntRange(1), default=200, show_default=True)
@click.option("--follow", is_flag=True, help="Go on as the logs grow, until the session ends.")
def logs(name: str | None, job: str | None, lines: int, follow: bool) -> None:
    """Show what a session's host and jobs have written."""
    _or_exit(lambda: _print_logs(name, job, lines, follow))


@cli.group("sweeps")
def sweeps_() -> None:
    """Show and remove the sweeps of experiments that are on disk."""


@sweeps_.command("list")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, as a list.")
def list_sweeps(as_json: bool) -> None:
    """Show all sweeps, the newest first: id, state, points that are over, size and name."""
    # Loads Dask.
    from emout_lab.experiments.sweep_listing import described, line_of

    found = _or_exit(described)
    if as_json:
        click.echo(json.dumps(found, indent=2))
    elif not found:
        _say("No sweeps.")
    for each in () if as_json else found:
        click.echo(printable_line(line_of(each)))


@sweeps_.command("remove")
@click.argument("ids", nargs=-1, required=True)
@click.option("--force", is_flag=True, help="Also where results are lost that nobody has fetched.")
def remove_sweeps(ids: tuple[str, ...], force: bool) -> None:
    """Remove sweeps that are over, with their results; lab notebooks keep what they fetched."""
    # Loads Dask.
    from emout_lab.experiments.sweep_listing import Sweep

    for each in [_or_exit(functools.partial(Sweep.open, id)) for id in ids]:
        _or_exit(functools.partial(each.remove, force=force))
        _say(f"Sweep {each.id} is removed.")


@cli.command()
@click.option("--all", "show_all", is_flag=True, help="Those of Python and of libraries as well.")
def version(show_all: bool) -> None:
    """Show the version."""
    from emout_lab import __version__

    if not show_all:
        click.echo(f"emout-lab {__version__}")
        return
    from emout_lab.versions import versions

    for name, each in versions().items():
        click.echo(f"{name:<18}{each}")


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path), default=".")
def inspect(directory: Path) -> None:
    """Show what an EMSES output directory holds: grid, units, fields and their steps."""
    # Loads h5py and numpy.
    from emout_lab.emses.inspection import inspect as described

    _say(_or_exit(lambda: described(directory)))


@cli.command("demo-data")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--grid",
    type=click.IntRange(8, 1024),
    default=64,
    show_default=True,
    help="Cells along each axis.",
)
@click.option(
    "--steps", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Output steps."
)
@click.option(
    "--particles",
    type=click.IntRange(0, 10**9),
    default=0,
    show_default=True,
    help="Particles of each species and step, about.",
)
def demo_data(directory: Path, grid: int, steps: int, particles: int) -> None:
    """Write a small, physically consistent EMSES output directory."""
    # Loads h5py and numpy, which no other command needs.
    from emout_lab.emses.demo import write_demo_data
    from emout_lab.emses.demo_particles import write_demo_particles

    written = _or_exit(lambda: write_demo_data(directory, grid=grid, steps=steps))
    if particles:
        _or_exit(lambda: write_demo_particles(written, particles=particles))
    _say(f"Wrote EMSES demo data to {written}")


def _say(text: str, *, nl: bool = True, err: bool = False) -> None:
    """Print a text; whatever is quoted in it, the terminal obeys nothing of it."""
    click.echo(printable(text), nl=nl, err=err)


def _or_exit(action: Callable[[], _Returned], arguments: Collection[str] = ()) -> _Returned:
    """Run `action`; tell what went wrong in one message and leave with the exit code for it.

    Fields of a session are options of the command, but for those that are `arguments` of it.
    """
    try:
        return action()
    except SpecError as exc:
        field = exc.field or ""
        option = field.upper() if field in arguments else f"--{field.replace('_', '-')}"
        _say(f"Error: {exc}{f' ({option})' if field else ''}", err=True)
        sys.exit(2)
    except (EmoutLabError, OSError) as exc:
        _say(f"Error: {exc}", err=True)
        sys.exit(1)


def _print_logs(name: str | None, job: str | None, lines: int, follow: bool) -> None:
    if follow:
        parts: Iterable[tuple[str, str]] = sessions.follow_logs(name, job=job, lines=lines)
    else:
        parts = sessions.logs(name, job=job, lines=lines).items()
    last = None
    try:
        for source, text in parts:
            if source != last:
                _say(f"==> {source} <==")
                last = source
            _say(text, nl=not text.endswith("\n"))
    except KeyboardInterrupt:
        # The usual way to end --follow.
        click.echo()


def _wait_for_worker(name: str) -> None:
    """Show why there is no worker yet: one line that changes, or a line per change in a file."""
    is_terminal = sys.stdout.isatty()
    shown = ""
    try:
        for session in sessions.watch_state(name):
            reason = printable_line(session.reason or "first worker is there")
            text = f"{session.state.value}: {reason}"
            if text != shown:
                click.echo(f"\r\x1b[K{text}" if is_terminal else text, nl=not is_terminal)
                shown = text
            if session.workers:
                break
    except KeyboardInterrupt:
        click.echo("\nThe session goes on by itself. See: emout-lab server status")
        return
    if is_terminal:
        click.echo()


def _stay(name: str) -> None:
    """Show the logs until the session ends; end it when this process is told to go."""

    def leave(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    _or_exit(lambda: _print_logs(name, "host", 200, follow=True))
    try:
        ended = sessions.get(name)
    except NoSession:
        return
    if ended.state is sessions.SessionState.FAILED:
        _say(f"Error: session {name!r} failed: {ended.reason}", err=True)
        sys.exit(1)
    _or_exit(lambda: sessions.stop(name))
    _say(f"Session {name!r} is stopped.")


def _print_status(session: SessionStatus) -> None:
    jobs = f", jobs {', '.join(session.job_ids)}" if session.job_ids else ""
    where = f" on {session.partition}" if session.partition else ""
    per_job = f"{session.cores} cores, {session.memory}"
    lines = [
        ("Session", f"{session.name}{' (active)' if session.active else ''}"),
        ("State", session.state.value + (f": {session.reason}" if session.reason else "")),
        ("Backend", f"{session.backend}{where}{jobs}"),
        ("Scheduler", session.address or "not up yet"),
        ("Host", f"process {session.pid} on {session.host}" if session.pid else "not up yet"),
        ("Workers", f"{session.workers} of {session.workers_expected} ({per_job} per job)"),
    ]
    if session.expires_at:
        lines.append(("Ends", session.expires_at))
    for label, text in lines:
        # A reason of several lines must not look like other entries.
        _say(f"{label + ':':<13}{text}".replace("\n", "\n" + " " * 13))
