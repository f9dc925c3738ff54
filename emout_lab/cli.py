"""``emout-lab``: options, prints and exit codes, nothing else.

Exit codes: 0 done, 1 failed, 2 wrong usage (a bad value included).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from emout_lab import sessions
from emout_lab.errors import EmoutLabError, SpecError

if TYPE_CHECKING:
    from emout_lab.sessions import SessionStatus

_Returned = TypeVar("_Returned")


def main() -> None:
    """Run the command line."""
    cli(prog_name="emout-lab")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Plot on compute nodes from JupyterLab: sessions and demo data."""


@cli.group()
def server() -> None:
    """Start, watch and stop sessions (Dask clusters that outlive the terminal)."""


@server.command()
@click.option("--name", default="default", show_default=True, help="Name of the session.")
@click.option(
    "--backend",
    type=click.Choice(["slurm", "local"]),
    help="Where workers run. [default: slurm where sbatch is on the PATH, else local]",
)
@click.option("--partition", help="SLURM partition. [default: the cluster's]")
@click.option("--memory", help="Memory of one job, for example 60G.")
@click.option("--cores", type=int, help="Cores of one job.")
@click.option("--walltime", help="Time limit of one job, HH:MM:SS.")
@click.option("--jobs", type=int, default=1, show_default=True, help="Number of jobs.")
@click.option(
    "--processes", type=int, default=1, show_default=True, help="Worker processes per job."
)
@click.option("--allow-multiple", is_flag=True, help="Start although another session is active.")
def start(allow_multiple: bool, **fields: Any) -> None:
    """Start a session; it goes on when the terminal is closed."""
    status = _or_exit(lambda: sessions.start(allow_multiple=allow_multiple, **fields))
    _print_status(status)
    click.echo("Use it in a notebook:  %load_ext emout_lab")
    click.echo(f"Stop it:               emout-lab server stop --name {status.name}")


@server.command()
@click.option("--name", help="Which session. [default: the active one]")
@click.option("--all", "show_all", is_flag=True, help="All sessions, failed ones included.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(name: str | None, show_all: bool, as_json: bool) -> None:
    """Show how sessions stand; exit code 1 when there is none or it has failed."""
    found = _or_exit(lambda: sessions.list() if show_all else [sessions.get(name)])
    if as_json:
        click.echo(json.dumps([session.to_json() for session in found], indent=2))
    elif not found:
        click.echo("No session. Start one: emout-lab server start")
    else:
        for session in found:
            _print_status(session)
    if any(session.state is sessions.SessionState.FAILED for session in found):
        sys.exit(1)


@server.command()
@click.option("--name", help="Which session. [default: the active one]")
def stop(name: str | None) -> None:
    """Stop a session: its jobs, also waiting ones, its processes and its files."""
    stopped = _or_exit(lambda: sessions.stop(name))
    click.echo(f"Session {stopped.name!r} is stopped.")


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
def demo_data(directory: Path, grid: int, steps: int) -> None:
    """Write a small, physically consistent EMSES output directory."""
    # Loads h5py and numpy, which no other command needs.
    from emout_lab.emses.demo import write_demo_data

    written = _or_exit(lambda: write_demo_data(directory, grid=grid, steps=steps))
    click.echo(f"Wrote EMSES demo data to {written}")


def _or_exit(action: Callable[[], _Returned]) -> _Returned:
    """Run `action`; tell what went wrong in one message and leave with the exit code for it."""
    try:
        return action()
    except SpecError as exc:
        option = f" (--{exc.field.replace('_', '-')})" if exc.field else ""
        click.echo(f"Error: {exc}{option}", err=True)
        sys.exit(2)
    except (EmoutLabError, OSError) as exc:
        click.echo(f"Error: {exc}", err=True)
        sys.exit(1)


def _print_status(session: SessionStatus) -> None:
    jobs = f", jobs {', '.join(session.job_ids)}" if session.job_ids else ""
    where = f" on {session.partition}" if session.partition else ""
    per_job = f"{session.cores} cores, {session.memory}"
    lines = [
        ("Session", f"{session.name}{' (active)' if session.active else ''}"),
        ("State", session.state.value + (f": {session.reason}" if session.reason else "")),
        ("Backend", f"{session.backend}{where}{jobs}"),
        ("Scheduler", session.address or "not up yet"),
        ("Host", f"process {session.pid} on {session.host}"),
        ("Workers", f"{session.workers} of {session.workers_expected} ({per_job} per job)"),
    ]
    if session.expires_at:
        lines.append(("Ends", session.expires_at))
    for label, text in lines:
        click.echo(f"{label + ':':<11}{text}")
