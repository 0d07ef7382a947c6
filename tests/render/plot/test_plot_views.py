"""Figures of one cluster: what is drawn is what a brute force counts, and titles say what was cut."""

import dataclasses
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import combinations
from statistics import median
from zoneinfo import ZoneInfo

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib import dates
from matplotlib.collections import LineCollection, QuadMesh
from render.planted import arguments, planted

import farmgraph as fg
from farmgraph.errors import UsageError
from farmgraph.graph.coengagement import co_engagement
from farmgraph.render.plot import cells, common, marks

mpl.use("Agg")


@pytest.fixture(scope="module")
def log():
    return planted(n_people=300)


@pytest.fixture(scope="module")
def weighed(log):
    return fg.weigh(log["clusters"], log["graph"], draws=99)


def members_rows(log, cluster):
    """Return the rows of a cluster as (account, content, seconds)."""
    rows = log["rows"][log["rows"]["cluster"] == cluster]
    seconds = [None if pd.isna(t) else t.timestamp() for t in rows["time"]]
    return list(zip(rows["account"], rows["content"], seconds, strict=True))


def first_actions(rows):
    first = {}
    for account, content, seconds in rows:
        if seconds is not None:
            first[account, content] = min(seconds, first.get((account, content), float("inf")))
    return first


def everything(log):
    """Return all rows of the log's graph, read back one by one."""
    graph = log["graph"]
    content = np.repeat(np.arange(graph.n_contents), np.diff(graph.content_starts))
    names = graph.names_of_accounts(graph.content_accounts), graph.names_of_contents(content)
    return list(zip(*names, (graph.content_times / 1e6).tolist(), strict=True))


def waits_by_account(first):
    """Return every wait to the nearest other member, by account."""
    found = defaultdict(list)
    for (account, content), at in first.items():
        others = [abs(at - t) for (a, c), t in first.items() if c == content and a != account]
        if others:
            found[account].append(min(others))
    return found


def meshes(ax):
    return [drawn for drawn in ax.collections if isinstance(drawn, QuadMesh)]


# The running total


def test_running_total_is_what_counting_says(log):
    content = log["clusters"].contents_of(1)[0]
    ax = fg.plot.running_total(log["graph"], log["clusters"])
    assert ax.get_title("left") == f"Cluster 1: {content}"
    members = set(log["clusters"].accounts_of(1))
    first = first_actions([row for row in everything(log) if row[1] == content])
    others, mine = ax.get_lines()
    assert (mine.get_linestyle(), others.get_linestyle()) == ("-", "--")
    for line, wanted in ((mine, members), (others, {a for a, _ in first} - members)):
        times = sorted(at for (account, _), at in first.items() if account in wanted)
        x = dates.date2num(line.get_xdata()) * 86_400
        # One point before anything, one per account, one at the right edge.
        np.testing.assert_allclose(x[1:-1], times, atol=1e-3)
        # So few others came that both are drawn in shares of their own total.
        assert line.get_ydata().tolist() == [i / len(times) for i in [*range(len(times) + 1), len(times)]]
        assert line.get_drawstyle() == "steps-post"
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[0] == f"members: {len(mine.get_xdata()) - 2}"


@pytest.mark.parametrize(("n_others", "in_shares"), [(20, False), (21, True)])
def test_running_totals_of_very_different_size_are_shares(n_others, in_shares):
    # Two members; ten times as many others are still drawn as they are, one more is not.
    rows = [(f"m{i}", content, 5.0 + i) for i in range(2) for content in ("p", "q")]
    rows += [(f"o{i}", "p", 60.0 * i) for i in range(n_others)]
    log = arguments(rows, [(["m0", "m1"], ["p", "q"])])
    ax = fg.plot.running_total(log["graph"], log["clusters"], content="p")
    ends = [line.get_ydata()[-1] for line in ax.get_lines()]
    assert ends == ([1, 1] if in_shares else [n_others, 2])
    assert ("share of own total" in ax.get_ylabel()) is in_shares
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["members: 2", f"everybody else: {n_others}"]


def test_running_total_of_any_content(log):
    ax = fg.plot.running_total(log["graph"], log["clusters"], content="Page 7")
    assert ax.get_title("left") == "Cluster 1: Page 7"


@pytest.mark.parametrize("content", ["no such page", 7, "lone \ud800"])
def test_running_total_needs_a_content_of_the_graph(log, content):
    with pytest.raises(UsageError, match=r"There is no content .*; expected one of the graph, such as '"):
        fg.plot.running_total(log["graph"], log["clusters"], content=content)


def test_running_total_says_who_has_no_time():
    rows = [("a", "p", 0), ("b", "p", None), ("c", "p", 9)]
    table = pd.DataFrame(rows, columns=["account", "content", "time"]).astype({"time": "Int64"})
    graph = fg.bipartite(fg.read(table))
    pairs = fg.co_engagement(graph, min_contents=1)
    ax = fg.plot.running_total(graph, fg.leiden(pairs))
    assert ax.get_title("left") == "Cluster 1: p (1 account without a time left out)"


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


