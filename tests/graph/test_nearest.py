"""Nearest accounts, by surprise and in time, against what their definitions say in plain Python."""

from itertools import product
from math import log, sqrt
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import log_of
from planted import planted_log

from farmgraph import bipartite
from farmgraph.graph import nearest
from farmgraph.graph.background import expectation
from farmgraph.graph.times import times_of
from farmgraph.graph.topics import topics


def arranged(rows):
    graph = bipartite(log_of(rows))
    return expectation(graph, topics(graph)), times_of(graph, np.zeros(graph.n_accounts, np.int32))


def linked(rows, *, in_time=True):
    """Return {(name, name): nearness} of mutual pairs, the names in the order of their codes."""
    model, times = arranged(rows)
    if in_time:
        a, b, weights = nearest.nearest_in_time(model, times, threads=1)
    else:
        (a, b, weights), _ = nearest.nearest_mutual(model, threads=1)
    assert (a < b).all()
    pairs = zip(model.graph.names_of_accounts(a), model.graph.names_of_accounts(b), strict=True)
    return dict(zip(pairs, weights.tolist(), strict=True))


def in_time_by_definition(rows, reach):
    """Return {u: {v: nearness as u sees it}}: ranks among all other visitors of a content, ties share the largest."""
    edges = {(a, c) for a, c, _ in rows}
    m, degree = len(edges), {}
    for a, _ in edges:
        degree[a] = degree.get(a, 0) + 1
    first = {}
    for a, c, t in rows:
        if t is not None:
            first[a, c] = min(t, first.get((a, c), t))
    near = {a: {} for a in degree}
    for (u, c), t in first.items():
        away = {v: abs(other - t) for (v, d), other in first.items() if d == c and v != u}
        for v, gap in away.items():
            rank = sum(g <= gap for g in away.values())
            mine, theirs = (-log(rank * max(degree[x], 3) / m) for x in (u, v))
            if rank <= reach and mine > 1e-12 and theirs > 1e-12:
                near[u][v] = near[u].get(v, 0.0) + sqrt(mine * theirs)
    return near


def surprise_by_definition(rows):
    """Return {u: {v: nearness}}: what the shared contents' popularity and both accounts' activity leave."""
    edges = {(a, c) for a, c, _ in rows}
    of_account = {x: {c for a, c in edges if a == x} for x, _ in edges}
    n = {c: sum(d == c for _, d in edges) for _, c in edges}
    near = {a: {} for a in of_account}
    for u, v in product(of_account, of_account):
        for c in of_account[u] & of_account[v] if u != v else ():
            mine, theirs = (-log(n[c] * max(len(of_account[x]), 3) / len(edges)) for x in (u, v))
            if mine > 1e-12 and theirs > 1e-12:
                near[u][v] = near[u].get(v, 0.0) + sqrt(mine * theirs)
    return near


def check_mutual(found, near, k):
    """Compare with the pairs in which each is among the k nearest of the other, whatever decides among ties."""

    def among(u, v, slack):
        closer = sum(w > near[u][v] + slack for other, w in near[u].items() if other != v)
        return v in near[u] and closer < k

    def surely(u, v):
        as_near = sum(w >= near[u][v] - 1e-9 for w in near[u].values()) if v in near[u] else k + 1
        return as_near <= k

    # The order in which the terms are added may decide a tie at the last place, and nothing else.
    for u, v in found:
        assert among(u, v, 1e-9)
        assert among(v, u, 1e-9)
        assert found[u, v] == pytest.approx(near[u][v])
    certain = {frozenset((u, v)) for u in near for v in near[u] if surely(u, v) and surely(v, u)}
    assert certain <= {frozenset(pair) for pair in found}


