"""Particle files of a run: lazy tables, and histograms computed block by block."""

from __future__ import annotations

from emout_lab.emses.particles.columns import ParticleData, ParticleDataSeries
from emout_lab.emses.particles.histograms import Histogram, Histogram2D
from emout_lab.emses.particles.series import ParticlesSeries
from emout_lab.emses.particles.snapshot import ParticleSnapshot

__all__ = [
    "Histogram",
    "Histogram2D",
    "ParticleData",
    "ParticleDataSeries",
    "ParticleSnapshot",
    "ParticlesSeries",
]
