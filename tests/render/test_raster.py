import dataclasses

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from render.planted import HOSTILE, planted

from farmgraph.errors import UsageError
from farmgraph.evidence.weigh import Evidence
from farmgraph.interactions.schema import NO_TIME
from farmgraph.render import plot
from farmgraph.render.raster import COLOURS, number_places, prepare, times_in_microseconds

mpl.use("Agg")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_rows_are_sorted_by_typical_lag():
    # On p the cluster's first action is at 10, on q at 100. Lags: a 0 and 30, median 15;
    # b 5 and 0, median 2.5; c 8 on p; d has no time and comes last.
    account = ["a", "b", "c", "a", "b", "d", "b"]
    content = ["p", "p", "p", "q", "q", "q", "q"]
    # The last row repeats b on q much later: only the first action on a content counts.
    time = np.array([10, 15, 18, 130, 100, NO_TIME, 9_000])
    raster = prepare(account, content, time, accounts=["a", "b", "c", "d"], contents=["p", "q"])
    assert raster.accounts == ("b", "c", "a", "d")
    assert raster.kind == "times"
    assert (raster.n_actions, raster.n_without_time, raster.n_drawn) == (7, 1, 6)
    assert raster.time.tolist() == sorted(raster.time.tolist())


def test_ties_go_by_name():
    raster = prepare(["b", "a"], ["p", "p"], np.array([5, 5]), accounts=["b", "a"], contents=["p"])
    assert raster.accounts == ("a", "b")


def test_too_much_is_cut_to_the_strongest_and_thinned_evenly():
    accounts = [f"a{i:03}" for i in range(300)]
    contents = [f"c{i}" for i in range(20)]
    who, what = zip(*[(a, c) for a in accounts for c in contents], strict=True)
    raster = prepare(who, what, np.arange(6_000), accounts=accounts, contents=contents)
    assert len(raster.accounts) == 200
    assert set(raster.accounts) == set(accounts[:200])
    assert raster.n_drawn == 2_000
    assert (raster.n_accounts, raster.n_actions) == (300, 6_000)
    # 200 accounts have 4,000 actions, at times 0 to 3,999; first and last stay.
    assert (raster.time[0], raster.time[-1]) == (0, 3_999)


def test_others_and_other_contents_are_ignored():
    raster = prepare(["a", "x", "a"], ["p", "p", "y"], np.array([1, 2, 3]), accounts=["a"], contents=["p"])
    assert raster.n_actions == 1


def test_without_times_a_matrix():
    none = np.full(3, NO_TIME)
    raster = prepare(["a", "b", "b"], ["p", "p", "q"], none, accounts=["a", "b"], contents=["p", "q"])
    assert raster.kind == "matrix"
    assert raster.accounts == ("b", "a")
    assert sorted(zip(raster.row.tolist(), raster.content.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 0)]


def test_an_empty_cluster_can_be_prepared():
    raster = prepare([], [], np.array([], np.int64), accounts=["a"], contents=["p"])
    assert (raster.kind, raster.n_drawn) == ("matrix", 0)


def test_times_of_any_unit_become_microseconds():
    times = pd.Series(pd.to_datetime(["2025-01-01T00:00:00Z", None]))
    for unit in ("s", "ms", "us", "ns"):
        got = times_in_microseconds(times.dt.as_unit(unit)).tolist()
        assert got == [1_735_689_600_000_000, NO_TIME]
    assert times_in_microseconds(pd.Series([pd.NaT])).tolist() == [NO_TIME]


def test_numbers_that_would_touch_get_lines_of_their_own():
    x = np.zeros(len(COLOURS))
    places = number_places(x, np.zeros(len(x)), np.arange(len(x)), gap=1)
    assert sorted(band for _, _, band in places) == list(range(len(COLOURS)))


def test_plot_draws_rows_ticks_and_labels():
    log = planted()
    ax = plot.raster(log["graph"], log["clusters"], cluster=2)
    assert ax.get_xlabel() == "time (UTC)"
    assert ax.get_ylabel() == "account"
    assert len(ax.get_yticklabels()) == 36
    drawn = sum(len(line.get_xdata()) for line in ax.get_lines())
    rows = log["rows"]
    assert drawn == int((rows["cluster"] == 2).sum())
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert len(labels) == len(COLOURS) + 1
    assert labels[-1] == "other contents"
    assert ax.yaxis.get_inverted()


def test_plot_uses_the_axes_it_is_given_and_changes_nothing():
    log = planted()
    _, ax = plt.subplots()
    before = log["clusters"].members.copy()
    assert plot.raster(log["graph"], log["clusters"], ax=ax) is ax
    pd.testing.assert_frame_equal(before, log["clusters"].members)


def test_plot_without_times_says_so():
    log = planted(times=False)
    ax = plot.raster(log["graph"], log["clusters"])
    assert "no times" in ax.get_title("left")


def test_plot_of_clusters_without_contents_takes_shared_ones():
    log = planted()
    bare = dataclasses.replace(log["clusters"], contents=log["clusters"].contents.iloc[:0])
    ax = plot.raster(log["graph"], bare, cluster=1)
    assert len(ax.get_lines()) == len(COLOURS) + 1


def test_plot_survives_hostile_names(tmp_path):
    # Surrogates cannot be in a graph: Arrow refuses them.
    names = [n for n in HOSTILE if "\ud800" not in n and "مر" not in n]
    log = planted(names=[*names, "$x_1$ and $"])
    ax = plot.raster(log["graph"], log["clusters"])
    ax.figure.savefig(tmp_path / "raster.svg")


def test_unknown_cluster_names_those_there_are():
    log = planted()
    with pytest.raises(UsageError, match=r"no cluster 9; the clusters are: 1, 2, 3"):
        plot.raster(log["graph"], log["clusters"], cluster=9)


def test_plot_takes_weighed_clusters_too():
    log = planted()
    weighed = Evidence(log["evidence"], log["clusters"])
    ax = plot.raster(log["graph"], weighed, cluster=2)
    assert ax.get_title("left") == plot.raster(log["graph"], log["clusters"], cluster=2).get_title("left")


def test_plot_says_what_it_was_given_and_wants():
    log = planted()
    with pytest.raises(UsageError, match=r"Got a DataFrame; expected Clusters\. .*fg\.weigh"):
        plot.raster(log["graph"], log["evidence"])
    with pytest.raises(UsageError, match=r"Got a Clusters; expected BipartiteGraph\. Give the graph first"):
        plot.raster(log["clusters"], log["graph"])


def test_plot_lists_its_public_names_alone():
    assert dir(plot) == sorted(plot.__all__)
