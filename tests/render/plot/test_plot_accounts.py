"""The accounts of a cluster: the network of those who met, and their scores and waits."""

import dataclasses
from collections import Counter
from itertools import combinations
from statistics import median

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from render.planted import arguments, planted
from render.plot.brute_force import first_actions, members_rows, waits_by_account

import farmgraph as fg
from farmgraph.errors import UsageError
from farmgraph.graph.coengagement import co_engagement
from farmgraph.render.plot import marks

mpl.use("Agg")


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
