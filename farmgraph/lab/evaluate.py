"""Evaluation: what was found in one log, held against the labels of that log."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.casework.case import Case
from farmgraph.detect.clusters import Clusters
from farmgraph.errors import InputError, UsageError
from farmgraph.evidence.verdict import VERDICTS
from farmgraph.evidence.weigh import Evidence
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.interactions.table import Interactions
from farmgraph.lab.labels import IN_LOCKSTEP, LABELS, Labels
from farmgraph.runtime import require

CROWD = "crowd"


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well clusters agree with labels. Figures that divide by nothing are NaN.

    Attributes
    ----------
    n_accounts : int
        Accounts of the log.
    n_flagged, n_true, n_correct, n_false : int
        Accounts flagged; positive accounts; flagged and positive; flagged and not positive.
    precision, recall, f1 : float
        n_correct / n_flagged; n_correct / n_true; 2 n_correct / (n_flagged + n_true).
    average_precision, roc_auc : float
        Of the ranking of all accounts of the log, see `evaluate`. NaN where one class is empty.
    false_per_1000 : float
        False flagged accounts per 1,000 accounts of the log that are not positive.
    groups : pandas.DataFrame
        One row per labelled group: ``group, kind, label, n_accounts, n_flagged, recall`` (its accounts that were
        flagged), then the cluster that matches it best by Jaccard: ``cluster`` (Int64, missing where no cluster
        has any of its accounts), ``verdict`` (None without verdicts), ``purity`` (share of the cluster's members
        that are of the group; NaN without cluster), ``cluster_recall`` (share of the group in it), ``jaccard``.
    clusters : pandas.DataFrame
        One row per cluster, strongest first: ``cluster, verdict, n_accounts``, the ``group`` with which it shares
        most accounts (None where there is none), its ``kind`` and ``label`` (``crowd``), ``purity`` (share of the
        members that are of that group), ``n_positive, share_positive`` (members that are positive), ``flagged``,
        ``false`` (flagged, and less than half of the members are positive).
    notes : tuple of str
        What the figures cannot show, one plain sentence each.
    """

    n_accounts: int
    n_flagged: int
    n_true: int
    n_correct: int
    n_false: int
    precision: float
    recall: float
    f1: float
    average_precision: float
    roc_auc: float
    false_per_1000: float
    groups: pd.DataFrame
    clusters: pd.DataFrame
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, int | float]:
        """Return the figures without the tables; NaN stays NaN."""
        return {k: v for k, v in vars(self).items() if k not in ("groups", "clusters", "notes")}

    def __repr__(self) -> str:
        n, n_false = int(self.clusters["flagged"].sum()), int(self.clusters["false"].sum())
        return (
            f"<Evaluation: {self.n_flagged:,} of {self.n_accounts:,} accounts flagged, precision "
            f"{self.precision:.3f}, recall {self.recall:.3f}; {n_false:,} of {n:,} flagged clusters false>"
        )

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(n)}</li>" for n in self.notes)
        tables = self.groups.to_html(index=False) + self.clusters.to_html(index=False)
        return f"<p>{escape(repr(self)[1:-1])}</p><ul>{notes}</ul>{tables}"


