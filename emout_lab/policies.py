"""The names of local-data policies, see `emout_lab.local_data_policy`."""

from __future__ import annotations

from emout_lab.errors import SpecError

ALLOW, LOCAL, REMOTE_REQUIRED = POLICIES = ("allow", "local", "remote_required")
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
