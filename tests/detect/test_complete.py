"""Completing a block by its timing: who joins, who leaves, and when nothing may change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logs import log_of

from farmgraph import bipartite
from farmgraph.detect.complete import _gaps, _surprises, completed
from farmgraph.graph.background import expectation
from farmgraph.graph.blocks import accounts_of
from farmgraph.graph.times import Times, times_of
from farmgraph.graph.topics import topics

DAY = 86_400
TEAM, TARGETS = [f"w{i}" for i in range(12)], [f"x{j}" for j in range(10)]


def team_log(seed, *, clock="team"):
    """Return a log of a crowd of 400 and a team of twelve with ten popular targets.

    Each worker takes a target with chance .8, and each target has 110 visitors of the crowd at any time of a month.
    With the clock of the team all come within a minute, otherwise whenever anybody comes. "busy" does 100 contents
    that are none of the team's and eight targets with the team; "late" did three targets, days later, and nothing else.
    """
    rng = np.random.default_rng(seed)

    def anytime():
        return float(rng.uniform(0, 30 * DAY))

    rows = [
        (f"u{a}", f"c{c}", anytime())
        for a, c in zip(rng.integers(400, size=6_000), rng.integers(300, size=6_000), strict=True)
    ]
    rows += [(f"u{a}", x, anytime()) for x in TARGETS for a in rng.choice(400, 110, replace=False)]
    start = {x: rng.uniform(5 * DAY, 25 * DAY) for x in TARGETS}

    def at_work(x):
        return start[x] + rng.uniform(0, 60) if clock == "team" else anytime()

    rows += [(w, x, at_work(x)) for w in TEAM for x in TARGETS if rng.random() < 0.8]
    rows += [(w, f"c{c}", anytime()) for w in TEAM for c in rng.choice(300, 3, replace=False)]
    rows += [("busy", f"c{c}", anytime()) for c in rng.choice(300, 100, replace=False)]
    rows += [("busy", x, at_work(x)) for x in TARGETS[:8]]
    rows += [("late", x, start[x] + rng.uniform(3, 4) * DAY) for x in TARGETS[:3]]
    if clock == "none":
        return [(a, c, 1_000) for a, c, _ in rows]
    return rows


def arranged(rows):
    graph = bipartite(log_of(rows))
    return expectation(graph, topics(graph)), times_of(graph, np.zeros(graph.n_accounts, np.int32))


def block_of(model, accounts):
    graph = model.graph
    return np.sort(graph.codes_of_accounts(accounts)), np.sort(graph.codes_of_contents(TARGETS))


def named(model, codes):
    return set(model.graph.names_of_accounts(codes))


@pytest.mark.parametrize("seed", range(3))
def test_a_busy_worker_joins_and_a_late_bystander_leaves(seed):
    model, times = arranged(team_log(seed))
    accounts, contents = block_of(model, [*TEAM, "late"])
    # By overlap it is the other way round: 108 contents in a log of 7,200 edges and some 120 visitors on each of ten
    # targets give 108 x 1,200 / 7,200 > 10 expected, so eight are no surprise. Three, by somebody who does nothing
    # else, are: 3 ln(8 / .15) - (8 - .15) = 4.1 nats, and naming a thirteenth of 414 takes ln(402 / 13) = 3.4.
    by_overlap = named(model, accounts_of(accounts, contents, model))
    assert "late" in by_overlap
    assert "busy" not in by_overlap
    found = completed(accounts, contents, model, times)
    assert (np.diff(found) > 0).all()
    # Nearer than all of 111 others, eight times: a = 1 / ln 112 = .21, a little more where somebody came by, and
    # 8 (ln a + (1 - a) / a) = 17 nats for who is in step, some less since half of the visits of busy may be its own.
    # Late came three to four days after, as near as about a quarter of the others: 3 (ln a + (1 - a) ln 4) = -1.4.
    assert "busy" in named(model, found)
    assert "late" not in named(model, found)
    assert set(TEAM) <= named(model, found)


@pytest.mark.parametrize("seed", range(3))
def test_a_busy_bystander_does_not_join(seed):
    # The same worker, but at its own times: timing tells that it is none of the team.
    rng = np.random.default_rng(100 + seed)
    rows = [(a, c, rng.uniform(0, 30 * DAY) if a == "busy" else t) for a, c, t in team_log(seed)]
    model, times = arranged(rows)
    accounts, contents = block_of(model, TEAM)
    found = named(model, completed(accounts, contents, model, times))
    assert set(TEAM) <= found
    assert "busy" not in found


@pytest.mark.parametrize("clock", ["anybody's", "none"])
def test_without_a_clock_of_its_own_a_block_stays_as_it_is(clock):
    # With times like anybody's the fitted a is about 1; where all times are equal every rank is the last, and nobody is
    # close. Then even those stay whom the overlap would send away, and nobody joins.
    model, times = arranged(team_log(0, clock=clock))
    accounts, contents = block_of(model, [*TEAM, "late", "u7"])
    assert "u7" not in named(model, accounts_of(accounts, contents, model))
    assert completed(accounts, contents, model, times).tolist() == accounts.tolist()


def test_without_times_a_block_stays_as_it_is():
    model, times = arranged([(a, c, None) for a, c, _ in team_log(0)])
    accounts, contents = block_of(model, [*TEAM, "u7"])
    assert completed(accounts, contents, model, times).tolist() == accounts.tolist()


def test_a_block_of_which_too_few_are_left_stays_as_it_is():
    # Four that come together and one that is not of them: without it they would be fewer than five.
    rng = np.random.default_rng(0)
    rows = [(a, c, t) for a, c, t in team_log(0) if a not in TEAM and a not in ("busy", "late")]
    start = {x: rng.uniform(5 * DAY, 25 * DAY) for x in TARGETS}
    rows += [(f"w{i}", x, start[x] + i) for i in range(4) for x in TARGETS]
    model, times = arranged(rows)
    accounts, contents = block_of(model, [*TEAM[:4], "u7"])
    assert named(model, accounts_of(accounts, contents, model)) == set(TEAM[:4])
    assert completed(accounts, contents, model, times).tolist() == accounts.tolist()


def times_by_hand(visits):
    """Return times (microseconds) by content: lists of (account, time), sorted by time; ten accounts."""
    starts = np.concatenate(([0], np.cumsum([len(v) for v in visits])))
    who, when = np.array([pair for v in visits for pair in v], np.int64).reshape(-1, 2).T
    none = np.zeros(24)
    return Times(starts, who, when, np.zeros(10, np.int32), starts, none, none, none, 1, (60,), 1.0)


def test_surprises_by_hand():
    # Members 0, 1, 2. On the first content two members are 10 apart, others come 5, 90 and 990 from the nearest: the
    # ranks of the others are 1, 2 and 3 of 3 + 1; 10 is beyond one of them, rank 2. On the second everybody comes at
    # once: 3 of 3 + 1 for the others, 4 of 4 for members. The third has one member only, the fourth one other only.
    first = [(0, 0), (5, 5), (1, 10), (6, 100), (7, 1_000)]
    second = [(1, 50), (2, 50), (5, 50), (6, 50), (7, 50)]
    third, fourth = [(0, 0), (5, 1), (6, 2)], [(0, 0), (1, 1), (5, 2)]
    times = times_by_hand([first, second, third, fourth])
    who, surprise = _surprises(np.array([0, 1, 2]), np.arange(4), times)
    assert who.tolist() == [0, 5, 1, 6, 7, 1, 2, 5, 6, 7]
    shares = np.array([2, 1, 2, 2, 3, 4, 4, 3, 3, 3]) / 4
    assert surprise == pytest.approx(-np.log(shares))


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=25))
def test_gaps_against_all_pairs(visits):
    visits.sort(key=lambda visit: visit[0])
    when = np.array([t for t, _ in visits], np.int64)
    mine = np.array([m for _, m in visits], bool)
    gaps = _gaps(when, mine)
    for i, gap in enumerate(gaps):
        to_members = [abs(int(when[i] - when[j])) for j in range(len(when)) if mine[j] and j != i]
        # Without any other member the distance is further than any that there is: hundreds of centuries.
        assert gap == min(to_members) if to_members else gap > 10**18
