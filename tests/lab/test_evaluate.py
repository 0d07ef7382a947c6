"""Figures of an evaluation by hand, and what cannot be evaluated."""

import math

import pandas as pd
import pytest
from labelled import clusters_of, evidence_of, labels_of
from logs import log_of

import farmgraph as fg
from farmgraph.evidence.verdict import VERDICTS
from farmgraph.lab.evaluate import evaluate
from farmgraph.lab.labels import BENIGN, FARM, LABELS, LOOK_ALIKE

ACCOUNTS = list("abcdefghij")
# d is in two groups, c and f in two clusters; i and j are in nothing.
GROUPS = {
    ("farm 1", "burst", FARM): "abcd",
    ("club 1", "fan club", BENIGN): "de",
    ("fans 1", "fans", LOOK_ALIKE): "fgh",
}
MEMBERS = {
    1: {"a": 1.0, "b": 0.9, "c": 0.9, "f": 0.5},
    2: {"c": 1.0, "d": 0.8, "e": 0.8},
    3: {"f": 1.0, "g": 0.7, "h": 0.7},
}


def case_of(evidence):
    empty = pd.DataFrame()
    tables = dict.fromkeys(("accounts", "contents", "rows", "actions", "pairs", "rejected"), empty)
    return fg.Case(evidence=evidence.table, clusters=evidence.clusters, summary={}, manifest={}, **tables)


LABELS_BY_HAND = labels_of(GROUPS)
VERDICTS_BY_HAND = {1: "lockstep", 3: "lockstep", 2: "undetermined"}


def test_clusters_by_hand():
    result = evaluate(clusters_of(MEMBERS), LABELS_BY_HAND, accounts=ACCOUNTS)
    # a to h are flagged, a to e are positive.
    assert (result.n_accounts, result.n_flagged, result.n_true) == (10, 8, 5)
    assert (result.n_correct, result.n_false) == (5, 3)
    assert result.precision == 5 / 8
    assert result.recall == 1.0
    assert result.f1 == pytest.approx(10 / (10 + 3 + 0))
    # f, g, h of the five that are not positive.
    assert result.false_per_1000 == 600.0
    # Ranks: a | b c | f | d e | g h | i j, for c and f count where they are strongest. Precision at a is 1, at b c 3/3,
    # at d e 5/6: (1 + 1 + 1 + 5/6 + 5/6) / 5.
    assert result.average_precision == pytest.approx(14 / 15)
    # a, b, c each beat all five others; d and e beat g, h, i, j: 15 + 8 of 25 pairs.
    assert result.roc_auc == pytest.approx(23 / 25)
    assert list(result.groups.columns) == [
        *("group", "kind", "label", "n_accounts", "n_flagged", "recall"),
        *("cluster", "verdict", "purity", "cluster_recall", "jaccard"),
    ]
    # farm 1: {a, b, c} of 4 + 4 - 3 with cluster 1 beats {c, d} of 4 + 3 - 2 with cluster 2.
    assert result.groups.values.tolist() == [
        ["farm 1", "burst", FARM, 4, 4, 1.0, 1, None, 3 / 4, 3 / 4, 3 / 5],
        ["club 1", "fan club", BENIGN, 2, 2, 1.0, 2, None, 2 / 3, 1.0, 2 / 3],
        ["fans 1", "fans", LOOK_ALIKE, 3, 3, 1.0, 3, None, 1.0, 1.0, 1.0],
    ]
    assert list(result.clusters.columns) == [
        *("cluster", "verdict", "n_accounts", "group", "kind", "label"),
        *("purity", "n_positive", "share_positive", "flagged", "false"),
    ]
    # Cluster 2 shares two accounts with farm 1 (Jaccard 2/5) and two with club 1 (2/3).
    assert result.clusters.values.tolist() == [
        [1, None, 4, "farm 1", "burst", FARM, 3 / 4, 3, 3 / 4, True, False],
        [2, None, 3, "club 1", "fan club", BENIGN, 2 / 3, 3, 1.0, True, False],
        [3, None, 3, "fans 1", "fans", LOOK_ALIKE, 1.0, 0, 0.0, True, True],
    ]
    assert result.notes == ()


