"""Programs of users, each a process of its own that is connected to the active session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = """
import ast, json, sys
sys.path[0] = ""  # as in a notebook's kernel: the working directory
import emout_lab
session = emout_lab.connect()
engine = session.engine()
for line in sys.stdin:
    try:
        tree = ast.parse(json.loads(line))
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<program>", "exec"), globals())
        value = last and eval(compile(ast.Expression(last.value), "<program>", "eval"), globals())
        answer = ["ok", value]
    except BaseException as error:
        answer = ["failed", f"{type(error).__name__}: {error}"]
    print(json.dumps(answer, default=repr), file=sys.__stdout__, flush=True)
"""


class Program:
    """A process that runs what it is sent, as a notebook's kernel does with cells."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=folder,
            env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, source: str) -> None:
        """Send code without waiting for its end."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(source) + "\n")
        self._process.stdin.flush()

    def end(self) -> Any:
        """Return the value of the last expression of what was sent."""
        assert self._process.stdout is not None
        kind, value = json.loads(self._process.stdout.readline())
        assert kind == "ok", value
        return value

    def run(self, source: str) -> Any:
        """Run code and return the value of its last expression."""
        self.begin(source)
        return self.end()

    def there(self, source: str, value: str) -> Any:
        """Run a cell on the engine and return what an expression gives there."""
        cell = f"{source}\n_ = {value}"
        return self.run(f"engine.run({cell!r}); engine['_'].fetch()")

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@contextmanager
def program(folder: Path) -> Iterator[Program]:
    """Start a program that works in a folder."""
    folder.mkdir(exist_ok=True)
    found = Program(folder)
    try:
        yield found
    finally:
        found.close()
