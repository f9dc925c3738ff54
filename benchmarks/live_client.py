"""Two viewers without a browser: of a live figure, and of a plain redraw."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Callable
from typing import Any

import matplotlib.image
import numpy as np

from emout_lab.server.live_packing import unpack_frame

PATIENCE_S = 30.0


class Viewer:
    """What both can do."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        # As browsers do: a wish behind an acknowledgement would wait for 40 ms.
        socket.protocol.set_nodelay(True)
        self.seq = 0
        self.sent_at: dict[int, float] = {}
        self.last_bytes = 0

    def close(self) -> None:
        """Leave."""
        self.socket.close()

    async def send(self, wish: dict[str, Any]) -> int:
        """Send a wish: a step, and limits of x."""
        self.seq += 1
        self.sent_at[self.seq] = time.perf_counter()
        await self.socket.write_message(json.dumps(self.message(self.seq, wish)))
        return self.seq

    def message(self, seq: int, wish: dict[str, Any]) -> dict[str, Any]:
        """Return a wish as it travels."""
        return {"seq": seq, "t": wish["t"], "x": wish.get("x")}

    async def frame(self) -> int:
        """Take a frame; return the wish that it answers."""
        message = await asyncio.wait_for(self.socket.read_message(), PATIENCE_S)
        self.last_bytes = len(message)
        return int.from_bytes(message[:4], "little")

    async def answered(self, wish: dict[str, Any]) -> float:
        """Return the time from a wish to its frame [s]."""
        seq = await self.send(wish)
        while await self.frame() < seq:
            pass
        return time.perf_counter() - self.sent_at[seq]

    async def flooded(self, rate: float, seconds: float) -> tuple[float, bool]:
        """Wish so often; return the age of the oldest frame, and whether the last came."""
        oldest = 0.0
        before, last = self.seq, self.seq + int(rate * seconds)

        async def listen() -> None:
            nonlocal oldest
            seq = 0
            while seq < last:
                seq = await self.frame()
                if seq > before:
                    oldest = max(oldest, time.perf_counter() - self.sent_at[seq])

        listening = asyncio.create_task(listen())
        start = time.perf_counter()
        for n in range(int(rate * seconds)):
            await asyncio.sleep(start + n / rate - time.perf_counter())
            await self.send({"t": n % 100})
        try:
            await asyncio.wait_for(listening, 5)
        except asyncio.TimeoutError:
            return oldest, False
        return oldest, True

    @staticmethod
    def is_part(picture: bytes, whole: bytes) -> bool:
        """Tell whether the pixels of a PNG are a part of another's, whatever wrote them."""
        part, all_of_it = (
            matplotlib.image.imread(io.BytesIO(each))[..., :3] for each in (picture, whole)
        )
        found = np.lib.stride_tricks.sliding_window_view(all_of_it, part.shape)
        return any(np.array_equal(each, part) for row in found for each in row[:, 0])


class Plain(Viewer):
    """Looks at a plain redraw."""

    async def play(self, seconds: float) -> int:
        """Wish the next step at each frame; return how many came."""
        frames, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            await self.answered({"t": frames % 100})
            frames += 1
        return frames


class Live(Viewer):
    """Looks at a live figure, and keeps of its layers what a browser keeps."""

    def __init__(self, socket: Any) -> None:
        super().__init__(socket)
        self.keys: dict[str, None] = {}
        self.play_wish: dict[str, Any] | None = None
        self.is_rest = False
        self.picture = b""
        self.delay = 0.0
        self.size = [0, 0]

    async def begin(self) -> None:
        """Wait for its first word."""
        hello = json.loads(await asyncio.wait_for(self.socket.read_message(), PATIENCE_S))
        if hello["type"] != "hello":
            raise RuntimeError(hello["reason"])
        self.size = hello["size"]

    def message(self, seq: int, wish: dict[str, Any]) -> dict[str, Any]:
        """Return a wish as it travels."""
        axes = [{"i": 0, "x": wish["x"]}] if wish.get("x") else []
        message = {"type": "wish", "seq": seq, "size": self.size, "t": wish["t"], "axes": axes}
        return message | {"have": list(self.keys), "play": wish.get("play")}

    async def frame(self) -> int:
        """Take a frame and acknowledge it."""
        while True:
            message = await asyncio.wait_for(self.socket.read_message(), PATIENCE_S)
            if isinstance(message, bytes):
                break
            told = json.loads(message)
            if told["type"] != "busy":
                raise RuntimeError(str(told))
        self.last_bytes = len(message)
        header, payloads = unpack_frame(message)
        self.header = header
        self.is_rest = header["rest"]
        for layer, payload in zip(header["layers"], payloads, strict=True):
            if layer["kind"] in ("lut", "decor") and layer["key"]:
                self.keys[layer["key"]] = None
            if layer["kind"] == "picture":
                self.picture = payload
        await self.acknowledge(header["n"])
        return int(header["seq"])

    async def acknowledge(self, n: int) -> None:
        """Say that a frame is painted, some time later if the viewer is far away."""
        text = json.dumps({"type": "ack", "n": n})
        if not self.delay:
            await self.socket.write_message(text)
            return
        send: Callable[[], object] = lambda: self.socket.write_message(text)  # noqa: E731
        asyncio.get_running_loop().call_later(self.delay, send)

    async def play(self, seconds: float, delay: float = 0.0) -> int:
        """Let it play as fast as it can; return how many frames came."""
        self.delay = delay
        await self.send({"t": 0, "play": {"fps": 240, "loop": True}})
        frames, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            await self.frame()
            frames += 1
        self.delay = 0.0
        await asyncio.sleep(2 * delay)
        await self.answered({"t": 0})
        return frames

    async def rested(self, wish: dict[str, Any]) -> float:
        """Return the time from a wish to the picture at rest [s]."""
        seq = await self.send(wish)
        while await self.frame() < seq or not self.is_rest:
            pass
        return time.perf_counter() - self.sent_at[seq]
