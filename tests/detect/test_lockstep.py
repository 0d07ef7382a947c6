import numpy as np
import pytest
from logs import log_of
from planted import members_of, planted_log

import farmgraph as fg
from farmgraph.graph.core import core, part

FARMS = {
    "burst": ("burst", 30, 15, 0.8),
    "shift": ("shift", 20, 12, 0.8),
    "drip": ("drip", 25, 14, 0.8),
    "small": ("burst", 7, 9, 0.9),
    "sparse": ("burst", 40, 25, 0.35),
}


@pytest.fixture(scope="module")
def log():
    return planted_log(seed=1, farms=FARMS)


@pytest.fixture(scope="module")
def graph(log):
    return fg.bipartite(log_of(log[["account", "content", "time"]]))


@pytest.fixture(scope="module")
def found(graph):
    return fg.lockstep(graph, seed=0)


@pytest.fixture(scope="module")
def untimed(log):
    return fg.lockstep(fg.bipartite(log_of(log[["account", "content", "time"]].assign(time=None))))


def assert_own_block(clusters, members):
    """Nine in ten members stand in one block, of which they make up at least four in five."""
    blocks = [set(clusters.accounts_of(c)) for c in clusters.ids]
    best = max(blocks, key=lambda block: len(block & members))
    assert len(best & members) >= 0.9 * len(members)
    assert len(best & members) >= 0.8 * len(best)


@pytest.mark.parametrize("farm", FARMS)
def test_each_farm_comes_back_as_its_own_block(log, found, farm):
    assert_own_block(found, members_of(log, farm))


@pytest.mark.parametrize("farm", FARMS)
def test_farms_are_found_without_times(log, untimed, farm):
    assert_own_block(untimed, members_of(log, farm))


def test_nothing_in_a_crowd():
    crowd = planted_log(seed=5)
    found = fg.lockstep(fg.bipartite(log_of(crowd[["account", "content", "time"]])))
    # Blocks of a crowd must be rare; on this seed there is none.
    assert len(found) == 0
    assert list(found.members.columns) == ["cluster", "account", "score"]


def test_core_against_repeated_pruning():
    rows = [(a, c) for a in "abc" for c in "pqr"] + [
        ("d", "p"),
        ("d", "q"),
        ("e", "s"),
        ("e", "t"),
        ("e", "u"),
    ]
    graph = fg.bipartite(log_of([(a, c, 0) for a, c in rows]))
    in_account, in_content = core(graph)
    # d has two contents only; e has three, but nobody shares them.
    assert sorted(graph.names_of_accounts(np.flatnonzero(in_account))) == ["a", "b", "c"]
    assert sorted(graph.names_of_contents(np.flatnonzero(in_content))) == ["p", "q", "r"]


def test_score_is_the_share_of_contents(log, graph, found):
    edges = set(zip(log["account"], log["content"], strict=True))
    for cluster in found.ids:
        contents = found.contents_of(cluster)
        rows = found.members[found.members["cluster"] == cluster]
        for account, score in zip(rows["account"], rows["score"], strict=True):
            assert score == pytest.approx(sum((account, c) in edges for c in contents) / len(contents))


def test_the_workers_of_two_customers_are_found():
    # Twenty workers serve customer 1 (10 contents) in full; ten of them also serve customer 2 (8 contents), with
    # ten others who serve nobody else.
    rng = np.random.default_rng(0)
    crowd = [
        (f"u{a}", f"c{c}", 0)
        for a, c in zip(rng.integers(400, size=6000), rng.integers(500, size=6000), strict=True)
    ]
    first = [(f"w{a}", f"x{c}", 0) for a in range(20) for c in range(10)]
    second = [(f"w{a}", f"y{c}", 0) for a in range(10, 30) for c in range(8)]
    found = fg.lockstep(fg.bipartite(log_of(crowd + first + second)))
    found_workers = set.union(*(set(found.accounts_of(k)) for k in found.ids))
    found_orders = set.union(*(set(found.contents_of(k)) for k in found.ids))
    assert found_workers == {f"w{a}" for a in range(30)}
    assert found_orders == {f"x{c}" for c in range(10)} | {f"y{c}" for c in range(8)}


def test_a_part_is_the_graph_of_its_rows():
    rows = [("a", "p", 1), ("a", "q", 2), ("b", "p", 3), ("b", "p", 4), ("c", "q", 5)]
    graph = fg.bipartite(log_of(rows))
    names = graph.names_of_accounts(np.arange(graph.n_accounts))
    cut = part(graph, np.isin(names, ["a", "b"]), graph.names_of_contents(np.arange(2)) == "p")
    assert (cut.graph.n_interactions, cut.graph.n_edges) == (3, 2)
    assert cut.graph.content_times.tolist() == [1_000_000, 3_000_000, 4_000_000]
    assert sorted(graph.names_of_accounts(cut.accounts)) == ["a", "b"]
    assert graph.names_of_contents(cut.contents).tolist() == ["p"]
    assert cut.graph.content_degrees.tolist() == [2]
