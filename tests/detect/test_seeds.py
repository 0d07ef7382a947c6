"""Where the search for blocks begins, and what changes in large logs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import log_of
from planted import planted_log

from farmgraph import bipartite, lockstep
from farmgraph.detect import seeds
from farmgraph.graph.nearest import with_two_shared


def links(*pairs):
    a, b = np.array(pairs, np.int32).reshape(-1, 2).T
    return a, b, np.arange(len(pairs)) + 0.5


def test_pairs_and_the_lonely_are_left_out_by_hand():
    # 7-2-5 and 0-4-1 hang together, 3-6 are two, 8 is alone. Components of one size go by their smallest account.
    vertices, (a, b, weights) = seeds.linked(9, links((2, 5), (0, 4), (3, 6), (2, 7), (1, 4)))
    assert vertices.tolist() == [0, 1, 4, 2, 5, 7]
    pairs = [(vertices[i], vertices[j]) for i, j in zip(a, b, strict=True)]
    assert pairs == [(2, 5), (0, 4), (2, 7), (1, 4)]
    assert weights.tolist() == [0.5, 1.5, 3.5, 4.5]


def test_nobody_is_linked():
    vertices, (a, _, _) = seeds.linked(4, links((1, 2)))
    assert len(vertices) == len(a) == 0
    assert list(seeds.communities(vertices, links(), fine=1.0, seed=0)) == []


def test_communities_are_sets_of_accounts():
    # Two triangles of accounts that stand in another order than their codes.
    vertices = np.array([9, 4, 7, 1, 8, 3], np.int32)
    a, b = np.array([0, 0, 1, 3, 3, 4]), np.array([1, 2, 2, 4, 5, 5])
    found = list(seeds.communities(vertices, (a, b, np.ones(6)), fine=1.0, seed=0))
    assert {tuple(members.tolist()) for members in found} == {(4, 7, 9), (1, 3, 8)}


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_two_contents_in_common_against_sets(seed):
    rng = np.random.default_rng(seed)
    rows = rng.integers(12, size=(60, 2))
    graph = bipartite(log_of([(f"a{i}", f"c{j}", 0) for i, j in rows]))
    of = [
        set(graph.account_contents[graph.account_starts[a] : graph.account_starts[a + 1]].tolist())
        for a in range(graph.n_accounts)
    ]
    pairs = [(a, b) for a in range(graph.n_accounts) for b in range(a + 1, graph.n_accounts)]
    a, b, weights = with_two_shared(links(*pairs), graph)
    expected = [i for i, (one, other) in enumerate(pairs) if len(of[one] & of[other]) >= 2]
    assert list(zip(a.tolist(), b.tolist(), strict=True)) == [pairs[i] for i in expected]
    assert weights.tolist() == [i + 0.5 for i in expected]


@pytest.fixture(scope="module")
def log():
    farms = {
        "burst": ("burst", 20, 15, 0.9),
        "shift": ("shift", 15, 12, 0.8),
        "drip": ("drip", 25, 20, 0.7),
    }
    return planted_log(n_rows=30_000, farms=farms, clubs=1)


def test_farms_are_found_as_in_a_large_log(log, monkeypatch):
    graph = bipartite(log_of(log[["account", "content", "time"]]))
    usual = lockstep(graph, seed=0)
    monkeypatch.setattr(seeds, "MANY_ACCOUNTS", 100)
    large = lockstep(graph, seed=0)
    for farm in ("burst", "shift", "drip"):
        members = set(log.loc[log["group"] == farm, "account"])
        found = [max(_likeness(members, set(c.accounts_of(i))) for i in c.ids) for c in (usual, large)]
        assert min(found) > 0.8, farm
    assert lockstep(graph, seed=0, threads=1).members.equals(large.members)


@pytest.mark.parametrize("many", [100, 1_000_000])
def test_links_of_one_content_count_in_small_logs_alone(log, monkeypatch, many):
    graph = bipartite(log_of(log[["account", "content", "time"]]))
    sought = []

    def spy(n, a, b, weights, **options):
        sought.append((n, len(a), options["resolutions"]))
        return [np.arange(n)]

    monkeypatch.setattr(seeds, "MANY_ACCOUNTS", many)
    monkeypatch.setattr(seeds, "partitions", spy)
    near, in_time = [], []
    for name, kept in (("nearest_mutual", near), ("nearest_in_time", in_time)):
        work = getattr(seeds, name)
        monkeypatch.setattr(
            seeds, name, lambda *a, work=work, kept=kept, **k: kept.append(work(*a, **k)) or kept[-1]
        )
    lockstep(graph, seed=0)
    links = [near[0][0], in_time[0]]
    n_accounts = [n for n, _, _ in sought]
    if many == 100:
        assert all(n < graph.n_accounts for n in n_accounts)
        assert all(n < len(link[0]) for (_, n, _), link in zip(sought, links, strict=True))
        assert all(coarse == 1 and fine > 20 for _, _, (coarse, fine) in sought)
    else:
        assert [n for _, n, _ in sought] == [len(link[0]) for link in links]
        assert all(resolutions == (1.0, 20.0) for _, _, resolutions in sought)


def _likeness(one, other):
    return len(one & other) / len(one | other)
