"""Upstream's local-data policy: whether field data may be read in this process."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from emout_lab.config import load
from emout_lab.emses import policy as native
from emout_lab.errors import LocalReadForbidden
from emout_lab.policies import ALLOW, LOCAL, REMOTE_REQUIRED, checked_policy

LOCAL_DATA_POLICY_ALLOW = ALLOW
LOCAL_DATA_POLICY_REMOTE_REQUIRED = REMOTE_REQUIRED
VALID_LOCAL_DATA_POLICIES = (ALLOW, REMOTE_REQUIRED)
LOCAL_DATA_POLICY_ENV = "EMOUT_LOCAL_DATA_POLICY"

#: What is raised where a policy forbids to read.
LocalDataAccessDisabledError = LocalReadForbidden


def normalize_local_data_policy(policy: str | None) -> str | None:
    """Return the canonical name of a policy.

    Raises
    ------
    SpecError
        There is no such policy; it is a `ValueError`.

    Examples
    --------
    >>> normalize_local_data_policy("strict"), normalize_local_data_policy("Local")
    ('remote_required', 'allow')
    """
    name = checked_policy(policy)
    # Here it is one more word for "allow", as upstream has it.
    return ALLOW if name == LOCAL else name


def get_local_data_policy(override: str | None = None) -> str:
    """Return the policy that holds: `override`, the one that was set, or the environment's."""
    given = normalize_local_data_policy(override)
    return native.effective(given, load()) if given is None else given


def set_local_data_policy(policy: str) -> None:
    """Set the policy of this process."""
    native.local_data_policy(normalize_local_data_policy(policy))


def reset_local_data_policy() -> None:
    """Take back what was set in this process; the environment and the settings decide again."""
    native.local_data_policy(None)


def disable_local_data_access() -> None:
    """Let field data be read by engines only.

    Examples
    --------
    >>> disable_local_data_access()
    >>> is_local_data_access_disabled()
    True
    >>> reset_local_data_policy()
    """
    set_local_data_policy(REMOTE_REQUIRED)


def enable_local_data_access() -> None:
    """Let field data be read here where no engine reads them."""
    set_local_data_policy(ALLOW)


def is_local_data_access_disabled(override: str | None = None) -> bool:
    """Return whether field data may be read by engines only."""
    return get_local_data_policy(override) == REMOTE_REQUIRED


@contextlib.contextmanager
def local_data_policy(policy: str) -> Iterator[None]:
    """Set the policy for a block; its end brings back the one before.

    Examples
    --------
    >>> with local_data_policy("remote_required"):
    ...     get_local_data_policy()
    'remote_required'
    """
    with native.local_data_policy(normalize_local_data_policy(policy)):
        yield


def local_data_access_error(operation: str, target: str | None = None) -> LocalReadForbidden:
    """Return the error for something that the policy forbids."""
    where = f" for {target}" if target else ""
    return LocalReadForbidden(
        f"The local-data policy {REMOTE_REQUIRED!r} forbids to {operation}{where} in this process. "
        "Compute it on an engine (Emout(...).remote()), or allow it for small data: "
        "with local_data_policy('allow')"
    )


def require_local_data_access(
    policy: str | None, operation: str, target: str | None = None
) -> None:
    """Make sure that the policy allows to read here.

    Raises
    ------
    LocalDataAccessDisabledError
        It does not.
    """
    if is_local_data_access_disabled(policy):
        raise local_data_access_error(operation, target)