def test_evidence_and_case_by_hand():
    evidence = evidence_of(MEMBERS, VERDICTS_BY_HAND)
    for found in (evidence, case_of(evidence)):
        result = evaluate(found, LABELS_BY_HAND, accounts=ACCOUNTS)
        # a b c f g h are flagged: three are right, three are not, d and e are missed.
        assert (result.n_flagged, result.n_correct, result.n_false) == (6, 3, 3)
        assert result.precision == 1 / 2
        assert result.recall == 3 / 5
        assert result.f1 == pytest.approx(6 / (6 + 3 + 2))
        # Cluster 3 stands before 2, so a | b c | f | g h | d e | i j: (1 + 1 + 1 + 5/8 + 5/8) / 5.
        assert result.average_precision == pytest.approx(17 / 20)
        # d and e now beat i and j alone: 15 + 4 of 25.
        assert result.roc_auc == pytest.approx(19 / 25)
        assert result.groups["verdict"].tolist() == ["lockstep", "undetermined", "lockstep"]
        assert result.groups["n_flagged"].tolist() == [3, 0, 3]
        assert result.clusters["cluster"].tolist() == [1, 3, 2]
        assert result.clusters["flagged"].tolist() == [True, True, False]
        assert result.clusters["false"].tolist() == [False, True, False]


def test_verdicts_and_positive_labels_can_be_chosen():
    evidence = evidence_of(MEMBERS, VERDICTS_BY_HAND)
    result = evaluate(evidence, LABELS_BY_HAND, accounts=ACCOUNTS, verdicts="undetermined", positive=BENIGN)
    # c, d, e are flagged; d and e are positive.
    assert (result.n_flagged, result.n_true, result.n_correct) == (3, 2, 2)
    everything = evaluate(evidence, LABELS_BY_HAND, accounts=ACCOUNTS, verdicts=VERDICTS, positive=LABELS)
    assert (everything.precision, everything.recall, everything.n_false) == (1.0, 1.0, 0)
    # All of a to h outrank i and j.
    assert (everything.average_precision, everything.roc_auc) == (1.0, 1.0)


def test_a_look_alike_that_is_also_in_a_farm_is_positive():
    labels = labels_of({("x", "burst", FARM): "ab", ("y", "fans", LOOK_ALIKE): "bc"})
    result = evaluate(clusters_of({1: {"b": 1.0}}), labels, accounts=list("abcd"))
    assert (result.n_true, result.n_correct) == (2, 1)
    # x and y share b with the cluster and both have Jaccard 1/2: the first one is named.
    assert result.clusters["group"].tolist() == ["x"]


def test_half_positive_is_not_false():
    labels = labels_of({("x", "burst", FARM): "ab"})
    clusters = clusters_of({1: dict.fromkeys("abcd", 1.0), 2: dict.fromkeys("acd", 1.0), 3: {"e": 1.0}})
    result = evaluate(clusters, labels, accounts=list("abcde"))
    assert result.clusters["false"].tolist() == [False, True, True]
    assert result.clusters["label"].tolist() == [FARM, FARM, "crowd"]
    assert result.clusters["group"].tolist() == ["x", "x", None]
    assert result.clusters["purity"].tolist() == [1 / 2, 1 / 3, 0.0]


def test_all_forms_of_accounts():
    log = log_of([(a, content, 1) for a in ACCOUNTS for content in "pq"])
    graph = fg.bipartite(log)
    forms = (log, graph, graph.account_names, tuple(ACCOUNTS * 2), pd.Series(ACCOUNTS), (a for a in ACCOUNTS))
    for accounts in forms:
        result = evaluate(clusters_of(MEMBERS), LABELS_BY_HAND, accounts=accounts)
        assert result.n_accounts == 10
        assert result.roc_auc == pytest.approx(23 / 25)


def test_nothing_found_and_nothing_labelled():
    nothing, no_labels = clusters_of({}), labels_of({})
    missed = evaluate(nothing, LABELS_BY_HAND, accounts=ACCOUNTS)
    assert math.isnan(missed.precision)
    assert (missed.recall, missed.f1, missed.false_per_1000) == (0.0, 0.0, 0.0)
    # All are tied: the ranking says nothing, and precision is that of flagging everybody.
    assert (missed.roc_auc, missed.average_precision) == (0.5, 0.5)
    assert missed.groups["cluster"].isna().all()
    assert missed.groups["verdict"].tolist() == [None, None, None]
    assert missed.groups["purity"].isna().all()
    assert missed.groups[["cluster_recall", "jaccard"]].to_numpy().tolist() == [[0.0, 0.0]] * 3
    false = evaluate(clusters_of(MEMBERS), no_labels, accounts=ACCOUNTS)
    assert math.isnan(false.recall)
    assert math.isnan(false.roc_auc)
    assert math.isnan(false.average_precision)
    assert (false.precision, false.n_false, false.false_per_1000) == (0.0, 8, 800.0)
    assert false.clusters["false"].all()
    assert set(false.clusters["label"]) == {"crowd"}
    both = evaluate(nothing, no_labels, accounts=ACCOUNTS)
    assert math.isnan(both.f1)
    # The tables have the same columns of the same types, whatever is in them.
    full = evaluate(clusters_of(MEMBERS), LABELS_BY_HAND, accounts=ACCOUNTS)
    for some in (missed, false, both):
        pd.testing.assert_series_equal(some.groups.dtypes, full.groups.dtypes)
        pd.testing.assert_series_equal(some.clusters.dtypes, full.clusters.dtypes)


