"""Text of a call appears in its cell while the call runs, in order, and once."""

from __future__ import annotations

import base64
import io
import sys
import time
from pathlib import Path

from notebook_outputs import Run, pictures, text

TIMEOUT_S = 60.0


class Reader(io.StringIO):
    """Gives a sign when it reads a word."""

    def __init__(self, word: str, sign: Path) -> None:
        super().__init__()
        self.word, self.sign = word, sign

    def write(self, text: str) -> int:
        if self.word in text:
            self.sign.touch()
        return super().write(text)


def test_text_is_shown_while_the_call_runs(session, tmp_path, monkeypatch):
    def talk_and_wait(sign: str) -> str:
        print("first")
        deadline = time.monotonic() + TIMEOUT_S
        while not Path(sign).exists():
            if time.monotonic() > deadline:
                return "nobody read it"
            time.sleep(0.01)
        print("second")
        print("third", file=sys.stderr)
        return "read"

    sign = tmp_path / "sign"
    out, err = Reader("first", sign), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    answer = session.open(talk_and_wait, str(sign)).fetch()
    assert answer == "read"
    assert out.getvalue() == "first\nsecond\n"
    assert err.getvalue() == "third\n"


def test_text_of_a_long_call_is_in_the_cell_that_made_it(notebook: Run, tmp_path):
    quick = "import time\nfor n in range(4):\n    print(n)\n    time.sleep(0.3)"
    _, slow, after = notebook("1", f"%%remote\n{quick}", "%%remote\nprint('after')")
    assert text(slow) == "0\n1\n2\n3\n"
    assert text(after) == "after\n"


def test_what_a_remote_cell_displays_is_at_its_place_in_its_cell(notebook: Run):
    source = (
        "from IPython.display import HTML, clear_output, display\n"
        "print(0); display(0); clear_output()\n"
        "print(1); shown = display(HTML('<b>'), display_id='x'); print(2)\n"
        "import matplotlib.pyplot as plt; plt.plot([1]); plt.show()\n"
        "display({'image/png': bytes(range(256)) * 4000}, raw=True)\n"
        "shown.update(HTML('<i>'))"
    )
    (outputs,) = notebook(f"%%remote --dpi 20\n{source}")
    assert [each["output_type"] for each in outputs if "text" in each] == ["stream", "stream"]
    assert text(outputs) == "1\n2\n"
    html, figure, png = (each["data"] for each in outputs if "data" in each)
    assert html["text/html"] == "<i>" and pictures(outputs)[0]["data"] == figure
    assert base64.b64decode(png["image/png"]) == bytes(range(256)) * 4000
