"""What many logs show together: false discoveries, power by kind of group, and whether p-values hold."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from farmgraph.errors import InputError, UsageError
from farmgraph.evidence.verdict import VERDICTS
from farmgraph.lab.evaluate import Evaluation
from farmgraph.runtime import whole_number

LEVELS = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15),
    *(0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
)
"""Nominal levels at which p-values are held against what they promise."""

FOUND = 0.5
"""Least purity and least cluster_recall of the cluster that counts as having found a group."""


def share_interval(count: int, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) interval of a share.

    Parameters
    ----------
    count, n : int
        `count` out of `n`, 0 <= count <= n.
    confidence : float, default 0.95
        In (0, 1).

    Returns
    -------
    low, high : float
        In [0, 1]; NaN where n is 0.

    Raises
    ------
    UsageError
        If count, n or confidence is out of range.

    Notes
    -----
    It covers the true share at least as often as it says if the n outcomes are independent, and is wider than
    need be for small n. It knows nothing of outcomes that depend on each other.

    Examples
    --------
    >>> [round(end, 4) for end in share_interval(0, 20)]  # the upper end is 1 - 0.025 ** (1 / 20)
    [0.0, 0.1684]
    """
    n = whole_number(n, name="n", least=0)
    count = whole_number(count, name="count", least=0, most=n)
    _check_confidence(confidence)
    if not n:
        return float("nan"), float("nan")
    interval = binomtest(count, n).proportion_ci(confidence_level=confidence, method="exact")
    return float(interval.low), float(interval.high)


def false_discoveries(
    evaluations: Iterable[Evaluation] | Mapping[float, Iterable[Evaluation]],
    *,
    confidence: float = 0.95,
    draws: int = 9_999,
    seed: int = 0,
) -> pd.DataFrame:
    """Count false clusters among those flagged, over many logs.

    Parameters
    ----------
    evaluations : list of Evaluation, or dict of float to list of Evaluation
        One per log. With a dict, its keys are the nominal false-discovery rates at which clusters were flagged.
    confidence : float, default 0.95
        Of all intervals, in (0, 1).
    draws : int, default 9999
        Bootstrap draws, at least 99.
    seed : int, default 0
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        One row, or one per nominal rate in the order of the dict:

        ======================= ========================================================================
        q                       nominal rate; NaN where a list was given
        n_logs                  logs
        n_clusters, n_false     clusters flagged in all logs; those of them that are false, see `Evaluation`
        proportion              n_false / n_clusters; NaN where no cluster was flagged
        low, high               its exact interval
        mean_per_log            mean over logs of the share of flagged clusters that are false, 0 where none is
                                flagged: the false-discovery rate is the expectation of this
        mean_low, mean_high     its percentile bootstrap interval, logs drawn with replacement
        logs_with_false         logs with at least one false cluster
        share_of_logs           logs_with_false / n_logs
        share_low, share_high   its exact interval
        ======================= ========================================================================

    Raises
    ------
    UsageError
        If there is no evaluation, something else among them, or an option or nominal rate is out of range.

    Notes
    -----
    Clusters of one log are not independent: they share its crowd, its clock and its topics. So ``low`` to
    ``high`` is too narrow; logs made with different seeds are independent, and the other two intervals are over
    logs. Where no log has a false cluster the bootstrap has nothing to vary and its interval collapses to 0, which
    is not knowledge: read ``share_high``, which also bounds the rate, as a log without false clusters adds 0 to
    it and any other at most 1.

    What is false depends on the labels of the evaluations, and mixed clusters count by majority. Rates hold for the
    kinds of log that were evaluated and no others. O(logs + draws x distinct proportions).

    References
    ----------
    Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57, 289-300. Clopper & Pearson 1934, Biometrika 26, 404-413.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> from farmgraph.lab.evaluate import evaluate
    >>> pairs = pd.DataFrame([("a", "b", 3), ("a", "c", 2), ("b", "c", 4)])
    >>> pairs.columns = ["account_a", "account_b", "weight"]
    >>> names, clusters = list("abcdefgh"), fg.leiden(pairs)
    >>> truths = [fg.read_labels(pd.DataFrame({"account": list(t)})) for t in ("abc", "abd", "def")]
    >>> rates = false_discoveries([evaluate(clusters, t, accounts=names) for t in truths])
    >>> rates[["n_logs", "n_clusters", "n_false", "logs_with_false"]].values.tolist()
    [[3, 3, 1, 1]]
    """
    _check_confidence(confidence)
    whole_number(draws, name="draws", least=99, most=1_000_000)
    whole_number(seed, name="seed", least=0)
    if not isinstance(evaluations, Mapping):
        return pd.DataFrame([_rate(float("nan"), _listed(evaluations), confidence, draws, seed)])
    if not evaluations:
        raise UsageError("Got no nominal rate; expected a dict such as {0.05: [evaluation, ...]}.")
    for q in evaluations:
        if isinstance(q, bool) or not isinstance(q, int | float) or not 0 < q < 1:
            raise UsageError(f"q is {q!r}; expected a share in (0, 1), such as 0.05.")
    rows = [_rate(float(q), _listed(some), confidence, draws, seed) for q, some in evaluations.items()]
    return pd.DataFrame(rows)


