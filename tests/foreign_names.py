"""Finds the private names of other libraries that the program uses."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import emout_lab
from emout_lab.sessions.backends import jobqueue, jobscript

# Imported by itself it takes Ctrl-C away, from all tests.
dask_jobqueue = jobqueue.dask_jobqueue
ROOT = Path(emout_lab.__file__).parent
OURS = "emout_lab"
ASKING = frozenset({"getattr", "setattr", "hasattr", "delattr"})
#: Classes of ours that become a library's only where a backend is built.
MIXED_WITH = {
    jobscript.SessionJob: (dask_jobqueue.SLURMCluster.job_cls,),
    jobscript.InlineJob: (dask_jobqueue.OARCluster.job_cls,),
    jobqueue._SessionCluster: (dask_jobqueue.JobQueueCluster,),
}


def in_texts() -> set[tuple[str, str]]:
    """Return the file and name of every private name that no class or module of ours defines.

    Names that are asked for as texts count as well, and modules that are imported by their names.
    """
    trees = {
        file.relative_to(ROOT).as_posix(): ast.parse(file.read_text())
        for file in sorted(ROOT.rglob("*.py"))
    }
    own = {name for tree in trees.values() for node in ast.walk(tree) for name in _defined(node)}
    return {
        (file, name)
        for file, tree in trees.items()
        for node in ast.walk(tree)
        for name in _used(node, own)
    }


def replaced() -> set[tuple[str, str]]:
    """Return the file and name of every private method of a library that a class of ours replaces.

    Such a method is called by the library, and by nobody where the library has renamed it.
    """
    found = set()
    for module in _modules():
        for kind in vars(module).values():
            if inspect.isclass(kind) and kind.__module__ == module.__name__:
                bases = [base for base in kind.__mro__ if not base.__module__.startswith(OURS)]
                bases += MIXED_WITH.get(kind, ())
                for name, value in vars(kind).items():
                    is_method = _is_private(name) and inspect.isfunction(value)
                    if is_method and any(hasattr(base, name) for base in bases):
                        found.add((_file(str(module.__file__)), name))
    return found


def _modules() -> Iterator[ModuleType]:
    for each in pkgutil.walk_packages([str(ROOT)], "emout_lab."):
        if not each.name.endswith("__main__"):
            yield importlib.import_module(each.name)


def _file(path: str) -> str:
    return Path(path).relative_to(ROOT).as_posix()


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name.strip("_") != ""


def _defined(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
            yield name
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.Assign(targets=targets):
            yield from (each.id for each in targets if isinstance(each, ast.Name))


def _used(node: ast.AST, own: set[str]) -> Iterator[str]:
    match node:
        case ast.Attribute(attr=name) if _is_private(name) and name not in own:
            yield name
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name):
            yield from [name] if _is_private(name) else []
        case ast.ImportFrom(module=str(module), names=names) if not module.startswith("emout_lab"):
            yield from filter(_is_private, (*module.split("."), *(each.name for each in names)))
        case ast.Import(names=names):
            yield from filter(_is_private, (part for n in names for part in n.name.split(".")))
        case ast.Call(func=ast.Name(id=asked), args=[_, ast.Constant(value=str(name)), *_]):
            yield from [name] if asked in ASKING and _is_private(name) else []
        case ast.Constant(value=str(text)) if text.isascii() and len(text) < 60:
            parts = text.split(".")
            if all(part.isidentifier() for part in parts):
                yield from (p for p in parts if _is_private(p) and p not in own)
