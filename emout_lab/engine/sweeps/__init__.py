"""Sweeps where they run, and on disk: what came of a point is written by the worker that ran it."""