# Hours


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/New_York"])
def test_hours_are_what_the_zone_s_clocks_say(log, zone):
    ax = fg.plot.hours(log["graph"], log["clusters"], cluster=2, zone=zone)
    week = Counter()
    for _, _, seconds in members_rows(log, 2):
        local = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(zone))
        week[local.weekday(), local.hour] += 1
    (mesh,) = meshes(ax)
    drawn = mesh.get_array().filled(0)
    assert {place: n for place, n in np.ndenumerate(drawn) if n} == dict(week)
    shown = {(round(t.get_position()[1]), int(t.get_position()[0])): int(t.get_text()) for t in ax.texts}
    assert shown == dict(week)
    assert ax.get_xlabel() == f"hour of the day ({zone})"
    assert [text.get_text() for text in ax.get_yticklabels()] == [
        "Mon",
        "Tue",
        "Wed",
        "Thu",
        "Fri",
        "Sat",
        "Sun",
    ]
    assert ax.yaxis.get_inverted()


@pytest.mark.parametrize(
    "zone", ["Nowhere/Atlantis", "", "../etc/passwd", "/etc/localtime", "Europe", None, 3]
)
def test_hours_needs_a_zone_that_exists(log, zone):
    with pytest.raises(UsageError, match=r"zone is .*; expected the name of a time zone, such as 'UTC'"):
        fg.plot.hours(log["graph"], log["clusters"], zone=zone)


# Gaps


def test_gaps_are_the_waits_of_a_brute_force(log):
    ax = fg.plot.gaps(log["graph"], log["clusters"], cluster=1)
    first = first_actions(members_rows(log, 1))
    waits = [wait for found in waits_by_account(first).values() for wait in found]
    members, others = ax.patches
    share, edges, _ = members.get_data()
    expected = np.histogram(np.clip(waits, edges[0], edges[-1]), edges)[0]
    np.testing.assert_allclose(share, 100 * expected / len(waits))
    np.testing.assert_allclose(np.diff(np.log10(edges)), 1 / 3)
    assert others.get_data().values.sum() == pytest.approx(100)
    assert others.get_linestyle() == "--"
    text = ax.get_legend().get_texts()[0].get_text()
    assert text == f"members: {len(waits)} waits"
    assert ax.texts[0].get_text() == f"half of members within {median(waits):.0f} s"
    assert ax.get_lines()[0].get_xdata()[0] == pytest.approx(median(waits))


def test_the_other_visitors_median_is_that_of_the_evidence(log, weighed):
    ax = fg.plot.gaps(log["graph"], weighed, cluster=1)
    expected = weighed.table.set_index("cluster").loc[1, "gap_others_s"]
    # Both are medians over 20 draws, other ones.
    assert ax.get_lines()[1].get_xdata()[0] == pytest.approx(expected, rel=0.15)


def test_gaps_of_the_same_seed_are_the_same():
    # Eight members and forty others on each content, of whom eight are drawn at a time.
    times = np.random.default_rng(0).exponential(90_000, (3, 48)).cumsum(axis=1)
    rows = [(f"a{j}", c, float(times[i, j])) for i, c in enumerate("pqr") for j in range(48)]
    log = arguments(rows, [([f"a{5 * j}" for j in range(8)], list("pqr"))])
    values = [
        fg.plot.gaps(log["graph"], log["clusters"], seed=seed).patches[1].get_data().values
        for seed in (4, 4, 5)
    ]
    assert values[0].tolist() == values[1].tolist() != values[2].tolist()


def test_gaps_say_that_nobody_else_came():
    rows = [(a, c, 60 * i + j) for i, c in enumerate("pqr") for j, a in enumerate("abcd")]
    log = arguments(rows, [(list("abcd"), list("pqr"))])
    ax = fg.plot.gaps(log["graph"], log["clusters"])
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [
        "members: 12 waits",
        "nobody else came at known times",
    ]


@pytest.mark.parametrize(("width", "numbered", "n_ticks"), [(8, True, 9), (3, False, 5)])
def test_narrow_axes_get_fewer_texts(log, width, numbered, n_ticks):
    _, ax = plt.subplots(figsize=(width, 3))
    fg.plot.hours(log["graph"], log["clusters"], ax=ax)
    assert (len(ax.texts) > 0) == numbered
    assert len(ax.get_xticks()) == n_ticks


# The network


@pytest.mark.parametrize(("within", "window"), [("1h", 3_600), (5_000, 5_000), (None, None)])
def test_network_links_those_who_met(log, within, window):
    ax = fg.plot.network(log["graph"], log["clusters"], cluster=2, within=within, least=1)
    first = first_actions(members_rows(log, 2))
    met = Counter()
    for content in {c for _, c in first}:
        there = [(a, at) for (a, c), at in first.items() if c == content]
        for (a, s), (b, t) in combinations(there, 2):
            if window is None or abs(s - t) <= window:
                met[frozenset((a, b))] += 1
    (links,) = [drawn for drawn in ax.collections if isinstance(drawn, LineCollection)]
    assert sorted(links.get_array().tolist()) == sorted(met.values())
    joined, alone = (drawn for drawn in ax.collections if not isinstance(drawn, LineCollection))
    assert len(joined.get_offsets()) == len(frozenset().union(*met))
    assert len(joined.get_offsets()) + len(alone.get_offsets()) == 36
    assert ax.get_title("left").startswith(f"Cluster 2: 36 accounts, {len(met):,} link")


