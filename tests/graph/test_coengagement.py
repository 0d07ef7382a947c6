"""Pairs of accounts: every count against a brute force over all pairs of rows."""

import itertools
import math
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from statistics import median

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import log_of

import farmgraph as fg
from farmgraph.graph import pairtable
from farmgraph.graph.core import part

TWEETS = Path(__file__).parents[2] / "data" / "russian_coord_tweets.parquet"
WINDOWS = (0, 10, 60, 3600, None)

# Times are few and close together, so that windows of every size have something on their edge.
TIMES = st.one_of(st.none(), st.sampled_from([0, 1, 10, 11, 60, 61, 70, 3600, 3661, 7200, 10.5]))
ROWS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("pqrs"), TIMES), min_size=1, max_size=30)


def pairs_by_rows(rows, window):
    """{(a, b): contents} by looking at every pair of rows."""
    shared = defaultdict(set)
    for (a, c, t), (b, d, s) in itertools.combinations(rows, 2):
        near = window is None or (t is not None and s is not None and abs(t - s) <= window)
        if a != b and c == d and near:
            shared[min(a, b), max(a, b)].add(c)
    return shared


def weight_by_rows(rows, weight, a, b, contents):
    of = defaultdict(set)
    on = defaultdict(set)
    for account, content, _ in rows:
        of[account].add(content)
        on[content].add(account)
    k, d_a, d_b = len(contents), len(of[a]), len(of[b])
    idf = {c: math.log(len(of) / len(on[c])) for c in on}
    norms = [math.sqrt(sum(idf[c] ** 2 for c in of[x])) for x in (a, b)]
    return {
        "count": k,
        "jaccard": k / (d_a + d_b - k),
        "cosine": k / math.sqrt(d_a * d_b),
        "overlap": k / min(d_a, d_b),
        "tfidf": sum(idf[c] ** 2 for c in contents) / math.prod(norms) if all(norms) else 0.0,
    }[weight]


def found(result):
    return {(p.account_a, p.account_b): p.n_contents for p in result.pairs.itertuples()}


def usable(rows, window):
    return window is None or any(t is not None for _, _, t in rows)


@settings(max_examples=150, deadline=None)
@given(ROWS, st.sampled_from(WINDOWS), st.integers(1, 3), st.sampled_from(pairtable.WEIGHTS))
def test_equals_brute_force(rows, window, min_contents, weight):
    if not usable(rows, window):
        return
    result = fg.co_engagement(
        fg.bipartite(log_of(rows)), window=window, min_contents=min_contents, weight=weight, threads=1
    )
    expected = {p: c for p, c in pairs_by_rows(rows, window).items() if len(c) >= min_contents}
    assert found(result) == {p: len(c) for p, c in expected.items()}
    for p in result.pairs.itertuples():
        contents = expected[p.account_a, p.account_b]
        by_rows = weight_by_rows(rows, weight, p.account_a, p.account_b, contents)
        assert p.weight == pytest.approx(by_rows, rel=1e-12, abs=1e-12)
    keys = [(-p.weight, -p.n_contents, p.account_a, p.account_b) for p in result.pairs.itertuples()]
    assert keys == sorted(keys)
    assert all(a < b for a, b in zip(result.pairs["account_a"], result.pairs["account_b"], strict=True))
    names = result.graph.names_of_accounts
    assert names(result.codes_a).tolist() == result.pairs["account_a"].tolist()
    assert names(result.codes_b).tolist() == result.pairs["account_b"].tolist()


@pytest.mark.parametrize("weight", ["count", "tfidf"])
@pytest.mark.parametrize("repeated", [1, 3])
def test_repeated_rows_and_sums_in_long_lists(weight, repeated):
    # What kernels.py counts with marks: rows that repeat a content, weights that are summed, more than 255 contents.
    rng = np.random.default_rng(repeated)
    rows = [
        (f"u{account}", f"c{content}", int(rng.integers(200)))
        for content in range(300)
        for account in range(5 + (content % 3 == 0))
        for _ in range(int(rng.integers(1, repeated + 1)))
    ]
    result = fg.co_engagement(fg.bipartite(log_of(rows)), window=60, min_contents=3, weight=weight, threads=2)
    # Each content counts once, however many of its rows are near: looked up among the rows of each content.
    expected = defaultdict(set)
    for content in range(300):
        here = [row for row in rows if row[1] == f"c{content}"]
        for pair, contents in pairs_by_rows(here, 60).items():
            expected[pair] |= contents
    assert found(result) == {p: len(c) for p, c in expected.items() if len(c) >= 3}
    for p in result.pairs.itertuples():
        by_rows = weight_by_rows(rows, weight, p.account_a, p.account_b, expected[p.account_a, p.account_b])
        assert p.weight == pytest.approx(by_rows, rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from(WINDOWS), st.integers(1, 3))
