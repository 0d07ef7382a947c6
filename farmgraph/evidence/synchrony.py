"""Synchrony: on the contents they share, do members act closer together than their hours explain?"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from farmgraph.evidence.visits import Visits, visits_of
from farmgraph.graph.nulls import draw_near_pairs, hour_of_day, hour_profiles, hour_table, near_pairs
from farmgraph.graph.times import Times
from farmgraph.interactions.schema import MICROSECONDS

MIN_INFORMATIVE = 3
SMALLEST_P = 1e-300
FIRST_DRAWS, ENOUGH = 99, 11
"""Draws after which it is over where so many of them, the observation counted, came out as extreme."""


@dataclass(frozen=True)
class Synchrony:
    """Synchrony of one cluster; NaN where nothing can be said.

    Attributes
    ----------
    z : float
        Standard deviations between the observed share of near pairs and the null's, at the scale where it is largest.
    scale_s : float
        That scale in seconds.
    p_value : float
        Share of null draws (the observation counted as one) whose largest z is as large; beyond all draws, of a
        fitted tail.
    observed, expected : float
        Share of member pairs at most `scale_s` apart on the same content, seen and under the null.
    n_informative : int
        Contents on which members can be compared with others.
    silent : str
        Why nothing can be said: "no times", "few times", "coarse clock", "no others", "no spread", or
        empty.
    z_elsewhere : float
        The largest z on the contents outside the largest occasion alone, against the same draws; NaN where none speaks.
    """

    z: float
    scale_s: float
    p_value: float
    observed: float
    expected: float
    n_informative: int
    silent: str = ""
    z_elsewhere: float = np.nan

    @property
    def times_expected(self) -> float:
        """How many times as many near pairs as the null expects."""
        return (
            self.observed / self.expected if self.expected > 0 else float("inf") if self.observed else np.nan
        )


def synchrony(
    accounts: np.ndarray,
    contents: np.ndarray,
    times: Times,
    *,
    largest: np.ndarray | None = None,
    draws: int,
    rng: np.random.Generator,
) -> Synchrony:
    """Test members against the times that they could have had.

    Parameters
    ----------
    accounts, contents : numpy.ndarray
        int32 codes, ascending.
    times : Times
    largest : numpy.ndarray, optional
        bool by content: whether it belongs to the largest occasion, see `farmgraph.evidence.occasions`.
    draws : int
        Draws from the null.
    rng : numpy.random.Generator

    Returns
    -------
    Synchrony

    Notes
    -----
    The statistic is, per content, the share of member pairs at most one scale apart, summed over contents. The null
    lets each member take the time of some actor of the content (see `farmgraph.graph.nulls`), by hours learnt
    from its actions outside the cluster. The largest z over the scales is compared with the largest z of each draw, so
    that choosing the scale is paid for. Contents with fewer than two members or fewer than two others are silent; with
    fewer than three that speak nothing is tested.

    After 99 draws it is known where nothing is unusual: at p >= 0.11 no more are drawn (sequential Monte Carlo, Besag &
    Clifford 1991). Beyond the most extreme draw the p-value follows an exponential tail, fitted to the uppermost tenth
    of the draws (Knijnenburg et al. 2009), so that it can stand among many clusters; tails of sums of near pairs are
    lighter than exponential.

    The test asks whether members act together more than these hours allow. It does not know days of the week,
    habits of reading the same feed, or events that only members heard of. Time O(draws x actions of members +
    actions on the contents).
    """
    visits = visits_of(accounts, contents, times)
    n_members, n_all = _counts(visits)
    speaks = (n_members >= 2) & (n_all - n_members >= 2)
    n_speaking = int(speaks.sum())
    if (n_members >= 2).sum() < MIN_INFORMATIVE:
        return _nothing("few times" if n_members.any() else "no times", n_speaking)
    if not times.scales_s:
        return _nothing("coarse clock", n_speaking)
    if n_speaking < MIN_INFORMATIVE:
        return _nothing("no others", n_speaking)
    kept = speaks[visits.contents]
    pool_times, mine = visits.times[kept], visits.members[kept]
    member_starts = np.concatenate(([0], np.cumsum(n_members[speaks])))
    parts = np.zeros(n_speaking, np.int64) if largest is None else largest[speaks].astype(np.int64)
    scales = np.array(times.scales_s, np.int64) * MICROSECONDS
    observed = np.zeros((2, len(scales)))
    for part, (low, high) in zip(parts, pairwise(member_starts), strict=True):
        n_pairs = (high - low) * (high - low - 1) / 2
        observed[part] += near_pairs(pool_times[mine][low:high], scales) / n_pairs
    pools = (
        np.concatenate(([0], np.cumsum(n_all[speaks]))),
        pool_times,
        hour_of_day(pool_times),
        parts,
        member_starts,
        np.searchsorted(accounts, visits.accounts[kept][mine]),
        _profiles_elsewhere(accounts, contents, times),
        scales,
    )
    null = draw_near_pairs(*pools, min(draws, FIRST_DRAWS), rng)
    whole = _compare(observed.sum(0), null.sum(0), times.scales_s, n_speaking)
    if draws > FIRST_DRAWS and not whole.p_value >= ENOUGH / (FIRST_DRAWS + 1):
        more = draw_near_pairs(*pools, draws - FIRST_DRAWS, rng)
        null = np.concatenate((null, more), axis=1)
        whole = _compare(observed.sum(0), null.sum(0), times.scales_s, n_speaking)
    if (parts == 0).all():
        return replace(whole, z_elsewhere=whole.z)
    return replace(whole, z_elsewhere=_compare(observed[0], null[0], times.scales_s, n_speaking).z)


def _counts(visits: Visits) -> tuple[np.ndarray, np.ndarray]:
    """Return how many members, and how many actors, each content has."""
    n = len(visits.starts) - 1
    return np.bincount(visits.contents[visits.members], minlength=n), np.diff(visits.starts)


def _profiles_elsewhere(accounts: np.ndarray, contents: np.ndarray, times: Times) -> np.ndarray:
    """Return hours of the day that members prefer, compared with everybody, from actions outside the cluster."""
    visits = visits_of(accounts, contents, times)
    when, members = visits.times[visits.members], visits.accounts[visits.members]
    hours = hour_of_day(when)
    own = times.hours_of(accounts) - hour_table(np.searchsorted(accounts, members), hours, len(accounts))
    by_group = times.by_group - hour_table(times.groups[members], hours, len(times.by_group))
    everybody = times.everybody - np.bincount(hours, minlength=24)
    return hour_profiles(own, by_group[times.groups[accounts]], everybody)


def _nothing(why: str, n_informative: int) -> Synchrony:
    return Synchrony(np.nan, np.nan, np.nan, np.nan, np.nan, n_informative, why)


def _compare(
    observed: np.ndarray, null: np.ndarray, scales_s: tuple[int, ...], n_informative: int
) -> Synchrony:
    mean, spread = null.mean(0), null.std(0, ddof=1)
    live = spread > 0
    if not live.any():
        return _nothing("no spread", n_informative)
    z = (observed[live] - mean[live]) / spread[live]
    z_null = ((null[:, live] - mean[live]) / spread[live]).max(1)
    best = int(np.argmax(z))
    p = _p_value(z_null, float(z[best]))
    scale = int(np.flatnonzero(live)[best])
    return Synchrony(
        z=float(z[best]),
        scale_s=float(scales_s[scale]),
        p_value=p,
        observed=float(observed[scale] / n_informative),
        expected=float(mean[scale] / n_informative),
        n_informative=n_informative,
    )


def _p_value(z_null: np.ndarray, z: float) -> float:
    """Return the share of draws as extreme, the observation counted as one; beyond all draws, of a fitted tail."""
    n_extreme = int((z_null >= z - 1e-12).sum())
    counted = (1 + n_extreme) / (len(z_null) + 1)
    n_tail = len(z_null) // 10
    tail = np.sort(z_null)[-n_tail - 1 :]
    scale = float((tail[1:] - tail[0]).mean())
    if n_extreme or scale <= 0:
        return counted
    return float(max(min(counted, np.exp((tail[0] - z) / scale) * n_tail / len(z_null)), SMALLEST_P))
