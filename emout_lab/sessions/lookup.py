"""Which session is meant by a name, and whether it can still be used."""

from __future__ import annotations

from typing import Final

from emout_lab.errors import DamagedState, NoSession, SessionDead
from emout_lab.sessions.models import SessionRecord
from emout_lab.sessions.state_file import poll
from emout_lab.sessions.store import SessionStore

#: A host looks at its files every second, and writes damaged ones anew.
REPAIR_WAIT_S: Final = 4.0
HOW_TO_START: Final = (
    "Start one with 'emout-lab server start' in a terminal, or with Start session in the "
    "emout_lab sidebar of JupyterLab."
)


def find_record(store: SessionStore, name: str | None) -> SessionRecord:
    """Return the record of a session, or of the active one.

    Raises
    ------
    NoSession
        There is none, with how to start one.
    DamagedState
        The state files cannot be used, and no host has written them anew.
    """
    record = settled(store, name)
    if record is None:
        what = "No session runs." if name is None else f"No session {name!r} runs."
        others = [other.name for other in store.records()]
        hint = f" There are: {', '.join(others)}." if others else ""
        raise NoSession(f"{what}{hint} {HOW_TO_START}")
    return record


def settled(store: SessionStore, name: str | None) -> SessionRecord | None:
    """Return a record (the active one's); of a damaged file, what its host writes in its place."""
    problem: DamagedState | None = None

    def look() -> tuple[SessionRecord | None] | None:
        nonlocal problem
        try:
            if name is not None:
                return (store.read(name),)
            record, problems = store.active(), store.survey()[1]
        except DamagedState as exc:
            record, problems = None, [exc]
        if record is None and problems:
            problem = problems[0]
            return None
        return (record,)

    found = poll(look, REPAIR_WAIT_S)
    if found is None and problem is not None:
        raise problem
    return None if found is None else found[0]


def raise_if_dead(record: SessionRecord) -> None:
    """Raise SessionDead with the reason if a session is over."""
    if record.state.is_over:
        raise SessionDead(
            f"Session {record.name!r} is {record.state.value}: {record.reason}. "
            f"Its logs are in {record.session_dir}/logs. {HOW_TO_START}"
        )
