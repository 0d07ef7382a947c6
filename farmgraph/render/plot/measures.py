"""The numbers behind figures of distributions, rankings and settings: arrays in, arrays out, no drawing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from farmgraph.detect.community import leiden
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.coengagement import co_engagement
from farmgraph.graph.communities import renumbered

__all__ = [
    "average_precision",
    "clusters_by_setting",
    "complementary_distribution",
    "neighbour_stability",
    "precision_recall_steps",
    "similarity_of_partitions",
]


def complementary_distribution(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct values, ascending, and the share of all values that is at least as large.

    Examples
    --------
    >>> values, share = complementary_distribution(np.array([1, 3, 1, 2]))
    >>> values.tolist(), share.tolist()
    ([1, 2, 3], [1.0, 0.5, 0.25])
    """
    distinct, counts = np.unique(values, return_counts=True)
    return distinct, counts[::-1].cumsum()[::-1] / max(len(values), 1)


def precision_recall_steps(truth: Any, score: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return precision and recall of "flag all that score at least this", for each distinct score, highest first.

    Parameters
    ----------
    truth : array of bool, shape (n,)
        At least one is true.
    score : array of float, shape (n,)
        Higher is more suspect; no NaN.

    Returns
    -------
    precision, recall, score : numpy.ndarray
        float64, one entry per distinct score.

    Notes
    -----
    O(n log n). Equal scores are flagged together: no order among them is invented.

    Examples
    --------
    >>> precision, recall, score = precision_recall_steps([1, 0, 1, 0], [3, 3, 2, 1])
    >>> precision.round(3).tolist(), recall.tolist(), score.tolist()
    ([0.5, 0.667, 0.5], [0.5, 1.0, 1.0], [3.0, 2.0, 1.0])
    """
    true = np.asarray(truth, bool)
    distinct, step = np.unique(-np.asarray(score, np.float64), return_inverse=True)
    flagged = np.bincount(step, minlength=len(distinct)).cumsum()
    correct = np.bincount(step[true], minlength=len(distinct)).cumsum()
    return correct / flagged, correct / correct[-1], -distinct


def average_precision(precision: np.ndarray, recall: np.ndarray) -> float:
    """Return the area under the steps: the sum of each precision times the recall gained there.

    Examples
    --------
    >>> average_precision(np.array([0.5, 2 / 3, 0.5]), np.array([0.5, 1.0, 1.0]))
    0.5833333333333333
    """
    return float((precision * np.diff(recall, prepend=0.0)).sum())


def similarity_of_partitions(one: np.ndarray, other: np.ndarray) -> float:
    """Return the adjusted Rand index of two partitions of the same accounts.

    Parameters
    ----------
    one, other : numpy.ndarray
        Integer, shape (n,): group of each account.

    Returns
    -------
    float
        1 for the same groups, about 0 for what chance gives, possibly below; NaN for fewer than two accounts.

    References
    ----------
    Hubert & Arabie, Comparing partitions, Journal of Classification 2, 1985.

    Examples
    --------
    >>> similarity_of_partitions(np.array([1, 1, 2, 2]), np.array([5, 5, 3, 3]))
    1.0
    """
    if len(one) < 2:
        return float("nan")
    import igraph

    first, second = (renumbered(np.asarray(groups)) for groups in (one, other))
    # Where both are one group, or both nothing but single accounts, the index would be 0 / 0.
    if np.array_equal(first, second):
        return 1.0
    return float(igraph.compare_communities(first.tolist(), second.tolist(), method="adjusted_rand"))


def neighbour_stability(
    partitions: Sequence[Sequence[np.ndarray]], *, compare: Callable[..., float] = similarity_of_partitions
) -> np.ndarray:
    """Return how like its neighbours each partition of a grid of settings is.

    Parameters
    ----------
    partitions : sequence of sequence of numpy.ndarray
        Integer, all of shape (n_accounts,), by row and column of the grid: group of each account, negative where it
        is in none.
    compare : function
        What tells how alike two partitions of the same accounts are.

    Returns
    -------
    numpy.ndarray
        float64, shape (rows, columns): mean over the up to four neighbours, taken among the accounts that both
        settings have in a group; NaN where no neighbour shares two accounts.

    Examples
    --------
    >>> a, b = np.array([0, 0, 1, 1, -1]), np.array([-1, 0, 1, 1, 1])
    >>> neighbour_stability([[a, b, b - 9]]).tolist()
    [[1.0, 1.0, nan]]
    """
    shape = (len(partitions), len(partitions[0]) if partitions else 0)
    total, n = np.zeros(shape), np.zeros(shape)
    for i, j in np.ndindex(*shape):
        for k, m in ((i + 1, j), (i, j + 1)):
            if k >= shape[0] or m >= shape[1]:
                continue
            one, other = partitions[i][j], partitions[k][m]
            both = (one >= 0) & (other >= 0)
            alike = compare(one[both], other[both])
            if not np.isnan(alike):
                for place in ((i, j), (k, m)):
                    total[place] += alike
                    n[place] += 1
    return np.divide(total, n, out=np.full(shape, np.nan), where=n > 0)


def clusters_by_setting(
    graph: BipartiteGraph, *, windows: Sequence[Any], thresholds: Sequence[int], seed: int = 0
) -> list[list[np.ndarray]]:
    """Find the clusters of co-engagement networks by Leiden, for every window and threshold.

    Parameters
    ----------
    graph : BipartiteGraph
    windows : sequence of float, str or None
        Of `farmgraph.co_engagement`.
    thresholds : sequence of int
        Values of its ``min_contents``.
    seed : int
        Of `farmgraph.leiden`.

    Returns
    -------
    list of list of numpy.ndarray
        A row per threshold, a column per window: int64 cluster of each account by code, -1 where it is in none.

    Raises
    ------
    UsageError
        If an option cannot be used, or there is a window but no row has a time.
    BudgetError
        If a window gives more pairs than `farmgraph.co_engagement` walks.

    Notes
    -----
    Each window is walked once, for the lowest threshold; pairs with fewer contents are dropped for the others, which
    gives the same pairs in the same order as a walk of its own.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> rows = [(u, p, j) for p in "pqr" for j, u in enumerate("abcd")]
    >>> graph = fg.bipartite(fg.read(pd.DataFrame(rows, columns=["user", "page", "time"])))
    >>> [[groups.tolist() for groups in row] for row in clusters_by_setting(graph, windows=(5,), thresholds=(3, 4))]
    [[[1, 1, 1, 1]], [[-1, -1, -1, -1]]]
    """
    grid: list[list[np.ndarray]] = [[] for _ in thresholds]
    for window in windows:
        widest = co_engagement(graph, window=window, min_contents=min(thresholds))
        shared = widest.pairs["n_contents"].to_numpy()
        for row, threshold in zip(grid, thresholds, strict=True):
            kept = shared >= threshold
            pairs = replace(
                widest,
                pairs=widest.pairs[kept].reset_index(drop=True),
                codes_a=widest.codes_a[kept],
                codes_b=widest.codes_b[kept],
                min_contents=threshold,
            )
            members = leiden(pairs, seed=seed).members
            groups = np.full(graph.n_accounts, -1, np.int64)
            if len(members):
                groups[graph.codes_of_accounts(members["account"].tolist())] = members["cluster"]
            row.append(groups)
    return grid
