"""The crowd of simulated logs: sleep, sittings, tails, comers and goers, interests."""

import numpy as np
import pandas as pd
import pytest

import farmgraph as fg
from farmgraph.graph.topics import topics

HOUR, DAY = 3_600, 86_400


@pytest.fixture(scope="module")
def crowd():
    return fg.simulate("crowd", n_rows=100_000, seed=1)


def seconds(frame):
    return frame["time"].astype("datetime64[s, UTC]").astype("int64")


def test_the_crowd_sleeps_and_rests_and_sits(crowd):
    table = crowd.table.to_pandas()
    when = seconds(table)
    hours = np.bincount(when // HOUR % 24, minlength=24)
    assert hours.min() < 0.7 * hours.max()  # zones blur the night, but do not hide it
    weekday = np.bincount(when // DAY % 7, minlength=7)  # 1970 began on a Thursday: Saturday is 2, Sunday 3
    assert weekday[[2, 3]].mean() < 0.93 * np.delete(weekday, [2, 3]).mean()
    gaps = when.groupby(table["account"], observed=True).diff().dropna()
    assert (gaps < 1_800).mean() > 0.3


def test_the_crowd_has_heavy_tails_and_comers_and_goers(crowd):
    table = crowd.table.to_pandas()
    for column, share in (("account", 0.05), ("content", 0.08)):
        counts = table[column].value_counts().to_numpy()
        top = counts[: max(len(counts) // 100, 1)].sum() / counts.sum()
        assert top > share, column
        # A few dominate, but one is never everything.
        assert counts[0] < 0.06 * counts.sum()
    first = table.groupby("account", observed=True)["time"].min()
    assert 0.1 < (first > first.min() + pd.Timedelta(days=28)).mean() < 0.5


def test_interest_decays(crowd):
    """Half of a content's visitors come within the first day after the first one, some come weeks later."""
    table = crowd.table.to_pandas()
    popular = table[table.groupby("content", observed=True)["time"].transform("size") >= 20]
    lag = popular["time"] - popular.groupby("content", observed=True)["time"].transform("min")
    assert pd.Timedelta(hours=2) < lag.median() < pd.Timedelta(hours=36)
    assert (lag > pd.Timedelta(days=7)).mean() > 0.02


def test_topics_show_in_what_people_act_on(crowd):
    """Two accounts of the crowd that share a content share more than chance allows: interests cluster."""
    graph = fg.bipartite(crowd.log)
    found = topics(graph, seed=0)
    same = found.of_account[graph.edge_accounts] == found.of_content[graph.account_contents]
    by_chance = sum(
        np.mean(found.of_account[graph.edge_accounts] == t)
        * np.mean(found.of_content[graph.account_contents] == t)
        for t in range(found.n_topics)
    )
    assert same.mean() > 2 * by_chance
