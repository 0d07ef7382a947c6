import numpy as np
import pytest
from logs import log_of
from scipy.stats import norm

from farmgraph import bipartite
from farmgraph.evidence.rhythm import nearest_gaps, rhythm
from farmgraph.evidence.synchrony import _p_value, _profiles_elsewhere, synchrony
from farmgraph.graph.nulls import hour_of_day, hour_profiles, q_values
from farmgraph.graph.times import clock_s, times_of


def all_alike(graph):
    """The times of a graph, all accounts in one group."""
    return times_of(graph, np.zeros(graph.n_accounts, np.int32))


def test_first_actions_by_hand():
    log = log_of([("a", "p", 9), ("a", "p", 4), ("b", "p", 5), ("c", "p", None), ("a", "q", None)])
    graph = bipartite(log)
    actions = all_alike(graph)
    p, q = graph.codes_of_contents(["p", "q"])
    low, high = actions.starts[p], actions.starts[p + 1]
    assert graph.names_of_accounts(actions.accounts[low:high]).tolist() == ["a", "b"]
    assert actions.times[low:high].tolist() == [4_000_000, 5_000_000]
    assert actions.starts[q] == actions.starts[q + 1]


def together(rows, members, draws=199):
    graph = bipartite(log_of(rows))
    accounts = np.sort(graph.codes_of_accounts(members))
    contents = np.arange(graph.n_contents, dtype=np.int32)
    rng = np.random.default_rng(0)
    return synchrony(accounts, contents, all_alike(graph), draws=draws, rng=rng)


def crowd_and(members_times, n_contents=6, n_others=20, seed=0):
    rng = np.random.default_rng(seed)
    rows = [
        (f"o{i}", f"c{c}", 1e9 + rng.uniform(0, 86_400)) for c in range(n_contents) for i in range(n_others)
    ]
    return rows + [(f"m{i}", f"c{c}", members_times(rng, c)) for c in range(n_contents) for i in range(6)]


MEMBERS = [f"m{i}" for i in range(6)]


def test_a_burst_stands_out():
    seen = together(crowd_and(lambda rng, c: 1e9 + 5_000 * c + rng.uniform(0, 50)), MEMBERS)
    assert 0 < seen.p_value < 1e-6  # no draw of 199 comes near: the fitted tail says how far away it is
    assert seen.z > 10
    assert seen.scale_s == 60
    assert seen.observed == 1  # all pairs of members are within 50 s
    assert seen.n_informative == 6


def test_p_values_are_uniform_where_members_are_like_others():
    p = [
        together(crowd_and(lambda rng, c: 1e9 + rng.uniform(0, 86_400), seed=s), MEMBERS, draws=99).p_value
        for s in range(200)
    ]
    # Under the null the share of p <= alpha has a standard error of sqrt(alpha (1 - alpha) / 200) and this must be
    # within 3.5 of those; ties make p a little too large, never too small.
    for alpha in (0.05, 0.2, 0.5):
        assert np.mean(np.array(p) <= alpha) <= alpha + 3.5 * np.sqrt(alpha * (1 - alpha) / 200)
    assert np.mean(np.array(p) <= 0.5) >= 0.5 - 3.5 * np.sqrt(0.25 / 200)


def test_silent_where_only_members_act():
    seen = together(crowd_and(lambda rng, c: 1e9, n_others=1), MEMBERS)
    assert np.isnan(seen.z)
    assert np.isnan(seen.p_value)
    assert seen.n_informative == 0
    assert seen.silent == "no others"


@pytest.mark.parametrize(
    ("member_time", "other_time", "why"),
    [
        (lambda c, i: None, lambda c, i: 1e9 + 977 * i, "no times"),
        (lambda c, i: 86_400 * (c + i), lambda c, i: 86_400 * (c + 2 * i), "coarse clock"),
        (lambda c, i: 1e9 + 7, lambda c, i: 1e9 + 7, "no spread"),
    ],
)
def test_silence_says_why(member_time, other_time, why):
    rows = [(f"m{i}", f"c{c}", member_time(c, i)) for c in range(6) for i in range(6)]
    rows += [(f"o{i}", f"c{c}", other_time(c, i)) for c in range(6) for i in range(20)]
    seen = together(rows, MEMBERS)
    assert np.isnan(seen.z)
    assert seen.silent == why


