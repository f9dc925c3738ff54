"""Screen: shows what engines print and display, with labels that tell which engine it was."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from emout_lab.client.progress_line import LINE
from emout_lab.remote.ipython import shell

PLAIN = "text/plain"
RED, USUAL = "\x1b[31m", "\x1b[0m"


class Screen:
    """Writes texts, and shows what is more than text: inline in a notebook, as text elsewhere.

    Parameters
    ----------
    has_labels : bool
        Whether each output says of which engine it is.
    """

    def __init__(self, *, has_labels: bool = True) -> None:
        self._has_labels = has_labels
        self._label = ""
        self._is_line_open = False

    def text(self, stream: str, text: str, engine: int) -> None:
        """Write what an engine has written, behind ``[stdout:0] ``; several lines begin below it.

        What continues the text of the same engine has no second label.
        """
        if not text:
            return
        LINE.end()
        file = sys.stderr if stream == "stderr" else sys.stdout
        label = f"[{stream}:{engine}] " if self._has_labels else ""
        if label and label != self._label:
            self.end_line()
            is_long = "\n" in text.rstrip("\n") and not text.startswith("\n")
            self._label = label
            label += "\n" if is_long else ""
        else:
            label = ""
        # In one piece: what else is shown must not come between.
        file.write(label + text)
        file.flush()
        self._is_line_open = not text.endswith("\n")

    def output(self, bundle: dict[str, Any], engine: int, *, is_update: bool = False) -> None:
        """Show what an engine has displayed, below ``[output:0]``; or what it is now."""
        label = f"[output:{engine}]"
        if not is_update and label != self._label:
            self._mark(label)
        name = bundle["transient"].get("display_id")
        known = {} if name is None else {"display_id": f"{name}-{engine}", "update": is_update}
        self._display(bundle["data"], bundle["metadata"], known)
        self._label = label

    def value(self, bundle: dict[str, Any], engine: int) -> None:
        """Show the value of a cell behind ``Out[0:3]: ``."""
        prompt = f"Out[{engine}:{bundle['execution_count']}]: "
        data = dict(bundle["data"])
        text = data.get(PLAIN, "")
        if len(data) > 1:
            # A notebook shows the richer one, and not the text with the prompt.
            self._mark(prompt.rstrip(), is_value=True)
        else:
            self.end_line()
            between = "\n" if "\n" in text and not text.startswith("\n") else ""
            data[PLAIN] = f"{_coloured(prompt)}{between}{text}"
        self._display(data, bundle["metadata"], {})

    def end_line(self) -> None:
        """Let what comes next begin a line of its own, with its label."""
        if self._is_line_open:
            sys.stdout.write("\n")
        self._is_line_open = False
        self._label = ""

    def _mark(self, label: str, *, is_value: bool = False) -> None:
        if self._has_labels or is_value:
            text = _coloured(label) if is_value else label
            self._display({PLAIN: text}, {}, {})

    def _display(self, data: dict[str, Any], metadata: dict[str, Any], known: Any) -> None:
        LINE.end()
        self.end_line()
        if shell() is None:
            sys.stdout.write(f"{data.get(PLAIN, sorted(data))}\n")
            return
        sys.stdout.flush()
        sys.stderr.flush()
        show = importlib.import_module("IPython.display").display
        show(data, metadata=metadata, raw=True, **known)


def _coloured(prompt: str) -> str:
    here = shell()
    is_plain = here is None or str(here.colors).lower() == "nocolor"
    return prompt if is_plain else f"{RED}{prompt}{USUAL}"