ROWS = st.lists(
    st.tuples(
        st.sampled_from([f"a{i}" for i in range(9)]),
        st.sampled_from([f"c{i}" for i in range(6)]),
        st.one_of(st.none(), st.integers(0, 12)),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(ROWS, st.sampled_from([1, 3, 64]), st.sampled_from([1, 2, 10]))
def test_nearest_in_time_against_its_definition(rows, reach, k):
    # Thirty accounts that do one thing each, alone: there must be enough edges for anything to be a surprise.
    rows = rows + [(f"b{i}", f"d{i}", i) for i in range(30)]
    with patch.multiple(nearest, REACH=reach, N_NEAREST=k):
        found = linked(rows)
    check_mutual(found, in_time_by_definition(rows, reach), k)


@settings(max_examples=150, deadline=None)
@given(ROWS, st.sampled_from([1, 2, 10]), st.sampled_from([0.0, 30.0, np.inf]))
def test_nearest_by_surprise_against_its_definition(rows, k, look_up):
    # Looking up costs nothing: wherever the rest cannot bring in a stranger; infinitely much: everything is walked.
    rows = rows + [(f"b{i}", f"d{i}", i) for i in range(30)]
    with patch.multiple(nearest, N_NEAREST=k, LOOK_UP=look_up):
        found = linked(rows, in_time=False)
    check_mutual(found, surprise_by_definition(rows), k)


def test_ranks_by_hand():
    # One content at 0, 3, 3, 10 and 45 loners: 49 edges, all with one content, which counts as three. From u at 0 v
    # and w come at the same time and share rank 2, and x has rank 3. From v w has rank 1, u rank 2.
    rows = [("u", "p", 0), ("v", "p", 3), ("w", "p", 3), ("x", "p", 10)] + [
        (f"b{i}", f"d{i}", 0) for i in range(45)
    ]
    near = {frozenset(pair): w for pair, w in linked(rows).items()}
    assert near[frozenset("vw")] == pytest.approx(log(49 / 3))
    assert near[frozenset("uv")] == near[frozenset("uw")] == pytest.approx(log(49 / 6))
    # From x v and w share rank 2 too, but from v x has rank 3: the weight is how the smaller code sees it.
    assert near[frozenset("vx")] in (pytest.approx(log(49 / 6)), pytest.approx(log(49 / 9)))


def test_only_ten_are_nearest():
    # u comes at 0, thirteen others at 3, 9, 27, ...: each is closer to all before it than to any after it, so u has the
    # r-th at rank r, and the r-th, with r - 1 others and u before it, has u at rank r as well. Ten remain.
    rows = [("u", "p", 0)] + [(f"v{r:02}", "p", 3**r) for r in range(1, 14)]
    rows += [(f"b{i}", f"d{i}", 0) for i in range(300)]
    of_u = sorted(name for pair in linked(rows) if "u" in pair for name in pair if name != "u")
    assert of_u == [f"v{r:02}" for r in range(1, 11)]


@pytest.mark.parametrize(("n", "pairs"), [(65, 55), (66, 0)])
def test_a_crowd_at_one_moment(n, pairs):
    # All come at once, so every rank is the largest, n - 1, and only 64 visitors are looked at: among 66 nobody is
    # near. Among 65 all are equally near, and ties go to the smaller codes: the first eleven have each other.
    rows = [(f"u{i}", "p", 5) for i in range(n)] + [(f"b{i}", f"d{i}", 0) for i in range(1_000)]
    model, times = arranged(rows)
    a, b, _ = nearest.nearest_in_time(model, times, threads=1)
    assert len(a) == pairs
    codes = np.sort(model.graph.codes_of_accounts([f"u{i}" for i in range(n)]))
    assert set(a.tolist()) | set(b.tolist()) == set(codes[:11].tolist() if pairs else ())


def test_popularity_cancels_out():
    # A pair that comes together five times on contents with 200 other visitors is as near as on contents of its own.
    rng = np.random.default_rng(0)
    others = [(f"b{i}", f"c{c}", float(t)) for c in range(5) for i, t in enumerate(rng.uniform(0, 1e6, 200))]
    alone = [(f"b{i}", f"d{c}", t) for i, c, t in ((a[1:], int(c[1:]), t) for a, c, t in others)]
    pair = [(who, f"c{c}", 5e5 + 1e-3 * i) for c in range(5) for i, who in enumerate(["u", "v"])]
    together, apart = (linked(rows + pair) for rows in (others, alone))
    key = ("u", "v") if ("u", "v") in together else ("v", "u")
    # 1,010 edges; each of the two has 5 contents and the other at rank 1, five times.
    assert together[key] == pytest.approx(5 * log(1_010 / 5))
    assert {frozenset(p): w for p, w in apart.items()}[frozenset(key)] == pytest.approx(together[key])
    # By surprise the popular contents tell little: 202 x 5 of 1,010 is what one expects.
    assert not {("u", "v"), ("v", "u")} & set(linked(others + pair, in_time=False))


@pytest.mark.parametrize("in_time", [True, False])
def test_threads_do_not_matter(in_time):
    # More accounts than stand in one portion, so that two threads have something to share.
    rng = np.random.default_rng(1)
    n = 3 * nearest.BLOCK
    rows = [
        (f"a{a}", f"c{c}", int(t))
        for a, c, t in zip(
            rng.integers(n, size=6_000),
            rng.integers(900, size=6_000),
            rng.integers(500, size=6_000),
            strict=True,
        )
    ]
    model, times = arranged(rows)

    def by(threads):
        if in_time:
            return nearest.nearest_in_time(model, times, threads=threads)
        return nearest.nearest_mutual(model, threads=threads)[0]

    one, two = by(1), by(2)
    assert len(one[0]) > 100
    for x, y in zip(one, two, strict=True):
        assert x.tobytes() == y.tobytes()
    # Each pair once, in order.
    key = one[0].astype(np.int64) * model.graph.n_accounts + one[1]
    assert (np.diff(key) > 0).all()


def test_without_times_nobody_is_near_in_time():
    rows = [(f"a{i}", f"c{j}", None) for i in range(6) for j in range(5)]
    rows += [(f"b{i}", f"d{i}", None) for i in range(60)]
    assert linked(rows) == {}
    assert len(linked(rows, in_time=False)) == 15


def test_a_sample_tells_what_all_accounts_take():
    # A fifth of the accounts are looked at, and what all take is known to a twentieth: walking an account takes the
    # visitors of its contents.
    log = planted_log(n_rows=60_000, n_accounts=5_000, n_contents=1_500)
    graph = bipartite(log_of(log[["account", "content", "time"]]))
    visitors = graph.content_degrees[graph.account_contents]
    steps = np.add.reduceat(visitors, graph.account_starts[:-1])
    accounts, weights = nearest._sample(graph)
    assert len(accounts) <= nearest.SAMPLE < graph.n_accounts / 4
    assert weights @ steps[accounts] == pytest.approx(steps.sum(), rel=0.05)
    # Choosing edges evenly would walk several times as much for it.
    assert steps[accounts].sum() < 0.7 * (graph.account_degrees @ steps) / graph.n_edges * nearest.SAMPLE


def test_what_would_take_too_long_is_left_out_and_said(monkeypatch):
    # 100 contents of three accounts each, and one of 60 of them. Walking all takes 60 x 60 + 300 x 3 = 4,500 steps,
    # walking the small ones 900: with a budget between the two, the popular one is left out, and trios alone are near.
    rows = [(f"u{i}", "popular", 0) for i in range(60)]
    rows += [(f"u{i}", f"c{i // 3}", 0) for i in range(300)]
    model, _ = arranged(rows)
    (everyone, _, _), notes = nearest.nearest_mutual(model)
    assert notes == []
    assert len(everyone) > 300
    monkeypatch.setattr(nearest, "MAX_STEPS", 2_000)
    (a, b, _), notes = nearest.nearest_mutual(model)
    assert notes == [
        "The 1 most popular contents (each with 60 accounts or more) were left out when looking for near accounts; "
        "they count again when groups are refined and weighed."
    ]
    trio = [int(name[1:]) // 3 for name in model.graph.account_names.to_pylist()]
    assert len(a) == 300
    assert all(trio[i] == trio[j] for i, j in zip(a.tolist(), b.tolist(), strict=True))
    assert (
        nearest.nearest_mutual(model, threads=1)[0][2].tolist()
        == nearest.nearest_mutual(model)[0][2].tolist()
    )
