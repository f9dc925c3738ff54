"""Articles under upstream's module name; its environment variables and arguments work as there."""

from emout_lab.article import keep, record, replay

__all__ = ["keep", "record", "replay"]
