"""Engines: the part of a worker that keeps objects and runs calls."""
