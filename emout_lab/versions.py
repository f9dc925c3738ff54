"""What a report of a fault has to say of the machine: versions, and nothing that names anybody."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version


def versions() -> dict[str, str]:
    """Return the versions of emout_lab, of Python, of the system and of the libraries below it.

    Returns
    -------
    dict of str to str
        By name; "missing" for a library that is not installed.

    Examples
    --------
    >>> list(versions())[:3]
    ['emout_lab', 'Python', 'system']
    """
    found = {
        "emout_lab": version("emout_lab"),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }
    for need in requires("emout_lab") or ():
        name = re.split(r"[^\w.-]", need, maxsplit=1)[0]
        if "extra ==" in need or name in found:
            continue
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            if ";" not in need:
                found[name] = "missing"
    return found
