"""Upstream's names of types: what `isinstance` asks for.

There is one class of fields here and one of vectors; these tell them apart by their dimensions, as
upstream's classes do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emout_lab.emout.fields import Field
from emout_lab.emout.vectors import VectorData

#: Fields of any dimension.
Data = Field


class _Kind(type):
    """A type whose instances are told by what they are."""

    def __instancecheck__(cls, instance: Any) -> bool:
        is_one: bool = cls.has(instance)  # type: ignore[attr-defined]  # of each class below
        return is_one


class _OfDimensions(metaclass=_Kind):
    """Fields of one number of dimensions."""

    ndim = 0

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Refuse: fields are made by runs."""
        raise TypeError(
            f"{cls.__name__} is for isinstance: fields come of a run, such as data.phisp[-1], and "
            "keep their places in arithmetic: data.phisp[-1] * 2."
        )

    @classmethod
    def has(cls, instance: Any) -> bool:
        """Say whether an object is one of these."""
        return type.__instancecheck__(Field, instance) and instance.ndim == cls.ndim


class Data1d(_OfDimensions):
    """Fields of one dimension."""

    ndim = 1


class Data2d(_OfDimensions):
    """Fields of two dimensions."""

    ndim = 2


class Data3d(_OfDimensions):
    """Fields of three dimensions."""

    ndim = 3


class Data4d(_OfDimensions):
    """Fields of four dimensions."""

    ndim = 4


class GridDataSeries(metaclass=_Kind):
    """All of a field's files."""

    @classmethod
    def has(cls, instance: Any) -> bool:
        """Say whether an object is one of these."""
        return type.__instancecheck__(Field, instance) and instance.is_series


class GridDataSelection(metaclass=_Kind):
    """Parts of a field's files in all four dimensions."""

    @classmethod
    def has(cls, instance: Any) -> bool:
        """Say whether an object is one of these."""
        is_field = type.__instancecheck__(Field, instance)
        return is_field and instance.ndim == 4 and not instance.is_series


class _Vectors(metaclass=_Kind):
    """Vectors of one number of components."""

    count = 0

    def __new__(cls, objs: Sequence[Any], *args: Any, **options: Any) -> Any:
        """Make a vector; arguments as for `VectorData`."""
        if len(objs) != cls.count:
            raise ValueError(f"{cls.__name__} has {cls.count} components, {len(objs)} were given.")
        return VectorData(objs, *args, **options)

    @classmethod
    def has(cls, instance: Any) -> bool:
        """Say whether an object is one of these."""
        return isinstance(instance, VectorData) and len(instance.components) == cls.count


class VectorData2d(_Vectors):
    """Vectors of two components."""

    count = 2


class VectorData3d(_Vectors):
    """Vectors of three components."""

    count = 3
