"""Figures of a ranking by hand and beside scikit-learn: average precision, ROC area, their curve."""

import math

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

import farmgraph as fg
from farmgraph.lab.evaluate import average_precision, precision_recall_curve, roc_auc

# Ten rows with ties. True per score, from the highest: 1 of 1, 1 of 2, 1 of 3, 0 of 1, 1 of 2, 0 of 1.
SCORE = [5, 4, 4, 3, 3, 3, 2, 1, 1, 0]
TRUTH = [1, 1, 0, 1, 0, 0, 0, 1, 0, 0]


def test_ten_rows_by_hand():
    precision, recall, score = precision_recall_curve(TRUTH, SCORE)
    assert score.tolist() == [5, 4, 3, 2, 1, 0]
    # True so far / rows so far, and / 4.
    assert precision.tolist() == [1 / 1, 2 / 3, 3 / 6, 3 / 7, 4 / 9, 4 / 10]
    assert recall.tolist() == [0.25, 0.5, 0.75, 0.75, 1, 1]
    # One true row each at the precisions 1, 2/3, 1/2 and 4/9: (18 + 12 + 9 + 8) / 18 / 4.
    assert average_precision(TRUTH, SCORE) == pytest.approx(47 / 72)
    # The true rows beat 6, 5 + 1/2, 3 + 2/2 and 1 + 1/2 of the six others: 17 of 24.
    assert roc_auc(TRUTH, SCORE) == pytest.approx(17 / 24)


SCORED = st.lists(
    st.tuples(st.booleans(), st.one_of(st.integers(0, 4).map(float), st.floats(-1e6, 1e6))),
    min_size=2,
    max_size=60,
).filter(lambda rows: len({t for t, _ in rows}) == 2)


@settings(max_examples=200, deadline=None)
@given(SCORED)
def test_ranking_figures_beside_scikit_learn(rows):
    truth, score = (np.array(column) for column in zip(*rows, strict=True))
    assert average_precision(truth, score) == pytest.approx(
        sklearn.metrics.average_precision_score(truth, score)
    )
    assert roc_auc(truth, score) == pytest.approx(sklearn.metrics.roc_auc_score(truth, score))
    precision, recall, thresholds = sklearn.metrics.precision_recall_curve(truth, score)
    for ours, theirs in zip(
        precision_recall_curve(truth, score), (precision[:-1], recall[:-1], thresholds), strict=True
    ):
        np.testing.assert_allclose(ours, theirs[::-1])


@settings(max_examples=50, deadline=None)
@given(SCORED)
def test_ranking_figures_turn_over(rows):
    truth, score = (np.array(column) for column in zip(*rows, strict=True))
    assert roc_auc(truth, -score) == pytest.approx(1 - roc_auc(truth, score))
    assert roc_auc(~truth, score) == pytest.approx(1 - roc_auc(truth, score))


def test_one_class_has_no_ranking_figures():
    for truth in ([1, 1], [0, 0]):
        assert math.isnan(average_precision(truth, [1, 2]))
        assert math.isnan(roc_auc(truth, [1, 2]))
    assert np.isnan(precision_recall_curve([0, 0], [1, 2])[1]).all()
    assert math.isnan(roc_auc([], []))


@pytest.mark.parametrize(
    ("truth", "score", "words"),
    [
        ([1, 0], [1.0], r"truth has the shape \(2,\), score \(1,\)"),
        ([[1, 0]], [[1.0, 2.0]], "expected"),
        ([1, 2], [1.0, 2.0], "truth has values other than 0 and 1"),
        ([1, 0], [1.0, math.nan], "score has 1 NaN"),
    ],
)
def test_unusable_scores_are_named(truth, score, words):
    for figure in (average_precision, roc_auc, precision_recall_curve):
        with pytest.raises(fg.UsageError, match=words):
            figure(truth, score)