def test_hours_are_learnt_outside_the_cluster_alone():
    # Against counting everything else again from scratch.
    rng = np.random.default_rng(1)
    rows = [
        (f"u{a}", f"c{c}", int(t))
        for a, c, t in zip(
            rng.integers(30, size=400),
            rng.integers(20, size=400),
            rng.integers(0, 10**7, size=400),
            strict=True,
        )
    ]
    graph = bipartite(log_of(rows))
    times = times_of(graph, (np.arange(graph.n_accounts) % 3).astype(np.int32))
    accounts, contents = np.arange(5, dtype=np.int32), np.arange(4, dtype=np.int32)
    content = np.repeat(np.arange(graph.n_contents), np.diff(times.starts))
    outside = ~(np.isin(times.accounts, accounts) & np.isin(content, contents))
    hours = hour_of_day(times.times)
    own = np.array([np.bincount(hours[outside & (times.accounts == a)], minlength=24) for a in accounts])
    group = times.groups[times.accounts]
    by_group = np.array(
        [np.bincount(hours[outside & (group == g)], minlength=24) for g in times.groups[accounts]]
    )
    expected = hour_profiles(own, by_group, np.bincount(hours[outside], minlength=24))
    assert _profiles_elsewhere(accounts, contents, times) == pytest.approx(expected)


def test_gaps_by_hand():
    # Members at 0, 10 and 13 s: nearest member 10, 3, 3 -> median 3. Others at 100 and 150 s: 50.
    rows = [("a", "p", 0), ("b", "p", 10), ("c", "p", 13), ("x", "p", 100), ("y", "p", 150)]
    graph = bipartite(log_of(rows))
    accounts = np.sort(graph.codes_of_accounts(["a", "b", "c"]))
    seen = rhythm(accounts, np.array([0], np.int32), all_alike(graph), graph, rng=np.random.default_rng(0))
    assert (seen.gap_members_s, seen.gap_others_s) == (3, 50)
    assert seen.members_share == pytest.approx(3 / 5)
    assert (seen.first_us, seen.last_us) == (0, 13_000_000)


def test_nearest_gaps_of_few():
    assert nearest_gaps(np.array([5])).tolist() == []
    assert nearest_gaps(np.array([5, 5])).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("seconds", "clock"),
    [([0, 86_400], 86_400), ([0, 3_600], 3_600), ([60, 120], 60), ([1, 7], 1), ([0.5, 1], 0), ([], 0)],
)
def test_clock(seconds, clock):
    assert clock_s((np.array(seconds) * 1e6).astype(np.int64)) == clock


def test_a_larger_crowd_is_compared_in_equal_numbers():
    # Two members an hour apart; a thousand others one second apart each. Two others drawn at random out of a
    # thousand are on average 1001 / 3 = 334 s apart, never 1 s in the median.
    rows = [("a", "p", 0), ("b", "p", 3_600)] + [(f"o{i}", "p", 10_000 + i) for i in range(1_000)]
    graph = bipartite(log_of(rows))
    accounts = np.sort(graph.codes_of_accounts(["a", "b"]))
    seen = rhythm(accounts, np.array([0], np.int32), all_alike(graph), graph, rng=np.random.default_rng(0))
    assert seen.gap_members_s == 3_600
    assert 100 < seen.gap_others_s < 600


def test_the_period_counts_repeats():
    # a comes back to p a thousand seconds later: that is inside too. x is no member.
    rows = [("a", "p", 10), ("b", "p", 20), ("a", "p", 1_010), ("x", "p", 5_000)]
    graph = bipartite(log_of(rows))
    accounts = np.sort(graph.codes_of_accounts(["a", "b"]))
    seen = rhythm(accounts, np.array([0], np.int32), all_alike(graph), graph, rng=np.random.default_rng(0))
    assert (seen.first_us, seen.last_us) == (10_000_000, 1_010_000_000)
    # Three accounts on p, two of them members.
    assert seen.members_share == pytest.approx(2 / 3)


def test_beyond_the_draws_the_tail_goes_on():
    # Exponential draws: the fitted tail is the true one, exp(-z), within the error of its scale (100 values: a tenth).
    rng = np.random.default_rng(0)
    draws = rng.exponential(size=1_000)
    z = draws.max() + 3
    assert np.log(_p_value(draws, z)) == pytest.approx(-z, rel=0.35)
    # Inside the draws it is the share of them, the observation counted: 1 + 100 of 1 + 1,000.
    assert _p_value(draws, np.sort(draws)[-100]) == pytest.approx(101 / 1_001)
    # A tail lighter than exponential is never given less than it has.
    normal = rng.standard_normal(1_000)
    assert _p_value(normal, 6.0) > norm.sf(6.0)
    # Nothing to fit where all draws are alike.
    assert _p_value(np.ones(99), 2.0) == 1 / 100


def test_a_ring_stands_out_among_any_number_of_tests():
    # With Benjamini-Hochberg the smallest of m p-values is multiplied by m: 1 / 1,000 would not do among 100.
    seen = together(crowd_and(lambda rng, c: 1e9 + 5_000 * c + rng.uniform(0, 50)), MEMBERS)
    assert q_values(np.array([seen.p_value, *np.linspace(0.01, 1, 10_000)]))[0] < 0.001
