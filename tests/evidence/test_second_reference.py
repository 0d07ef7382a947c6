"""Where nobody else came: how fast members gathered, and whether they kept order and delays."""

import numpy as np
import pandas as pd
import pytest
from logs import log_of

import farmgraph as fg
from farmgraph import bipartite
from farmgraph.evidence.gathering import gathering
from farmgraph.evidence.occasions import occasions
from farmgraph.evidence.order import order
from farmgraph.evidence.visits import visits_of
from farmgraph.graph.times import times_of

HOUR, DAY = 3_600, 86_400
N, CONTENTS = 24, 12


def arranged(rows, members, contents):
    graph = bipartite(log_of(rows))
    times = times_of(graph, np.zeros(graph.n_accounts, np.int32))
    codes = np.sort(graph.codes_of_accounts(members)), np.sort(graph.codes_of_contents(contents))
    return graph, times, visits_of(*codes, times)


def everyday(rng, n_contents=60, n_accounts=400):
    """Contents of 15 to 35 people each, who come over days."""
    rows = []
    for c in range(n_contents):
        born = rng.uniform(0, 40 * DAY)
        for a in rng.choice(n_accounts, rng.integers(15, 36), replace=False):
            rows.append((f"u{a}", f"c{c}", int(born + rng.exponential(2 * DAY))))
    return rows


def alone(rng, when, n=N, contents=CONTENTS, share=0.9):
    """A group with its contents to itself; `when` gives the time from the member and the content."""
    return [
        (f"m{i}", f"t{c}", round(when(i, c)))
        for c in range(contents)
        for i in range(n)
        if rng.random() < share
    ]


def bursts(rng):
    starts = rng.uniform(0, 40 * DAY, CONTENTS)
    return lambda i, c: starts[c] + rng.uniform(0, 600)


def lags(rng):
    starts, own = rng.uniform(0, 40 * DAY, CONTENTS), rng.uniform(0, 5 * HOUR, N)
    return lambda i, c: starts[c] + own[i] + rng.uniform(0, 300)


def fans(rng):
    starts = rng.uniform(0, 40 * DAY, CONTENTS)
    return lambda i, c: starts[c] + rng.exponential(2 * DAY)


def sitting(rng):
    """Each reads the whole list in one sitting, in the list's order, on a day of its own."""
    starts, own = np.cumsum(rng.uniform(20, 60, CONTENTS)), rng.uniform(0, 40 * DAY, N)
    return lambda i, c: own[i] + starts[c] + rng.uniform(0, 5)


def class_(rng):
    """Lessons of 45 minutes on different days: together, but in no order of their own."""
    days = np.sort(rng.choice(40, CONTENTS, replace=False))
    return lambda i, c: days[c] * DAY + 9 * HOUR + rng.uniform(0, 45 * 60)


def weighed(rng, when, share=0.9):
    graph = bipartite(log_of(everyday(rng) + alone(rng, when, share=share)))
    members = pd.DataFrame({"cluster": 1, "account": [f"m{i}" for i in range(N)], "score": 1.0})
    on = pd.DataFrame({"cluster": 1, "content": [f"t{c}" for c in range(CONTENTS)], "n_accounts": N})
    clusters = fg.Clusters(members, on, pd.Series([1.0], index=[1]), "hand")
    return fg.weigh(clusters, graph, draws=99).table.iloc[0]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("timing", "verdict", "said"),
    [
        (lags, "lockstep", "a lag of its own"),
        (bursts, "undetermined", "half of the members came within"),
        (class_, "undetermined", "half of the members came within"),
        (fans, "undetermined", "half of the members came within"),
        (sitting, "undetermined", "look through a list in one sitting"),
    ],
)
def test_verdicts_without_other_visitors(timing, verdict, said, seed):
    rng = np.random.default_rng(seed)
    row = weighed(rng, timing(rng))
    assert row["verdict"] == verdict
    assert row["reference"] == "other contents"
    assert said in row["explanation"]
    assert np.isnan(row["q_value"])  # nothing was tested: the second reference has no p-value