def test_pair_events_are_counted_exactly(rows, window, min_contents):
    if not usable(rows, window):
        return
    graph = fg.bipartite(log_of(rows))
    result = fg.co_engagement(graph, window=window, min_contents=min_contents, threads=1)
    degrees = Counter(a for a, _ in {(a, c) for a, c, _ in rows})
    kept = [r for r in rows if degrees[r[0]] >= min_contents]
    if window is None:
        n = Counter(c for _, c in {(a, c) for a, c, _ in kept})
        expected = sum(k * (k - 1) // 2 for k in n.values())
    else:
        timed = [r for r in kept if r[2] is not None]
        near = (x[1] == y[1] and abs(x[2] - y[2]) <= window for x, y in itertools.combinations(timed, 2))
        expected = sum(near)
    assert result.n_pair_events == expected


@settings(max_examples=80, deadline=None)
@given(ROWS, st.sampled_from(WINDOWS))
def test_describe_equals_brute_force(rows, window):
    if not usable(rows, window):
        return
    result = fg.co_engagement(fg.bipartite(log_of(rows)), window=window, min_contents=1, threads=1)
    before = result.pairs.copy()
    described = result.describe()
    pd.testing.assert_frame_equal(result.pairs, before)
    any_time = pairs_by_rows(rows, None)
    for p in described.itertuples():
        a, b = p.account_a, p.account_b
        gaps, seconds = defaultdict(list), []
        for (_, c, t), (_, d, s) in itertools.product(*([r for r in rows if r[0] == x] for x in (a, b))):
            if c == d and t is not None and s is not None:
                gaps[c].append(abs(t - s))
                if window is None or abs(t - s) <= window:
                    seconds.append(max(t, s))
        assert p.n_contents_any_time == len(any_time[a, b])
        if gaps:
            assert p.median_gap_s == median(min(g) for g in gaps.values())
            assert p.first_time == pd.Timestamp(min(seconds), unit="s", tz="UTC")
        else:
            assert math.isnan(p.median_gap_s)
            assert p.first_time is pd.NaT


def test_describe_takes_a_selection_in_any_order():
    rows = [(a, c, t) for t, a in enumerate("abc") for c in "pq"]
    result = fg.co_engagement(fg.bipartite(log_of(rows)))
    some = result.pairs.iloc[[2, 0]]
    described = result.describe(some)
    pd.testing.assert_frame_equal(described[some.columns], some)
    pd.testing.assert_frame_equal(described, result.describe().iloc[[2, 0]])
    with pytest.raises(fg.UsageError, match="account_b"):
        result.describe(some[["account_a"]])
    with pytest.raises(fg.InputError, match="nobody"):
        result.describe(some.assign(account_b="nobody"))


# Derived by hand. The fixture of the coordination-network-toolkit counts, for a direction, the
# messages of one account with a message of the other in reach. Here u acts three times on p, v once:
# their weight u -> v would be 3, v -> u 1; distinct contents are 1, either way.
def test_a_content_counts_once_however_often_it_is_acted_on():
    rows = [("u", "p", 0), ("u", "p", 5), ("u", "p", 10), ("v", "p", 5), ("u", "q", 0), ("v", "q", 100)]
    graph = fg.bipartite(log_of(rows))
    assert found(fg.co_engagement(graph, window=10, min_contents=1)) == {("u", "v"): 1}
    assert found(fg.co_engagement(graph, window=99, min_contents=2)) == {}
    assert found(fg.co_engagement(graph, window=100, min_contents=2)) == {("u", "v"): 2}  # inclusive


@pytest.fixture(scope="module")
def tweets():
    frame = pd.read_parquet(TWEETS)[["account_id", "object_id", "timestamp_share"]]
    return fg.read(frame, account="account_id", content="object_id", time="timestamp_share")


def shared_by_object(log, window):
    """{(a, b): contents}, object by object, with the rows sorted by time."""
    frame = log.to_pandas().assign(time=lambda d: d["time"].astype("int64") // 1_000_000)
    counts = Counter()
    for _, rows in frame.groupby("content", observed=True):
        if window is None:
            counts.update(itertools.combinations(sorted(set(rows["account"])), 2))
            continue
        rows = rows.sort_values("time")
        accounts, times = rows["account"].tolist(), rows["time"].to_numpy()
        ends = np.searchsorted(times, times + window, side="right")
        near = {
            (min(accounts[i], accounts[j]), max(accounts[i], accounts[j]))
            for i in range(len(rows))
            for j in range(i + 1, ends[i])
            if accounts[i] != accounts[j]
        }
        counts.update(near)
    return counts


@pytest.mark.parametrize("window", WINDOWS)
def test_every_pair_of_a_real_log(tweets, window):
    expected = shared_by_object(tweets, window)
    result = fg.co_engagement(fg.bipartite(tweets), window=window, min_contents=1)
    assert found(result) == expected
    assert len(result) >= 35


@pytest.mark.parametrize("window", [10, 60, 3600])
def test_another_engine_agrees(tweets, window):
    # Buckets as wide as the window: rows in reach of each other lie in the same or the next one.
    log = tweets.to_pandas().astype({"account": str, "content": str})
    log["s"] = log["time"].astype("int64") // 1_000_000
    query = f"""
        with l as (select account, content, s, s // {window} as bucket from log),
             r as (select account, content, s, unnest([bucket - 1, bucket, bucket + 1]) as bucket from l)
        select l.account as a, r.account as b, count(distinct l.content) as n
        from l join r using (content, bucket)
        where l.account < r.account and abs(l.s - r.s) <= {window}
        group by all having n >= 2
    """
    with duckdb.connect() as engine:
        engine.register("log", log)
        rows = engine.sql(query).fetchall()
    assert found(fg.co_engagement(fg.bipartite(tweets), window=window)) == {(a, b): n for a, b, n in rows}
    assert rows


@pytest.mark.parametrize("weight", pairtable.WEIGHTS)
@pytest.mark.parametrize("window", [3600, None])
def test_threads_do_not_change_a_byte(tweets, window, weight):
    graph = fg.bipartite(tweets)
    results = [
        fg.co_engagement(graph, window=window, weight=weight, threads=threads) for threads in (1, 2, 5)
    ]
    for other in results[1:]:
        pd.testing.assert_frame_equal(results[0].pairs, other.pairs, check_exact=True)
        assert results[0].codes_a.tobytes() == other.codes_a.tobytes()
        assert results[0].pairs["weight"].to_numpy().tobytes() == other.pairs["weight"].to_numpy().tobytes()


@settings(max_examples=40, deadline=None)
@given(ROWS, st.sampled_from(WINDOWS), st.randoms(use_true_random=False))
def test_renaming_shuffling_and_shifting_change_nothing(rows, window, random):
    if not usable(rows, window):
        return
    accounts = dict(zip("abcdef", random.sample("uvwxyz", 6), strict=True))
    contents = dict(zip("pqrs", random.sample("1234", 4), strict=True))
    moved = [(accounts[a], contents[c], None if t is None else t + 86_413) for a, c, t in rows]
    random.shuffle(moved)
    options = {"window": window, "min_contents": 1, "weight": "tfidf", "threads": 1}
    first, second = (fg.co_engagement(fg.bipartite(log_of(r)), **options) for r in (rows, moved))

    def as_sets(result, names):
        return {
            frozenset((names[p.account_a], names[p.account_b])): (p.n_contents, round(p.weight, 12))
            for p in result.pairs.itertuples()
        }

    assert as_sets(first, accounts) == as_sets(second, {n: n for n in "uvwxyz"})


def test_budget_says_how_much_what_and_what_to_do():
    # 100 accounts on p, ten minutes apart: 4,950 pairs at any time, 99 within ten minutes,
    # 99 + 98 + ... + 94 = 579 within an hour; 3 more each time on q, but 2 within ten minutes.
    rows = [(f"a{i}", "p", 600 * i) for i in range(100)] + [(f"a{i}", "q", 600 * i) for i in range(3)]
    graph = fg.bipartite(log_of(rows))
    with pytest.raises(fg.BudgetError) as caught:
        fg.co_engagement(graph, min_contents=1, max_pair_events=1000)
    message = str(caught.value)
    for told in (
        "4,953",
        "1,000",
        "'p'",
        "4,950",
        "100%",
        "window='3600s' needs 582",
        "max_pair_events=4_953",
    ):
        assert told in message
    with pytest.raises(fg.BudgetError, match="window='60s' needs 0"):
        fg.co_engagement(graph, window="10min", min_contents=1, max_pair_events=100)
    assert fg.co_engagement(graph, window="10min", min_contents=1, max_pair_events=101).n_pair_events == 101


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"min_contents": 0}, "min_contents is 0; expected a whole number from 1 to 2,147,483,647"),
        ({"min_contents": 1.5}, "min_contents is 1.5"),
        (
            {"min_contents": 2**70, "window": 60},
            f"min_contents is {2**70}; expected a whole number from 1 to",
        ),
        ({"max_pair_events": "1e9"}, "max_pair_events is '1e9'; expected a whole number of 0 or more"),
        ({"max_pair_events": None}, "max_pair_events is None; expected a whole number of 0 or more"),
        ({"weight": "dice"}, "'dice'; expected one of count, jaccard, cosine, tfidf, overlap"),
        ({"window": -1}, "window is -1"),
        ({"window": "soon"}, "window is 'soon'"),
        ({"threads": 0}, "threads is 0"),
    ],
)
def test_unusable_options_are_named(options, words):
    with pytest.raises(fg.UsageError, match=words.replace("(", r"\(")):
        fg.co_engagement(fg.bipartite(log_of([("a", "p", 1), ("b", "p", 2)])), **options)