def evaluate(
    found: Clusters | Evidence | Case,
    labels: Labels,
    *,
    accounts: BipartiteGraph | Interactions | Iterable[str],
    verdicts: str | Iterable[str] = ("lockstep",),
    positive: str | Iterable[str] = IN_LOCKSTEP,
) -> Evaluation:
    """Compare what was found with what was planted.

    Parameters
    ----------
    found : Clusters, Evidence or Case
        With evidence, the members of clusters with one of `verdicts` are flagged; of Clusters, all members.
    labels : Labels
        The truth. Accounts of no group are the crowd.
    accounts : BipartiteGraph, Interactions or iterable of str
        All accounts of the log: precision does not need them, all that ranks or counts the innocent does.
    verdicts : str or iterable of str
        Of `farmgraph.evidence.verdict.VERDICTS`. Without effect on Clusters.
    positive : str or iterable of str
        Labels whose accounts are truly in lockstep: farms and benign coordination, unless told otherwise. An
        account that is in any such group is positive, whatever else it is in.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        If a cluster has an account that the log lacks, no labelled account is in the log, or evidence and clusters
        do not have the same numbers.
    UsageError
        If an argument has the wrong type, or a verdict or label is not known.

    Notes
    -----
    Accounts are ranked by the strongest cluster that they are in (rows of the evidence, otherwise order of
    `Clusters.values`), then by their score in it; accounts in no cluster come last, all tied. All clusters count
    for the ranking, whatever their verdict. Labelled accounts without a row in the log count as not flagged,
    also in recall; the ranking leaves them out. Where several groups share as many accounts with a cluster, the one
    of larger Jaccard is named, then the first; where several clusters match a group as well, the strongest.

    About linear in the number of memberships times the groups per account. It judges accounts and clusters, not
    times or contents, and does not choose thresholds. A false account is one that the labels do not know: in a log
    that was not simulated it may be a farm that nobody labelled.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> from farmgraph.lab.evaluate import evaluate
    >>> pairs = pd.DataFrame([("a", "b", 3), ("a", "c", 2), ("b", "c", 4)])
    >>> pairs.columns = ["account_a", "account_b", "weight"]
    >>> labels = fg.read_labels(pd.DataFrame({"account": ["a", "b", "d", "e"]}))
    >>> result = evaluate(fg.leiden(pairs), labels, accounts="a b c d e f g h".split())
    >>> result
    <Evaluation: 3 of 8 accounts flagged, precision 0.667, recall 0.500; 0 of 1 flagged clusters false>
    >>> result.groups[["group", "n_accounts", "n_flagged", "cluster", "jaccard"]].values.tolist()
    [['all', 4, 2, 1, 0.4]]
    """
    require(labels, Labels, way_out="Read them with fg.read_labels(path).")
    chosen, true_labels = _words(verdicts, VERDICTS, "verdicts"), _words(positive, LABELS, "positive")
    clusters, verdict = _weighed(found)
    names = _names(accounts)
    labelled = labels.members.astype({"account": "str"}).drop_duplicates(["group", "account"])
    notes = _notes(labelled, names)
    true_names = labelled.loc[labelled["label"].isin(true_labels), "account"].unique()
    truth = names.isin(true_names)

    members = clusters.members.astype({"account": "str"}).sort_values("score", ascending=False, kind="stable")
    members = members.drop_duplicates(["cluster", "account"], ignore_index=True)
    members["code"] = _codes(members["account"], names)
    members["true"] = truth[members["code"]]
    flags = verdict.isin(chosen) | isinstance(found, Clusters)
    members["flagged"] = members["cluster"].isin(verdict.index[flags])
    flagged = np.isin(np.arange(len(names)), members.loc[members["flagged"], "code"])
    score = _ranking(members, verdict.index, len(names))
    groups, table = _tables(members, labelled, verdict, flags)
    n_flagged, n_true, n_correct = int(flagged.sum()), len(true_names), int((flagged & truth).sum())
    return Evaluation(
        n_accounts=len(names),
        n_flagged=n_flagged,
        n_true=n_true,
        n_correct=n_correct,
        n_false=n_flagged - n_correct,
        precision=_share(n_correct, n_flagged),
        recall=_share(n_correct, n_true),
        f1=_share(2 * n_correct, n_flagged + n_true),
        average_precision=average_precision(truth, score),
        roc_auc=roc_auc(truth, score),
        false_per_1000=_share(1000 * (n_flagged - n_correct), int((~truth).sum())),
        groups=groups,
        clusters=table,
        notes=notes,
    )


