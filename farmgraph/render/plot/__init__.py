"""Figures for papers: drawn by matplotlib onto a given Axes, never shown, never saved.

The report's views one by one, then what studies of click farms usually print. Every function gets the graph first and
the clusters second, takes ``ax`` where a figure has more than one panel, and returns the Axes.
"""

from farmgraph.render.plot.cells import matrix
from farmgraph.render.plot.marks import accounts, evidence
from farmgraph.render.plot.networks import map, network
from farmgraph.render.plot.research import (
    adjacency,
    degrees,
    precision_recall,
    reconstructed_degree,
    sweep,
    synchronicity_normality,
)
from farmgraph.render.plot.rhythms import gaps, hours
from farmgraph.render.plot.ticks import raster, running_total

__all__ = [
    "accounts",
    "adjacency",
    "degrees",
    "evidence",
    "gaps",
    "hours",
    "map",
    "matrix",
    "network",
    "precision_recall",
    "raster",
    "reconstructed_degree",
    "running_total",
    "sweep",
    "synchronicity_normality",
]


def __dir__() -> list[str]:
    return sorted(__all__)
