"""What a user can choose about reading: who may read, and what becomes of damaged steps."""

from __future__ import annotations

from emout_lab.errors import SpecError

#: See `emout_lab.local_data_policy`.
ALLOW, LOCAL, REMOTE_REQUIRED = POLICIES = ("allow", "local", "remote_required")
#: See `emout_lab.emses.Emout`.
RAISE, SKIP = BAD_STEPS = ("raise", "skip")
#: Names that upstream emout takes as well.
_OTHER_NAMES = {
    **dict.fromkeys(("disabled", "disable", "remote", "strict"), REMOTE_REQUIRED),
    **dict.fromkeys(("enabled", "enable"), ALLOW),
}


def checked_policy(policy: str | None) -> str | None:
    """Return the canonical name of a local-data policy.

    Raises
    ------
    SpecError
        When there is no such policy.

    Examples
    --------
    >>> checked_policy("Remote-required")
    'remote_required'
    >>> checked_policy("strict")
    'remote_required'
    """
    if policy is None:
        return None
    written = str(policy).strip().lower().replace("-", "_")
    name = _OTHER_NAMES.get(written, written)
    if name not in POLICIES:
        raise SpecError(
            f"There is no local-data policy {policy!r}: write one of {', '.join(POLICIES)}.",
            "local_data_policy",
        )
    return name


def checked_bad_steps(choice: str) -> str:
    """Return what shall be done about steps that cannot be read.

    Raises
    ------
    SpecError
        When it is neither ``"raise"`` nor ``"skip"``.

    Examples
    --------
    >>> checked_bad_steps("skip")
    'skip'
    """
    if choice not in BAD_STEPS:
        raise SpecError(
            f"bad_steps={choice!r} is unknown: write 'raise' for an error, or 'skip' to read "
            "damaged output steps as NaN with a warning.",
            "bad_steps",
        )
    return choice
