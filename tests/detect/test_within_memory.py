"""The search and the weighing are refused before they begin where they would not fit."""

from importlib import import_module
from unittest.mock import patch

import pytest
from planted import planted_log

import farmgraph as fg


@pytest.fixture(scope="module")
def graph():
    log = planted_log(farms={"burst": ("burst", 20, 10, 0.8)})
    return fg.bipartite(fg.read(log, account="account", content="content", time="time"))


def test_a_search_that_would_not_fit_is_refused(graph):
    with (
        patch.object(import_module("farmgraph.detect.lockstep"), "BYTES_PER_EDGE", 1e9),
        fg.within_memory("2GB"),
        pytest.raises(fg.BudgetError, match=r"Finding groups needs about [\d,]+ GB"),
    ):
        fg.lockstep(graph)


def test_weighing_that_would_not_fit_is_refused(graph):
    found = fg.lockstep(graph)
    with (
        patch.object(import_module("farmgraph.evidence.weigh"), "BYTES_PER_ROW", 1e9),
        fg.within_memory("2GB"),
        pytest.raises(fg.BudgetError, match=r"Weighing the evidence needs about [\d,]+ GB"),
    ):
        fg.weigh(found, graph, draws=99)
