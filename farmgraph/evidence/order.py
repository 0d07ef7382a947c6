"""Order: do members work through the contents in one order, with the same delays between them?"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from farmgraph.evidence.visits import Visits
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME

MAX_CONTENTS = 12
MAX_ACCOUNTS = 100
MIN_COMMON = 4
DRAWS = 99


@dataclass(frozen=True)
class Order:
    """How far members agree on order and pace; NaN where too few of them share contents.

    Attributes
    ----------
    steadier : float
        How many times as steady the delays between two contents are, from member to member, as when members swap
        their times on each content. 1 where nobody keeps a pace of their own.
    steadier_z : float
        The same in standard deviations of that null.
    spread_s : float
        How far a member's delay between two contents typically is from the usual delay, seconds.
    delay_s : float
        The usual delay itself, the median over pairs of contents, seconds.
    agreement : float
        Share of members that keep the majority's order, over pairs of contents whose order the clock leaves
        open; .5 is none, and NaN where no such pair is.
    agreement_z : float
        The same in standard deviations of the null.
    """

    steadier: float
    steadier_z: float
    spread_s: float
    delay_s: float
    agreement: float
    agreement_z: float


UNKNOWN = Order(*(np.nan,) * 6)


def order(visits: Visits, cores: np.ndarray, clock_s: int, *, rng: np.random.Generator) -> Order:
    """Compare the members' delays between contents with those of members who swap their times.

    Parameters
    ----------
    visits : Visits
    cores : numpy.ndarray
        int64 microseconds, shape (n_contents, 2): from when to when most members came.
    clock_s : int
        The step of the log's clock, seconds.
    rng : numpy.random.Generator

    Notes
    -----
    For each two contents the delay of each member who acted on both is taken, and its median distance from the
    median delay. The null keeps the clock of each content to the microsecond and swaps which member came when. That
    members came within an hour on one day and within an hour on another makes their delays constant, but no more so
    than swapping: it is said by synchrony and gathering, not here. What speaks here is a pace of one's own: a script
    with fixed pauses, accounts that always follow each other in the same order, a lag that each keeps.

    The order of two contents counts only where the times overlap on which most members came; elsewhere the
    contents' own dates force it. At most 12 contents and 100 accounts with most actions are looked at, 99 draws.

    People who look through several contents in one sitting keep a pace of their own as well. So agreement alone is
    described and never enough for ``lockstep``.
    """
    who = visits.accounts[visits.members]
    content = visits.contents[visits.members]
    when = visits.times[visits.members]
    of_content = np.bincount(content, minlength=len(cores))
    kept = np.sort(np.argsort(-of_content, kind="stable")[:MAX_CONTENTS])
    kept = kept[of_content[kept] >= MIN_COMMON]
    codes, rank = np.unique(who, return_inverse=True)
    busiest = np.sort(np.argsort(-np.bincount(rank, minlength=len(codes)), kind="stable")[:MAX_ACCOUNTS])
    table = np.full((len(kept), len(codes)), NO_TIME, np.int64)
    place = np.full(len(cores), -1, np.int64)
    place[kept] = np.arange(len(kept))
    used = place[content] >= 0
    table[place[content[used]], rank[used]] = when[used]
    table = np.ascontiguousarray(table[:, busiest])
    low, high = cores[kept, 0], cores[kept, 1]
    apart = (high[:, None] < low[None, :]) | (high[None, :] < low[:, None])
    tick = max(clock_s, 1) * MICROSECONDS
    seen, spread, delay = _agreement(table, apart, tick)
    if np.isnan(seen[0]):
        return UNKNOWN
    null = np.empty((DRAWS, 2))
    shuffled = table.copy()
    for i in range(DRAWS):
        _swap(shuffled, rng)
        null[i] = _agreement(shuffled, apart, tick)[0]
    mean, sd = null.mean(0), null.std(0, ddof=1)
    z = np.divide(seen - mean, sd, out=np.full(2, np.nan), where=sd > 1e-12)
    return Order(
        steadier=float(np.exp(mean[0] - seen[0])),
        steadier_z=float(-z[0]),
        spread_s=spread / MICROSECONDS,
        delay_s=delay / MICROSECONDS,
        agreement=float(seen[1]),
        agreement_z=float(z[1]),
    )


@njit(nogil=True, cache=True)
def _swap(table, rng):  # type: ignore[no-untyped-def]
    """Swap, on each content, which of those who came there came when."""
    for i in range(len(table)):
        here = np.flatnonzero(table[i] != NO_TIME)
        for j in range(len(here) - 1, 0, -1):
            other = int(rng.random() * (j + 1))
            a, b = here[j], here[other]
            table[i, a], table[i, b] = table[i, b], table[i, a]


@njit(nogil=True, cache=True)
def _agreement(table, apart, tick):  # type: ignore[no-untyped-def]
    """Return mean log spread of delays and mean agreement of order, and the typical spread and delay."""
    n = len(table)
    spreads, delays = np.empty(n * n), np.empty(n * n)
    n_pairs, n_open, agreement, total = 0, 0, 0.0, 0.0
    for i in range(n):
        for j in range(i + 1, n):
            both = (table[i] != NO_TIME) & (table[j] != NO_TIME)
            if both.sum() < MIN_COMMON:
                continue
            delay = table[j][both] - table[i][both]
            middle = np.median(delay)
            spread = np.median(np.abs(delay - middle))
            spreads[n_pairs], delays[n_pairs] = spread, abs(middle)
            total += np.log(max(spread, tick))
            n_pairs += 1
            if not apart[i, j]:
                first = (delay > 0).sum() + 0.5 * (delay == 0).sum()
                agreement += max(first, len(delay) - first) / len(delay)
                n_open += 1
    result = np.full(2, np.nan)
    if n_pairs == 0:
        return result, 0.0, 0.0
    result[0] = total / n_pairs
    if n_open > 0:
        result[1] = agreement / n_open
    return result, np.median(spreads[:n_pairs]), np.median(delays[:n_pairs])
