"""Figures of an evaluation by brute force with sets, and beside scikit-learn."""

import math

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from labelled import evidence_of, labels_of

from farmgraph.evidence.verdict import VERDICTS
from farmgraph.lab.evaluate import evaluate
from farmgraph.lab.labels import LABELS, LOOK_ALIKE


@st.composite
def findings(draw):
    """Up to five overlapping clusters in any order of strength, up to four groups, over a dozen accounts."""
    accounts = [f"n{i}" for i in range(draw(st.integers(1, 12)))]
    some = st.lists(st.sampled_from(accounts), min_size=1, max_size=8, unique=True)
    scores = st.sampled_from([0.25, 0.5, 1.0])
    numbers = draw(st.permutations(range(1, draw(st.integers(0, 5)) + 1)))
    members = {c: {a: draw(scores) for a in draw(some)} for c in numbers}
    verdicts = {c: draw(st.sampled_from(VERDICTS)) for c in numbers}
    labels = [draw(st.sampled_from(LABELS)) for _ in range(draw(st.integers(0, 4)))]
    return accounts, members, verdicts, {(f"g{i}", "k", w): draw(some) for i, w in enumerate(labels)}


def ratio(a, b):
    return a / b if b else math.nan


@settings(max_examples=150, deadline=None)
@given(findings())
def test_every_figure_against_sets(finding):
    accounts, members, verdicts, groups = finding
    result = evaluate(evidence_of(members, verdicts), labels_of(groups), accounts=accounts)
    true = {a for (_, _, w), own in groups.items() if w != LOOK_ALIKE for a in own}
    flagged = {a for c, own in members.items() if verdicts[c] == "lockstep" for a in own}
    tp, fp, fn = len(true & flagged), len(flagged - true), len(true - flagged)
    assert (result.n_flagged, result.n_true, result.n_correct, result.n_false) == (tp + fp, tp + fn, tp, fp)
    np.testing.assert_equal(result.precision, ratio(tp, tp + fp))
    np.testing.assert_equal(result.recall, ratio(tp, tp + fn))
    np.testing.assert_equal(result.f1, ratio(2 * tp, 2 * tp + fp + fn))
    np.testing.assert_equal(result.false_per_1000, ratio(1000 * fp, len(accounts) - len(true)))

    place = {c: len(verdicts) - i for i, c in enumerate(verdicts)}
    rank = [
        max([(place[c], own[a]) for c, own in members.items() if a in own], default=(0, 0)) for a in accounts
    ]
    if 0 < len(true) < len(accounts):
        truth = [a in true for a in accounts]
        codes = [sorted(rank).index(r) for r in rank]
        assert result.roc_auc == pytest.approx(sklearn.metrics.roc_auc_score(truth, codes))
        assert result.average_precision == pytest.approx(
            sklearn.metrics.average_precision_score(truth, codes)
        )
    else:
        assert math.isnan(result.roc_auc)
        assert math.isnan(result.average_precision)

    assert result.groups["group"].tolist() == [g for g, _, _ in groups]
    for own, row in zip(groups.values(), result.groups.itertuples(), strict=True):
        own = set(own)
        match = {c: len(own & set(members[c])) / len(own | set(members[c])) for c in verdicts}
        best = max(match, key=match.get, default=None)
        assert (row.n_accounts, row.n_flagged) == (len(own), len(own & flagged))
        if not match or not match[best]:
            assert pd.isna(row.cluster)
            assert row.verdict is None
            assert (row.jaccard, row.cluster_recall) == (0, 0)
        else:
            assert (row.cluster, row.verdict, row.jaccard) == (best, verdicts[best], match[best])
            assert row.purity == len(own & set(members[best])) / len(members[best])
            assert row.cluster_recall == len(own & set(members[best])) / len(own)

    assert result.clusters["cluster"].tolist() == list(verdicts)
    for row in result.clusters.itertuples():
        own = set(members[row.cluster])
        shared = {g: (len(own & set(x)), len(own & set(x)) / len(own | set(x))) for g, x in groups.items()}
        best = max(shared, key=shared.get, default=None)
        if not shared or not shared[best][0]:
            assert (row.group, row.kind, row.label, row.purity) == (None, None, "crowd", 0)
        else:
            assert (row.group, row.kind, row.label, row.purity) == (*best, shared[best][0] / len(own))
        assert (row.n_accounts, row.n_positive) == (len(own), len(own & true))
        assert row.share_positive == len(own & true) / len(own)
        assert row.flagged == (verdicts[row.cluster] == "lockstep")
        assert row.false == (row.flagged and len(own & true) < len(own) / 2)


@settings(max_examples=50, deadline=None)
@given(findings(), st.randoms(use_true_random=False))
def test_names_and_order_of_rows_do_not_matter(finding, random):
    accounts, members, verdicts, groups = finding
    new = dict(zip(accounts, random.sample([f"m{i}" for i in range(20)], len(accounts)), strict=True))
    moved = {
        c: {new[a]: s for a, s in random.sample(list(own.items()), len(own))} for c, own in members.items()
    }
    others = {g: random.sample([new[a] for a in own], len(own)) for g, own in groups.items()}
    first = evaluate(evidence_of(members, verdicts), labels_of(groups), accounts=accounts)
    second = evaluate(evidence_of(moved, verdicts), labels_of(others), accounts=sorted(new.values()))
    np.testing.assert_equal(first.to_dict(), second.to_dict())
    pd.testing.assert_frame_equal(first.groups, second.groups)
    pd.testing.assert_frame_equal(first.clusters, second.clusters)
