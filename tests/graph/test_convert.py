"""Other libraries' objects hold the same graph."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from logs import log_of

import farmgraph as fg

# x is an account and a content; a acts twice on x; b has no time on y.
ROWS = [("x", "x", 5), ("a", "x", 20), ("a", "x", 10), ("b", "y", None), ("b", "x", 30), ("a", "y", 40)]


@pytest.fixture
def graph():
    return fg.bipartite(log_of(ROWS))


@pytest.fixture
def pairs(graph):
    return fg.co_engagement(graph, min_contents=1, weight="jaccard")


def test_bipartite_to_networkx(graph):
    g = fg.to_networkx(graph)
    accounts = {n for n, side in g.nodes(data="bipartite") if side == 0}
    assert accounts == {("account", n) for n in "xab"}
    assert nx.is_bipartite(g)
    assert {n: g.nodes[n]["name"] for n in g} == {n: n[1] for n in g}
    weights = {(a[1], c[1]): w for a, c, w in g.edges(data="weight")}
    assert weights == {("x", "x"): 1, ("a", "x"): 2, ("b", "x"): 1, ("b", "y"): 1, ("a", "y"): 1}
    assert g.edges[("account", "a"), ("content", "x")]["first_time"] == pd.Timestamp(10, unit="s", tz="UTC")
    assert "first_time" not in g.edges[("account", "b"), ("content", "y")]


def test_bipartite_to_igraph(graph):
    g = fg.to_igraph(graph)
    assert g.vcount() == 5
    assert g.is_bipartite()
    assert sum(g.vs["type"]) == 2
    assert g.vs["name"][:3] == graph.account_names.to_pylist()
    edges = {(g.vs[e.source]["name"], g.vs[e.target]["name"]): (e["weight"], e["first_time"]) for e in g.es}
    assert edges["a", "x"] == (2, pd.Timestamp(10, unit="s", tz="UTC"))
    assert edges["b", "y"] == (1, None)
    assert len(edges) == 5


def test_bipartite_to_scipy(graph):
    m = fg.to_scipy(graph)
    assert m.shape == (3, 2)
    assert m.format == "csr"
    assert m.dtype == np.int64
    expected = (
        pd.DataFrame(ROWS, columns=["account", "content", "time"]).groupby(["account", "content"]).size()
    )
    for (account, content), n in expected.items():
        assert m[graph.codes_of_accounts([account])[0], graph.codes_of_contents([content])[0]] == n
    assert m.sum() == len(ROWS)


def test_pairs_to_networkx(pairs):
    g = fg.to_networkx(pairs)
    # a and b share both of their contents; x shares one of two with each.
    assert g.edges["a", "b"] == {"weight": 1.0, "n_contents": 2}
    assert g.edges["a", "x"] == {"weight": 0.5, "n_contents": 1}
    assert g.number_of_edges() == 3


def test_pairs_to_igraph(pairs):
    g = fg.to_igraph(pairs)
    edges = [tuple(sorted((g.vs[e.source]["name"], g.vs[e.target]["name"]))) for e in g.es]
    assert edges == list(zip(pairs.pairs["account_a"], pairs.pairs["account_b"], strict=True))
    assert g.es["weight"] == pairs.pairs["weight"].tolist()
    assert g.es["n_contents"] == pairs.pairs["n_contents"].tolist()


def test_pairs_to_scipy(pairs, graph):
    m = fg.to_scipy(pairs)
    assert m.shape == (3, 3)
    assert (m != m.T).nnz == 0
    a, b = graph.codes_of_accounts(["a", "b"])
    assert m[a, b] == 1.0
    assert m.nnz == 6


@pytest.mark.parametrize("convert", [fg.to_networkx, fg.to_igraph, fg.to_scipy])
def test_no_pairs_and_nothing_else(convert, graph):
    empty = fg.co_engagement(graph, min_contents=3)
    result = convert(empty)
    size = (
        result.nnz
        if convert is fg.to_scipy
        else len(list(result.edges if convert is fg.to_networkx else result.es))
    )
    assert size == 0
    with pytest.raises(fg.UsageError, match="expected a BipartiteGraph or a CoEngagement"):
        convert("pairs")
