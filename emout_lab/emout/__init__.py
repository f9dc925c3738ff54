"""Upstream emout's names and units: ``import emout_lab.emout as emout``."""
