"""Shares over many logs: by hand, by enumeration, and what their intervals promise."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import farmgraph as fg
from farmgraph.lab.evaluate import Evaluation
from farmgraph.lab.pooled import LEVELS, by_kind, false_discoveries, reliability, share_interval

FIGURES = {
    **dict.fromkeys(("n_accounts", "n_flagged", "n_true", "n_correct", "n_false"), 0),
    **dict.fromkeys(
        ("precision", "recall", "f1", "average_precision", "roc_auc", "false_per_1000"), math.nan
    ),
}
GROUP_COLUMNS = ["kind", "label", "n_accounts", "n_flagged", "verdict", "purity", "cluster_recall"]


def log_with(n_flagged, n_false, n_other=1):
    """The evaluation of a log with that many clusters flagged, false, and not flagged."""
    n = n_flagged + n_other
    clusters = pd.DataFrame({"flagged": np.arange(n) < n_flagged, "false": np.arange(n) < n_false})
    return Evaluation(**FIGURES, groups=pd.DataFrame(columns=GROUP_COLUMNS), clusters=clusters)


def log_of_groups(*rows):
    groups = pd.DataFrame(rows, columns=GROUP_COLUMNS)
    return Evaluation(**FIGURES, groups=groups, clusters=log_with(0, 0).clusters)


LOGS = [log_with(4, 1), log_with(0, 0), log_with(2, 2), log_with(3, 0)]


def test_exact_intervals_in_closed_form():
    # (1 - p)^20 = 0.025 bounds no success in 20; p^20 = 0.025 bounds 20 of 20.
    assert share_interval(0, 20) == pytest.approx((0, 1 - 0.025 ** (1 / 20)))
    assert share_interval(20, 20) == pytest.approx((0.025 ** (1 / 20), 1))
    assert share_interval(0, 20, confidence=0.9)[1] == pytest.approx(1 - 0.05 ** (1 / 20))
    # Otherwise the ends are quantiles of beta distributions.
    expected = stats.beta.ppf(0.025, 3, 7), stats.beta.ppf(0.975, 4, 6)
    assert share_interval(3, 9) == pytest.approx(expected)
    assert np.isnan(share_interval(0, 0)).all()
    assert share_interval(np.int64(3), np.int64(9)) == share_interval(3, 9)


def test_exact_intervals_cover_what_they_promise():
    ends = np.array([share_interval(count, 15) for count in range(16)])
    for share in np.linspace(0.01, 0.99, 99):
        covered = (ends[:, 0] <= share) & (share <= ends[:, 1])
        assert stats.binom.pmf(np.arange(16), 15, share)[covered].sum() >= 0.95


def test_false_discoveries_by_hand():
    table = false_discoveries(LOGS)
    assert list(table.columns) == [
        *("q", "n_logs", "n_clusters", "n_false", "proportion", "low", "high", "mean_per_log"),
        *("mean_low", "mean_high", "logs_with_false", "share_of_logs", "share_low", "share_high"),
    ]
    assert len(table) == 1
    row = table.iloc[0]
    assert math.isnan(row.q)
    assert (row.n_logs, row.n_clusters, row.n_false, row.logs_with_false) == (4, 9, 3, 2)
    assert row.proportion == pytest.approx(3 / 9)
    assert (row.low, row.high) == share_interval(3, 9)
    # The mean of 1/4, 0, 2/2 and 0, not the pooled 3/9.
    assert row.mean_per_log == pytest.approx(5 / 16)
    assert row.share_of_logs == 0.5
    assert (row.share_low, row.share_high) == share_interval(2, 4)


def test_bootstrap_against_all_resamples():
    # All 4^4 = 256 equally likely samples of four logs; at these levels no jump of the distribution is near.
    means = [np.mean(sample) for sample in itertools.product([0.25, 0, 1, 0], repeat=4)]
    row = false_discoveries(LOGS, confidence=0.9, draws=50_000).iloc[0]
    expected = np.quantile(means, [0.05, 0.95], method="inverted_cdf")
    assert (row.mean_low, row.mean_high) == pytest.approx(tuple(expected))


def test_one_row_per_nominal_rate():
    table = false_discoveries({0.2: LOGS, 0.05: (log_with(1, 0) for _ in range(10))}, seed=3)
    assert table["q"].tolist() == [0.2, 0.05]
    assert table["n_logs"].tolist() == [4, 10]
    # A row does not depend on the other rows.
    alone = false_discoveries(LOGS, seed=3)
    pd.testing.assert_frame_equal(table.iloc[:1].drop(columns="q"), alone.drop(columns="q"))


def test_without_false_clusters_the_bootstrap_collapses_and_the_exact_interval_does_not():
    row = false_discoveries([log_with(2, 0)] * 30).iloc[0]
    assert (row.mean_per_log, row.mean_low, row.mean_high) == (0, 0, 0)
    assert row.share_high == pytest.approx(1 - 0.025 ** (1 / 30))


def test_nothing_flagged_has_no_proportion():
    row = false_discoveries([log_with(0, 0)] * 2).iloc[0]
    assert np.isnan([row.proportion, row.low, row.high]).all()
    assert (row.n_clusters, row.mean_per_log, row.share_of_logs) == (0, 0, 0)


def test_same_seed_same_numbers():
    first, second, other = (false_discoveries(LOGS, draws=99, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    pd.testing.assert_frame_equal(
        first.drop(columns=["mean_low", "mean_high"]), other.drop(columns=["mean_low", "mean_high"])
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=20))
def test_proportions_and_intervals_keep_their_order(counts):
    logs = [log_with(max(pair), min(pair)) for pair in counts]
    row = false_discoveries(logs, draws=999).iloc[0]
    assert row.share_low <= row.share_of_logs <= row.share_high
    assert 0 <= row.mean_low <= row.mean_high <= 1
    # A log without false clusters adds 0, any other at most 1.
    assert row.mean_per_log <= row.share_of_logs
    if row.n_clusters:
        assert row.low <= row.proportion <= row.high


def test_by_kind_by_hand():
    first = log_of_groups(
        ("burst", "farm", 10, 8, "lockstep", 1.0, 0.8),
        ("burst", "farm", 10, 5, "lockstep", 0.9, 0.5),
        ("fans", "look-alike", 20, 0, "same audience", 0.8, 1.0),
    )
    second = log_of_groups(
        ("burst", "farm", 20, 9, "undetermined", 0.5, 0.7),
        ("burst", "farm", 10, 0, None, math.nan, 0.0),
        ("burst", "farm", 10, 0, "lockstep", 0.4, 0.9),
        ("drip", "farm", 10, 0, "too little data", 0.6, 0.4),
    )
    table = by_kind([first, second]).set_index("kind")
    assert table.index.tolist() == ["burst", "fans", "drip"]
    burst = table.loc["burst"]
    # 8 + 5 + 9 of 60 accounts; 8/10 and 5/10 are half or more, 9/20 is not.
    assert (burst.n_groups, burst.n_accounts, burst.group_flagged) == (5, 60, 2)
    assert burst.recall == pytest.approx(22 / 60)
    assert burst.share == pytest.approx(2 / 5)
    assert (burst.low, burst.high) == share_interval(2, 5)
    # Found are the first three: the fourth has no cluster, and of the fifth's cluster it is less than half.
    assert burst.found == 3
    assert burst[["lockstep", "undetermined", "same audience", "too little data", "not found"]].tolist() == [
        *(2, 1, 0, 0),
        2,
    ]
    # 0.4, 0.5, 0.9, 1.0: the group without cluster has no purity.
    assert burst.median_purity == pytest.approx(0.7)
    assert table.loc["fans", ["found", "same audience", "not found", "label"]].tolist() == [
        1,
        1,
        0,
        "look-alike",
    ]
    # Pure, but less than half of it is in the cluster.
    assert table.loc["drip", ["found", "too little data", "not found"]].tolist() == [0, 0, 1]


def test_by_kind_of_clusters_without_verdicts_and_of_nothing():
    table = by_kind([log_of_groups(("burst", "farm", 4, 4, None, 1.0, 1.0))])
    assert table[["found", "lockstep", "not found"]].values.tolist() == [[1, 0, 0]]
    nothing = by_kind([log_of_groups()])
    assert len(nothing) == 0
    assert list(nothing.columns) == list(table.columns)


def test_reliability_by_hand():
    p = [0.001, 0.04, 0.05, 0.5, math.nan, 1.0]
    table = reliability(p, points=[1, 0.05, 0.01])
    # Of five p-values one is at most 0.01, three at most 0.05, and all at most 1.
    assert table["level"].tolist() == table["expected"].tolist() == [0.01, 0.05, 1.0]
    assert table["observed"].tolist() == [1 / 5, 3 / 5, 1.0]
    assert (table["low"][1], table["high"][1]) == share_interval(3, 5)
    assert table["n"].tolist() == [5] * 3
    assert table["n_missing"].tolist() == [1] * 3
    assert reliability(pd.Series(p))["level"].tolist() == list(LEVELS)
    assert len(LEVELS) == 20


def test_reliability_tells_valid_from_invalid():
    uniform = np.random.default_rng(0).random(5_000)
    # At 20 levels of 99.9 % intervals hardly any is left out.
    valid = reliability(uniform, confidence=0.999)
    assert ((valid["low"] <= valid["expected"]) & (valid["expected"] <= valid["high"])).all()
    anti = reliability(uniform**2)
    assert (anti["low"] > anti["expected"])[:-1].all()
    # From 99 draws the p-values are 0.01, 0.02, ...: on that grid as many as promised, below it none.
    grid = reliability(np.arange(1, 101) / 100)
    on_grid = np.isclose(grid["level"] * 100, np.round(grid["level"] * 100))
    np.testing.assert_allclose(grid["observed"][on_grid], grid["expected"][on_grid])
    assert (grid["observed"] <= grid["expected"]).all()


def test_reliability_of_nothing():
    table = reliability([math.nan, math.nan])
    assert table[["observed", "low", "high"]].isna().to_numpy().all()
    assert table[["n", "n_missing"]].drop_duplicates().to_numpy().tolist() == [[0, 2]]
    assert reliability([])["n_missing"].sum() == 0


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: share_interval(3, 2), fg.UsageError, "count is 3; expected a whole number from 0 to 2"),
        (lambda: share_interval(0.5, 2), fg.UsageError, "count is 0.5"),
        (lambda: share_interval(0, -1), fg.UsageError, "n is -1"),
        (lambda: share_interval(1, 2, confidence=95), fg.UsageError, "confidence is 95; expected a share"),
        (lambda: false_discoveries([]), fg.UsageError, "Got no evaluation; expected a list of what"),
        (lambda: false_discoveries({}), fg.UsageError, "Got no nominal rate; expected a dict"),
        (lambda: false_discoveries({0.05: []}), fg.UsageError, "Got no evaluation"),
        (lambda: false_discoveries({5: LOGS}), fg.UsageError, "q is 5; expected a share"),
        (lambda: false_discoveries({"x": LOGS}), fg.UsageError, "q is 'x'"),
        (lambda: false_discoveries(LOGS[0]), fg.UsageError, "Got a Evaluation; expected a list"),
        (lambda: false_discoveries([LOGS[0], 1]), fg.UsageError, "Got a int; expected a list"),
        (lambda: false_discoveries(LOGS, draws=9), fg.UsageError, "draws is 9"),
        (lambda: false_discoveries(LOGS, seed=-1), fg.UsageError, "seed is -1"),
        (lambda: by_kind([]), fg.UsageError, "Got no evaluation"),
        (lambda: by_kind(LOGS, confidence=1), fg.UsageError, "confidence is 1"),
        (lambda: reliability([0.1, 1.5]), fg.InputError, r"p_values has 1.5; expected numbers in \[0, 1\]"),
        (lambda: reliability(["much"]), fg.InputError, "p_values has other things than numbers"),
        (
            lambda: reliability([0.1], points=[0, 0.5]),
            fg.UsageError,
            r"points is \[0, 0.5\]; expected levels",
        ),
        (lambda: reliability([0.1], points=0.5), fg.UsageError, "points is 0.5"),
        (lambda: reliability([0.1], points=[]), fg.UsageError, "points is"),
    ],
)
def test_what_cannot_be_pooled_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
