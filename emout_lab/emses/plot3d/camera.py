"""Where a scene is seen from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from emout_lab.errors import BadOption

#: Angles [degree] of a view: from +x towards +y, and above the plane of x and y.
ANGLES: Final = {
    "isometric": (45.0, 35.264),
    "iso": (45.0, 35.264),
    "x": (0.0, 0.0),
    "-x": (180.0, 0.0),
    "y": (90.0, 0.0),
    "-y": (-90.0, 0.0),
    "z": (-90.0, 90.0),
    "-z": (-90.0, -90.0),
    # By the plane that is seen, its first axis to the right and its second one up.
    "xy": (-90.0, 90.0),
    "xz": (-90.0, 0.0),
    "yz": (0.0, 0.0),
    "top": (-90.0, 90.0),
    "bottom": (-90.0, -90.0),
    "front": (-90.0, 0.0),
    "side": (0.0, 0.0),
}
#: Directions that upstream emout names.
PLACES: Final = {"low": (1.8, -1.8, 0.6), "side-low": (1.8, 0.0, 0.35)}
PRESETS: Final = (*ANGLES, *PLACES)
#: Names of the options.
OPTIONS: Final = ("camera", "camera_position", "azimuth", "elevation", "roll", "zoom")
#: Above this elevation the vertical axis says no more what is up.
STEEP: Final = 89.0


@dataclass(frozen=True)
class Camera:
    """Where a scene is seen from; the options that ``plot3d`` takes.

    Parameters
    ----------
    camera : str, optional
        A preset, such as ``"isometric"`` (which is the default), ``"xz"``, ``"low"``.
    camera_position : optional
        As in PyVista: ``(position, focal point, up)``, or a direction of three numbers.
    azimuth, elevation : float, optional
        Angles [degree] in place of those of the preset: from +x towards +y, and above the plane of
        x and y.
    roll : float
        The picture turned [degree].
    zoom : float
        Larger than 1 is nearer.

    Examples
    --------
    >>> Camera("xz").angles, Camera(azimuth=30).angles
    ((-90.0, 0.0), (30.0, 35.264))
    """

    camera: str | None = None
    camera_position: Any = None
    azimuth: float | None = None
    elevation: float | None = None
    roll: float = 0.0
    zoom: float = 1.0

    def __post_init__(self) -> None:
        if self.camera is not None and self.camera not in PRESETS:
            raise BadOption(
                f"camera={self.camera!r} is no view; there are {', '.join(PRESETS)}. A place is "
                "given as camera_position=(position, focal_point, up), angles as azimuth and "
                "elevation.",
                "camera",
            )
        if self.camera is not None and self.camera_position is not None:
            raise BadOption(
                f"camera={self.camera!r} and camera_position exclude each other: leave out one.",
                "camera_position",
            )
        if not self._is_number(self.zoom) or self.zoom <= 0:
            raise BadOption(f"zoom={self.zoom!r}: write a number above 0.", "zoom")
        for name in ("azimuth", "elevation", "roll"):
            if getattr(self, name) is not None and not self._is_number(getattr(self, name)):
                raise BadOption(f"{name}={getattr(self, name)!r} is no angle: write degrees.", name)
        if self.camera_position is not None:
            _checked_position(self.camera_position)
            if self.azimuth is not None or self.elevation is not None:
                raise BadOption(
                    "camera_position and azimuth or elevation exclude each other: leave out one.",
                    "camera_position",
                )

    @staticmethod
    def _is_number(value: Any) -> bool:
        return isinstance(value, (int, float, np.number)) and bool(np.isfinite(value))

    @property
    def angles(self) -> tuple[float, float]:
        """Azimuth and elevation [degree]."""
        azimuth, elevation = ANGLES.get(self.camera or "isometric", ANGLES["isometric"])
        if self.camera in PLACES:
            x, y, z = PLACES[self.camera]
            azimuth = float(np.degrees(np.arctan2(y, x)))
            elevation = float(np.degrees(np.arctan2(z, np.hypot(x, y))))
        elif self.camera_position is not None:
            azimuth, elevation = _angles_of(self.camera_position)
        return (
            azimuth if self.azimuth is None else float(self.azimuth),
            elevation if self.elevation is None else float(self.elevation),
        )

    def turned(self, azimuth: float, elevation: float | None = None) -> Camera:
        """Return the camera at other angles [degree]."""
        above = self.angles[1] if elevation is None else elevation
        return Camera(azimuth=azimuth, elevation=above, roll=self.roll, zoom=self.zoom)

    def changed(self, **options: Any) -> Camera:
        """Return the camera with other options; a new view puts the old one aside."""
        given = {name: value for name, value in options.items() if value is not None}
        if "camera" in given or "camera_position" in given:
            rest = {"zoom": self.zoom, "roll": self.roll}
            return Camera(**{**rest, **given})
        if self.camera_position is not None and {"azimuth", "elevation"} & set(given):
            return replace(self.turned(*self.angles), **given)
        return replace(self, **given)

    def aim(self, plotter: Any) -> None:
        """Put the camera of a plotter there."""
        if self.camera_position is not None:
            plotter.camera_position = self.camera_position
        else:
            self._look(plotter)
        if self.roll:
            plotter.camera.roll += self.roll
        plotter.camera.zoom(self.zoom)
        plotter.renderer.reset_camera_clipping_range()

    def _look(self, plotter: Any) -> None:
        azimuth, elevation = np.radians(self.angles)
        direction = (
            np.cos(elevation) * np.cos(azimuth),
            np.cos(elevation) * np.sin(azimuth),
            np.sin(elevation),
        )
        up = (0.0, 0.0, 1.0)
        if abs(self.angles[1]) > STEEP:
            side = -1.0 if elevation > 0 else 1.0
            up = (side * np.cos(azimuth), side * np.sin(azimuth), 0.0)
        plotter.view_vector(direction, viewup=up)


def around(
    start: Camera, frames: int, *, azimuth: float = 360.0, elevation: float | None = None
) -> Iterator[Camera]:
    """Give the cameras of a way around a scene.

    Parameters
    ----------
    start : Camera
        The first one.
    frames : int
        How many.
    azimuth : float
        Angle of the whole way [degree]; a full circle ends one step before its beginning.
    elevation : float, optional
        Elevation at the end [degree]; that of the beginning by default.

    Examples
    --------
    >>> [camera.angles[0] for camera in around(Camera("x"), 4)]
    [0.0, 90.0, 180.0, 270.0]
    """
    first, low = start.angles
    steps = frames if azimuth % 360 == 0 else max(frames - 1, 1)
    for number in range(frames):
        share = number / max(frames - 1, 1)
        above = low if elevation is None else low + share * (elevation - low)
        yield start.turned(first + azimuth * number / steps, above)


def _checked_position(position: Any) -> None:
    if isinstance(position, str):
        if position not in ("xy", "xz", "yz", "yx", "zx", "zy", "iso"):
            raise BadOption(
                f"camera_position={position!r} is no plane: write 'xy', 'xz', 'yz' or 'iso'.",
                "camera_position",
            )
        return
    try:
        numbers = np.asarray(position, dtype=float)
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if numbers.shape not in ((3,), (3, 3)) or not np.isfinite(numbers).all():
        raise BadOption(
            f"camera_position={position!r}: write (position, focal_point, up), each of three "
            "numbers in the unit of the axes, or a direction (x, y, z).",
            "camera_position",
        )


def _angles_of(position: Any) -> tuple[float, float]:
    if isinstance(position, str):
        return ANGLES.get(position, ANGLES["isometric"])
    numbers = np.asarray(position, dtype=float)
    x, y, z = numbers if numbers.ndim == 1 else np.subtract(numbers[0], numbers[1])
    return float(np.degrees(np.arctan2(y, x))), float(np.degrees(np.arctan2(z, np.hypot(x, y))))