def test_a_window_needs_times():
    graph = fg.bipartite(log_of([("a", "p", None), ("b", "p", None)]))
    with pytest.raises(fg.UsageError, match="no row of this log has one"):
        fg.co_engagement(graph, window=60)
    assert len(fg.co_engagement(graph, min_contents=1)) == 1


def test_notes_tell_what_was_left_out():
    rows = [("a", "p", 1), ("b", "p", None), ("a", "q", 7), ("b", "q", 7), ("c", "q", 7)]
    result = fg.co_engagement(fg.bipartite(log_of(rows)), window=5)
    assert "1 accounts with fewer than 2 contents" in result.notes[0]
    assert "1 of 5 rows have no time" in result.notes[1]
    assert len(result) == 0
    assert result.pairs.columns.tolist() == ["account_a", "account_b", "n_contents", "weight"]
    assert len(result.describe()) == 0


@pytest.mark.parametrize(("unit", "word"), [(60, "60 s"), (3600, "60 min"), (86_400, "24 h")])
def test_a_window_below_the_clock_is_noted(unit, word):
    graph = fg.bipartite(log_of([("a", "p", unit), ("b", "p", 3 * unit), ("c", "p", None)]))
    assert any(word in n for n in fg.co_engagement(graph, window=unit - 1, min_contents=1).notes)
    for window in (0, unit, None):
        assert not any(
            "resolution" in n for n in fg.co_engagement(graph, window=window, min_contents=1).notes
        )