def precision_recall_curve(truth: Any, score: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return precision and recall of "flag all that score at least this", for every distinct score.

    Parameters
    ----------
    truth : array of bool, shape (n,)
    score : array of float, shape (n,)
        Higher is more suspect; no NaN.

    Returns
    -------
    precision, recall, score : numpy.ndarray
        float64, one entry per distinct score, highest first. Recall is NaN where nothing is true.

    Raises
    ------
    UsageError
        If the arrays do not have one equal dimension, truth has other values than 0 and 1, or a score is NaN.

    Notes
    -----
    O(n log n). The point at recall 0 that scikit-learn appends is left out: nothing was measured there.

    Examples
    --------
    >>> precision, recall, score = precision_recall_curve([1, 0, 1, 0], [3, 3, 2, 1])
    >>> precision.round(3).tolist(), recall.tolist(), score.tolist()
    ([0.5, 0.667, 0.5], [0.5, 1.0, 1.0], [3.0, 2.0, 1.0])
    """
    true, n, scores = _steps(truth, score)
    n_true = int(true.sum())
    recall = true.cumsum() / n_true if n_true else np.full(len(true), np.nan)
    return true.cumsum() / n.cumsum(), recall, scores


def average_precision(truth: Any, score: Any) -> float:
    """Return the mean, over true items, of the precision at their score; equal scores are taken together.

    Parameters and errors are those of `precision_recall_curve`. NaN where all or none are true. O(n log n).

    Examples
    --------
    >>> average_precision([1, 0, 1, 0], [3, 3, 2, 1])  # (1/2 + 2/3) / 2
    0.5833333333333333
    """
    true, n, _ = _steps(truth, score)
    if not 0 < true.sum() < n.sum():
        return float("nan")
    return float((true * (true.cumsum() / n.cumsum())).sum() / true.sum())


def roc_auc(truth: Any, score: Any) -> float:
    """Return the share of pairs of a true and another item in which the true one scores higher; ties count half.

    Parameters and errors are those of `precision_recall_curve`. NaN where all or none are true. O(n log n).

    Examples
    --------
    >>> roc_auc([1, 0, 1, 0], [3, 3, 2, 1])  # of four pairs two are won and one is tied
    0.625
    """
    true, n, _ = _steps(truth, score)
    others = n - true
    n_pairs = int(true.sum()) * int(others.sum())
    below = others.sum() - others.cumsum()
    return _share(int((true * (2 * below + others)).sum()), 2 * n_pairs)


def _steps(truth: Any, score: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return, for each distinct score from the highest: true items (int64), items (int64), the score."""
    true, scores = np.asarray(truth), np.asarray(score, dtype=np.float64)
    if true.ndim != 1 or true.shape != scores.shape:
        raise UsageError(f"truth has the shape {true.shape}, score {scores.shape}; expected (n,) for both.")
    if not np.isin(true, (0, 1)).all():
        raise UsageError("truth has values other than 0 and 1; expected whether each item is true.")
    if np.isnan(scores).any():
        raise UsageError(f"score has {int(np.isnan(scores).sum()):,} NaN; expected a number for each item.")
    distinct, step = np.unique(-scores, return_inverse=True)
    n = np.bincount(step, minlength=len(distinct))
    return np.bincount(step[true.astype(bool)], minlength=len(distinct)), n, -distinct


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _words(words: Any, known: tuple[str, ...], name: str) -> list[str]:
    chosen = [words] if isinstance(words, str) or not isinstance(words, Iterable) else list(words)
    unknown = [word for word in chosen if word not in known]
    if unknown or not chosen:
        got = f"has {unknown[0]!r}" if unknown else "is empty"
        raise UsageError(f"{name} {got}; expected one or more of {', '.join(map(repr, known))}.")
    return chosen


def _weighed(found: Any) -> tuple[Clusters, pd.Series]:
    """Return the clusters, and the verdict (None without) by cluster, strongest first."""
    if not isinstance(found, Clusters | Evidence | Case):
        raise UsageError(f"found is a {type(found).__name__}; expected Clusters, Evidence or a Case.")
    if isinstance(found, Clusters):
        clusters, verdict = found, pd.Series(None, found.values.index, dtype=object)
    else:
        table = found.evidence if isinstance(found, Case) else found.table
        clusters, verdict = found.clusters, table.set_index("cluster")["verdict"].astype(object)
    used = clusters.members["cluster"]
    if sorted(verdict.index) != sorted(clusters.ids) or not used.isin(verdict.index).all():
        raise InputError(
            f"The {len(clusters):,} clusters, their members and the {len(verdict):,} rows of their evidence have "
            "different numbers; expected the same. Evaluate all that fg.weigh returned, and choose with verdicts=."
        )
    return clusters, verdict


def _names(accounts: Any) -> pd.Index:
    """Return the accounts of the log, each once."""
    if isinstance(accounts, BipartiteGraph):
        accounts = accounts.account_names
    elif isinstance(accounts, Interactions):
        accounts = pc.unique(accounts.table["account"].cast(pa.string()))
    if isinstance(accounts, str | bytes | pd.DataFrame) or not isinstance(accounts, Iterable):
        got = type(accounts).__name__
        raise UsageError(f"accounts is a {got}; expected a BipartiteGraph, an Interactions or account names.")
    listed = accounts.to_pylist() if isinstance(accounts, pa.Array | pa.ChunkedArray) else list(accounts)
    odd = [name for name in listed if not isinstance(name, str)]
    if odd:
        raise UsageError(f"accounts has {odd[0]!r}; expected names as text. Turn them into str first.")
    return pd.Index(listed, dtype="str").unique()


def _codes(members: pd.Series, names: pd.Index) -> np.ndarray:
    codes = names.get_indexer(pd.Index(members))
    lacking = members[codes < 0].unique()
    if len(lacking):
        raise InputError(
            f"The clusters have {len(lacking):,} accounts that the log lacks, the first is {lacking[0]!r}; expected "
            "clusters of this log. Give as accounts= all accounts of the log in which they were found."
        )
    return codes


def _notes(labelled: pd.DataFrame, names: pd.Index) -> tuple[str, ...]:
    known = pd.Index(labelled["account"].unique(), dtype="str")
    lacking = known[~known.isin(names)]
    if len(known) and len(lacking) == len(known):
        raise InputError(
            f"None of the {len(known):,} labelled accounts is in the log, the first is {known[0]!r}; expected the "
            "labels of this log. Check that log and labels belong together and write names alike."
        )
    note = (
        f"{len(lacking):,} of {len(known):,} labelled accounts have no row in the log: they count as not flagged, "
        "and average_precision and roc_auc leave them out."
    )
    return (note,) if len(lacking) else ()


def _ranking(members: pd.DataFrame, order: pd.Index, n_accounts: int) -> np.ndarray:
    """Return a score per account: by the strongest cluster it is in, then by its score there; 0 in none."""
    strength = -order.get_indexer(members["cluster"])
    ranked = members.assign(strength=strength, score=members["score"].fillna(-np.inf))
    first = ranked.sort_values(["strength", "score"], ascending=False).drop_duplicates("code")
    score = np.zeros(n_accounts)
    score[first["code"]] = first.groupby(["strength", "score"]).ngroup() + 1
    return score


def _tables(
    members: pd.DataFrame, labelled: pd.DataFrame, verdict: pd.Series, flags: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row per group, and one row per cluster, each with its best match on the other side."""
    of_group = labelled.groupby("group", sort=False)
    groups = of_group[["kind", "label"]].first()
    groups["n_accounts"] = of_group.size()
    flagged = labelled["account"].isin(members.loc[members["flagged"], "account"])
    groups["n_flagged"] = flagged.groupby(labelled["group"]).sum().astype("int64")
    groups["recall"] = groups["n_flagged"] / groups["n_accounts"]
    clusters = _objects(verdict).rename("verdict").rename_axis("cluster").to_frame()
    of_cluster = members.groupby("cluster")["true"]
    clusters["n_accounts"] = of_cluster.size().reindex(clusters.index, fill_value=0)

    shared = members[["cluster", "account"]].merge(labelled[["group", "account"]], on="account")
    match = shared.groupby(["cluster", "group"], sort=False).size().rename("shared").reset_index()
    n_cluster = clusters["n_accounts"].reindex(match["cluster"]).to_numpy()
    n_group = groups["n_accounts"].reindex(match["group"]).to_numpy()
    match["purity"] = match["shared"] / n_cluster
    match["cluster_recall"] = match["shared"] / n_group
    match["jaccard"] = match["shared"] / (n_cluster + n_group - match["shared"])
    match["cluster_place"] = clusters.index.get_indexer(match["cluster"])
    match["group_place"] = groups.index.get_indexer(match["group"])

    best = match.sort_values(["jaccard", "cluster_place"], ascending=[False, True])
    best = best.drop_duplicates("group").set_index("group").reindex(groups.index)
    groups["cluster"] = best["cluster"].astype("Int64")
    groups["verdict"] = _objects(best["cluster"].map(verdict))
    groups["purity"] = best["purity"]
    groups["cluster_recall"], groups["jaccard"] = best["cluster_recall"].fillna(0), best["jaccard"].fillna(0)

    best = match.sort_values(["shared", "jaccard", "group_place"], ascending=[False, False, True])
    best = best.drop_duplicates("cluster").set_index("cluster").reindex(clusters.index)
    clusters["group"] = _objects(best["group"])
    clusters["kind"] = _objects(best["group"].map(groups["kind"]))
    clusters["label"] = _objects(best["group"].map(groups["label"]), CROWD).astype("str")
    clusters["purity"] = best["purity"].fillna(0)
    clusters["n_positive"] = of_cluster.sum().reindex(clusters.index, fill_value=0).astype("int64")
    clusters["share_positive"] = clusters["n_positive"] / clusters["n_accounts"]
    clusters["flagged"] = flags
    clusters["false"] = flags & (2 * clusters["n_positive"] < clusters["n_accounts"])
    return groups.reset_index(), clusters.reset_index().astype({"cluster": "int64"})


def _objects(column: pd.Series, missing: str | None = None) -> pd.Series:
    return column.astype(object).where(column.notna(), missing)
