"""pytest-jupyter for this folder only: its automatic fixtures clean up a server after each test."""

from pytest_jupyter.jupyter_server import *  # noqa: F403
