"""The error that the user sees is of the original exception's class."""

from __future__ import annotations

import builtins
import traceback

import pytest

from emout_lab.engine.protocol import Failure
from emout_lab.engine.remote_errors import ENDING, remote_error
from emout_lab.errors import ObjectGone, RemoteError, TooLarge

KINDS = [
    kind
    for kind in vars(builtins).values()
    if isinstance(kind, type) and issubclass(kind, BaseException) and "Group" not in kind.__name__
]


@pytest.mark.parametrize("kind", [*KINDS, ObjectGone, TooLarge], ids=lambda k: k.__name__)
def test_every_class_of_exception_comes_back_with_its_message(kind):
    failure = Failure("1", f"{kind.__module__}:{kind.__qualname__}", "what happened", "")
    error = remote_error(failure, "f(x)", None)
    assert isinstance(error, RemoteError)
    assert str(error).startswith("what happened")
    assert error.kind == kind.__name__
    is_text = issubclass(kind, UnicodeError) and kind is not UnicodeError
    assert is_text or isinstance(error, kind) is (kind not in ENDING)


def test_unknown_class_is_a_plain_remote_error():
    error = remote_error(Failure("1", "no_such_package:Strange", "odd", ""), None, None)
    assert type(error).__mro__[1] is RemoteError or type(error) is RemoteError
    assert error.kind == "Strange"


@pytest.mark.parametrize("kind", ["SyntaxError", "IndentationError", "TabError"])
def test_errors_in_code_tell_their_text_wherever_they_are_shown(kind: str):
    failure = Failure("1", f"builtins:{kind}", "not closed (bad.py, line 7)", "Traceback there")
    error = remote_error(failure, "run bad", None)
    assert isinstance(error, SyntaxError)
    shown = "".join(traceback.format_exception(error))
    assert "not closed (bad.py, line 7)" in shown
    assert "Traceback there" in shown
    assert error.msg == str(error)  # what IPython shows
