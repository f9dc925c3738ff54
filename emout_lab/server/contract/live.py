"""What travels on the socket of a live figure: wishes of a browser, frames and words for it.

Numbers of pixels are those of CSS, except where a layer says how large its payload is.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from emout_lab.errors import SpecError
from emout_lab.server.contract.requests import refusal

VERSION: Final = 1
"""Of the protocol; a browser that knows another one says so, and shows the still picture."""
MESSAGE_BYTES: Final = 16_000
"""So long may a message of a browser be."""
SMALLEST_SIDE: Final = 16
LARGEST_SIDE: Final = 8_192
LARGEST_PICTURE: Final = 33_000_000
"""Pixels of a screen that a picture may fill, for example 7680 x 4300."""
LARGEST_NUMBER: Final = 1e300
MOST_AXES: Final = 64
MOST_KEYS: Final = 48
LARGEST_COUNT: Final = 2**53

Count = Annotated[int, Meta(ge=0, le=LARGEST_COUNT)]
Side = Annotated[int, Meta(ge=SMALLEST_SIDE, le=LARGEST_SIDE)]
Number = Annotated[float, Meta(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
Index = Annotated[int, Meta(ge=0, lt=MOST_AXES)]
Interval = tuple[Number, Number]


class _Taken(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """What a browser sends; a closed record."""


class LiveWishAxes(Struct, frozen=True, forbid_unknown_fields=True):
    """How a viewer wants to see axes ``i``; null leaves a thing as the figure has it.

    ``x`` and ``y`` are limits in data coordinates, left or bottom first.
    """

    i: Index
    x: Interval | None = None
    y: Interval | None = None
    clim: Interval | None = None
    cmap: Name | None = None
    norm: Literal["linear", "log", "symlog"] | None = None


class LivePlay(Struct, frozen=True, forbid_unknown_fields=True):
    """That time goes on by itself, at so many steps in a second."""

    fps: Annotated[float, Meta(ge=0.1, le=240)] = 30.0
    loop: bool = True


class LiveWish(_Taken, frozen=True, tag="wish"):
    """The whole state that a viewer wants to see, so that any wish may be left out for a newer one.

    ``have`` are the keys of layers that the browser keeps until another wish says otherwise; beside
    these it keeps the cells of the last four frames. While ``play`` is set, ``t`` is the step with
    which playing begins, and headers of frames tell how far it is; a wish with the same ``t`` as
    the one before does not set it back.
    """

    seq: Count
    size: tuple[Side, Side]
    dpr: Annotated[float, Meta(ge=0.25, le=4)] = 1.0
    axes: Annotated[list[LiveWishAxes], Meta(max_length=MOST_AXES)] = []
    t: Count | None = None
    have: Annotated[list[Name], Meta(max_length=MOST_KEYS)] = []
    play: LivePlay | None = None
    visible: bool = True


class LiveAck(_Taken, frozen=True, tag="ack"):
    """That frame ``n`` is on the screen."""

    n: Count


class LiveProbe(_Taken, frozen=True, tag="probe"):
    """A question for the value at a point of axes ``i``, in data coordinates.

    ``pick`` asks for the profiles through it, too.
    """

    seq: Count
    kind: Literal["hover", "pick"]
    i: Index
    x: Number
    y: Number


class LiveBar(Struct, frozen=True):
    """A colour bar; ``box`` is left, top, width and height as shares of the picture."""

    box: tuple[float, float, float, float]
    vertical: bool


class LiveLook(Struct, frozen=True):
    """How labels look, and the ticks beside them where there are some: sizes in pixels of CSS."""

    size: float
    color: str
    side: str | UnsetType = UNSET
    length: float | UnsetType = UNSET
    pad: float | UnsetType = UNSET
    width: float | UnsetType = UNSET


class LiveAxes(Struct, frozen=True):
    """Axes as the figure has them.

    ``box`` is left, top, width and height as shares of the picture, from its upper left corner;
    ``clim``, ``norm``, ``cmap`` and ``bar`` are null where there is no map that goes as numbers.
    ``aspect`` is ``equal`` where a zoom has to keep the shape. ``ticks`` tells how labels look, by
    ``x``, ``y``, ``title`` and ``bar``, as far as there are some. ``words`` means that places in
    them are dates or names, which a probe tells.
    """

    i: int
    box: tuple[float, float, float, float]
    x: tuple[float, float]
    y: tuple[float, float]
    xscale: str
    yscale: str
    map: bool
    words: bool
    facecolor: str
    clim: tuple[float, float] | None
    norm: str | None
    cmap: str | None
    unit: str
    bar: LiveBar | None
    aspect: str
    title: str
    ticks: dict[str, LiveLook]


class LiveSteps(Struct, frozen=True):
    """The time steps of a figure: how many, which it shows, and what each is called."""

    count: int
    at: int
    labels: list[str]
    unit: str


class LiveHello(Struct, frozen=True, tag_field="type", tag="hello"):
    """The first message to a viewer: what the figure is, and what can be done with it.

    ``kind`` tells how it moves: as ``numbers`` that the browser colours, or as ``pixels``;
    ``reason`` says for people why it is the latter. ``heals`` means that it can be drawn anew after
    its engine is gone.
    """

    v: int
    view: str
    kind: Literal["numbers", "pixels"]
    reason: str
    size: tuple[float, float]
    facecolor: str
    axes: list[LiveAxes]
    steps: LiveSteps | None
    cmaps: list[str]
    heals: bool


class LiveProfile(Struct, frozen=True):
    """Values along an axis through a point that was picked; null where there is none.

    ``name`` is the quantity that the axis shows, ``unit`` its unit.
    """

    along: Literal["x", "y"]
    name: str
    unit: str
    at: list[float]
    values: list[float | None]


class LiveValues(Struct, frozen=True, tag_field="type", tag="values"):
    """The answer to a probe.

    ``x`` and ``y`` are the place, ``value`` is null where there is none; ``text`` is all of it as
    people read it. Only a ``pick`` on a map has ``profiles``.
    """

    seq: int
    kind: Literal["hover", "pick"]
    i: int
    x: float
    y: float
    value: float | None
    unit: str
    text: str
    profiles: list[LiveProfile]


class LiveBusy(Struct, frozen=True, tag_field="type", tag="busy"):
    """That a program runs on the engine, or, with null, that none does any more."""

    label: str | None


class LiveGone(Struct, frozen=True, tag_field="type", tag="gone"):
    """That the figure cannot be shown live any more, and why.

    ``healing`` means that it is being drawn anew; a new `LiveHello` follows, or a `LiveGone`
    without it. Otherwise the socket is closed.
    """

    reason: str
    healing: bool


class LiveError(Struct, frozen=True, tag_field="type", tag="error"):
    """That something which the browser sent cannot be used; ``field`` names it."""

    message: str
    field: str | None


class LiveLayer(Struct, frozen=True):
    """One payload of a frame; they follow the header in this order.

    ``extent`` is where its edges lie, left, right, bottom, top, in what the scale makes of data
    coordinates (log10 for ``log``); its first row is at the top. ``cells`` are indices, of
    ``depth`` bits (little-endian), into the ``lut`` of the same axes: 256 colours (RGBA), then
    those of under, over and bad. ``deflate`` is zlib's form. Of a layer that the browser keeps by
    its ``key`` nothing else is told, and its payload is empty; the key is empty where it is of no
    use. ``smooth`` means that cells may run into each other.
    """

    kind: Literal["cells", "decor", "picture", "lut"]
    axes: int | None
    key: str
    enc: Literal["raw", "deflate", "png", "jpeg"] | UnsetType = UNSET
    w: int | UnsetType = UNSET
    h: int | UnsetType = UNSET
    bytes: int | UnsetType = UNSET
    depth: Literal[8, 16] | UnsetType = UNSET
    extent: tuple[float, float, float, float] | UnsetType | None = UNSET
    smooth: bool | UnsetType = UNSET


class LiveTicks(Struct, frozen=True):
    """Labels along an axis, at shares of its length: 0 is left or bottom."""

    at: list[float]
    text: list[str]
    offset: str


class LiveFrameAxes(Struct, frozen=True):
    """What stands around axes ``i`` in a frame; ``box`` as in `LiveAxes`."""

    i: int
    box: tuple[float, float, float, float]
    x: LiveTicks
    y: LiveTicks
    xlim: tuple[float, float]
    ylim: tuple[float, float]
    clim: tuple[float, float] | None
    title: str
    bar: LiveTicks | None


class LiveHeader(Struct, frozen=True):
    """What a frame tells of itself, before its payloads.

    A frame is a binary message: the length of this header (32 bits, little-endian), the header as
    JSON, and the payloads of its layers. ``n`` is to be acknowledged, ``seq`` is the wish that it
    answers, ``t`` the step that it shows. ``rest`` means that it is matplotlib's own picture.
    ``busy`` is the program that runs on the engine, for which something of the frame has to wait,
    and ``ms`` what the engine took.
    """

    n: int
    seq: int
    t: int | None
    rest: bool
    busy: str | None
    ms: float
    title: str
    layers: list[LiveLayer]
    axes: list[LiveFrameAxes]


LIVE_MESSAGES: Final = (LiveHello, LiveValues, LiveBusy, LiveGone, LiveError)
LIVE_TAKEN: Final = (LiveWish, LiveAck, LiveProbe)

Taken = LiveWish | LiveAck | LiveProbe
_DECODER: Final[msgspec.json.Decoder[Taken]] = msgspec.json.Decoder(Taken)


def read_message(message: str | bytes) -> Taken:
    """Read what a browser sent.

    Raises
    ------
    SpecError
        When it is too long, no JSON, or has a form or a value that it must not have; ``field``
        names the key.

    Examples
    --------
    >>> read_message('{"type": "ack", "n": 3}')
    LiveAck(n=3)
    """
    if len(message) > MESSAGE_BYTES:
        raise SpecError(f"a message of {len(message)} bytes; at most {MESSAGE_BYTES} are read")
    try:
        read = _DECODER.decode(message)
    except msgspec.ValidationError as exc:
        raise refusal(str(exc), None) from exc
    except (ValueError, RecursionError) as exc:
        raise SpecError(f"the message is not JSON: {exc}") from exc
    if isinstance(read, LiveWish):
        _check(read)
    return read


def _check(wish: LiveWish) -> None:
    """Refuse what has the right form and makes no sense."""
    width, height = wish.size
    if width * height * wish.dpr**2 > LARGEST_PICTURE:
        raise SpecError(f"size: a picture of more than {LARGEST_PICTURE} pixels", field="size")
    if len({each.i for each in wish.axes}) < len(wish.axes):
        raise SpecError("axes: the same axes stand there twice", field="axes")
    for each in wish.axes:
        for limits in (each.x, each.y, each.clim):
            if limits is not None and limits[0] == limits[1]:
                raise SpecError(f"axes: nothing lies between {limits[0]} and itself", field="axes")
