"""Drawings with upstream's orientation, options and return values."""

from __future__ import annotations

from typing import Any, cast

from matplotlib.artist import Artist

from emout_lab.emses import execution
from emout_lab.emses.plotter import Plotter
from emout_lab.emses.plotting import FieldPlotMixin

#: Upstream's name of an option, and ours.
_RENAMED = {
    "add_colorbar": "colorbar",
    "ax3d": "ax",
    "cmap_name": "cmap",
    "contour_levels": "levels",
    "contour_color": "colors",
    "contour_lw": "linewidths",
}
#: Of `plot` in the order in which they may be given without names.
_OF_LINES = ("show", "use_si", "offsets")
_OF_MAPS = ("axes", "show", "use_si", "offsets", "mode")
_OF_VOLUMES = ("mode", "use_si", "offsets")
#: Of `gifplot` likewise.
_OF_FILMS = (
    *("fig", "axis", "mode", "action", "filename", "show", "savefilename", "interval", "repeat"),
    *("title", "notitle", "offsets", "use_si", "vmin", "vmax", "to_html", "return_updater"),
)
_OF_FRAMES = ("axis", "title", "notitle", "offsets", "use_si", "vmin", "vmax")


class UpstreamPlotter(Plotter):
    """Draws one field; what it gives is what upstream gives.

    Lines come as a list, maps as the image, a map with contours as the list of both; None where the
    drawing was shown or saved.
    """

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Draw a line or a colour map; options as for `emout_lab.emses.plotter.Plotter`."""
        field = self._field
        names = {1: _OF_LINES, 2: _OF_MAPS}.get(field.ndim, _OF_VOLUMES)
        options = renamed({**dict(zip(names, args, strict=False)), **options})
        if field.ndim == 2:
            options.setdefault("axes", "auto")
            if options["axes"] == "auto":
                options["axes"] = "".join(sorted(field.dims))
        artist = super().__call__(**options)
        return _given_back(artist, field.ndim, options)


class DrawingMixin(FieldPlotMixin):
    """What fields draw."""

    @property
    def plot(self) -> Plotter:
        """Draw a line or a colour map: ``field.plot()``."""
        return UpstreamPlotter(self)

    @property
    def emout_lab_steps(self) -> Any:
        """Output steps of a plane that matplotlib draws itself: in EMSES units, as arrays are."""
        return self.plot.steps(use_si=False)

    def gifplot(self, *args: Any, **options: Any) -> Any:
        """Animate along a dimension: HTML for a notebook, unless another action is given.

        Parameters
        ----------
        *args, **options
            As for `emout_lab.emses.fields.Field.gifplot`.

        Returns
        -------
        Player, FieldAnimation, FrameUpdater, bytes or None
            By ``action``; ``fig, film = field.gifplot(action="return")``.
        """
        given = film_options({**dict(zip(_OF_FILMS, args, strict=False)), **options})
        axis = given.get("axis", 0)
        if self.ndim == 3 and isinstance(axis, int) and -3 <= axis < 3:
            plane = [dim for place, dim in enumerate(self.dims) if place != axis % 3]
            given.setdefault("axes", "".join(sorted(plane)))
        return super().gifplot(**given)

    def build_frame_updater(self, *args: Any, **options: Any) -> Any:
        """Return one of several panels of an animation: ``gifplot(action="frames")``."""
        named = dict(zip(_OF_FRAMES, args, strict=False))
        return self.gifplot(**{**named, **options, "action": "frames"})

    @execution.recordable
    def plot_surfaces(self, surfaces: Any = (), **options: Any) -> Any:
        """Draw surfaces in a volume, coloured by the field on them.

        Returns
        -------
        cmap : matplotlib.colors.Colormap
        norm : matplotlib.colors.Normalize
            For colour bars of one's own.
        """
        drawn = super().plot_surfaces(surfaces, **renamed({"mode": "cm+cont", **options}))
        return drawn.get_cmap(), drawn.norm


def film_options(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of an animation by our names."""
    given = {name: value for name, value in renamed(options).items() if value is not None}
    if given.pop("to_html", False):
        given["action"] = "to_html"
    if given.pop("return_updater", False):
        given["action"] = "frames"
    if given.get("show") is False:
        del given["show"]
    is_told = {"action", "filename", "savefilename", "show"} & set(given)
    if not is_told:
        given["action"] = "to_html"
    return given


def renamed(options: dict[str, Any]) -> dict[str, Any]:
    """Return options by our names, without those that ask for nothing.

    Examples
    --------
    >>> renamed({"add_colorbar": False, "offsets": None, "cmap": "jet"})
    {'colorbar': False, 'cmap': 'jet'}
    """
    return {
        _RENAMED.get(name, name): value
        for name, value in options.items()
        if name != "dpi"  # of nothing that is drawn, as there
        and (value is not None or name not in ("offsets", "cmap", "norm", "title", "levels"))
    }


def _given_back(artist: Any, ndim: int, options: dict[str, Any]) -> Any:
    if not isinstance(artist, Artist):
        # A ref to what an engine draws, or what is drawn in space.
        return artist
    if options.get("show") or options.get("savefilename") is not None:
        return None
    if ndim == 1:
        return [artist]
    if options.get("mode") in ("cm+cont", "cmap+cont"):
        return [artist, cast("Any", artist).axes.collections[-1]]
    return artist
