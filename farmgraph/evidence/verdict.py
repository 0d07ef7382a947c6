"""The rule that turns evidence into one of four words."""

from dataclasses import dataclass

import numpy as np

from farmgraph.evidence.overlap import Overlap
from farmgraph.evidence.rhythm import Rhythm
from farmgraph.evidence.synchrony import Synchrony

VERDICTS = ("lockstep", "undetermined", "same audience", "too little data")
"""Verdicts in the order in which clusters are shown."""


@dataclass(frozen=True)
class Thresholds:
    """Where verdicts part. Documented in full at `farmgraph.weigh`.

    Attributes
    ----------
    beyond_interest : float
        Least `overlap_ratio_low` that interest does not explain.
    q : float
        Largest q-value of the timing test.
    z : float
        Least size of the timing effect, in standard deviations of the null.
    dense : float
        Least density at which a cluster without timing signal stays undetermined.
    min_accounts, min_contents, min_interactions : int
        Below any of these there is too little data.
    """

    beyond_interest: float = 5.0
    q: float = 0.05
    z: float = 10.0
    dense: float = 0.55
    min_accounts: int = 3
    min_contents: int = 3
    min_interactions: int = 15


@dataclass(frozen=True)
class Weighed:
    """All that is known of one cluster before it is put into words."""

    cluster: int
    n_accounts: int
    n_contents: int
    overlap: Overlap | None
    synchrony: Synchrony
    rhythm: Rhythm
    value: float


def verdict(one: Weighed, q_value: float, thresholds: Thresholds) -> str:
    """Return the verdict on one cluster by the rules of `farmgraph.weigh`."""
    t = thresholds
    if (
        one.overlap is None
        or one.n_accounts < t.min_accounts
        or one.n_contents < t.min_contents
        or one.overlap.n_edges < t.min_interactions
    ):
        return "too little data"
    if one.overlap.ratio_low < t.beyond_interest:
        dense = one.overlap.density >= t.dense
        return "undetermined" if dense and not one.overlap.interest_known else "same audience"
    timing = one.synchrony
    if q_value <= t.q and timing.z >= t.z:
        return "lockstep"
    if np.isnan(timing.z) or one.overlap.density >= t.dense:
        return "undetermined"
    return "same audience"
