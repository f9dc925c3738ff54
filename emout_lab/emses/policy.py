"""The local-data policy: whether field data may be read in this process."""

from __future__ import annotations

from types import TracebackType

from emout_lab.config import Settings
from emout_lab.policies import ALLOW, LOCAL, checked_policy


class _Process:
    """The policy that was set for this process; None leaves it to the settings."""

    policy: str | None = None
    #: Whether a with block that lets this process read is running.
    is_granted: bool = False


_PROCESS = _Process()


class PolicySetting:
    """A policy of the process; as a context manager it gives back the one before."""

    def __init__(self, policy: str | None) -> None:
        self._policy = checked_policy(policy)
        self._before = _PROCESS.policy
        self._was_granted = _PROCESS.is_granted
        _PROCESS.policy = self._policy

    def restore(self) -> None:
        """Set the policy that was there before."""
        _PROCESS.policy, _PROCESS.is_granted = self._before, self._was_granted

    def __enter__(self) -> PolicySetting:
        _PROCESS.is_granted = self._policy in (ALLOW, LOCAL)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.restore()

    def __repr__(self) -> str:
        return f"local_data_policy({self._policy!r})"


def local_data_policy(policy: str | None) -> PolicySetting:
    """Set for this process, all its threads, whether field data may be read here.

    A run's own policy (``Emout(..., local_data_policy=...)``) goes before it; without either the
    environment's ``EMOUT_LOCAL_DATA_POLICY``, then the settings files decide.

    Parameters
    ----------
    policy : {"allow", "local", "remote_required"} or None
        ``"allow"``, the default: with an active session slices are read on its engine and brought
        here, else they are read here. ``"remote_required"``: as before, but without a session
        reading raises instead; shapes, coordinates and attributes stay available. ``"local"``:
        everything is read here and no session is asked. None: what the settings say.

    Returns
    -------
    PolicySetting
        To be used in ``with``: its end brings back the policy before. A slice that is taken in a
        block which lets this process read may be read after it as well.

    Raises
    ------
    SpecError
        When there is no such policy.

    Examples
    --------
    >>> with local_data_policy("remote_required"):
    ...     effective(None, Settings(home=None))
    'remote_required'
    >>> effective(None, Settings(home=None))
    'allow'
    """
    return PolicySetting(policy)


def is_granted() -> bool:
    """Tell whether what is taken of a field now may be read here later, too."""
    return _PROCESS.is_granted


def effective(own: str | None, settings: Settings) -> str:
    """Return the policy for a run that has its `own`, or None."""
    return own or _PROCESS.policy or settings.local_data_policy or ALLOW
