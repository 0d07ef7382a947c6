"""What is found depends on who did what when, and on nothing else: not on names, order of rows, or the calendar."""

import numpy as np
import pandas as pd
import pytest

import farmgraph as fg
from farmgraph.lab.groups import Group

MIXED = (
    *(Group(kind, 30, 15, 0.9, copies=1) for kind in ("burst", "shift", "drip", "own clock")),
    Group("small", 7, 8, 0.95, copies=1),
    Group("protest", 400, 8, 0.45, copies=1),
    Group("same-hours club", 40, 25, 0.35, copies=1),
    Group("media group", 20, 40, 0.8, copies=1),
)
TIMES = ["first_time", "last_time"]


@pytest.fixture(scope="module")
def log():
    made = fg.simulate(MIXED, n_rows=60_000, seed=5)
    return made.table.to_pandas().astype({"account": "str", "content": "str"})


@pytest.fixture(scope="module")
def plain(log):
    return whole_default(log)


def whole_default(log):
    """Return members, contents and evidence of the whole default."""
    graph = fg.bipartite(fg.read(log, account="account", content="content", time="time"))
    weighed = fg.weigh(fg.lockstep(graph), graph)
    members, contents = weighed.clusters.members, weighed.clusters.contents
    return members, contents, weighed.table


def same(found, plain):
    """Compare members and contents as sets of rows, and the evidence row by row."""
    for one, other, name in zip(found[:2], plain[:2], ("account", "content"), strict=True):
        pd.testing.assert_frame_equal(in_order(one, name), in_order(other, name))
    pd.testing.assert_frame_equal(found[2], plain[2])


def in_order(frame, name):
    return frame.sort_values(["cluster", name], ignore_index=True)


def other_names(names, prefix, rng):
    """Return a new name for each, in another order and of another length."""
    return dict(zip(names, (f"{prefix}{n}" for n in rng.permutation(len(names))), strict=True))


def test_something_is_found(plain):
    verdicts = set(plain[2]["verdict"])
    assert {"lockstep", "undetermined", "same audience"} <= verdicts


def test_names_do_not_matter(log, plain):
    rng = np.random.default_rng(1)
    accounts = other_names(log["account"].unique(), "z", rng)
    contents = other_names(log["content"].unique(), "", rng)
    assert sorted(accounts) != sorted(accounts, key=accounts.get)
    renamed = log.assign(account=log["account"].map(accounts), content=log["content"].map(contents))
    members, on, table = whole_default(renamed)
    old_accounts, old_contents = ({v: k for k, v in new.items()} for new in (accounts, contents))
    members = members.assign(account=members["account"].map(old_accounts))
    same((members, on.assign(content=on["content"].map(old_contents)), table), plain)


def test_order_of_rows_does_not_matter(log, plain):
    same(whole_default(log.sample(frac=1, random_state=2, ignore_index=True)), plain)


def test_weeks_do_not_matter(log, plain):
    """Days of the week and hours of the day mean something to people; the week of the year does not."""
    weeks = pd.Timedelta(weeks=107)
    members, contents, table = whole_default(log.assign(time=log["time"] + weeks))
    same((members, contents, table.assign(**{name: table[name] - weeks for name in TIMES})), plain)
