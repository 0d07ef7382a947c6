"""The stand-ins for other tools' procedures, against brute force and published numbers."""

from collections import Counter, defaultdict
from itertools import chain, combinations, islice

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import log_of
from planted import members_of, planted_log

import farmgraph as fg
from farmgraph.lab.networks import participating
from farmgraph.lab.peel import fraudar, peel
from farmgraph.lab.standins import binned_shares, count_in_window, count_quantile, tfidf_similarity

ROWS = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 5), st.one_of(st.none(), st.integers(0, 40))),
    min_size=1,
    max_size=60,
)
COLUMNS = ["account", "content", "time"]
LOG = planted_log(seed=2, n_rows=8_000, n_accounts=500, n_contents=400, farms={"f": ("burst", 15, 10, 0.9)})
EVERY = {
    "count_in_window": lambda graph, **o: count_in_window(graph, window="5min", **o),
    "count_quantile": lambda graph, **o: count_quantile(graph, window="5min", edge_weight=0.9, **o),
    "binned_shares": lambda graph, **o: binned_shares(graph, interval="5min", quantile=0.99, **o),
    "tfidf_similarity": lambda graph, **o: tfidf_similarity(graph, share=0.001, **o),
    "fraudar": lambda graph, **o: fraudar(graph, n_blocks=3, **o),
}


def graph_of(log):
    return fg.bipartite(log_of(log[COLUMNS] if isinstance(log, pd.DataFrame) else log))


def as_sets(clusters):
    return [frozenset(clusters.accounts_of(c)) for c in clusters.ids]


def components(weights):
    """Sets of three or more accounts that hang together, from {(a, b): weight}."""
    return {
        frozenset(map(str, group))
        for group in nx.connected_components(nx.Graph(list(weights)))
        if len(group) >= 3
    }


def near_pairs(rows, window):
    """{(a, b): contents on which both acted within the window}, by comparing all rows."""
    shared = defaultdict(set)
    for (a, c, t), (b, d, s) in combinations(rows, 2):
        if a != b and c == d and None not in (t, s) and abs(t - s) <= window:
            shared[min(a, b), max(a, b)].add(c)
    return {pair: len(contents) for pair, contents in shared.items()}


def timed(rows):
    return any(t is not None for _, _, t in rows)