def test_none_to_compare_with():
    rng = np.random.default_rng(0)
    graph = bipartite(log_of(alone(rng, lags(rng))))
    members = pd.DataFrame({"cluster": 1, "account": [f"m{i}" for i in range(N)], "score": 1.0})
    on = pd.DataFrame({"cluster": 1, "content": [f"t{c}" for c in range(CONTENTS)], "n_accounts": N})
    table = fg.weigh(fg.Clusters(members, on, pd.Series([1.0], index=[1]), "hand"), graph, draws=99).table
    assert table.loc[0, "reference"] == "none"
    assert table.loc[0, "verdict"] != "lockstep"


def test_gathering_by_hand():
    # Ten members come every minute, half of them and one, 6, within 5 minutes; ten visitors elsewhere every hour: 5 h.
    rows = [(f"m{i}", f"t{c}", 60 * i) for c in range(3) for i in range(10)]
    rows += [(f"u{i}", f"c{c}", 3_600 * i) for c in range(20) for i in range(10)]
    graph, times, visits = arranged(rows, [f"m{i}" for i in range(10)], ["t0", "t1", "t2"])
    free = np.sort(graph.codes_of_contents([f"c{c}" for c in range(20)]))
    seen = gathering(visits, free, times, rng=np.random.default_rng(0))
    assert (seen.n_reference, seen.faster, seen.rank) == (20, 60, 0)
    assert (seen.members_s, seen.others_s) == (300, 18_000)
    few = gathering(visits, free[:19], times, rng=np.random.default_rng(0))
    assert few.n_reference == 0
    assert np.isnan(few.faster)


def test_larger_contents_are_compared_in_equal_numbers():
    # All come evenly over a day, 40 there and 10 here: with the same number of each nobody is faster.
    rng = np.random.default_rng(0)
    rows = [(f"m{i}", f"t{c}", int(rng.uniform(0, DAY))) for c in range(9) for i in range(10)]
    rows += [(f"u{i}", f"c{c}", int(rng.uniform(0, DAY))) for c in range(60) for i in range(40)]
    graph, times, visits = arranged(rows, [f"m{i}" for i in range(10)], [f"t{c}" for c in range(9)])
    free = np.sort(graph.codes_of_contents([f"c{c}" for c in range(60)]))
    assert 0.7 < gathering(visits, free, times, rng=np.random.default_rng(0)).faster < 1.4


def ordered(rows, n=8, contents=4):
    _, times, visits = arranged(rows, [f"m{i}" for i in range(n)], [f"t{c}" for c in range(contents)])
    cores = occasions(visits, 10 * DAY).cores
    return order(visits, cores, times.clock_s, rng=np.random.default_rng(0))


def test_order_by_hand():
    # Member i comes to content c at 1000 i + 7 c seconds: each delay is 7, 14 or 21 s, the same for all.
    seen = ordered([(f"m{i}", f"t{c}", 1_000 * i + 7 * c) for i in range(8) for c in range(4)])
    assert seen.spread_s == 0
    # The delays of the six pairs of contents: 7, 7, 7, 14, 14, 21.
    assert seen.delay_s == 10.5
    assert seen.agreement == 1
    assert seen.steadier > 100
    assert seen.steadier_z > 5


def test_forced_order_is_no_agreement():
    # A day apart, everybody keeps the contents' order because the contents' own dates force it.
    rng = np.random.default_rng(0)
    seen = ordered([(f"m{i}", f"t{c}", DAY * c + rng.uniform(0, 600)) for i in range(8) for c in range(4)])
    assert np.isnan(seen.agreement)
    assert 0.5 < seen.steadier < 2


def test_members_like_each_other_keep_no_order():
    z = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        rows = [(f"m{i}", f"t{c}", rng.uniform(0, DAY)) for i in range(12) for c in range(6)]
        z.append(ordered(rows, 12, 6).steadier_z)
    # Members being exchangeable, z has mean 0 and standard deviation 1: the mean of 30 is within 3.5 / sqrt(30).
    assert abs(np.mean(z)) < 3.5 / np.sqrt(30)


def test_too_few_common_members():
    seen = ordered([(f"m{i}", f"t{c}", 50 * i + c) for i in range(3) for c in range(4)], 3, 4)
    assert np.isnan(seen.steadier)
