"""The rule that turns evidence into one of four words."""

from dataclasses import dataclass

import numpy as np

from farmgraph.evidence.occasions import Occasions
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
    z, closeness : float
        Least size of the timing effect: in standard deviations of the null, and as how many times as far apart other
        visitors are as members.
    z_close, closeness_close : float
        The same where members are very close: a smaller z will do.
    occasions : int
        Least number of separate occasions on which members met.
    dense : float
        Least density at which a cluster without timing signal stays undetermined.
    min_accounts, min_contents, min_interactions : int
        Below any of these there is too little data.
    """

    beyond_interest: float = 5.0
    q: float = 0.05
    z: float = 10.0
    closeness: float = 2.0
    z_close: float = 5.0
    closeness_close: float = 10.0
    occasions: int = 3
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
    occasions: Occasions
    value: float


def line_of(one: Weighed, thresholds: Thresholds) -> float:
    """Return the z that the timing of a cluster has to reach."""
    return thresholds.z_close if one.rhythm.closeness >= thresholds.closeness_close else thresholds.z


def together(one: Weighed, q_value: float, thresholds: Thresholds) -> bool:
    """Whether members came closer together than their hours explain: by q, by z and by distance."""
    t = thresholds
    near = one.rhythm.closeness >= t.closeness
    return bool(q_value <= t.q and near and one.synchrony.z >= line_of(one, t))


def repeated(one: Weighed, thresholds: Thresholds) -> bool:
    """Whether they did so on enough separate occasions, and still do without the largest of them."""
    enough = one.occasions.n >= thresholds.occasions
    return bool(enough and one.synchrony.z_elsewhere >= line_of(one, thresholds))


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
    if together(one, q_value, t):
        return "lockstep" if repeated(one, t) else "undetermined"
    if np.isnan(one.synchrony.z) or one.overlap.density >= t.dense:
        return "undetermined"
    return "same audience"
