"""How finely the clock of a log ticks, and whether it runs ahead."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.interactions.schema import MICROSECONDS

_NAMED = (86_400 * MICROSECONDS, 3_600 * MICROSECONDS, 60 * MICROSECONDS, MICROSECONDS, 1_000, 1)
_BETWEEN = (*(s * MICROSECONDS for s in (1_800, 900, 600, 300, 10)), 100_000, 10_000)
_MINUTE, _HOUR, _DAY = 60 * MICROSECONDS, 3_600 * MICROSECONDS, 86_400 * MICROSECONDS

ENOUGH = 20
"""Times from which on it is no accident that all are multiples of something."""

MOST_OUTLIERS = 0.01
_SAMPLE = 4_096


@dataclass(frozen=True)
class Clock:
    """What the times of a log say about its clock.

    Attributes
    ----------
    resolution_s : float or None
        The largest unit of which all times, but at most 1 %, are multiples: a day, an hour, 30, 15, 10 or 5 minutes,
        a minute, 10 seconds, a second, 100, 10 or 1 milliseconds, a microsecond. None without two different times.
    share : float
        Share of the times that are multiples of it; 1 where all are.
    whole : dict of str to float
        Share of the times that are a whole ``"minute"``, ``"hour"`` and ``"day"`` in UTC; empty without times.
    """

    resolution_s: float | None
    share: float
    whole: dict[str, float]


def clock_of(column: pa.ChunkedArray) -> Clock:
    """Look at the times of a log (timestamp[us], missing ones left out).

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        The column ``time`` of an `Interactions`.

    Returns
    -------
    Clock

    Notes
    -----
    Shares are exact, O(rows). From 20 times on, "multiples" means equally far from the usual tick: a day that begins
    at 22:00 UTC is a day, too. With fewer, only multiples since 1970 count, and of the usual units alone, since two
    times can be 5 minutes apart by accident.

    Examples
    --------
    >>> minutes = pa.chunked_array([[60_000_000 * i for i in range(1, 100)]])
    >>> found = clock_of(minutes)
    >>> found.resolution_s, found.share, found.whole["minute"]
    (60.0, 1.0, 1.0)
    """
    times = column.drop_null().cast(pa.int64()).to_numpy()
    if len(times) == 0:
        return Clock(None, 0.0, {})
    sample = times[:: max(1, len(times) // _SAMPLE)]
    tick, share = _resolution(times, sample) if (times != times[0]).any() else (0, 0.0)
    return Clock(tick / MICROSECONDS if tick else None, share, _whole(times))


def _resolution(times: np.ndarray, sample: np.ndarray) -> tuple[int, float]:
    enough = len(times) >= ENOUGH
    for unit in sorted((*_NAMED, *(_BETWEEN if enough else ())), reverse=True):
        rests = sample % unit
        values, counts = np.unique(rests, return_counts=True)
        offset = values[counts.argmax()] if enough else 0
        # Most units are ruled out by some of the times, so that all are looked at once or twice only.
        if np.mean(rests == offset) >= 0.9:
            share = float(np.mean(times % unit == offset))
            if share >= 1 - MOST_OUTLIERS:
                return unit, share
    return 1, 1.0


def _whole(times: np.ndarray) -> dict[str, float]:
    """Return the shares of whole minutes, hours and days; whole hours are among the whole minutes."""
    n, shares = len(times), {}
    for name, unit in (("minute", _MINUTE), ("hour", _HOUR), ("day", _DAY)):
        times = times[times % unit == 0]
        shares[name] = len(times) / n
    return shares


def future_note(column: pa.ChunkedArray, *, now: datetime | None = None) -> str:
    """Say how many times are more than a day after now; empty if none is.

    It is no note of the reading, which has to be the same tomorrow.
    """
    limit = (now or datetime.now(UTC)) + timedelta(days=1)
    last = pc.max(column).as_py()
    if last is None or last <= limit:
        return ""
    n = int(pc.sum(pc.greater(column, pa.scalar(limit, column.type))).as_py())
    lie = "time lies" if n == 1 else "times lie"
    why = "a wrong unit, day and month mixed up, or planned posts"
    return f"{n:,} {lie} more than a day in the future, the last in {last:%Y-%m}: {why}."
