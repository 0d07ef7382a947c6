"""Occasions: separate times at which members met, and verdicts that do not rest on a single one."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import log_of

import farmgraph as fg
from farmgraph.evidence.occasions import occasions, pause_us, shortest_span
from farmgraph.evidence.visits import Visits

HOUR, DAY = 3_600, 86_400


def visits_at(*hours):
    """Visits of members alone, content by content, at these hours."""
    times = np.concatenate([np.sort(np.array(h, float)) for h in hours]) * 3.6e9
    starts = np.concatenate(([0], np.cumsum([len(h) for h in hours])))
    who = np.concatenate([np.arange(len(h)) for h in hours]).astype(np.int32)
    return Visits(starts, times.astype(np.int64), who, np.ones(len(times), bool))


@given(st.lists(st.integers(0, 100), min_size=1, max_size=12), st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_shortest_span_against_all_stretches(times, share):
    times = np.sort(np.array(times))
    held = next(k for k in range(1, len(times) + 1) if k >= share * len(times) - 1e-9)
    stretches = [(int(times[i]), int(times[i + held - 1])) for i in range(len(times) - held + 1)]
    assert shortest_span(times, share) == min(stretches, key=lambda ends: (ends[1] - ends[0], ends[0]))


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 9)), min_size=1, max_size=10), st.data())
@settings(max_examples=60)
def test_contents_are_linked_as_a_graph_would(stretches, data):
    # Two members on each content, at its two ends, all less than ten hours apart: no content is left out where the
    # usual stretch is at least an hour long.
    hours = [(begin, begin + 1 + width) for begin, width in stretches]
    seen = occasions(visits_at(*hours), 30 * DAY)
    n = len(hours)
    near = [[a[0] <= b[1] + 6 and b[0] <= a[1] + 6 for b in hours] for a in hours]
    reach = np.linalg.matrix_power(np.array(near, float), n) > 0
    assert ((seen.of_content[:, None] == seen.of_content[None, :]) == reach).all()
    assert seen.n == len({tuple(row) for row in reach})
    # Shifting all times by weeks or turning the list around changes nothing.
    weeks = data.draw(st.integers(-3_000, 3_000))
    later = occasions(visits_at(*[(a + 168 * weeks, b + 168 * weeks) for a, b in reversed(hours)]), 30 * DAY)
    assert later.of_content[::-1].tolist() == seen.of_content.tolist()
    assert later.largest_share == seen.largest_share


def test_the_pause_of_a_short_log_is_short():
    assert pause_us(DAY) == DAY * 1_000_000 // 50
    assert pause_us(300 * HOUR) == pause_us(10**9) == 6 * HOUR * 1_000_000


def test_a_straggler_does_not_link():
    # Four of five come at noon, the fifth three days later: the shortest stretch that holds four is an hour.
    seen = occasions(
        visits_at([12, 12.2, 12.5, 13, 84], [36, 36.5, 37, 37, 36.1], [60, 61, 60, 61, 60]), 30 * DAY
    )
    assert seen.n == 3
    # The straggler's action is in none: of 15 actions the largest has 5.
    assert seen.largest_share == pytest.approx(5 / 15)


def test_a_content_on_which_nobody_met_does_not_link():
    # Two members came to the last content three weeks apart, ten times as long as usual and more.
    together = [[24 * day, 24 * day + 0.5, 24 * day + 1] for day in range(1, 6)]
    seen = occasions(visits_at(*together, [1, 500]), 30 * DAY)
    assert seen.n == 5
    assert seen.of_content.tolist() == [0, 1, 2, 3, 4, -1]


def test_nobody_met_where_there_are_no_times():
    seen = occasions(visits_at([], [5.0]), DAY)
    assert seen.n == 0
    assert np.isnan(seen.largest_share)
    assert seen.of_content.tolist() == [-1, -1]


def crowd(rng, days, n_accounts=700, n_contents=400, n_rows=12_000):
    """People on contents that live about a day; times in seconds."""
    who, what = rng.integers(n_accounts, size=n_rows), (rng.pareto(1.2, n_rows) * 40).astype(int) % n_contents
    born = rng.uniform(0, days * DAY, n_contents)
    when = (born[what] + rng.exponential(days * DAY / 8, n_rows)) % (days * DAY)
    return [(f"u{a}", f"c{c}", int(t)) for a, c, t in zip(who, what, when, strict=True)]


def group(rng, n, contents, share, when):
    return [
        (f"m{i}", f"t{c}", int(when(c))) for c in range(contents) for i in range(n) if rng.random() < share
    ]


def beside(rng, contents, days, n=20):
    """Other visitors of the group's contents, at any time."""
    return [
        (f"u{a}", f"t{c}", int(rng.uniform(0, days * DAY)))
        for c in range(contents)
        for a in rng.choice(700, n, replace=False)
    ]


def weighed_group(rows, n, contents):
    graph = fg.bipartite(log_of(pd.DataFrame(rows).drop_duplicates([0, 1])))
    members = pd.DataFrame({"cluster": 1, "account": [f"m{i}" for i in range(n)], "score": 1.0})
    on = pd.DataFrame({"cluster": 1, "content": [f"t{c}" for c in range(contents)], "n_accounts": n})
    clusters = fg.Clusters(members, on, pd.Series([1.0], index=[1]), "hand")
    return fg.weigh(clusters, graph, draws=199).table.iloc[0]


@pytest.mark.parametrize("days", [1, 4, 30])
@pytest.mark.parametrize("seed", range(3))
def test_bursts_at_many_minutes_are_lockstep_in_short_logs(days, seed):
    rng = np.random.default_rng(seed)
    starts = rng.uniform(0, days * DAY - 700, 15)
    farm = group(rng, 30, 15, 0.9, lambda c: starts[c] + rng.uniform(0, 600))
    row = weighed_group(crowd(rng, days) + beside(rng, 15, days) + farm, 30, 15)
    assert row["verdict"] == "lockstep"
    assert row["occasions"] >= 5
    assert "Not one event" in row["explanation"]


@pytest.mark.parametrize("days", [1, 4, 30])
@pytest.mark.parametrize("seed", range(3))
def test_one_afternoon_is_never_lockstep(days, seed):
    rng = np.random.default_rng(seed)
    noon = (days // 2) * DAY + 12 * HOUR
    event = group(rng, 60, 8, 0.6, lambda c: noon + rng.triangular(0, 2 * HOUR, 5 * HOUR))
    row = weighed_group(crowd(rng, days) + beside(rng, 8, days) + event, 60, 8)
    assert row["verdict"] == "undetermined"
    assert row["occasions"] == 1
    if days > 1:
        assert row["synchrony_z"] > 10  # the timing alone would have said lockstep
        assert row["explanation"].startswith("One event could do this")
