"""The frontier: the smallest farm found, and the limit."""

import math

import numpy as np
import pandas as pd
import pytest

import farmgraph as fg
from farmgraph.detect.clusters import CONTENT_COLUMNS, MEMBER_COLUMNS, Clusters
from farmgraph.lab.frontier import LADDER, block_limit, planted_graph, seen_groups
from farmgraph.lab.groups import Group

ONE = {"n_accounts": (12,), "participation": (1.0,), "n_rows": 20_000, "n_farms": 10, "kind": "burst"}


def clusters_of(groups):
    members = [(i, account, 1.0) for i, group in enumerate(groups, start=1) for account in sorted(group)]
    return Clusters(
        members=pd.DataFrame(members, columns=list(MEMBER_COLUMNS)),
        contents=pd.DataFrame({c: [] for c in CONTENT_COLUMNS}),
        values=pd.Series(np.arange(len(groups), 0, -1.0), index=range(1, len(groups) + 1)),
        method="by hand",
    )


def together_on(n_contents):
    """Return a method that finds exactly the accounts that share this many of the rarest pairs of contents."""

    def find(graph):
        pairs = fg.co_engagement(graph, window="10min", min_contents=n_contents)
        return fg.leiden(pairs)

    return find


def test_a_perfect_method_needs_the_fewest():
    def oracle(graph):
        return fg.leiden(fg.co_engagement(graph, window="10min", min_contents=3))

    found = fg.frontier(oracle, **ONE)
    row = found.table.iloc[0]
    # Twelve workers who all come within ten minutes to three contents share three contents within ten minutes.
    assert row["n_contents"] == LADDER[0] == 3
    assert found.method == "oracle"
    assert row["low"] <= row["share_found"] <= row["high"]


def test_a_threshold_is_found_by_bisection():
    """A method that asks for 9 shared contents cannot find a farm of 8, and finds nearly every one of 9 or 10."""
    found = fg.frontier(together_on(9), **ONE)
    assert found.table["n_contents"][0] in (9, 10)


def test_a_blind_method_finds_nothing():
    found = fg.frontier(lambda graph: clusters_of([]), **ONE)
    row = found.table.iloc[0]
    assert math.isnan(row["n_contents"])
    assert math.isnan(row["ratio"])
    assert row["share_found"] == 0
    # Clopper-Pearson for 0 of 10: 1 - 0.025 ** (1 / 10).
    assert row["high"] == pytest.approx(1 - 0.025**0.1)


def test_half_a_farm_half_a_cluster():
    graph, labels = planted_graph(Group("burst", 10, 8, 1.0, copies=1), n_rows=10_000, seed=0)
    farm = sorted(labels.accounts_of("burst 1"))
    others = [a for a in graph.account_names.to_pylist() if a not in farm]

    def seen(*groups):
        return seen_groups(clusters_of(groups), labels)["burst 1"]

    assert seen(farm[:5])
    assert not seen(farm[:4])
    assert seen(farm + others[:10])
    assert not seen(farm + others[:11])
    assert not seen(farm[:4], farm[4:7], farm[7:])
    # A better match that nobody flagged does not hide a flagged one that is good enough.
    table = pd.DataFrame({"cluster": [1, 2], "verdict": ["undetermined", "same audience"]})
    both = clusters_of([farm[:7], farm])
    assert seen_groups(fg.Evidence(table, both), labels)["burst 1"]
    nothing = table.assign(verdict="same audience")
    assert not seen_groups(fg.Evidence(nothing, both), labels)["burst 1"]


def test_the_limit_is_where_a_true_block_is_worth_its_cost():
    """A true block of a bit more contents than the limit has a value above 0, one of a bit fewer below 0.

    Valued here by the formula with every number counted from the log: edges, degrees and sizes of the core.
    """
    from farmgraph.graph.blocks import gain, log_choices
    from farmgraph.graph.core import core, part

    def value(n_contents, seed):
        group = Group("burst", 20, n_contents, 0.5, copies=1)
        graph, labels = planted_graph(group, n_rows=20_000, seed=seed)
        inner = part(graph, *core(graph)).graph
        pairs = pd.DataFrame(
            {
                "account": inner.names_of_accounts(inner.edge_accounts),
                "content": inner.names_of_contents(inner.account_contents),
            }
        )
        member = pairs["account"].isin(labels.accounts_of("burst 1"))
        target = pairs["content"].isin(labels.contents_of("burst 1"))
        inside, outside = (member & target).sum(), ~(member & target)
        expected = (member & outside).sum() * (target & outside).sum() / outside.sum()
        worth = gain(np.array([inside]), np.array([expected]))[0]
        return worth - log_choices(20, inner.n_accounts) - log_choices(n_contents, inner.n_contents)

    limit = block_limit(Group("burst", 20, 8, 0.5, copies=1), n_rows=20_000)
    assert np.mean([value(math.ceil(1.5 * limit), seed) for seed in range(5)]) > 0
    assert np.mean([value(max(math.floor(0.6 * limit), 1), seed) for seed in range(5)]) < 0


def test_more_participation_lowers_the_limit():
    limits = [block_limit(Group("burst", 25, 5, p), n_rows=20_000) for p in (1.0, 0.5, 0.25)]
    assert limits == sorted(limits)


def test_the_same_seed_gives_the_same_table():
    one, two = (fg.frontier("lockstep blocks alone", **ONE).table for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


def test_figure():
    table = pd.DataFrame(
        {
            "n_accounts": [5, 10, 5, 10],
            "participation": [1.0, 1.0, 0.1, 0.1],
            "n_contents": [6.0, 3.0, np.nan, 40.0],
            "limit": [4.0, 2.0, np.nan, 30.0],
        }
    )
    ax = fg.Frontier(table, "by hand", {}).figure()
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["100 % of the orders", "10 % of the orders", "limit"]
    assert ax.get_ylabel() == "contents, fewest that suffice"
    assert repr(fg.Frontier(table, "by hand", {})) == "<Frontier of by hand: 3 of 4 kinds of farm found>"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "magic"}, "no method 'magic'; expected one of 'farmgraph'"),
        ({"n_farms": 3}, "n_farms is 3; expected a whole number of 10 or more"),
        ({"n_rows": 100}, "n_rows is 100"),
        ({"share_found": 1.0}, r"share_found is 1.0; expected a share in \(0, 1\)"),
        ({"n_accounts": (2,)}, "n_accounts is 2"),
        ({"kind": "brust"}, "no kind of group 'brust'"),
        ({"participation": (0.0,)}, "participation of 'burst' is 0.0"),
    ],
)
def test_messages(options, message):
    with pytest.raises(fg.UsageError, match=message):
        fg.frontier(options.pop("method", "farmgraph"), **(ONE | options))