@given(rows=ROWS.filter(timed), window=st.integers(0, 20), min_weight=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_count_in_window_against_all_pairs_of_rows(rows, window, min_weight):
    expected = {pair: n for pair, n in near_pairs(rows, window).items() if n >= min_weight}
    found = count_in_window(graph_of(rows), window=window, min_weight=min_weight, threads=1)
    assert set(as_sets(found)) == components(expected)
    inside = [n for (a, b), n in expected.items() if any(str(a) in s for s in as_sets(found))]
    assert found.values.sum() == sum(inside)


@given(
    rows=ROWS.filter(timed),
    window=st.integers(0, 20),
    least=st.integers(1, 3),
    edge_weight=st.sampled_from([0, 0.5, 0.9]),
)
@settings(max_examples=60, deadline=None)
def test_count_quantile_against_the_steps_in_the_manual(rows, window, least, edge_weight):
    n_rows = Counter(a for a, _, _ in rows)
    able = [row for row in rows if n_rows[row[0]] >= least and row[2] is not None]
    near = [any(a != b and c == d and abs(t - s) <= window for b, d, s in able) for a, c, t in able]
    active = Counter(row[0] for row, close in zip(able, near, strict=True) if close)
    weights = {
        (a, b): n
        for (a, b), n in near_pairs(able, window).items()
        if active[a] >= least or active[b] >= least
    }
    line = np.quantile(list(weights.values()), edge_weight) if weights else 0
    found = count_quantile(
        graph_of(rows), window=window, min_participation=least, edge_weight=edge_weight, threads=1
    )
    assert set(as_sets(found)) == components({p: n for p, n in weights.items() if n > line})


def test_count_quantile_keeps_what_is_strictly_above():
    """Where all pairs weigh the same, none is above the median."""
    rows = [(a, c, t) for t, c in enumerate("pq") for a in "abc"]
    assert len(count_quantile(graph_of(rows))) == 0
    # Pairs of a, b, c weigh 2, those with d weigh 1: the median of (2, 2, 2, 1, 1, 1) is 1.5.
    found = count_quantile(graph_of([*rows, ("d", "p", 0), ("d", "r", 0)]))
    assert as_sets(found) == [frozenset("abc")]


@pytest.mark.parametrize(("least", "n_accounts", "n_pairs"), [(2, 2_110, 3_721), (1, 3_954, 6_206)])
def test_pairs_are_those_of_cooRTweets_vignette(least, n_accounts, n_pairs):
    """CooRTweet prints 2,110 nodes and 3,721 edges for a window of 60 s and two shares; the other follows its rules."""
    pairs = fg.co_engagement(
        fg.bipartite(fg.datasets.load("russian_coord_tweets")), window=60, min_contents=1
    )
    kept = participating(pairs, least)
    assert kept.sum() == n_pairs
    assert len(np.union1d(pairs.codes_a[kept], pairs.codes_b[kept])) == n_accounts


@given(rows=ROWS.filter(timed), interval=st.integers(1, 20), quantile=st.sampled_from([0, 0.5, 0.9]))
@settings(max_examples=60, deadline=None)
def test_binned_shares_against_sets(rows, interval, quantile):
    bins = defaultdict(set)
    for a, c, t in rows:
        if t is not None:
            first = min(s for _, d, s in rows if d == c and s is not None)
            bins[c, (t - first) // interval].add(a)
    takers = defaultdict(set)
    for (content, _), accounts in bins.items():
        if len(accounts) > 1:
            takers[content] |= accounts
    weights = Counter(pair for accounts in takers.values() for pair in combinations(sorted(accounts), 2))
    line = max(2, np.quantile(list(weights.values()), quantile)) if weights else 2
    found = binned_shares(graph_of(rows), interval=interval, quantile=quantile)
    assert set(as_sets(found)) == components({p: n for p, n in weights.items() if n >= line})


@given(rows=ROWS, share=st.sampled_from([0.1, 0.5, 1]), least=st.integers(1, 2))
@settings(max_examples=60, deadline=None)
def test_tfidf_similarity_against_a_matrix(rows, share, least):
    edges = pd.DataFrame({(a, c) for a, c, _ in rows}, columns=["account", "content"])
    acted = pd.crosstab(edges["account"], edges["content"])
    vectors = acted * np.log(len(acted) / acted.sum())
    norms = np.sqrt((vectors**2).sum(axis=1)).replace(0, np.inf)
    cosine = (vectors @ vectors.T).div(norms, axis=0).div(norms, axis=1)
    pairs = {
        (a, b): cosine.loc[a, b]
        for a, b in combinations(acted.index, 2)
        if (acted.loc[a] * acted.loc[b]).sum() >= least
    }
    line = np.quantile(list(pairs.values()), 1 - share) if pairs else 0
    found = set(as_sets(tfidf_similarity(graph_of(rows), share=share, min_contents=least, threads=1)))
    # A pair on the line may fall on either side of it by the last digit.
    assert found in [
        components({p: s for p, s in pairs.items() if s >= at}) for at in (line - 1e-9, line, line + 1e-9)
    ]


def test_fraudar_known_answers():
    """The planted block of FRAUDAR's own example, and its second block of 1 x 3."""
    found = fraudar(fg.bipartite(fg.datasets.load("fraudar_example")), n_blocks=2)
    planted = {str(i) for i in range(20)}
    assert set(found.accounts_of(1)) == set(found.contents_of(1)) == planted
    assert found.values[1] == pytest.approx(3.049029363298518, rel=1e-12)
    assert (len(found.accounts_of(2)), len(found.contents_of(2))) == (1, 3)
    # Three contents with one account each: 3 / ln(1 + 5) / 4.
    assert found.values[2] == pytest.approx(0.41858297, abs=1e-8)
    assert found.values[2] == pytest.approx(3 / np.log(6) / 4)


@given(edges=st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_fraudar_reaches_half_of_the_best_of_all_subsets(edges):
    degrees = Counter(c for _, c in edges)

    def g(accounts, contents):
        inside = sum(1 / np.log(degrees[c] + 5) for a, c in edges if a in accounts and c in contents)
        return inside / (len(accounts) + len(contents))

    def subsets(items):
        return chain.from_iterable(combinations(items, n) for n in range(1, len(items) + 1))

    best = max(g(a, c) for a in subsets({a for a, _ in edges}) for c in subsets(set(degrees)))
    found = fraudar(graph_of([(a, c, None) for a, c in edges]))
    chosen = set(map(int, found.accounts_of(1))), set(map(int, found.contents_of(1)))
    assert found.values[1] == pytest.approx(g(*chosen))
    assert best / 2 <= found.values[1] * (1 + 1e-12) <= best * (1 + 1e-9)


def test_each_fraudar_block_is_scored_in_what_the_earlier_ones_left():
    graph = graph_of(LOG)
    left = set(zip(graph.edge_accounts.tolist(), graph.account_contents.tolist(), strict=True))
    for block in islice(peel(graph), 4):
        degrees = Counter(c for _, c in left)
        accounts, contents = set(block.accounts.tolist()), set(block.contents.tolist())
        inside = {(a, c) for a, c in left if a in accounts and c in contents}
        weight = sum(1 / np.log(degrees[c] + 5) for _, c in inside)
        assert block.score == pytest.approx(weight / (len(accounts) + len(contents)))
        left -= inside


def test_a_longer_fraudar_run_holds_the_shorter_one():
    short, long = fraudar(graph_of(LOG), n_blocks=2), fraudar(graph_of(LOG), n_blocks=4)
    assert set(as_sets(short)) <= set(as_sets(long))


def test_fraudar_stops_where_nothing_is_left():
    found = fraudar(graph_of([("a", "p", None), ("b", "p", None)]), n_blocks=5)
    assert len(found) < 5
    assert "No edge was left" in found.notes[0]


@pytest.mark.parametrize("name", EVERY)
def test_shape(name):
    found = EVERY[name](graph_of(LOG))
    assert isinstance(found, fg.Clusters)
    assert len(found) >= 1
    assert found.method == name
    assert found.ids == list(range(1, len(found) + 1))
    assert set(found.members["cluster"]) == set(found.ids)
    assert found.members["score"].between(0, 1).all()
    assert not found.members.duplicated(["cluster", "account"]).any()
    assert found.values.is_monotonic_decreasing


@pytest.mark.parametrize("name", [name for name in EVERY if name != "fraudar"])
def test_finds_a_planted_burst(name):
    members = members_of(LOG, "f")
    best = max(as_sets(EVERY[name](graph_of(LOG))), key=lambda s: len(s & members))
    assert len(best & members) >= 0.8 * len(members)


@pytest.mark.parametrize("name", EVERY)
def test_names_order_and_week_do_not_matter(name):
    other = LOG[COLUMNS].sample(frac=1, random_state=1)
    other = other.assign(account=other["account"].str[::-1], time=other["time"] + 4 * 7 * 86_400)
    one, two = EVERY[name](graph_of(LOG)), EVERY[name](graph_of(other))
    assert [frozenset(a[::-1] for a in s) for s in as_sets(one)] == as_sets(two)
    assert one.values.tolist() == two.values.tolist()


@pytest.mark.parametrize("name", ["count_in_window", "count_quantile", "tfidf_similarity"])
def test_threads_do_not_matter(name):
    one, two = (EVERY[name](graph_of(LOG), threads=n) for n in (1, 3))
    pd.testing.assert_frame_equal(one.members, two.members)


@pytest.mark.parametrize("name", [name for name in EVERY if name != "fraudar"])
def test_too_many_pairs_are_refused(name):
    with pytest.raises(fg.BudgetError, match="max_pair_events"):
        EVERY[name](graph_of(LOG), max_pair_events=10)


@pytest.mark.parametrize("name", EVERY)
def test_a_tiny_log_is_no_crash(name):
    found = EVERY[name](graph_of([("a", "p", 0)]))
    assert found.members["account"].tolist() == (["a"] if name == "fraudar" else [])


def test_lone_pairs_are_left_out_aloud():
    rows = [(a, c, 0) for c in "pq" for a in "ab"] + [(a, c, 0) for c in "rs" for a in "cde"]
    found = count_in_window(graph_of(rows))
    assert as_sets(found) == [frozenset("cde")]
    assert found.notes == ("1 lone pairs of accounts were left out.",)


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (count_in_window, {"min_weight": 0}),
        (count_in_window, {"window": "soon"}),
        (count_quantile, {"edge_weight": 1}),
        (count_quantile, {"min_participation": 0}),
        (binned_shares, {"interval": 0}),
        (binned_shares, {"quantile": 1.5}),
        (tfidf_similarity, {"share": 0}),
        (tfidf_similarity, {"min_contents": 0}),
        (fraudar, {"n_blocks": 0}),
    ],
)
def test_options_that_cannot_be_used(function, options):
    with pytest.raises(fg.UsageError, match=f"{next(iter(options))} is"):
        function(graph_of(LOG), **options)


@pytest.mark.parametrize("function", [count_in_window, count_quantile, binned_shares])
def test_a_log_without_times_is_refused(function):
    with pytest.raises(fg.UsageError, match=r"has a time|has one"):
        function(graph_of([("a", "p", None), ("b", "p", None)]))


@pytest.mark.parametrize(
    "function", [count_in_window, count_quantile, binned_shares, tfidf_similarity, fraudar]
)
def test_only_a_graph_is_taken(function):
    with pytest.raises(fg.UsageError, match=r"fg\.bipartite"):
        function(LOG)
