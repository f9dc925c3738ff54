"""A connected session: its engines, programs on their way, what they print, tasks on all workers.

Nothing above this package talks to Dask.
"""
