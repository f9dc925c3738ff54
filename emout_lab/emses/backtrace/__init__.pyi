from . import api, workflow

__all__ = ["api", "workflow"]
