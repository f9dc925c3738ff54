"""Errors of requests, under the name that IPython.parallel's users write: ``parallel.error``."""

from emout_lab.parallel.errors import *  # noqa: F403  # all of them, and nothing else
