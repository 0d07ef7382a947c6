"""Logs of all sorts: without times, with coarse or missing ones, of several actions, very small, and said otherwise."""

import numpy as np
import pandas as pd
import pytest
from logs import log_of
from planted import planted_log

import farmgraph as fg

DAY = 86_400
FARMS = {"burst": ("burst", 25, 12, 0.9), "shift": ("shift", 25, 12, 0.9), "drip": ("drip", 25, 12, 0.9)}
LOG = planted_log(seed=8, n_rows=15_000, n_accounts=1_000, n_contents=600, farms=FARMS, clubs=1)
ROWS = LOG[["account", "content", "time"]]
GROUPS = ("burst", "shift", "drip", "club 0")
FROM_TIME = ["first_time", "last_time"]


def truth(names=None):
    """The planted groups as clusters, numbered from 1, with the contents that most of them share."""
    members, contents = [], []
    for i, group in enumerate(GROUPS, 1):
        mine = LOG[LOG["group"] == group]
        counts = mine["content"].value_counts()
        members += [(i, a, 1.0) for a in sorted(mine["account"].unique())]
        contents += [(i, c, int(n)) for c, n in counts[counts >= 6].items()]
    table = pd.DataFrame(members, columns=["cluster", "account", "score"])
    if names:
        table["account"] = table["account"].map(names)
    on = pd.DataFrame(contents, columns=["cluster", "content", "n_accounts"])
    return fg.Clusters(table, on, pd.Series(1.0, index=range(1, len(GROUPS) + 1)), "truth")


def weighed(rows=ROWS, names=None, **options):
    table = fg.weigh(truth(names), fg.bipartite(log_of(rows)), **{"draws": 199} | options).table
    return table.sort_values("cluster", ignore_index=True)


@pytest.fixture(scope="module")
def plain():
    return weighed()


def test_the_groups_are_told_apart(plain):
    assert plain["verdict"].tolist()[:3] == ["lockstep", "lockstep", "undetermined"]
    assert plain.loc[3, "verdict"] != "lockstep"
    assert (plain["reference"] == "other visitors").all()
    # One order a day or so, for 45 days: more occasions than half of the twelve contents, never more than all.
    assert plain["occasions"][:2].between(6, 12).all()
    assert plain["largest_occasion"].between(0, 1).all()
    assert "As a class or staff on a shift would" in plain.loc[1, "explanation"]
    assert "all hours of day and night alike" in plain.loc[2, "explanation"]


def test_sentences_are_few(plain):
    counts = plain["explanation"].str.count(r"\.(?: |$)")
    assert counts.between(2, 5).all()
    assert not plain["explanation"].str.contains("guilt|fraud|fake|criminal").any()


def test_names_and_order_of_rows_change_nothing(plain):
    rng = np.random.default_rng(0)
    accounts = LOG["account"].unique()
    names = dict(zip(accounts, (f"z{n}" for n in rng.permutation(len(accounts))), strict=True))
    again = weighed(ROWS.assign(account=ROWS["account"].map(names)).sample(frac=1, random_state=1), names)
    pd.testing.assert_frame_equal(again, plain)


@pytest.mark.parametrize("weeks", [1, -260])
def test_weeks_change_nothing(plain, weeks):
    again = weighed(ROWS.assign(time=ROWS["time"] + weeks * 7 * DAY))
    again[FROM_TIME] = again[FROM_TIME] - pd.Timedelta(weeks=weeks)
    pd.testing.assert_frame_equal(again, plain)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_nothing(plain, threads):
    pd.testing.assert_frame_equal(weighed(threads=threads), plain)


def test_without_times_overlap_alone_speaks(plain):
    table = weighed(ROWS.assign(time=None))
    assert set(table["verdict"]) <= {"undetermined", "same audience"}
    assert (table["reference"] == "none").all()
    assert (table["occasions"] == 0).all()
    assert table[["largest_occasion", "closeness", "synchrony_z"]].isna().all(axis=None)
    assert table["overlap_ratio"].tolist() == pytest.approx(plain["overlap_ratio"].tolist(), rel=0.3)


def test_missing_times_are_left_out(plain):
    gone = np.random.default_rng(2).random(len(ROWS)) < 0.15
    table = weighed(ROWS.assign(time=ROWS["time"].where(~gone, None)))
    # One time in seven is gone: enough is left, and pairs count with or without a time.
    assert table["verdict"].tolist()[:3] == ["lockstep", "lockstep", "undetermined"]
    assert table["n_interactions"].tolist() == plain["n_interactions"].tolist()
    assert (table["synchrony_z"][:2] < plain["synchrony_z"][:2]).all()


