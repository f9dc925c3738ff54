"""The logs of a session that is over, put where its user wants them kept."""

from __future__ import annotations

import contextlib
import logging
import shutil
import stat
from pathlib import Path

from emout_lab.sessions.models import SessionRecord

log = logging.getLogger(__name__)


def keep_logs(record: SessionRecord, logs: Path) -> Path | None:
    """Copy the logs of a session to the folder that its spec names.

    Parameters
    ----------
    record : SessionRecord
        The session's.
    logs : Path
        Where its logs are.

    Returns
    -------
    Path or None
        The folder they are in now, ``<log_directory>/<name>-<start>``; None where none was wanted,
        or where it cannot be written, which the log tells.
    """
    if record.spec.log_directory is None or not logs.is_dir():
        return None
    started = "".join(each for each in record.started_at[:19] if each.isdigit())
    target = Path(record.spec.log_directory) / f"{record.name}-{started}"
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in logs.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if stat.S_ISREG(file.lstat().st_mode):
                    shutil.copyfile(file, target / file.name)
    except OSError as exc:
        log.warning("The logs of session %r are not kept in %s: %s", record.name, target, exc)
        return None
    return target
