"""When members act: the running total, the hours of the week and the waits are what a brute force counts."""

from collections import Counter
from datetime import UTC, datetime
from statistics import median
from zoneinfo import ZoneInfo

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib import dates
from render.planted import arguments
from render.plot.brute_force import everything, first_actions, members_rows, meshes, waits_by_account

import farmgraph as fg
from farmgraph.errors import UsageError

mpl.use("Agg")


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