def test_labelled_accounts_that_never_acted_are_misses():
    accounts = [a for a in ACCOUNTS if a not in "de"]
    clusters = clusters_of({1: MEMBERS[1], 3: MEMBERS[3]})
    result = evaluate(clusters, LABELS_BY_HAND, accounts=accounts)
    assert (result.n_accounts, result.n_true, result.n_correct) == (8, 5, 3)
    assert result.recall == 3 / 5
    assert result.groups["recall"].tolist() == [3 / 4, 0.0, 1.0]
    # Among the accounts of the log a, b, c outrank all others.
    assert (result.roc_auc, result.average_precision) == (1.0, 1.0)
    assert result.notes == (
        "2 of 8 labelled accounts have no row in the log: they count as not flagged, and average_precision and "
        "roc_auc leave them out.",
    )


def test_shown_and_given_away():
    result = evaluate(evidence_of(MEMBERS, VERDICTS_BY_HAND), LABELS_BY_HAND, accounts=ACCOUNTS)
    assert repr(result) == (
        "<Evaluation: 6 of 10 accounts flagged, precision 0.500, recall 0.600; 1 of 2 flagged clusters false>"
    )
    assert "6 of 10 accounts flagged" in result._repr_html_()
    assert (
        "&lt;b&gt;"
        in evaluate(
            clusters_of({1: {"a": 1.0}}), labels_of({("<b>", "x", FARM): "a"}), accounts=["a"]
        )._repr_html_()
    )
    figures = result.to_dict()
    assert list(figures) == [
        *("n_accounts", "n_flagged", "n_true", "n_correct", "n_false", "precision", "recall", "f1"),
        *("average_precision", "roc_auc", "false_per_1000"),
    ]
    assert {type(v) for v in figures.values()} == {int, float}


def test_inputs_stay_as_they_were():
    evidence, labels = evidence_of(MEMBERS, VERDICTS_BY_HAND), labels_of(GROUPS)
    accounts = list(ACCOUNTS)
    evaluate(evidence, labels, accounts=accounts)
    again = evidence_of(MEMBERS, VERDICTS_BY_HAND)
    pd.testing.assert_frame_equal(evidence.table, again.table)
    pd.testing.assert_frame_equal(evidence.clusters.members, again.clusters.members)
    pd.testing.assert_series_equal(evidence.clusters.values, again.clusters.values)
    pd.testing.assert_frame_equal(labels.members, labels_of(GROUPS).members)
    assert accounts == ACCOUNTS


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"found": MEMBERS}, fg.UsageError, "found is a dict; expected Clusters, Evidence or a Case"),
        ({"labels": GROUPS}, fg.UsageError, "Got a dict; expected Labels. Read them with"),
        ({"accounts": "abc"}, fg.UsageError, "accounts is a str; expected a BipartiteGraph"),
        ({"accounts": 7}, fg.UsageError, "accounts is a int; expected a BipartiteGraph"),
        ({"accounts": [*ACCOUNTS, None]}, fg.UsageError, "accounts has None; expected names as text"),
        ({"accounts": [1, 2]}, fg.UsageError, "accounts has 1; expected names as text"),
        ({"verdicts": "guilty"}, fg.UsageError, "verdicts has 'guilty'; expected one or more of 'lockstep'"),
        ({"verdicts": ["lockstep", None]}, fg.UsageError, "verdicts has None"),
        ({"verdicts": ()}, fg.UsageError, "verdicts is empty"),
        ({"positive": 3}, fg.UsageError, "positive has 3; expected one or more of 'farm'"),
        (
            {"accounts": list("abcdehij")},
            fg.InputError,
            "have 2 accounts that the log lacks, the first is 'f'; expected clusters of this log",
        ),
        (
            {"labels": labels_of({("x", "x", FARM): ["other", "else"]})},
            fg.InputError,
            "None of the 2 labelled accounts is in the log, the first is 'other'; expected the labels of this log",
        ),
        (
            {"found": evidence_of(MEMBERS, {1: "lockstep"})},
            fg.InputError,
            "The 3 clusters, their members and the 1 rows of their evidence have different numbers",
        ),
        (
            {
                "found": fg.Clusters(
                    clusters_of(MEMBERS).members, clusters_of({}).contents, pd.Series({1: 1.0}), "x"
                )
            },
            fg.InputError,
            "have different numbers; expected the same",
        ),
    ],
)
def test_what_cannot_be_evaluated_is_named(change, error, words):
    options = {"found": clusters_of(MEMBERS), "labels": LABELS_BY_HAND, "accounts": ACCOUNTS, **change}
    with pytest.raises(error, match=words):
        evaluate(options.pop("found"), options.pop("labels"), **options)
