"""The IPython shell that this process runs in, if any: its cells, their names and their ends.

IPython itself is never imported: a plain script works without it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from emout_lab.engine.protocol import Display


def shell() -> Any:
    """Return IPython's shell; None in a plain script, without importing IPython."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def cell_name(filename: str) -> str | None:
    """Return what IPython calls the cell that was compiled under a name: ``Cell In[3]``."""
    here = shell()
    found = None if here is None else here.compile.format_code_name(filename)
    return None if found is None else " ".join(found)


def cell_number() -> int | None:
    """Return the number of the cell that runs; None outside of a notebook."""
    here = shell()
    # The shell's own count is that of the next cell already.
    return None if here is None else len(here.history_manager.input_hist_parsed) - 1


def show_display(display: Display) -> None:
    """Show what a call has displayed on its engine; in a plain script its text is printed."""
    here = shell()
    if display.kind == "clear_output":
        if here is not None:
            here.display_pub.clear_output(bool(display.metadata.get("wait")))
    elif here is None:
        sys.stdout.write(f"{display.data.get('text/plain', '')}\n")
    else:
        here.display_pub.publish(
            display.data,
            display.metadata,
            transient=display.transient or None,
            update=display.kind == "update_display_data",
        )


def is_cell_running() -> bool:
    """Tell whether a cell runs, also one whose code has run another cell that just ended."""
    here = shell()
    return here is not None and sys.displayhook is here.displayhook


def after_each_cell(callback: Callable[[], None]) -> Callable[[], None]:
    """Call a function at the end of every cell that was not interrupted; return what stops that."""
    here = shell()
    if here is None:
        return lambda: None

    def ended(result: Any) -> None:
        if isinstance(getattr(result, "error_in_exec", None), KeyboardInterrupt):
            return  # the prompt comes back at once
        try:
            callback()
        except (Exception, KeyboardInterrupt):  # noqa: BLE001  # the edge: nobody above shows it
            here.showtraceback()

    here.events.register("post_run_cell", ended)
    return lambda: here.events.unregister("post_run_cell", ended)
