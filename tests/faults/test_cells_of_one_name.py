"""Cells that run on an engine under one name, of several notebooks or one."""

from __future__ import annotations

import pytest

from emout_lab import RemoteError, connect


def test_tracebacks_show_the_lines_of_their_own_cell(local_session, capsys):
    name = "<remote cell In[3]>"
    with connect(name=local_session.name) as session, connect(local_session.name) as other:
        mine, theirs = session.engine(), other.engine()
        mine.run("def f():\n    return missing_one", name)
        theirs.run("x = 1\nsecret = 'of another notebook'\ndef f():\n    return missing_two", name)
        mine.run("y = 2\ny = 'of a later cell'", name)
        for engine, line in ((mine, "return missing_one"), (theirs, "return missing_two")):
            with pytest.raises(NameError) as raised:
                engine.run("f()", "<remote cell In[4]>")
            shown = str(raised.value) + raised.value.remote_traceback
            assert line in shown and f'"{name}", line' in shown
            assert "another notebook" not in shown and "later" not in shown and " #" not in shown
        with pytest.raises(RemoteError, match=r"in <remote cell In\[5\]>, line 2:\n    1 / 0"):
            mine.run("a = 1\n1 / 0", "<remote cell In[5]>")
        mine.run("import warnings\nwarnings.warn('careful')", name)
        told = capsys.readouterr()
        assert "careful" in told.err and " #" not in told.err
