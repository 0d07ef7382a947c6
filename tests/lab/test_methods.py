"""The methods that are compared: their settings, and that shared work changes no result."""

import pandas as pd
import pytest
from logs import log_of
from planted import planted_log

import farmgraph as fg
from farmgraph.lab import methods, networks
from farmgraph.lab.methods import METHODS, Bench, method_named
from farmgraph.lab.peel import fraudar
from farmgraph.lab.standins import binned_shares, count_in_window, count_quantile, tfidf_similarity

FARMS = {"b": ("burst", 15, 12, 0.9), "s": ("shift", 20, 12, 0.7), "d": ("drip", 20, 12, 0.8)}
LOG = planted_log(seed=3, n_rows=10_000, n_accounts=600, n_contents=500, farms=FARMS, clubs=3)


@pytest.fixture(scope="module")
def graph():
    return fg.bipartite(log_of(LOG[["account", "content", "time"]]))


@pytest.fixture(scope="module")
def bench(graph):
    return Bench(graph)


def as_sets(clusters):
    return [frozenset(clusters.accounts_of(c)) for c in clusters.ids]


def same(one, two):
    pd.testing.assert_frame_equal(one.members, two.members)
    pd.testing.assert_series_equal(one.values, two.values)


def test_names():
    assert [method.name for method in METHODS] == [
        *("farmgraph", "lockstep blocks alone", "leiden on co-engagement", "count in a window"),
        *("count, quantile", "binned shares", "TF-IDF cosine", "FRAUDAR"),
    ]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_settings(method):
    assert method.grid[0] == method.default
    assert all(setting.keys() == method.default.keys() for setting in method.grid)
    words = [method.words(setting) for setting in method.grid]
    assert len(set(words)) == len(words)
    assert all(0 < len(text) < 30 for text in words)
    assert method.text.endswith(".")


def test_method_named():
    assert method_named("FRAUDAR") is METHODS[-1]
    with pytest.raises(fg.UsageError, match=r"no method 'fraudar'; expected one of 'farmgraph', .*'FRAUDAR'"):
        method_named("fraudar")


DIRECT = {
    "lockstep blocks alone": lambda graph: fg.lockstep(graph),
    "leiden on co-engagement": lambda graph, window, min_contents: fg.leiden(
        fg.co_engagement(graph, window=window, min_contents=min_contents)
    ),
    "count in a window": count_in_window,
    "count, quantile": count_quantile,
    "binned shares": binned_shares,
    "TF-IDF cosine": tfidf_similarity,
    "FRAUDAR": fraudar,
}


@pytest.mark.parametrize("name", DIRECT)
def test_shared_work_changes_no_result(name, graph, bench):
    """All settings on one bench give what each function gives alone."""
    method = method_named(name)
    for setting in method.grid:
        same(method.run(bench, **setting), DIRECT[name](graph, **setting))


def test_the_order_of_settings_does_not_matter(graph):
    method, forth, back = method_named("FRAUDAR"), Bench(graph), Bench(graph)
    one = [method.run(forth, **setting) for setting in method.grid]
    two = [method.run(back, **setting) for setting in reversed(method.grid)]
    for a, b in zip(one, reversed(two), strict=True):
        same(a, b)


@pytest.mark.parametrize("q", [0.0015, 0.01, 0.2, 0.9])
def test_at_q_says_what_weigh_says(q, graph, bench):
    expected = fg.weigh(bench.blocks(), graph, q=q)
    found = method_named("farmgraph").run(bench, q=q)
    pd.testing.assert_frame_equal(found.table, expected.table)
    assert found.thresholds == expected.thresholds


def test_at_q_changes_verdicts_and_nothing_that_it_was_given(bench):
    """Every timing test fails where q is below the smallest p that is ever given, 1e-300."""
    weighed = bench.weighed(0.05)
    before = weighed.table.copy()
    strict = weighed.at_q(1e-301)
    assert "lockstep" in set(weighed.table["verdict"])
    assert "lockstep" not in set(strict.table["verdict"])
    pd.testing.assert_frame_equal(weighed.table, before)


def test_evidence_made_by_hand_cannot_be_judged_anew(bench):
    weighed = bench.weighed(0.05)
    with pytest.raises(fg.UsageError, match="0 weighed clusters behind them; expected one for each"):
        fg.Evidence(weighed.table, weighed.clusters).at_q(0.1)
    with pytest.raises(fg.UsageError, match="q is 2"):
        weighed.at_q(2)


def test_run_fills_in_defaults_and_takes_a_graph(graph):
    method = method_named("count in a window")
    same(method.run(graph, min_weight=3), count_in_window(graph, window="60s", min_weight=3))
    assert isinstance(method_named("farmgraph").run(graph), fg.Evidence)


def test_seed_reaches_what_is_random(graph):
    assert method_named("lockstep blocks alone").run(graph, seed=5).seed == 5
    assert method_named("leiden on co-engagement").run(graph, seed=5).seed == 5
    assert method_named("farmgraph").run(graph, seed=5).seed == 5


def test_things_are_made_once_and_their_seconds_are_kept(graph, monkeypatch):
    calls = []
    monkeypatch.setattr(methods, "lockstep", lambda *args, **options: calls.append(1) or fg.lockstep(*args))
    bench = Bench(graph)
    method_named("farmgraph").run(bench)
    assert bench.reused_s == 0
    method_named("lockstep blocks alone").run(bench)
    spared = bench.reused_s
    method_named("farmgraph").run(bench, q=0.2)
    assert len(calls) == 1
    # Weighing again would have meant finding the blocks again.
    assert bench.reused_s > 2 * spared > 0


def test_a_budget_is_exceeded_again_without_counting_again(graph, monkeypatch):
    calls = []
    monkeypatch.setattr(networks, "MAX_PAIR_EVENTS", 100)
    original = fg.co_engagement
    monkeypatch.setattr(methods, "co_engagement", lambda *a, **o: calls.append(1) or original(*a, **o))
    bench, method = Bench(graph), method_named("TF-IDF cosine")
    for _ in range(2):
        with pytest.raises(fg.BudgetError, match="100"):
            method.run(bench)
    assert len(calls) == 1
