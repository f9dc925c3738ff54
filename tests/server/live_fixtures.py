"""Messages of a live figure that tests of both sides read; run as a script, it writes them.

``python tests/server/live_fixtures.py`` after a change of the contract.
"""

import json
import zlib
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "fixtures" / "live"

#: A picture of one transparent pixel, and one of a red one.
CLEAR = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000b4944415478da636000020000050001e9fadcd80000000049454e44ae426082"
)
RED = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415478da63f8cfc0000003010100f70341430000000049454e44ae426082"
)

TICKS = {
    "x": {"at": [0.0, 0.5, 1.0], "text": ["0", "2", "4"], "offset": ""},
    "y": {"at": [0.0, 1.0], "text": ["0", "3"], "offset": "1e−3"},
}
BAR = {"at": [0.0, 1.0], "text": ["−1", "1"], "offset": ""}

LOOK = {"size": 13.9, "color": "#000000", "side": "left", "length": 4.9, "pad": 4.9, "width": 1.1}
TITLE = {"size": 16.7, "color": "#000000"}

MESSAGES = {
    "wish": {
        "type": "wish",
        "seq": 7,
        "size": [800, 600],
        "dpr": 1.5,
        "axes": [
            {"i": 0, "x": [0.0, 4.0], "y": [3.0, 0.0], "clim": [-1.0, 1.0], "cmap": "viridis"},
            {"i": 1, "norm": "log"},
        ],
        "t": 2,
        "have": ["lut:ab12", "decor:800x600:cd34"],
        "play": {"fps": 24.0, "loop": True},
        "visible": True,
    },
    "ack": {"type": "ack", "n": 5},
    "probe": {"type": "probe", "seq": 8, "kind": "pick", "i": 0, "x": 1.2, "y": 0.4},
    "hello": {
        "type": "hello",
        "v": 1,
        "view": "0f" * 16,
        "kind": "numbers",
        "reason": "",
        "size": [800.0, 600.0],
        "facecolor": "#ffffff",
        "axes": [
            {
                "i": 0,
                "box": [0.125, 0.12, 0.62, 0.77],
                "x": [0.0, 4.0],
                "y": [0.0, 3.0],
                "xscale": "linear",
                "yscale": "linear",
                "map": True,
                "words": False,
                "facecolor": "#ffffff",
                "clim": [-1.0, 1.0],
                "norm": "linear",
                "cmap": "viridis",
                "unit": "V",
                "bar": {"box": [0.78, 0.12, 0.03, 0.77], "vertical": True},
                "aspect": "equal",
                "title": "φ at 3 µs",
                "ticks": {"x": LOOK | {"side": "bottom"}, "y": LOOK, "title": TITLE, "bar": LOOK},
            },
            {
                "i": 1,
                "box": [0.86, 0.12, 0.1, 0.77],
                "x": [1.0, 100.0],
                "y": [-1.0, 1.0],
                "xscale": "log",
                "yscale": "linear",
                "map": False,
                "words": False,
                "facecolor": "#eeeeee",
                "clim": None,
                "norm": None,
                "cmap": None,
                "unit": "",
                "bar": None,
                "aspect": "auto",
                "title": "",
                "ticks": {"x": LOOK | {"side": "bottom"}, "y": LOOK, "title": TITLE},
            },
        ],
        "steps": {"count": 3, "at": 2, "labels": ["0", "1.5", "3"], "unit": "µs"},
        "cmaps": ["viridis", "gray"],
        "heals": False,
    },
    "values": {
        "type": "values",
        "seq": 8,
        "kind": "pick",
        "i": 0,
        "x": 1.5,
        "y": 0.5,
        "value": 0.25,
        "unit": "V",
        "text": "x = 1.5 m, z = 0.5 m: 0.25 V",
        "profiles": [
            {
                "along": "x",
                "name": "x",
                "unit": "m",
                "at": [0.5, 1.5, 2.5, 3.5],
                "values": [0.0, 0.25, None, 1.0],
            },
            {
                "along": "y",
                "name": "z",
                "unit": "m",
                "at": [0.5, 1.5, 2.5],
                "values": [0.25, 0.5, 0.75],
            },
        ],
    },
    "busy": {"type": "busy", "label": "solve(run)"},
    "idle": {"type": "busy", "label": None},
    "gone": {"type": "gone", "reason": "The engine is gone.", "healing": False},
    "error": {"type": "error", "message": "size: Expected `array`", "field": "size"},
}


def layer(kind, payload, **more):
    """Return a layer with all of its keys."""
    known = {"kind": kind, "axes": None, "enc": "raw", "w": 1, "h": 1, "bytes": len(payload)}
    return known | {"key": "", "depth": 8, "extent": None} | more


def frame(n, layers, **more):
    """Return a header with all of its keys."""
    axes = {"i": 0, **TICKS, "xlim": [0.0, 4.0], "ylim": [0.0, 3.0], "clim": [-1.0, 1.0]}
    axes |= {"title": "φ at 3 µs", "bar": BAR, "box": [0.125, 0.12, 0.62, 0.77]}
    known = {"n": n, "seq": 7, "t": 2, "rest": False, "busy": None, "ms": 1.25, "title": ""}
    return known | {"layers": layers, "axes": [axes]} | more


def frames():
    """Return header and payloads of each frame, by name."""
    grey = [(i, i, i, 255) for i in range(256)]
    lut = bytes(sum([*grey, (0, 0, 255, 255), (255, 0, 0, 255), (0, 0, 0, 0)], ()))
    small = zlib.compress(bytes(range(12)))
    wide = b"".join(i.to_bytes(2, "little") for i in [0, 255, 256, 257, 258, 1])
    at = {"smooth": False, "axes": 0, "extent": [0.0, 4.0, 0.0, 3.0]}
    return {
        "first": (
            frame(
                5,
                [
                    layer("lut", lut, axes=0, w=259, key="lut:ab12"),
                    layer("decor", CLEAR, enc="png", key="decor:800x600:cd34"),
                    layer("cells", small, enc="deflate", w=4, h=3, **at),
                ],
            ),
            [lut, CLEAR, small],
        ),
        "moving": (
            frame(
                6,
                [
                    {"kind": "lut", "axes": 0, "key": "lut:ab12"},
                    {"kind": "decor", "axes": None, "key": "decor:800x600:cd34"},
                    layer("cells", wide, w=3, h=2, depth=16, key="cells:ef56", **at),
                ],
                busy="solve(run)",
            ),
            [b"", b"", wide],
        ),
        "rest": (frame(7, [layer("picture", RED, enc="png")], rest=True), [RED]),
    }


def read(name):
    """Return a message of the fixtures."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def write():
    """Write all of them."""
    from emout_lab.server.live_packing import pack_frame

    FOLDER.mkdir(exist_ok=True)
    headers = {name: header for name, (header, _) in frames().items()}
    for name, message in {**MESSAGES, "headers": headers}.items():
        text = json.dumps(message, indent=2, ensure_ascii=False) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
    for name, (header, payloads) in frames().items():
        n, rest = header["n"], {key: each for key, each in header.items() if key != "n"}
        (FOLDER / f"{name}.bin").write_bytes(pack_frame(n, rest, payloads))


if __name__ == "__main__":
    write()
