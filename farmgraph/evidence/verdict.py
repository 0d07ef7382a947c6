"""The rule that turns evidence into one of four words."""

from dataclasses import dataclass

import numpy as np

from farmgraph.evidence.gathering import Gathering
from farmgraph.evidence.occasions import Occasions
from farmgraph.evidence.order import Order
from farmgraph.evidence.overlap import Overlap
from farmgraph.evidence.rhythm import Rhythm
from farmgraph.evidence.signs import Signs
from farmgraph.evidence.synchrony import Synchrony

VERDICTS = ("lockstep", "undetermined", "same audience", "too little data")
"""Verdicts in the order in which clusters are shown."""

HALF = 0.5


@dataclass(frozen=True)
class Thresholds:
    """Where verdicts part. Documented in full at `farmgraph.weigh`.

    Measured on 69 simulated logs of 200,000 rows: blocks of the crowd and towns reached a closeness of 1.5, farms at
    least 2.6 (the least close are workers who begin with lags of up to six hours); 1.8 lies between. Clubs that come
    in the same evening hours reached a closeness of 5.7 and z = 13.5, farms at least z = 35; 20 lies between. In logs
    thinned to a farm and 3 % of the crowd, where 9 of 10 visitors are members, farms kept z = 12 to 27, clubs at most
    3. Outside the largest occasion protests kept z <= 1.2, farms at least 30. Delays were 32 to 40 times as steady as
    by swapping among workers with lags of their own (115 to 155 standard deviations), 4.1 times at most among all
    others.

    Attributes
    ----------
    beyond_interest : float
        Least `overlap_ratio_low` that interest does not explain.
    q : float
        Largest q-value of the timing test.
    z, closeness : float
        Least size of the timing effect: in standard deviations of the null, and as how many times as far apart other
        visitors are as members.
    z_exclusive : float
        The least z where members are nearly all visitors, since none can be large there: the line falls evenly from `z`
        at half of the visits to this at the share `deaf`.
    z_close, closeness_close : float
        The same where members are very close: a smaller z will do.
    occasions : int
        Least number of separate occasions on which members met.
    deaf : float
        Members' share of the visits from which on other visitors are too few to compare with.
    gathering : float
        There, how many times as long visitors of other contents take to gather, at least.
    steadier, steadier_z : float
        There, how many times as steady as by swapping the members' delays between contents are, at least, and
        the same in standard deviations.
    dense : float
        Least density at which a cluster without timing signal stays undetermined.
    min_accounts, min_contents, min_interactions : int
        Below any of these there is too little data.
    """

    beyond_interest: float = 5.0
    q: float = 0.05
    z: float = 20.0
    z_exclusive: float = 10.0
    closeness: float = 1.8
    z_close: float = 5.0
    closeness_close: float = 10.0
    occasions: int = 3
    deaf: float = 0.9
    gathering: float = 1.5
    steadier: float = 10.0
    steadier_z: float = 20.0
    dense: float = 0.55
    min_accounts: int = 3
    min_contents: int = 3
    min_interactions: int = 15


@dataclass(frozen=True)
class Weighed:
    """All that is known of one cluster before it is put into words.

    Attributes
    ----------
    order, order_elsewhere : Order
        On all contents, and on those outside the largest occasion.
    relatives : tuple of (int, int)
        Other clusters with some of the same accounts, and how many: most first.
    """

    cluster: int
    n_accounts: int
    n_contents: int
    overlap: Overlap | None
    synchrony: Synchrony
    rhythm: Rhythm
    occasions: Occasions
    gathering: Gathering
    order: Order
    order_elsewhere: Order
    signs: Signs
    value: float
    relatives: tuple[tuple[int, int], ...] = ()


def line_of(one: Weighed, thresholds: Thresholds) -> float:
    """Return the z that the timing of a cluster has to reach."""
    t = thresholds
    if one.rhythm.closeness >= t.closeness_close:
        return t.z_close
    return float(np.interp(one.rhythm.members_share, (HALF, t.deaf), (t.z, t.z_exclusive)))


def together(one: Weighed, q_value: float, thresholds: Thresholds) -> bool:
    """Whether members came closer together than their hours explain: by q, by z and by distance."""
    t = thresholds
    near = one.rhythm.closeness >= t.closeness
    return bool(q_value <= t.q and near and one.synchrony.z >= line_of(one, t))


def line_elsewhere(one: Weighed, thresholds: Thresholds) -> float:
    """Return the z to reach without the largest occasion: half the line, fewer contents being left, but 5 at least."""
    return max(line_of(one, thresholds) / 2, thresholds.z_close)


def repeated(one: Weighed, thresholds: Thresholds) -> bool:
    """Whether they did so on enough separate occasions, and still do without the largest of them."""
    enough = one.occasions.n >= thresholds.occasions
    return bool(enough and one.synchrony.z_elsewhere >= line_elsewhere(one, thresholds))


def deaf(one: Weighed, thresholds: Thresholds) -> bool:
    """Whether too few others came to the contents for their times to tell anything."""
    return one.synchrony.silent == "no others" or one.rhythm.members_share >= thresholds.deaf


def reference(one: Weighed, thresholds: Thresholds) -> str:
    """Name whom the members' times were compared with: "other visitors", "other contents" or "none"."""
    heard = not np.isnan(one.synchrony.z)
    if heard and not (deaf(one, thresholds) and one.synchrony.z < line_of(one, thresholds)):
        return "other visitors"
    if deaf(one, thresholds) and one.gathering.n_reference:
        return "other contents"
    return "other visitors" if heard else "none"


def in_step(one: Weighed, thresholds: Thresholds) -> bool:
    """Whether members without others beside them met often, gathered fast and kept the same order and delays."""
    fast = one.gathering.faster >= thresholds.gathering and one.occasions.n >= thresholds.occasions
    return bool(fast and keeps_pace(one.order_elsewhere, thresholds))


def keeps_pace(steps: Order, thresholds: Thresholds) -> bool:
    """Whether members kept the same delays between contents, far beyond what their coming together explains."""
    return bool(steps.steadier >= thresholds.steadier and steps.steadier_z >= thresholds.steadier_z)


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
        return "same audience"
    if together(one, q_value, t):
        return "lockstep" if repeated(one, t) else "undetermined"
    if deaf(one, t):
        return "lockstep" if in_step(one, t) else "undetermined"
    if np.isnan(one.synchrony.z) or one.overlap.density >= t.dense or keeps_pace(one.order, t):
        return "undetermined"
    return "same audience"
