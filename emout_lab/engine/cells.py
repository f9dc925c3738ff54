"""Names of cells that run on an engine: notebooks count alike, functions outlive their cells."""

from __future__ import annotations

import hashlib
import linecache
import re
from collections import deque

#: So many cells are remembered with their text.
MOST_CELLS = 1000
_MARK = re.compile(r" #[0-9a-f]{12}>")
_REMEMBERED: deque[str] = deque()


def unique(name: str, source: str) -> str:
    """Return a name for a cell that no other text has, in this notebook or another one.

    Examples
    --------
    >>> unique("<remote cell In[3]>", "x = 1")
    '<remote cell In[3] #8ff436def145>'
    """
    digest = hashlib.sha256(source.encode(errors="surrogatepass")).hexdigest()[:12]
    return f"{name.removesuffix('>')} #{digest}>"


def shown(text: str) -> str:
    """Return a text in which cells have the names that people know.

    Examples
    --------
    >>> shown('File "<remote cell In[3] #8ff436def145>", line 1')
    'File "<remote cell In[3]>", line 1'
    """
    return _MARK.sub(">", text)


def remember(filename: str, source: str) -> None:
    """Let tracebacks show the lines of a cell."""
    if filename not in linecache.cache:
        _REMEMBERED.append(filename)
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    while len(_REMEMBERED) > MOST_CELLS:
        linecache.cache.pop(_REMEMBERED.popleft(), None)
