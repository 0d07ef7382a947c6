"""Occasions: at how many separate times did the members meet? An event has one, a farm has many."""

from dataclasses import dataclass

import numpy as np

from farmgraph.evidence.visits import Visits
from farmgraph.interactions.schema import MICROSECONDS

CORE = 0.8
MAX_PAUSE_S = 6 * 3_600
PAUSES_PER_LOG = 50
MIN_MEMBERS = 2


@dataclass(frozen=True, eq=False)
class Occasions:
    """The separate times at which members met.

    Attributes
    ----------
    n : int
        How many; 0 without times.
    largest_share : float
        Share of the members' actions that fall into the one with most of them; NaN without times.
    largest_s : float
        How long that one lasted, seconds.
    of_content : numpy.ndarray
        int64: occasion of each content, numbered by time; -1 where fewer than two members came.
    largest : int
        Number of the one with most actions; -1 without times.
    begins, ends : numpy.ndarray
        int64 microseconds: when each occasion began and ended.
    """

    n: int
    largest_share: float
    largest_s: float
    of_content: np.ndarray
    largest: int
    begins: np.ndarray
    ends: np.ndarray


def occasions(visits: Visits, log_span_s: float) -> Occasions:
    """Find the separate times at which the members of a cluster met; O(n log n) in its actions.

    Parameters
    ----------
    visits : Visits
    log_span_s : float
        How long the whole log lasts, seconds.

    Notes
    -----
    On each content the members were together for the shortest time that holds four fifths of them: one worker in five
    may be early or late. Contents whose times overlap, or lie no further apart than a pause, are one occasion, and
    so are those that such contents link. The pause is six hours: shorter than a night, longer than a lull in one
    afternoon. It is at most a fiftieth of the log; in a log of one day that is half an hour, so that work at many
    different minutes still counts as many occasions.

    Examples
    --------
    Three members meet on two contents on one afternoon and on a third a day later; the log lasts ten days.

    >>> hours = np.array([12.0, 12.1, 12.2, 14.0, 14.1, 14.5, 38.0, 38.1, 38.2])
    >>> who, mine = np.tile(np.arange(3), 3), np.ones(9, bool)
    >>> seen = occasions(Visits(np.array([0, 3, 6, 9]), (hours * 3.6e9).astype(np.int64), who, mine), 864_000.0)
    >>> seen.n, seen.of_content.tolist(), round(seen.largest_share, 2), seen.largest_s  # 12.0 to 14.5 h
    (2, [0, 0, 1], 0.67, 9000.0)
    """
    low = np.full(len(visits.starts) - 1, -1, np.int64)
    high = low.copy()
    for i, (mine, _) in enumerate(visits.each()):
        if len(mine) >= MIN_MEMBERS:
            low[i], high[i] = shortest_span(mine, CORE)
    of_content, begins, ends = _linked(low, high, pause_us(log_span_s))
    if not len(begins):
        return Occasions(0, np.nan, np.nan, of_content, -1, begins, ends)
    when, which = visits.times[visits.members], of_content[visits.contents[visits.members]]
    inside = (which >= 0) & (when >= begins[which]) & (when <= ends[which])
    counts = np.bincount(which[inside], minlength=len(begins))
    largest = int(np.argmax(counts))
    return Occasions(
        n=len(begins),
        largest_share=float(counts[largest] / len(when)),
        largest_s=float(ends[largest] - begins[largest]) / MICROSECONDS,
        of_content=of_content,
        largest=largest,
        begins=begins,
        ends=ends,
    )


def pause_us(log_span_s: float) -> int:
    """Return how far apart two occasions are at least, microseconds.

    Examples
    --------
    >>> pause_us(30 * 86_400) == 6 * 3_600_000_000, pause_us(86_400) / 60_000_000  # minutes
    (True, 28.8)
    """
    return int(min(MAX_PAUSE_S, log_span_s / PAUSES_PER_LOG) * MICROSECONDS)


def shortest_span(times: np.ndarray, share: float) -> tuple[int, int]:
    """Return the ends of the shortest stretch of sorted times that holds this share of them; the first of several.

    Examples
    --------
    >>> shortest_span(np.array([0, 50, 51, 53, 54, 99]), 0.6)  # 4 of 6
    (50, 54)
    """
    held = int(np.ceil(share * len(times) - 1e-9))
    first = int(np.argmin(times[held - 1 :] - times[: len(times) - held + 1]))
    return int(times[first]), int(times[first + held - 1])


def _linked(low: np.ndarray, high: np.ndarray, pause: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Link stretches no further apart than the pause; -1 marks none."""
    of_content = np.full(len(low), -1, np.int64)
    seen = np.flatnonzero(low >= 0)
    if not len(seen):
        return of_content, np.empty(0, np.int64), np.empty(0, np.int64)
    seen = seen[np.argsort(low[seen], kind="stable")]
    reach = np.maximum.accumulate(high[seen])
    new = np.append(True, low[seen][1:] - reach[:-1] > pause)
    of_content[seen] = np.cumsum(new) - 1
    begins = low[seen][new]
    ends = reach[np.append(np.flatnonzero(new)[1:] - 1, len(seen) - 1)]
    return of_content, begins, ends
