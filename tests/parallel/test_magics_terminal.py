"""Views and their magics in a terminal, without a kernel."""

from __future__ import annotations

import subprocess
import sys

PLAIN = """
from emout_lab import parallel
client = parallel.Client("views")
client[:].execute("print('hello'); display('more'); 6 * 7", silent=False, block=True
    ).display_outputs()
client[0].activate()
"""
TERMINAL = """%load_ext emout_lab
from emout_lab import parallel
view = parallel.Client("views").activate()
%px print('hello')
%px 6 * 7
%autopx
far = 1

%autopx
'far' in dir(), view['far']
%px0 1
exit()
"""


def test_a_plain_script_shows_outputs_as_text(pair, tmp_path):
    done = run([sys.executable, "-c", PLAIN], tmp_path)
    assert done.stdout.splitlines() == [
        "[stdout:0] hello",
        "[stdout:1] hello",
        "[output:0]",
        "'more'",
        "[output:1]",
        "'more'",
        "Out[0:1]: 42",
        "Out[1:1]: 42",
    ]
    assert "work in IPython only" in done.stderr


def test_a_terminal_has_the_magics(pair, tmp_path):
    options = ["--simple-prompt", "--colors=NoColor", "--no-banner"]
    done = run([sys.executable, "-m", "IPython", *options], tmp_path, TERMINAL)
    assert "[stdout:0] hello\n[stdout:1] hello\n" in done.stdout
    assert "Out[0:2]: 42\nOut[1:2]: 42\n" in done.stdout
    assert "(False, [1, 1])" in done.stdout
    assert "`%px0` not found" in done.stdout + done.stderr


def run(command: list[str], folder, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=60, cwd=folder
    )
