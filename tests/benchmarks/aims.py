"""The aims of the detector beside what was measured: one row each, and whether it is met."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from farmgraph.lab.evaluate import Evaluation
from farmgraph.lab.frontier import COUNTED, FEWEST, MOST
from farmgraph.lab.pooled import FOUND, false_discoveries, reliability, share_interval

Q = 0.05
PRECISION, RECALL = 0.99, 0.97
RECALL_OF = dict.fromkeys(("sparse", "small", "pool"), 0.93)
"""Kinds of which less is asked: their workers take few orders or are few."""

QUIET = ("drip", "drip-camouflaged", "own-clock")
"""Farms whose times say little: they should be found, and need not be called lockstep."""
PURITY = 0.95

ORGANIC_LOGS_WITH, ORGANIC_PER_1000 = 0.10, 1.0
LOOK_ALIKES = {"one-zone-clubs": 0.05, "same-hours-clubs": 0.05, "protest": 0.05}
"""Most that may be called lockstep."""

INNOCENT_REASONS = {"media-groups": r"publisher|\bfeed", "school-classes": r"\bclass|\bshift"}
"""What the explanation beside the verdict has to name."""

NULL_LEVELS = (0.01, 0.05, 0.1, 0.2)
SECONDS, MEMORY_MB = 90, 2_000
SMALLEST, TIMES_LIMIT = 10, 1.5

COLUMNS = ("log", "aim", "measured", "met")

Judged = dict[str, list[dict[float, Evaluation]]]
"""Evaluations at each q, one per log, by scenario."""


def aims(
    judged: dict[str, Judged], *, p_values: list[np.ndarray], frontier: pd.DataFrame, million: dict[str, Any]
) -> pd.DataFrame:
    """Return one row per aim.

    `judged` has the keys ``farms`` (benign coordination among them), ``innocent``, ``organic``, ``mixed`` and
    ``thinned``; `p_values` are of the crowd, for whom the stated null holds; `frontier` is of our blocks alone.
    """
    rows = [
        *_farms({k: v for k, v in judged["farms"].items() if k not in INNOCENT_REASONS}),
        *_organic([j[Q] for found in judged["organic"].values() for j in found]),
        *_look_alikes({k: v for k, v in judged["innocent"].items() if k in LOOK_ALIKES}),
        *_innocent_reasons({k: v for k, v in judged["farms"].items() if k in INNOCENT_REASONS}),
        *_mixtures([j for found in judged["mixed"].values() for j in found], p_values),
        *_thinned(judged["thinned"]),
        _large(million),
        *_smallest(frontier),
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(log: str, aim: str, measured: str, met: bool) -> tuple[str, str, str, str]:
    return log, aim, measured, "yes" if met else "no"


def _farms(judged: Judged) -> Iterator[tuple[str, str, str, str]]:
    for name, found in judged.items():
        some = [j[Q] for j in found]
        if name in QUIET:
            groups = matched(some)
            seen = groups[(groups["purity"] >= PURITY) & (groups["cluster_recall"] >= FOUND)]
            met = seen["verdict"].isin(COUNTED).sum() >= RECALL * len(groups)
            yield _row(
                name,
                f"found in a cluster of purity >= {PURITY:g}, {' or '.join(COUNTED)}",
                f"{len(seen)} of {len(groups)} farms in such a cluster (median purity "
                f"{groups['purity'].median():.3f}): {_counts(seen['verdict'])}",
                met,
            )
            continue
        recall_asked = RECALL_OF.get(name, RECALL)
        n_correct = sum(one.n_correct for one in some)
        precision = _share(n_correct, sum(one.n_flagged for one in some))
        recall = _share(n_correct, sum(one.n_true for one in some))
        yield _row(
            name,
            f"precision >= {PRECISION:g}, recall >= {recall_asked:g}",
            f"precision {precision:.3f}, recall {recall:.3f}",
            precision >= PRECISION and recall >= recall_asked,
        )


def _organic(found: list[Evaluation]) -> Iterator[tuple[str, str, str, str]]:
    n = sum(bool(one.clusters["flagged"].any()) for one in found)
    low, high = share_interval(n, len(found))
    yield _row(
        "organic",
        f"logs with a lockstep cluster: upper bound <= {ORGANIC_LOGS_WITH:g}",
        f"{n} of {len(found)} logs ({low:.3f} to {high:.3f})",
        high <= ORGANIC_LOGS_WITH,
    )
    per_1000 = 1000 * sum(one.n_flagged for one in found) / sum(one.n_accounts for one in found)
    yield _row(
        "organic",
        f"accounts called lockstep per 1,000 <= {ORGANIC_PER_1000:g}",
        f"{per_1000:.2f}",
        per_1000 <= ORGANIC_PER_1000,
    )


def _look_alikes(judged: Judged) -> Iterator[tuple[str, str, str, str]]:
    for name, found in judged.items():
        called = np.concatenate([called_lockstep(j[Q]) for j in found])
        low, high = share_interval(int(called.sum()), len(called))
        yield _row(
            name,
            f"share called lockstep <= {LOOK_ALIKES[name]:g}",
            f"{called.sum()} of {len(called)} groups ({low:.3f} to {high:.3f})",
            called.mean() <= LOOK_ALIKES[name],
        )


def _innocent_reasons(judged: Judged) -> Iterator[tuple[str, str, str, str]]:
    for name, found in judged.items():
        groups = matched([j[Q] for j in found])
        seen = groups[(groups["purity"] >= FOUND) & (groups["cluster_recall"] >= FOUND)]
        named = seen["explanation"].astype("str").str.contains(INNOCENT_REASONS[name], case=False)
        yield _row(
            name,
            "found, and its innocent reason named beside the verdict",
            f"{len(seen)} of {len(groups)} groups found ({_counts(seen['verdict'])}), reason named for {named.sum()}",
            named.sum() >= RECALL * len(groups),
        )


def _mixtures(
    found: list[dict[float, Evaluation]], p_values: list[np.ndarray]
) -> Iterator[tuple[str, str, str, str]]:
    for rate in false_discoveries({q: [j[q] for j in found] for q in found[0]}).to_dict("records"):
        yield _row(
            "mixed",
            f"false clusters among those called lockstep <= {rate['q']:g} (mean over logs, at q = {rate['q']:g})",
            f"{rate['mean_per_log']:.3f} ({rate['mean_low']:.3f} to {rate['mean_high']:.3f}); of all clusters "
            f"{rate['n_false']} of {rate['n_clusters']:,} ({rate['low']:.3f} to {rate['high']:.3f})",
            rate["mean_per_log"] <= rate["q"],
        )
    table = reliability(np.concatenate(p_values), points=NULL_LEVELS)
    yield _row(
        "crowd",
        "p-values of the stated null no smaller than they say, within their intervals",
        "; ".join(f"<= {row.level:g}: {row.observed:.3f}" for row in table.itertuples())
        + f" (of {len(np.concatenate(p_values)):,})",
        bool((table["low"] <= table["expected"]).all()),
    )


def _thinned(judged: Judged) -> Iterator[tuple[str, str, str, str]]:
    for name, found in judged.items():
        some = [j[Q] for j in found]
        groups, log = matched(some), f"{name}, thinned"
        if set(groups["label"]) == {"look-alike"}:
            called = np.concatenate([called_lockstep(one) for one in some])
            yield _row(
                log,
                "share called lockstep <= 0.05",
                f"{called.sum()} of {len(called)} groups",
                called.mean() <= 0.05,
            )
            continue
        seen = groups[(groups["purity"] >= FOUND) & (groups["cluster_recall"] >= FOUND)]
        compared = _counts(seen["reference"]) if seen["reference"].notna().any() else "not said"
        yield _row(
            log,
            f"found, {' or '.join(COUNTED)}, and with whom compared",
            f"{len(seen)} of {len(groups)} farms: {_counts(seen['verdict'])}; reference: {compared}",
            seen["verdict"].isin(COUNTED).sum() >= RECALL * len(groups),
        )


def _large(million: dict[str, Any]) -> tuple[str, str, str, str]:
    seconds, memory = million["lockstep_s"] + million["weigh_s"], million["peak_memory_mb"]
    return _row(
        f"mixed, {million['interactions']:,} rows",
        f"lockstep and weigh within {SECONDS} s on two threads, {MEMORY_MB:,} MB",
        f"{seconds:.0f} s ({million['lockstep_s']:.0f} + {million['weigh_s']:.0f}) on {million['threads']}, "
        f"{memory:,.0f} MB; reading and graph {million['read_and_graph_s']:.0f} s",
        seconds <= SECONDS and memory <= MEMORY_MB,
    )


def _smallest(frontier: pd.DataFrame) -> Iterator[tuple[str, str, str, str]]:
    """Judge points that could be met: the frontier looks no further than at `MOST` contents.

    The method must find nine farms in ten: so the first row asks against what nine in ten are worth, the second,
    harder, against the limit of the typical farm.
    """
    for column, which in (("limit", "nine such farms in ten"), ("limit_typical", "the typical farm")):
        limit = frontier[column].clip(lower=FEWEST)
        asked = (frontier["n_accounts"] >= SMALLEST) & (TIMES_LIMIT * limit <= MOST)
        near = frontier["n_contents"] <= TIMES_LIMIT * limit
        others = [
            f"{row.n_accounts} accounts at {row.participation:g}: "
            + (f"not with {MOST}" if np.isnan(row.n_contents) else f"{row.n_contents:.0f}")
            + f" (limit {getattr(row, column):.1f})"
            for row in frontier[asked & ~near].itertuples()
        ]
        yield _row(
            "frontier",
            f"from {SMALLEST} accounts, found nine times in ten with at most {TIMES_LIMIT:g} times the contents of the "
            f"limit of {which}",
            f"{(asked & near).sum()} of {asked.sum()} points"
            + (f"; others: {'; '.join(others)}" if others else ""),
            bool(near[asked].all()),
        )


def matched(found: list[Evaluation]) -> pd.DataFrame:
    """Return all groups, with what the evidence says of the clusters that match them best."""
    parts = []
    for one in found:
        said = one.clusters.set_index("cluster")[["explanation", "reference"]].astype(object)
        parts.append(one.groups.join(said, on="cluster"))
    return pd.concat(parts, ignore_index=True)


def called_lockstep(found: Evaluation) -> np.ndarray:
    """Return for each group whether half of it is flagged, or a flagged cluster is half made of it."""
    clusters = found.clusters
    made_of = clusters.loc[clusters["flagged"] & (clusters["purity"] >= FOUND), "group"]
    called = (found.groups["recall"] >= FOUND) | found.groups["group"].isin(made_of)
    return called.to_numpy(bool)


def _counts(words: pd.Series) -> str:
    return ", ".join(f"{n} {word}" for word, n in Counter(words.dropna()).most_common()) or "none"


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
