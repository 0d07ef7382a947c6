"""The forecast of pair events: against co_engagement, and against a brute force over all pairs of rows."""

from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import log_of

import farmgraph as fg
from farmgraph.casework.forecast import count_ahead, most_shared_action

WINDOWS = (0, 10, 60, 3_600, None)
TIMES = st.one_of(st.none(), st.sampled_from([0, 1, 10, 11, 60, 61, 70, 3_600, 3_661, 7_200]))
ROWS = st.lists(
    st.tuples(
        st.sampled_from("abcdef"), st.sampled_from("pqrs"), TIMES, st.sampled_from([None, "like", "share"])
    ),
    min_size=1,
    max_size=40,
)


def by_brute_force(rows, window):
    of = defaultdict(set)
    for account, content, *_ in rows:
        of[account].add(content)
    rows = [row for row in rows if len(of[row[0]]) >= 2]
    if window is None:
        pairs = combinations({row[:2] for row in rows}, 2)
        return sum(c == d for (_, c), (_, d) in pairs)
    timed = [row for row in rows if row[2] is not None]
    return sum(x[1] == y[1] and abs(x[2] - y[2]) <= window for x, y in combinations(timed, 2))


@settings(deadline=None, max_examples=150)
@given(ROWS)
def test_pair_events_of_small_logs(rows):
    log = log_of(rows)
    found = count_ahead(log.table, windows=WINDOWS)
    assert found.n_accounts == len({row[0] for row in rows})
    assert found.n_contents == len({row[1] for row in rows})
    graph = fg.bipartite(log)
    timed = any(row[2] is not None for row in rows)
    assert list(found.pair_events) == (list(WINDOWS) if timed else [None])
    for window, events in found.pair_events.items():
        assert events == by_brute_force(rows, window)
        assert events == fg.co_engagement(graph, window=window).n_pair_events


@pytest.mark.parametrize("threads", [1, 2])
def test_pair_events_of_a_skewed_log(threads):
    rng = np.random.default_rng(3)
    n = 60_000
    # A few contents have most rows, and rows are in no order of time.
    contents = np.minimum(rng.zipf(1.4, n), 5_000)
    rows = list(zip(rng.integers(4_000, size=n), contents, rng.integers(0, 10**6, n), strict=True))
    log = log_of(rows)
    graph = fg.bipartite(log)
    found = count_ahead(log.table, threads=threads).pair_events
    expected = {
        w: fg.co_engagement(graph, window=w, min_contents=2).n_pair_events for w in (10, 60, 600, 3_600)
    }
    assert {w: found[w] for w in expected} == expected
    degrees = Counter(account for account, _ in {row[:2] for row in rows})
    on = Counter(c for a, c in {row[:2] for row in rows} if degrees[a] >= 2)
    assert found[None] == sum(k * (k - 1) // 2 for k in on.values())


@settings(deadline=None, max_examples=100)
@given(ROWS)
def test_the_action_with_most_rows_on_shared_contents(rows):
    who = defaultdict(set)
    for account, content, _, action in rows:
        who[content, action].add(account)
    counts = Counter({a: 0 for *_, a in rows if a is not None})
    counts.update(a for _, c, _, a in rows if a is not None and len(who[c, a]) >= 2)
    best = min(counts, key=lambda a: (-counts[a], a), default=None)
    assert most_shared_action(log_of(rows).table) == best
