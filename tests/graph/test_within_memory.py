"""What would not fit into the memory is refused, with a way out."""

import importlib
from unittest.mock import patch

import pytest
from logs import log_of

from farmgraph import bipartite, co_engagement
from farmgraph.errors import BudgetError
from farmgraph.graph import coengagement, counting
from farmgraph.memory import limited


def test_a_table_that_would_not_fit_is_refused_with_the_way_to_a_file():
    # 60 accounts on the same three contents: 1,770 pairs, of which each is said to take a gigabyte.
    graph = bipartite(log_of([(f"u{i}", f"c{c}", 0) for i in range(60) for c in range(3)]))
    with (
        patch.object(coengagement, "BYTES_PER_PAIR", 1e9),
        limited("2GB"),
        pytest.raises(BudgetError, match=r"A table of [\d,]+ pairs.*write_co_engagement"),
    ):
        co_engagement(graph)


def test_a_layout_that_would_not_fit_is_refused_before_the_work():
    graph = bipartite(log_of([(f"u{i}", f"c{c}", 0) for i in range(60) for c in range(3)]))
    with (
        patch.object(counting, "BYTES_PER_ROW", 1e9),
        limited("2GB"),
        pytest.raises(BudgetError, match=r"Comparing accounts needs about 180 GB"),
    ):
        co_engagement(graph)


def test_a_graph_that_would_not_fit_is_refused():
    log = log_of([(f"u{i}", "c", 0) for i in range(50)])
    module = importlib.import_module("farmgraph.graph.bipartite")
    with (
        patch.object(module, "BYTES_PER_ROW", 1e9),
        limited("2GB"),
        pytest.raises(BudgetError, match=r"Building the graph needs about 50 GB.*--memory-limit"),
    ):
        bipartite(log)