def test_results_grow_past_their_first_size():
    # 60 accounts on the same two contents: 1,770 pairs, more than the 1,024 that a block starts with
    # when one block has them all; account 0 alone meets 5,000 others, more than one piece of the walk.
    rows = [(f"a{i}", c, 0) for i in range(5001) for c in "p"] + [(f"a{i}", "q", 0) for i in range(60)]
    graph = fg.bipartite(log_of(rows))
    assert len(fg.co_engagement(graph, window=0)) == 60 * 59 // 2
    result = fg.co_engagement(graph, window=0, min_contents=1)
    assert len(result) == 5001 * 5000 // 2
    assert result.pairs["n_contents"].sum() == len(result) + 60 * 59 // 2


def test_a_window_below_the_resolution_of_the_format_is_refused():
    daily = replace(
        log_of([(a, c, 86_400 * d) for a in "ab" for d, c in enumerate("pq")]), resolution_s=86_400.0
    )
    graph = fg.bipartite(daily)
    assert graph.resolution_s == 86_400
    for window in ("10s", "23h", 0):
        with pytest.raises(fg.UsageError, match=r"ticks only every 24 h.*window=86400, or window=None"):
            fg.co_engagement(graph, window=window)
    for window in ("1d", None):
        assert len(fg.co_engagement(graph, window=window)) == 1
    # A part of a graph has the clock of the whole, and a log of which nothing is known refuses nothing.
    everybody, everything = np.ones(graph.n_accounts, bool), np.ones(graph.n_contents, bool)
    assert part(graph, everybody, everything).graph.resolution_s == 86_400
    assert fg.bipartite(log_of([("a", "p", 0)])).resolution_s == 0