def test_network_without_links_has_accounts_alone(log):
    # Drip-fed accounts are 78 minutes apart, give or take ten.
    ax = fg.plot.network(log["graph"], log["clusters"], cluster=2, within=1, least=1)
    assert ax.get_title("left") == "Cluster 2: 36 accounts, 0 links (36 not linked, hollow)"
    assert not [drawn for drawn in ax.collections if isinstance(drawn, LineCollection)]


def test_network_counts_as_co_engagement_does_where_members_did_nothing_else():
    rows = [(a, c, 60 * i * (j + 1)) for i, c in enumerate("pqrs") for j, a in enumerate("abcdef")]
    log = arguments(rows, [(list("abcdef"), list("pqrs"))])
    ax = fg.plot.network(log["graph"], log["clusters"], within="5min", least=2)
    pairs = co_engagement(log["graph"], window="5min", min_contents=2)
    assert sorted(ax.collections[0].get_array().tolist()) == sorted(pairs.pairs["n_contents"])
    assert ax.get_title("left").endswith("links of 2 or more contents)")
    assert sorted(text.get_text() for text in ax.texts) == list("abcdef")


def test_network_says_what_was_cut():
    accounts = [f"a{i}" for i in range(510)]
    rows = [(a, c, j) for c in "pqr" for j, a in enumerate(accounts)]
    log = arguments(rows, [(accounts, list("pqr"))])
    ax = fg.plot.network(log["graph"], log["clusters"])
    # 500 * 499 / 2 pairs, each of which shares all three contents: no least number leaves fewer than a third.
    title = " ".join(ax.get_title("left").split())
    assert title == "Cluster 1: 500 of 510 accounts, 1,500 of 124,750 links (links of 3 or more contents)"


def test_network_begins_where_less_than_a_third_of_the_pairs_are_linked():
    # Six accounts share two contents, four of them a third, three of these a fourth: 15, 6 and 3 of 15 pairs.
    groups = ["abcdef", "abcdef", "abcd", "abc"]
    rows = [(a, f"c{i}", 60.0 * j) for i, accounts in enumerate(groups) for j, a in enumerate(accounts)]
    log = arguments(rows, [(list("abcdef"), ["c0", "c1", "c2", "c3"])])
    ax = fg.plot.network(log["graph"], log["clusters"])
    assert ax.collections[0].get_array().tolist() == [4, 4, 4]


def test_network_of_the_same_seed_is_the_same_and_leaves_no_trace(log):
    import random

    random.seed(7)
    expected = random.Random(7).random()
    places = [
        fg.plot.network(log["graph"], log["clusters"], seed=seed).collections[1].get_offsets()
        for seed in (1, 1, 2)
    ]
    assert places[0].tolist() == places[1].tolist() != places[2].tolist()
    assert random.random() == expected


@pytest.mark.parametrize(
    "options", [{"least": 0}, {"least": 1.5}, {"seed": -1}, {"within": "soon"}, {"within": -1}]
)
def test_network_refuses_what_it_cannot_use(log, options):
    with pytest.raises(UsageError, match=f"{next(iter(options))} is .*; expected"):
        fg.plot.network(log["graph"], log["clusters"], **options)


# The accounts


def test_accounts_shows_scores_and_median_waits(log):
    ax = fg.plot.accounts(log["graph"], log["clusters"], cluster=2)
    members = log["clusters"].members
    members = members[members["cluster"] == 2]
    (scores,) = ax.get_lines()
    assert scores.get_xdata().tolist() == members["score"].tolist()
    assert [text.get_text() for text in ax.get_yticklabels()] == members["account"].tolist()
    (upper,) = [other for other in ax.figure.axes if other is not ax]
    (waits,) = upper.get_lines()
    found = waits_by_account(first_actions(members_rows(log, 2)))
    np.testing.assert_allclose(waits.get_xdata(), [median(found[a]) for a in members["account"]])
    assert waits.get_marker() != scores.get_marker()


def test_accounts_says_what_was_cut_and_what_is_missing():
    log = planted(n_people=40, times=False)
    big = [f"a{i}" for i in range(70)]
    log = arguments([(a, c, 0.0) for a in big for c in "pqr"], [(big, list("pqr"))], times=False)
    ax = fg.plot.accounts(log["graph"], log["clusters"])
    assert ax.get_title("left") == "Cluster 1\n(60 of 70 accounts, strongest first, no times in the log)"
    assert len(ax.get_yticks()) == marks.MOST_ACCOUNTS
    assert ax.figure.axes == [ax]


def test_accounts_of_pairs_explain_their_score(log):
    bare = dataclasses.replace(log["clusters"], contents=log["clusters"].contents.iloc[:0])
    assert fg.plot.accounts(log["graph"], bare).get_xlabel() == "● score: share of the other members linked"


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
