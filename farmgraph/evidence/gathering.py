"""Gathering: where hardly anybody but members came, did they gather faster than visitors of other contents do?"""

from dataclasses import dataclass
from itertools import islice

import numpy as np

from farmgraph.evidence.visits import Visits
from farmgraph.graph.times import Times
from farmgraph.interactions.schema import MICROSECONDS

MIN_ACTORS = 3
MIN_REFERENCE = 20
MAX_REFERENCE = 200
SIZES = 10
MIN_CONTENTS = 3
MAX_CONTENTS = 50


@dataclass(frozen=True)
class Gathering:
    """How fast the members gathered, compared with the visitors of the log's other contents.

    Attributes
    ----------
    n_reference : int
        Contents compared with, the median over the cluster's contents; 0 where there are too few of them.
    faster : float
        How many times as long as members equally many visitors took to gather there; the median over the
        cluster's contents. NaN where nothing could be compared.
    rank : float
        Share of those contents that gathered theirs at least as fast, the median likewise.
    members_s, others_s : float
        How long half of the members, and half of the visitors of the other contents, took (medians, seconds).
    """

    n_reference: int
    faster: float
    rank: float
    members_s: float
    others_s: float


NOTHING = Gathering(0, np.nan, np.nan, np.nan, np.nan)


def gathering(visits: Visits, free: np.ndarray, times: Times, *, rng: np.random.Generator) -> Gathering:
    """Compare how fast members gathered on their contents with how fast others gather elsewhere.

    Parameters
    ----------
    visits : Visits
    free : numpy.ndarray
        int32 codes of the contents to compare with: those of no cluster.
    times : Times
    rng : numpy.random.Generator

    Notes
    -----
    A content is compared with contents of a tenth to ten times as many actors, the 200 nearest in size, at least 20. At
    most 50 contents of the cluster, its most popular, are looked at. Both sides are thinned to the smaller number, and
    the shortest time that holds half of them is taken: numbers being equal, it tells how close together people came,
    wherever the rest is. Times below a second, or the clock's step, count as that.

    This is weaker than a comparison with other visitors of the same contents: other contents have other lives, and an
    event gathers people fast as well. So it is no test, has no p-value and is never enough for ``lockstep``.
    """
    sizes = times.starts[free + 1] - times.starts[free]
    order = np.argsort(sizes, kind="stable")
    free, sizes = free[order], sizes[order]
    tick = max(float(times.clock_s), 1.0) * MICROSECONDS
    found = []
    for mine, _ in islice(visits.each(), MAX_CONTENTS):
        near = _nearest_in_size(sizes, max(len(mine), 1))
        if len(mine) < MIN_ACTORS or len(near) < MIN_REFERENCE:
            continue
        spans = np.array([_spans_in_equal_numbers(mine, _times_of(free[i], times), rng) for i in near])
        spans = np.maximum(spans, tick)
        ratios = spans[:, 1] / spans[:, 0]
        found.append(
            (
                len(near),
                np.median(ratios),
                np.mean(ratios <= 1),
                np.median(spans[:, 0]),
                np.median(spans[:, 1]),
            )
        )
    if len(found) < MIN_CONTENTS:
        return NOTHING
    n, faster, rank, members, others = np.median(np.array(found), axis=0)
    return Gathering(
        int(n), float(faster), float(rank), float(members) / MICROSECONDS, float(others) / MICROSECONDS
    )


def _times_of(content: int, times: Times) -> np.ndarray:
    return times.times[times.starts[content] : times.starts[content + 1]]


def _nearest_in_size(sizes: np.ndarray, n: int) -> np.ndarray:
    """Return positions of the sizes (ascending) nearest to n as ratios, none beyond a tenth or ten times."""
    low = np.searchsorted(sizes, max(n / SIZES, MIN_ACTORS), "left")
    high = np.searchsorted(sizes, n * SIZES, "right")
    inside = np.arange(low, high)
    distance = np.abs(np.log(sizes[low:high] / n))
    return np.sort(inside[np.argsort(distance, kind="stable")[:MAX_REFERENCE]])


def _spans_in_equal_numbers(
    mine: np.ndarray, theirs: np.ndarray, rng: np.random.Generator
) -> tuple[int, int]:
    n = min(len(mine), len(theirs))
    return _half_span(_thinned(mine, n, rng)), _half_span(_thinned(theirs, n, rng))


def _thinned(times: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    return times if len(times) == n else np.sort(rng.choice(times, n, replace=False, shuffle=False))


def _half_span(times: np.ndarray) -> int:
    held = len(times) // 2 + 1
    return int((times[held - 1 :] - times[: len(times) - held + 1]).min())
