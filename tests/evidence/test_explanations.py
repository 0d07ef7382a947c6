"""Innocent explanations: named where the times support them, and only there."""

import re

import numpy as np
import pandas as pd
import pytest
from logs import log_of
from planted import planted_log

import farmgraph as fg
from farmgraph.evidence.occasions import occasions
from farmgraph.evidence.signs import _arc, signs
from farmgraph.evidence.visits import visits_of
from farmgraph.graph.times import times_of

HOUR, DAY = 3_600, 86_400
MONDAY = 1_600_646_400  # 2020-09-21 00:00 UTC
N, CONTENTS = 20, 14


def seen_by(when, others=None, n=N, contents=CONTENTS, seed=0):
    """The signs of a group whose member i comes to content c at when(rng, i, c)."""
    rng = np.random.default_rng(seed)
    rows = [(f"m{i}", f"t{c}", float(when(rng, i, c))) for c in range(contents) for i in range(n)]
    others = others or (lambda rng, c: MONDAY + rng.uniform(0, 60 * DAY))
    rows += [(f"u{i}", f"t{c}", float(others(rng, c))) for c in range(contents) for i in range(30)]
    graph = fg.bipartite(log_of(rows))
    times = times_of(graph, np.zeros(graph.n_accounts, np.int32))
    accounts = np.sort(graph.codes_of_accounts([f"m{i}" for i in range(n)]))
    visits = visits_of(accounts, np.arange(graph.n_contents, dtype=np.int32), times)
    return signs(visits, occasions(visits, times.span_s))


def test_a_timetable():
    # Weekdays of fourteen days in a row without weekends, always 9:00 to 9:45.
    day = [d for d in range(30) if d % 7 < 5][:CONTENTS]
    seen = seen_by(lambda rng, i, c: MONDAY + day[c] * DAY + 9 * HOUR + rng.uniform(0, 2_700))
    assert seen.days == CONTENTS
    assert seen.weekend == 0
    assert seen.hours < 0.75
    assert 9 < seen.hour < 9.75
    assert seen.night > 0.95  # always the same hour of the day


def test_a_timetable_with_weekends():
    seen = seen_by(lambda rng, i, c: MONDAY + c * DAY + 23.8 * HOUR + rng.uniform(0, 1_200))
    # Two weeks of days hold four of a weekend; the hours run over midnight and are still few.
    assert seen.weekend == pytest.approx(4 / 14)
    assert seen.hours < 0.4


def test_at_any_hour():
    seen = seen_by(lambda rng, i, c: MONDAY + (c * 29 + 5 * (c % 5)) * HOUR + rng.uniform(0, 600))
    assert seen.hours > 10


def test_first_on_the_contents():
    def release(c):
        return MONDAY + c * 30 * HOUR

    seen = seen_by(
        lambda rng, i, c: release(c) + rng.uniform(0, 300),
        lambda rng, c: release(c) + 600 + rng.exponential(DAY),
    )
    assert seen.first == 1
    assert 100 < seen.core_s < 300  # four fifths of them within three hundred seconds
    last = seen_by(
        lambda rng, i, c: release(c) + 20 * DAY + rng.uniform(0, 300),
        lambda rng, c: release(c) + rng.exponential(DAY),
    )
    assert last.first == 0


def test_a_drip_knows_no_night():
    drip = seen_by(lambda rng, i, c: MONDAY + 2 * c * DAY + rng.uniform(0, 3 * DAY))
    # 20 accounts with 14 actions each are 1,820 pairs: the standard deviation is 1 / sqrt(2 * 1820) = .017 by chance.
    assert abs(drip.night) < 0.06
    assert 1.5 * DAY < drip.core_s < 3 * DAY
    # Awake 16 of 24 hours: the mean direction has the length sin(2 pi / 3) / (2 pi / 3) = .413, squared .171.
    awake = seen_by(
        lambda rng, i, c: MONDAY + 2 * c * DAY + int(rng.integers(3)) * DAY + rng.uniform(8, 24) * HOUR
    )
    assert awake.night == pytest.approx(0.171, abs=0.06)


