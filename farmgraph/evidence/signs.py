"""Signs: what in the times of a cluster speaks for an innocent explanation, measured."""

from dataclasses import dataclass

import numpy as np

from farmgraph.evidence.occasions import Occasions
from farmgraph.evidence.visits import Visits
from farmgraph.graph.nulls import HOUR_US, near_pairs
from farmgraph.interactions.schema import MICROSECONDS

DAY_US = 24 * HOUR_US
EARLY = 0.1
MOST = 0.9
MIN_ACTIONS = 60


@dataclass(frozen=True)
class Signs:
    """What a cluster's times look like; NaN where there is too little to tell.

    Attributes
    ----------
    first : float
        Share of the contents on which members came first: at most a tenth of the other visitors came before the
        median member.
    core_s : float
        How long most members (four fifths) took on a content, the median over contents, seconds.
    hours : float
        Hours of the day that hold nine tenths of the occasions: a class has one or two, chance about 21.
    hour : float
        When those hours begin, UTC.
    days : int
        Separate days (UTC) with an occasion.
    weekend : float
        Share of occasions on Saturday and Sunday (UTC).
    top : float
        Share of the pairs of members who came within an hour of each other that is due to a single content.
    night : float
        How far a member's actions here keep to some part of the day, from 0 (day and night alike) to 1 (always at
        the same hour): the squared length of the mean direction, freed of what few actions give by chance.
    night_others : float
        The same of the other visitors' actions here.
    """

    first: float
    core_s: float
    hours: float
    hour: float
    days: int
    weekend: float
    top: float
    night: float
    night_others: float


def signs(visits: Visits, met: Occasions) -> Signs:
    """Measure what the times of a cluster look like; O(n log n) in the actions on its contents.

    Parameters
    ----------
    visits : Visits
    met : Occasions
    """
    early, pairs = [], []
    hour = np.array([HOUR_US])
    for mine, others in visits.each():
        if len(mine) < 2:
            continue
        pairs.append(near_pairs(mine, hour)[0])
        if len(others) >= 2:
            early.append((others < np.median(mine)).mean() <= EARLY)
    seen = met.of_content >= 0
    cores = (met.cores[seen, 1] - met.cores[seen, 0]) / MICROSECONDS
    n_pairs = sum(pairs)
    moments = met.moments(visits)
    begins, width = _arc(moments % DAY_US, DAY_US)
    # 1 January 1970 was a Thursday: days 2 and 3 after it are a weekend.
    days = moments // DAY_US
    return Signs(
        first=float(np.mean(early)) if early else np.nan,
        core_s=float(np.median(cores)) if len(cores) else np.nan,
        hours=width / HOUR_US,
        hour=begins / HOUR_US,
        days=len(np.unique(days)),
        weekend=float(np.isin(days % 7, (2, 3)).mean()) if len(days) else np.nan,
        top=float(max(pairs) / n_pairs) if n_pairs else np.nan,
        night=_night(visits, visits.members),
        night_others=_night(visits, ~visits.members),
    )


def _arc(moments: np.ndarray, period: int) -> tuple[float, float]:
    """Return begin and width of the shortest stretch of a circle that holds nine tenths of the moments.

    Examples
    --------
    >>> _arc(np.array([23, 1, 0]), 24)
    (23.0, 2.0)
    """
    if not len(moments):
        return np.nan, np.nan
    held = int(np.ceil(MOST * len(moments) - 1e-9))
    once = np.sort(moments)
    twice = np.concatenate((once, once + period))
    widths = twice[held - 1 : held - 1 + len(once)] - once
    best = int(np.argmin(widths))
    return float(once[best]), float(widths[best])


def _night(visits: Visits, chosen: np.ndarray) -> float:
    """Return how far accounts keep to a part of the day, from pairs of one account's actions; 0 by chance."""
    who, when = visits.accounts[chosen], visits.times[chosen]
    if len(who) < MIN_ACTIONS:
        return np.nan
    turn = np.exp(2j * np.pi * (when % DAY_US) / DAY_US)
    _, rank = np.unique(who, return_inverse=True)
    n = np.bincount(rank)
    total = np.bincount(rank, turn.real) ** 2 + np.bincount(rank, turn.imag) ** 2
    n_pairs = (n * (n - 1)).sum()
    return float((total - n).sum() / n_pairs) if n_pairs >= MIN_ACTIONS else np.nan