def by_kind(evaluations: Iterable[Evaluation], *, confidence: float = 0.95) -> pd.DataFrame:
    """Say how many groups of each kind were found, over many logs.

    Parameters
    ----------
    evaluations : list of Evaluation
        One per log.
    confidence : float, default 0.95
        Of the interval, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row per kind and label of labelled groups, in order of appearance:

        =============== ================================================================================
        kind, label     as in the labels
        n_groups        groups in all logs
        n_accounts      their accounts; one that is in several groups counts in each
        recall          share of these accounts that are flagged
        group_flagged   groups at least half of whose accounts are flagged
        share           group_flagged / n_groups
        low, high       its exact interval
        found           groups whose best cluster has purity and cluster_recall of at least 0.5, whatever its verdict
        median_purity   of the best clusters; groups without any are left out
        lockstep, undetermined, same audience, too little data
                        groups that were found, by the verdict on their cluster
        not found       the other groups
        =============== ================================================================================

    Raises
    ------
    UsageError
        If there is no evaluation, something else among them, or confidence is out of range.

    Notes
    -----
    ``found`` and ``not found`` add up to ``n_groups``; so do the verdicts and ``not found``, unless clusters without
    verdicts were evaluated. For look-alikes a flagged group is a false alarm, not a success. Groups of one log are
    not independent, so the interval is too narrow where logs hold several of a kind. Linear in the groups.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> from farmgraph.lab.evaluate import evaluate
    >>> pairs = pd.DataFrame([("a", "b", 3), ("a", "c", 2), ("b", "c", 4)])
    >>> pairs.columns = ["account_a", "account_b", "weight"]
    >>> labels = fg.read_labels(pd.DataFrame({"account": list("abcde"), "group": list("xxxyy")}))
    >>> result = evaluate(fg.leiden(pairs), labels, accounts=list("abcdefgh"))
    >>> by_kind([result])[["kind", "n_groups", "group_flagged", "found", "not found"]].values.tolist()
    [['farm', 2, 1, 1, 1]]
    """
    _check_confidence(confidence)
    groups = pd.concat([one.groups for one in _listed(evaluations)], ignore_index=True)
    groups["is_found"] = (groups["purity"] >= FOUND) & (groups["cluster_recall"] >= FOUND)
    rows = []
    for (kind, label), some in groups.groupby(["kind", "label"], sort=False):
        n, n_accounts = len(some), int(some["n_accounts"].sum())
        n_flagged = int((2 * some["n_flagged"] >= some["n_accounts"]).sum())
        low, high = share_interval(n_flagged, n, confidence=confidence)
        found = some[some["is_found"]]
        rows.append(
            {
                **{"kind": kind, "label": label, "n_groups": n, "n_accounts": n_accounts},
                "recall": int(some["n_flagged"].sum()) / n_accounts,
                **{"group_flagged": n_flagged, "share": n_flagged / n, "low": low, "high": high},
                **{"found": len(found), "median_purity": float(some["purity"].median())},
                **{word: int((found["verdict"] == word).sum()) for word in VERDICTS},
                "not found": n - len(found),
            }
        )
    return pd.DataFrame(rows, columns=list(_KIND_COLUMNS))


_KIND_COLUMNS = (
    *("kind", "label", "n_groups", "n_accounts", "recall", "group_flagged", "share", "low", "high"),
    *("found", "median_purity", *VERDICTS, "not found"),
)