def test_one_content_dominates():
    # Within an hour of each other are all pairs on the first content, and nobody elsewhere (days apart).
    seen = seen_by(
        lambda rng, i, c: MONDAY + rng.uniform(0, 900) if c == 0 else MONDAY + c * DAY + i * 30 * DAY
    )
    assert seen.top == 1


@pytest.mark.parametrize(
    ("moments", "width"), [([0, 6, 12, 18], 18), ([23, 0, 1], 2), ([5], 0), ([], np.nan)]
)
def test_arcs(moments, width):
    # Nine tenths of four are all four: a circle less its widest gap.
    assert _arc(np.array(moments, np.int64), 24)[1] == pytest.approx(width, nan_ok=True)


@pytest.mark.parametrize(
    ("scenario", "said"),
    [("media-groups", r"^As pages of one publisher"), ("school-classes", r"^As a class")],
)
def test_benign_coordination_is_named_first(scenario, said):
    made = fg.simulate(scenario, n_rows=60_000, copies=3, seed=11)
    graph = fg.bipartite(made.log)
    weighed = fg.weigh(fg.lockstep(graph), graph, draws=199)
    judged = fg.evaluate(weighed, made.labels, accounts=graph.account_names.to_pylist())
    table = weighed.table.set_index("cluster")
    groups = [g for g in judged.groups["cluster"] if g in table.index]
    assert len(groups) == 3
    for cluster in groups:
        assert table.loc[cluster, "verdict"] == "lockstep"
        assert re.search(said, table.loc[cluster, "explanation"])


def hand_made(rows, members, contents):
    graph = fg.bipartite(log_of(rows))
    found = [(c, a) for c, names in members.items() for a in names]
    on = [(c, name, 1) for c, names in contents.items() for name in names]
    clusters = fg.Clusters(
        pd.DataFrame(found, columns=["cluster", "account"]).assign(score=1.0),
        pd.DataFrame(on, columns=["cluster", "content", "n_accounts"]),
        pd.Series(1.0, index=list(members)),
        "hand",
    )
    return fg.weigh(clusters, graph, draws=99).table.set_index("cluster")


def test_one_team_for_several_customers():
    log = planted_log(seed=3, n_rows=20_000, farms={})
    rng = np.random.default_rng(0)
    teams = {1: range(20), 2: range(12, 32), 3: range(28, 40)}
    starts = {
        (team, c): int(log["time"].min()) + rng.uniform(0, 40 * DAY) for team in teams for c in range(10)
    }
    farm = [
        (f"w{i}", f"order {t}.{c}", int(starts[t, c] + rng.uniform(0, 600)))
        for t, who in teams.items()
        for c in range(10)
        for i in who
    ]
    crowd = list(log[["account", "content", "time"]].itertuples(index=False, name=None))
    beside = [
        (f"account {a}", f"order {t}.{c}", int(log["time"].min() + rng.uniform(0, 50 * DAY)))
        for t in teams
        for c in range(10)
        for a in rng.choice(1_000, 20, replace=False)
    ]
    table = hand_made(
        crowd + beside + farm,
        {t: [f"w{i}" for i in who] for t, who in teams.items()},
        {t: [f"order {t}.{c}" for c in range(10)] for t in teams},
    )
    assert (table["verdict"] == "lockstep").all()
    # Workers 12 to 19 are in clusters 1 and 2, workers 28 to 31 in 2 and 3.
    assert "8 of its 20 accounts are also in cluster 2." in table.loc[1, "explanation"]
    assert "Of its 20 accounts, 8 are also in cluster 1 and 4 in cluster 3." in table.loc[2, "explanation"]
    assert "4 of its 12 accounts are also in cluster 2." in table.loc[3, "explanation"]
