"""The table of evidence: one row per cluster, strongest first, and the notes beside it."""

from typing import Any

import numpy as np
import pandas as pd

from farmgraph.detect.clusters import Clusters
from farmgraph.evidence.explanations import explanation
from farmgraph.evidence.verdict import VERDICTS, Thresholds, Weighed, reference, verdict
from farmgraph.evidence.words import sentence
from farmgraph.graph.nulls import q_values
from farmgraph.graph.times import Times

COLUMNS = (
    *("cluster", "verdict", "n_accounts", "n_contents", "n_interactions", "density", "expected_interactions"),
    *("overlap_ratio", "overlap_ratio_low", "synchrony_z", "synchrony_scale_s", "synchrony_ratio"),
    *("p_value", "q_value", "gap_members_s", "gap_others_s", "closeness"),
    *("occasions", "largest_occasion", "reference", "first_time", "last_time", "exclusivity"),
    *("value", "explanation", "sentence"),
)
"""Columns of the evidence, explained at `weigh`."""


def table_of(weighed: list[Weighed], thresholds: Thresholds, clock: int) -> pd.DataFrame:
    """Put what is known of each cluster into one row, strongest first."""
    p = np.array([w.synchrony.p_value for w in weighed], float)
    q = q_values(p)
    verdicts = {
        one.cluster: verdict(one, float(value), thresholds) for one, value in zip(weighed, q, strict=True)
    }
    rows: list[dict[str, Any]] = []
    for one, q_value in zip(weighed, q, strict=True):
        word, seen = verdicts[one.cluster], one.overlap
        rows.append(
            {
                "cluster": one.cluster,
                "verdict": word,
                "n_accounts": one.n_accounts,
                "n_contents": one.n_contents,
                "n_interactions": seen.n_edges if seen else 0,
                "density": seen.density if seen else np.nan,
                "expected_interactions": seen.expected if seen else np.nan,
                "overlap_ratio": seen.ratio if seen else np.nan,
                "overlap_ratio_low": seen.ratio_low if seen else np.nan,
                "synchrony_z": one.synchrony.z,
                "synchrony_scale_s": one.synchrony.scale_s,
                "synchrony_ratio": one.synchrony.times_expected,
                "p_value": one.synchrony.p_value,
                "q_value": float(q_value),
                "gap_members_s": one.rhythm.gap_members_s,
                "gap_others_s": one.rhythm.gap_others_s,
                "closeness": one.rhythm.closeness,
                "occasions": one.occasions.n,
                "largest_occasion": one.occasions.largest_share,
                "reference": reference(one, thresholds),
                "first_time": pd.to_datetime(one.rhythm.first_us, unit="us", utc=True),
                "last_time": pd.to_datetime(one.rhythm.last_us, unit="us", utc=True),
                "exclusivity": one.rhythm.members_share,
                "value": one.value,
                "explanation": explanation(one, verdicts, thresholds, clock),
                "sentence": sentence(one, clock),
            }
        )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in ("first_time", "last_time"):
        table[name] = pd.to_datetime(table[name], utc=True).astype("datetime64[us, UTC]")
    rank = table["verdict"].map({v: i for i, v in enumerate(VERDICTS)})
    order = np.lexsort((table["cluster"], -table["value"].fillna(-np.inf), rank))
    return table.iloc[order].reset_index(drop=True)


def notes_of(weighed: list[Weighed], clusters: Clusters, times: Times) -> tuple[str, ...]:
    """Say what was not tested or could not be said."""
    notes = []
    if not times.known:
        notes.append(
            "The log has no times: overlap was weighed, timing was not, and no verdict can be lockstep."
        )
    elif times.clock_s > 1:
        notes.append(
            f"All times are multiples of {times.clock_s:,} s, so time scales up to that were not used."
        )
    alone = sum(one.synchrony.silent == "no others" for one in weighed)
    if alone:
        notes.append(
            f"{alone} of {len(weighed)} clusters have hardly any other visitors with times on their contents, so their "
            "timing was compared with that of other contents at most."
        )
    window = clusters.parameters.get("window")
    if window is not None and times.known:
        notes.append(
            f"These clusters were chosen by their times (window {window:g} s), so the timing test partly finds what "
            "they were chosen for: its p- and q-values are too small."
        )
    return tuple(notes)
