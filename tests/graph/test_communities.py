"""Community detection: planted groups, agreement of both libraries, and a seed that is all there is."""

import random

import igraph
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components as scipys_components

from farmgraph.errors import UsageError
from farmgraph.graph.communities import (
    OBJECTIVES,
    bipartite_communities,
    partition,
    renumbered,
)
from farmgraph.graph.components import connected_components


def adjusted_rand(found, truth):
    """Hubert & Arabie's adjusted Rand index, from pairs of vertices."""
    a, b = np.triu_indices(len(found), 1)
    same, really = found[a] == found[b], truth[a] == truth[b]
    expected = same.sum() * really.sum() / len(a)
    return ((same & really).sum() - expected) / ((same.sum() + really.sum()) / 2 - expected)


def planted(seed, n_groups=20, size=15, inside=0.6, outside=0.01):
    """Return (n, a, b, weights, group of each vertex) of a random graph with equal groups."""
    rng = np.random.default_rng(seed)
    n = n_groups * size
    group = rng.permutation(np.repeat(np.arange(n_groups), size))
    a, b = np.triu_indices(n, 1)
    drawn = rng.random(len(a)) < np.where(group[a] == group[b], inside, outside)
    a, b = a[drawn], b[drawn]
    return n, a, b, rng.integers(1, 5, len(a)).astype(float), group


# The mean weight per pair is 1.5 inside a group and 0.025 outside: CPM needs something between.
# Modularity at resolution 1 merges two of the twenty groups, as it must (Fortunato & Barthelemy 2007).
RESOLUTIONS = {"modularity": 2.0, "rb": 2.0, "cpm": 0.5, "surprise": 1.0, "significance": 1.0}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_planted_groups_come_back(objective):
    n, a, b, weights, group = planted(1)
    found = partition(n, a, b, weights, objective=objective, resolution=RESOLUTIONS[objective], seed=3)
    assert found.dtype == np.int32
    assert adjusted_rand(found, group) > 0.95


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_seed_is_all_the_randomness(objective):
    n, a, b, weights, _ = planted(2, inside=0.2, outside=0.05)
    random.seed(5)
    first = partition(n, a, b, weights, objective=objective, seed=1)
    random.seed(6)
    order = np.random.default_rng(0).permutation(len(a))
    again = partition(n, b[order], a[order], weights[order], objective=objective, seed=1)
    assert first.tobytes() == again.tobytes()


def test_the_users_random_state_is_left_alone():
    n, a, b, weights, _ = planted(2)
    random.seed(5)
    before = random.getstate()
    partition(n, a, b, weights, seed=1)
    assert random.getstate() == before
    # igraph draws from Python's module again afterwards.
    igraph.Graph.Erdos_Renyi(n=50, p=0.2)
    assert random.getstate() != before


def test_another_seed_gives_another_result_where_there_is_no_structure():
    n, a, b, _, _ = planted(3, inside=0.05, outside=0.05)
    results = {partition(n, a, b, seed=seed).tobytes() for seed in range(4)}
    assert len(results) > 1


def test_both_libraries_agree_in_quality():
    # rb is modularity times 2m, so both optimise the same thing.
    for seed in range(3):
        n, a, b, weights, _ = planted(seed, inside=0.25, outside=0.03)
        graph = igraph.Graph(n=n, edges=np.column_stack((a, b)))
        for resolution in (0.5, 1.0, 2.0):
            by_igraph, by_leidenalg = (
                graph.modularity(
                    partition(n, a, b, weights, objective=objective, resolution=resolution, seed=seed),
                    weights=weights.tolist(),
                    resolution=resolution,
                )
                for objective in ("modularity", "rb")
            )
            assert by_igraph == pytest.approx(by_leidenalg, abs=0.01)


def test_weights_and_resolution_count():
    # A path of four: with equal weights two halves; a heavy middle draws the middle together.
    a, b = np.array([0, 1, 2]), np.array([1, 2, 3])
    assert partition(4, a, b).tolist() == [0, 0, 1, 1]
    assert partition(4, a, b, np.array([1.0, 50.0, 1.0]), resolution=1.5).tolist()[1:3] == [0, 0]
    assert len(set(partition(4, a, b, resolution=10.0).tolist())) == 4
    # CPM joins two vertices exactly where their weight exceeds the resolution.
    pair = (np.array([0]), np.array([1]), np.array([2.0]))
    assert partition(2, *pair, objective="cpm", resolution=1.9).tolist() == [0, 0]
    assert partition(2, *pair, objective="cpm", resolution=2.1).tolist() == [0, 1]


def test_nothing_to_divide():
    none = np.empty(0, np.int64)
    assert partition(3, none, none).tolist() == [0, 1, 2]
    assert partition(0, none, none).tolist() == []
    assert partition(2, np.array([0]), np.array([1]), np.array([0.0])).tolist() == [0, 1]
    assert connected_components(3, none, none).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"objective": "louvain"}, "'louvain'; expected one of modularity"),
        ({"resolution": 0}, "resolution is 0"),
        ({"resolution": float("nan")}, "resolution is nan"),
        ({"objective": "surprise", "resolution": 2.0}, "surprise has none"),
        ({"n_iterations": 0}, "n_iterations is 0"),
        ({"weights": np.array([-1.0])}, "negative"),
    ],
)
def test_unusable_options_are_named(options, words):
    with pytest.raises(UsageError, match=words):
        partition(2, np.array([0]), np.array([1]), **options)


def test_bipartite_blocks():
    rng = np.random.default_rng(0)
    account, content = np.nonzero(rng.random((60, 40)) < 0.02)
    blocks = [
        (i, j) for g in range(4) for i in range(g * 15, g * 15 + 15) for j in range(g * 10, g * 10 + 10)
    ]
    edges = np.unique(np.concatenate((np.column_stack((account, content)), np.array(blocks))), axis=0)
    of_accounts, of_contents = bipartite_communities(edges[:, 0], edges[:, 1], 60, 40, seed=2)
    assert adjusted_rand(of_accounts, np.arange(60) // 15) == 1
    for g in range(4):
        assert set(of_contents[g * 10 : g * 10 + 10]) == set(of_accounts[g * 15 : g * 15 + 15])


def test_components_and_numbering():
    # Two components of three, {0, 4, 5} first because it holds the smallest vertex, then {1, 2, 3}; 6 alone.
    a, b = np.array([4, 0, 1, 2]), np.array([0, 5, 2, 3])
    assert connected_components(7, a, b).tolist() == [0, 1, 1, 1, 0, 0, 2]
    assert renumbered(np.array([], np.int64)).tolist() == []


@settings(deadline=None)
@given(st.integers(1, 40), st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=60))
def test_components_are_those_of_scipy(n, pairs):
    a, b = (np.array([pair[side] % n for pair in pairs], np.int32) for side in (0, 1))
    links = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(n, n))
    expected = scipys_components(links, directed=False)[1]
    assert connected_components(n, a, b).tolist() == renumbered(expected).tolist()
