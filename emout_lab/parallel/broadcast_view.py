"""BroadcastView: the view that IPython.parallel has for many engines."""

from emout_lab.parallel.direct_view import DirectView


class BroadcastView(DirectView):
    """A direct view: what goes to all of its engines is packed once in any case."""
