"""Occasions: at how many separate times did the members meet? An event has one, a farm has many."""

from dataclasses import dataclass, replace

import numpy as np

from farmgraph.evidence.visits import Visits
from farmgraph.interactions.schema import MICROSECONDS

CORE = 0.8
MAX_PAUSE_S = 6 * 3_600
PAUSES_PER_LOG = 50
MIN_MEMBERS = 2
STRAY = 10
TOUCHED = 0.25


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
        int64: occasion of each content, numbered by time; -1 where members did not meet.
    largest : int
        Number of the one with most actions; -1 without times.
    begins, ends : numpy.ndarray
        int64 microseconds: when each occasion began and ended.
    cores : numpy.ndarray
        int64 microseconds, shape (n_contents, 2): from when to when most members came to each content; 0 where
        fewer than two did.
    """

    n: int
    largest_share: float
    largest_s: float
    of_content: np.ndarray
    largest: int
    begins: np.ndarray
    ends: np.ndarray
    cores: np.ndarray

    def moments(self, visits: Visits) -> np.ndarray:
        """Return the median time of the members' actions in each occasion (int64 microseconds)."""
        when, which = self._inside(visits)
        return np.array([int(np.median(when[which == i])) for i in range(self.n)], np.int64)

    def in_largest(self, visits: Visits) -> np.ndarray:
        """Say of each content (bool) whether the largest occasion has a share in it: at least a quarter of its members.

        More than those that belong to it: a hashtag that some members knew before the event is not apart from it.
        """
        n_contents = len(visits.starts) - 1
        if self.largest < 0:
            return np.zeros(n_contents, bool)
        when, what = visits.times[visits.members], visits.contents[visits.members]
        during = (when >= self.begins[self.largest]) & (when <= self.ends[self.largest])
        n_during = np.bincount(what[during], minlength=n_contents)
        n_all = np.bincount(what, minlength=n_contents)
        touched = n_during >= TOUCHED * np.maximum(n_all, 1)
        return np.asarray(touched | (self.of_content == self.largest))

    def _inside(self, visits: Visits) -> tuple[np.ndarray, np.ndarray]:
        """Return times and occasions of the members' actions that fall into one."""
        when, which = visits.times[visits.members], self.of_content[visits.contents[visits.members]]
        when, which = when[which >= 0], which[which >= 0]
        inside = (when >= self.begins[which]) & (when <= self.ends[which])
        return when[inside], which[inside]


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
    so are those that such contents link. A content on which they took more than ten times as long as usual is left
    out: two members who came weeks apart did not meet, and would link everything between. The pause is six hours:
    shorter than a night, longer than a lull in one afternoon. It is at most a fiftieth of the log; in a log of one
    day that is half an hour, so that work at many different minutes still counts as many occasions.

    Examples
    --------
    Three members meet on two contents on one afternoon and on a third a day later; the log lasts ten days.

    >>> hours = np.array([12.0, 12.1, 12.2, 14.0, 14.1, 14.5, 38.0, 38.1, 38.2])
    >>> who, mine = np.tile(np.arange(3), 3), np.ones(9, bool)
    >>> seen = occasions(Visits(np.array([0, 3, 6, 9]), (hours * 3.6e9).astype(np.int64), who, mine), 864_000.0)
    >>> seen.n, seen.of_content.tolist(), round(seen.largest_share, 2), seen.largest_s  # 12.0 to 14.5 h
    (2, [0, 0, 1], 0.67, 9000.0)
    """
    cores = np.zeros((len(visits.starts) - 1, 2), np.int64)
    met = np.zeros(len(cores), bool)
    for i, (mine, _) in enumerate(visits.each()):
        met[i] = len(mine) >= MIN_MEMBERS
        if met[i]:
            cores[i] = shortest_span(mine, CORE)
    widths = cores[:, 1] - cores[:, 0]
    if met.any():
        met &= widths <= max(STRAY * np.median(widths[met]), pause_us(log_span_s))
    of_content, begins, ends = _linked(cores[:, 0], cores[:, 1], met, pause_us(log_span_s))
    if not len(begins):
        return Occasions(0, np.nan, np.nan, of_content, -1, begins, ends, cores)
    found = Occasions(len(begins), np.nan, np.nan, of_content, -1, begins, ends, cores)
    counts = np.bincount(found._inside(visits)[1], minlength=len(begins))
    largest = int(np.argmax(counts))
    return replace(
        found,
        largest_share=float(counts[largest] / visits.members.sum()),
        largest_s=float(ends[largest] - begins[largest]) / MICROSECONDS,
        largest=largest,
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


def _linked(
    low: np.ndarray, high: np.ndarray, met: np.ndarray, pause: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Link stretches no further apart than the pause, where members met; -1 elsewhere."""
    of_content = np.full(len(low), -1, np.int64)
    seen = np.flatnonzero(met)
    if not len(seen):
        return of_content, np.empty(0, np.int64), np.empty(0, np.int64)
    seen = seen[np.argsort(low[seen], kind="stable")]
    reach = np.maximum.accumulate(high[seen])
    new = np.append(True, low[seen][1:] - reach[:-1] > pause)
    of_content[seen] = np.cumsum(new) - 1
    begins = low[seen][new]
    ends = reach[np.append(np.flatnonzero(new)[1:] - 1, len(seen) - 1)]
    return of_content, begins, ends
