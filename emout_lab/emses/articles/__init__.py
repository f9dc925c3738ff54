"""Articles: what a figure has read of its runs, in one file from which it is drawn again.

`emout_lab.article` is the public face. Here: which part of a field was read (`regions`), what is
kept of runs (`content`), who sees it (`observing`, `recorder`), the file (`storage`, `values`) and
runs that are read from it (`recorded_runs`, `opening`).
"""
