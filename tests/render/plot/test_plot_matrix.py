"""Accounts against contents and against time: matrix and raster show every row, and titles say what was cut."""

from collections import defaultdict
from datetime import UTC
from statistics import median

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from render.planted import arguments, planted
from render.plot.brute_force import first_actions, members_rows, meshes

import farmgraph as fg
from farmgraph.render.plot import cells, common

mpl.use("Agg")


# The matrix


def test_matrix_fills_the_cells_that_were_acted_on_with_their_dates(log):
    ax = fg.plot.matrix(log["graph"], log["clusters"], cluster=2)
    first = first_actions(members_rows(log, 2))
    (mesh,) = meshes(ax)
    drawn = mesh.get_array()
    accounts = [text.get_text() for text in ax.get_yticklabels()]
    contents = [text.get_text() for text in ax.get_xticklabels()]
    assert drawn.shape == (36, 12) == (len(accounts), len(contents))
    assert drawn.count() == len(first)
    assert ax.get_title("left") == f"Cluster 2: {len(first)} of 432 cells filled"
    for (account, content), at in first.items():
        value = drawn[accounts.index(account), contents.index(content)]
        assert value * 86_400 == pytest.approx(at, abs=1)
    middles = [median(at for (_, c), at in first.items() if c == content) for content in contents]
    assert middles == sorted(middles)
    assert ax.get_xlabel() == "content, in order of time"


def test_matrix_has_the_rows_of_the_raster(log):
    rows = [
        [text.get_text() for text in draw(log["graph"], log["clusters"], cluster=2).get_yticklabels()]
        for draw in (fg.plot.matrix, fg.plot.raster)
    ]
    assert rows[0] == rows[1]


def test_matrix_without_times_is_plain_blue_and_says_its_order():
    log = planted(n_people=60, times=False)
    ax = fg.plot.matrix(log["graph"], log["clusters"], cluster=2)
    (mesh,) = meshes(ax)
    n = len({(a, c) for a, c, _ in members_rows(log, 2)})
    assert mesh.get_array().count() == n
    assert set(mesh.get_array().compressed().tolist()) == {True}
    assert ax.get_xlabel() == "content, most accounts first"
    columns = mesh.get_array().filled(False).sum(axis=0).tolist()
    assert columns == sorted(columns, reverse=True)


def test_matrix_shows_actions_without_a_time_apart():
    rows = [(a, c, 60 * i) for i, c in enumerate("pqr") for a in "abc"]
    rows[4] = ("b", "q", None)
    table = pd.DataFrame(rows, columns=["account", "content", "time"]).astype({"time": "Int64"})
    graph = fg.bipartite(fg.read(table))
    ax = fg.plot.matrix(graph, fg.leiden(fg.co_engagement(graph)))
    dated, bare = meshes(ax)
    assert (dated.get_array().count(), bare.get_array().count()) == (8, 1)
    assert ax.get_title("left") == "Cluster 1: 9 of 9 cells filled (1 cell without a time, pale blue)"


def test_matrix_says_what_was_cut():
    accounts, contents = [f"a{i}" for i in range(210)], [f"c{i}" for i in range(70)]
    rows = [(a, c, 3_600 * i + j) for i, c in enumerate(contents) for j, a in enumerate(accounts)]
    log = arguments(rows, [(accounts, contents)])
    ax = fg.plot.matrix(log["graph"], log["clusters"])
    assert ax.get_title("left").endswith("cells filled\n(200 of 210 accounts, 60 of 70 contents)")
    assert len(ax.get_yticks()) == common.MOST_NAMES
    assert ax.get_ylabel() == "account (one in 5 is named)"
    (mesh,) = meshes(ax)
    assert mesh.get_array().shape == (cells.MAX_ACCOUNTS, cells.MAX_CONTENTS)


# The raster


def text_boxes(ax):
    figure = ax.figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    numbers = [text.get_window_extent(renderer) for text in ax.texts]
    return numbers, ax._left_title.get_window_extent(renderer)


@pytest.mark.parametrize("n", [1, 3, 7])
def test_stacked_numbers_leave_the_title_alone(n):
    contents = [f"page {i}" for i in range(n)]
    # All contents at the same moments, and one action a year later: no two numbers fit side by side.
    rows = [(a, c, j) for c in contents for j, a in enumerate("abcd")] + [("a", contents[0], 3e7)]
    log = arguments(rows, [(list("abcd"), contents)])
    ax = fg.plot.raster(log["graph"], log["clusters"])
    numbers, title = text_boxes(ax)
    assert len(numbers) == n
    assert len({round(box.y0) for box in numbers}) == n
    assert max(box.y1 for box in numbers) < title.y0
    assert min(box.y0 for box in numbers) >= ax.get_window_extent().y1 - 1


def test_raster_since_members_began(log):
    ax = fg.plot.raster(log["graph"], log["clusters"], cluster=2, since_began=True)
    rows = members_rows(log, 2)
    first = defaultdict(dict)
    for account, content, seconds in sorted(rows, key=lambda row: row[2]):
        first[content].setdefault(account, seconds)
    # Begun when a tenth had come: of 29 members the third, place 2 from 0 on.
    began = {content: sorted(visits.values())[len(visits) // 10] for content, visits in first.items()}
    lags = sorted(seconds - began[content] for _, content, seconds in rows)
    drawn = sorted(x for line in ax.get_lines() for x in line.get_xdata())
    n_early = sum(lag < 0 for lag in lags)
    assert n_early > 10
    assert len(set(drawn[:n_early])) == 1
    assert ax.get_xlim()[0] < drawn[0] < 0
    np.testing.assert_allclose(drawn[n_early:], lags[n_early:], atol=1e-5)
    assert ax.get_xlabel().startswith("time since members began on the content")
    assert not len(ax.texts)
    assert ax.get_xticklabels()[0].get_text() == "0"


def test_lockstep_is_a_narrow_column_since_members_began():
    # Four accounts within ten seconds of each other, on three days: 10 s is 1/20 of the cube root of a day.
    accounts, contents = ["a", "b", "c", "d"], ["p", "q", "r"]
    rows = [(a, c, 86_400.0 * k + 10 * i / 3) for k, c in enumerate(contents) for i, a in enumerate(accounts)]
    log = arguments(rows, [(accounts, contents)])
    ax = fg.plot.raster(log["graph"], log["clusters"], since_began=True)
    ax.figure.canvas.draw()
    right = max(x for line in ax.get_lines() for x in line.get_xdata())
    assert ax.transAxes.inverted().transform(ax.transData.transform((right, 0)))[0] < 0.08
    assert [text.get_text() for text in ax.get_xticklabels()][-1] == "1 day"


def test_dates_are_utc_whatever_the_settings_say(log):
    with mpl.rc_context({"timezone": "Pacific/Auckland"}):
        ax = fg.plot.raster(log["graph"], log["clusters"])
        assert ax.xaxis.get_major_locator().tz is UTC
        ax = fg.plot.matrix(log["graph"], log["clusters"])
        bar = ax.child_axes[0]
        assert bar.yaxis.get_major_locator().tz is UTC
    plt.close("all")