def reliability(
    p_values: Iterable[float], *, points: Iterable[float] = LEVELS, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare p-values under a true null with what they promise: a share x of them at most x.

    Parameters
    ----------
    p_values : array of float
        In [0, 1], of cases in which the null is true. NaN are left out.
    points : iterable of float
        Nominal levels in (0, 1]; by default 20 from 0.001 to 1, denser near 0.
    confidence : float, default 0.95
        Of the intervals, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row per level, ascending: ``level``, ``expected`` (the same number), ``observed`` (share of p-values
        at most the level; NaN without p-values), ``low``, ``high`` (its exact interval), ``n`` (p-values used),
        ``n_missing`` (NaN left out).

    Raises
    ------
    InputError
        If a p-value is outside [0, 1] or not a number.
    UsageError
        If a level or confidence is out of range.

    Notes
    -----
    ``low`` above ``expected`` means false alarms beyond what was promised; ``high`` below it means a test that
    gives power away. Intervals hold for one level at a time and for independent p-values. P-values from D draws are
    multiples of 1 / (D + 1): between two of them ``observed`` stays where it was, though the test is valid.
    O((n + levels) log n). It does not test anything, and cannot know whether the null was true.

    Examples
    --------
    >>> reliability([0.02, 0.3, 0.6, 0.9, float("nan")], points=[0.05, 0.5])[
    ...     ["level", "observed", "n", "n_missing"]
    ... ].values.tolist()
    [[0.05, 0.25, 4.0, 1.0], [0.5, 0.5, 4.0, 1.0]]
    """
    _check_confidence(confidence)
    levels = _numbers(points)
    if levels is None or not len(levels) or not ((levels > 0) & (levels <= 1)).all():
        raise UsageError(f"points is {points!r}; expected levels in (0, 1], such as (0.01, 0.05).")
    p = _numbers(p_values)
    if p is None or (bad := p[(p < 0) | (p > 1)]).size:
        got = "other things than numbers" if p is None else f"{bad[0]:g}"
        raise InputError(f"p_values has {got}; expected numbers in [0, 1], NaN where there is none.")
    used = np.sort(p[~np.isnan(p)])
    levels = np.unique(levels)
    counts = np.searchsorted(used, levels, side="right")
    ends = np.array([share_interval(int(c), len(used), confidence=confidence) for c in counts])
    observed = counts / len(used) if len(used) else np.full(len(levels), np.nan)
    columns = {
        "level": levels,
        "expected": levels,
        "observed": observed,
        "low": ends[:, 0],
        "high": ends[:, 1],
    }
    return pd.DataFrame({**columns, "n": len(used), "n_missing": len(p) - len(used)})


def _rate(
    q: float, evaluations: list[Evaluation], confidence: float, draws: int, seed: int
) -> dict[str, Any]:
    flagged = np.array([int(one.clusters["flagged"].sum()) for one in evaluations])
    false = np.array([int(one.clusters["false"].sum()) for one in evaluations])
    n_logs, n_clusters, n_false = len(evaluations), int(flagged.sum()), int(false.sum())
    low, high = share_interval(n_false, n_clusters, confidence=confidence)
    per_log = false / np.maximum(flagged, 1)
    # A bootstrap sample is how often each distinct proportion is drawn, which one multinomial says.
    values, counts = np.unique(per_log, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(n_logs, counts / n_logs, size=draws)
    tail = (1 - confidence) / 2
    mean_low, mean_high = np.quantile(drawn @ values / n_logs, (tail, 1 - tail))
    with_false = int((false > 0).sum())
    share_low, share_high = share_interval(with_false, n_logs, confidence=confidence)
    return {
        **{"q": q, "n_logs": n_logs, "n_clusters": n_clusters, "n_false": n_false},
        **{"proportion": n_false / n_clusters if n_clusters else float("nan"), "low": low, "high": high},
        **{"mean_per_log": float(per_log.mean()), "mean_low": float(mean_low), "mean_high": float(mean_high)},
        **{"logs_with_false": with_false, "share_of_logs": with_false / n_logs},
        **{"share_low": share_low, "share_high": share_high},
    }


def _listed(evaluations: Any) -> list[Evaluation]:
    listed = list(evaluations) if isinstance(evaluations, Iterable) else [evaluations]
    odd = [one for one in listed if not isinstance(one, Evaluation)]
    if odd or not listed or not isinstance(evaluations, Iterable):
        got = f"a {type((odd or [evaluations])[0]).__name__}" if listed else "no evaluation"
        raise UsageError(f"Got {got}; expected a list of what fg.evaluate returned, one per log.")
    return listed


def _numbers(values: Any) -> np.ndarray | None:
    """Return values as one-dimensional floats, or None where that cannot be."""
    try:
        array = np.asarray(values if hasattr(values, "__len__") else list(values), dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return array if array.ndim == 1 else None


def _check_confidence(confidence: float) -> None:
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 < confidence < 1:
        raise UsageError(f"confidence is {confidence!r}; expected a share in (0, 1), such as 0.95.")
