"""``python -m emout_lab.sessions NAME`` runs the host of a session.

Not ``-m emout_lab.sessions.host``: each local worker would import that module again, because
`multiprocessing` repeats the main module in its children, but leaves out a ``__main__`` file.
"""

from __future__ import annotations

import sys

from emout_lab.sessions.host import main

sys.exit(main(sys.argv[1:]))