def test_a_clock_of_minutes_says_what_it_cannot_tell():
    table = weighed(ROWS.assign(time=ROWS["time"] // 60 * 60))
    assert table["verdict"].tolist()[:2] == ["lockstep", "lockstep"]
    assert (table["synchrony_scale_s"] > 60).all()
    assert (
        table["explanation"]
        .str.contains("clock ticks once a minute; what happened within it is unknown")
        .all()
    )
    # No distance is told finer than the clock: members within a minute count as a minute apart.
    assert table.loc[0, "closeness"] <= table.loc[0, "gap_others_s"] / 60 * 1.5


def test_a_clock_of_days_has_no_scale_left():
    table = weighed(ROWS.assign(time=ROWS["time"] // DAY * DAY))
    assert table["synchrony_z"].isna().all()
    assert "lockstep" not in set(table["verdict"])
    assert table["explanation"].str.contains("clock ticks once a day").all()


def test_several_actions_count_once(plain):
    later = ROWS.assign(time=ROWS["time"] + 30, action="share")
    both = pd.concat([ROWS.assign(action="like"), later], ignore_index=True)
    table = weighed(both)
    # Everybody shares half a minute after liking: first actions and pairs are the same, only the end is later.
    unchanged = ["verdict", "n_interactions", "density", "gap_members_s", "first_time", "exclusivity"]
    unchanged += ["occasions", "largest_occasion", "reference"]
    pd.testing.assert_frame_equal(table[unchanged], plain[unchanged])
    assert (table["last_time"] - plain["last_time"] == pd.Timedelta(seconds=30)).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_hundred_rows_are_too_little(seed):
    rng = np.random.default_rng(seed)
    rows = [(f"a{rng.integers(30)}", f"c{rng.integers(20)}", int(t)) for t in rng.integers(0, DAY, 100)]
    graph = fg.bipartite(log_of(pd.DataFrame(rows)))
    members = pd.DataFrame({"cluster": 1, "account": graph.names_of_accounts(np.arange(4)), "score": 1.0})
    contents = pd.DataFrame({"cluster": 1, "content": graph.names_of_contents(np.arange(3)), "n_accounts": 1})
    table = fg.weigh(
        fg.Clusters(members, contents, pd.Series([1.0], index=[1]), "hand"), graph, draws=99
    ).table
    # Four accounts on three contents are twelve pairs at most, and a verdict needs fifteen.
    assert table.loc[0, "verdict"] == "too little data"
    assert table.loc[0, "explanation"].startswith("Too little to judge")


def test_accounts_named_twice_count_once(plain):
    found = truth()
    twice = fg.Clusters(
        pd.concat([found.members, found.members], ignore_index=True),
        pd.concat([found.contents, found.contents], ignore_index=True),
        found.values,
        "truth",
    )
    again = fg.weigh(twice, fg.bipartite(log_of(ROWS)), draws=199).table
    again = again.sort_values("cluster", ignore_index=True)
    pd.testing.assert_frame_equal(again, plain)


def test_a_stray_time_moves_no_verdict():
    # All within a day: ten orders, an hour or two apart, each done by twelve within a minute. A clock that stood
    # at 1970 for one row of somebody else must not turn the day into a moment of a long log.
    rng = np.random.default_rng(0)
    start = 1_600_000_000
    rows = [
        (f"u{a}", f"c{c}", start + rng.uniform(0, DAY))
        for a, c in zip(rng.integers(500, size=6_000), rng.integers(300, size=6_000), strict=True)
    ]
    rows += [(f"u{a}", f"t{c}", start + rng.uniform(0, DAY)) for c in range(10) for a in rng.choice(500, 40)]
    rows += [
        (f"m{i}", f"t{c}", start + 3_600 + 7_500 * c + rng.uniform(0, 60))
        for c in range(10)
        for i in range(12)
    ]

    def judged(rows):
        graph = fg.bipartite(log_of(rows))
        members = pd.DataFrame({"cluster": 1, "account": [f"m{i}" for i in range(12)], "score": 1.0})
        contents = pd.DataFrame({"cluster": 1, "content": [f"t{c}" for c in range(10)], "n_accounts": 12})
        found = fg.Clusters(members, contents, pd.Series([1.0], index=[1]), "hand")
        return fg.weigh(found, graph, draws=99).table.loc[0, ["verdict", "occasions"]].tolist()

    assert judged(rows) == ["lockstep", 10]
    assert judged([*rows, ("stranger", "c0", 0)]) == ["lockstep", 10]
