"""Where a time axis has its ticks and what they say, in UTC."""

from datetime import UTC, datetime, timedelta

import numpy as np

_SECOND = 1_000_000
_STEPS = [s * _SECOND for s in (1, 2, 5, 10, 15, 30)]
_STEPS += [m * 60 * _SECOND for m in (1, 2, 5, 10, 15, 30)]
_STEPS += [h * 3_600 * _SECOND for h in (1, 2, 3, 6, 12)]
_DAY = 86_400 * _SECOND
_STEPS += [d * _DAY for d in (1, 2, 3, 4, 7, 14)]
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
_MONTH = 30 * _DAY
_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONDAY = 4 * _DAY
"""5 January 1970: steps of whole days are counted from a Monday."""


def ticks(start: int, end: int, *, most: int = 8) -> list[tuple[int, str, str]]:
    """Choose readable ticks between two times.

    Parameters
    ----------
    start, end : int
        Microseconds since 1970 UTC.
    most : int
        Largest number of ticks.

    Returns
    -------
    list of (int, str, str)
        Time, label, and what the label leaves open (the date or the year), empty where it is the
        same as at the tick before.

    Examples
    --------
    >>> hour = 3_600_000_000
    >>> [(label, context) for _, label, context in ticks(0, 3 * hour, most=4)]
    [('00:00', '1 Jan 1970'), ('01:00', ''), ('02:00', ''), ('03:00', '')]
    """
    for step in _STEPS:
        origin = _MONDAY if step >= _DAY else 0
        # A range, not a list: small steps over years would be billions of places.
        candidates = range(origin - (origin - start) // step * step, end + 1, step)
        if len(candidates) <= most:
            return _labelled(list(candidates), step)
    first, last = (int(np.datetime64(t, "us").astype("M8[M]").astype(np.int64)) for t in (start, end))
    for months in _MONTHS:
        numbers = np.arange(-(-first // months) * months, last + 1, months)
        places = [int(t) for t in numbers.astype("M8[M]").astype("M8[us]").astype(np.int64)]
        places = [t for t in places if start <= t <= end]
        if len(places) <= most:
            break
    return _labelled(places[:most], months * _MONTH)


def padded(times: np.ndarray) -> tuple[int, int]:
    """Return a range around the times: a fiftieth to each side, never less than ten seconds in all.

    Examples
    --------
    >>> padded(np.array([0, 0]))
    (-5000000, 5000000)
    """
    low, high = int(times.min()), int(times.max())
    margin = max((high - low) // 50, (10 * _SECOND - (high - low)) // 2)
    return low - margin, high + margin


def _labelled(places: list[int], step: int) -> list[tuple[int, str, str]]:
    labelled = []
    before = ""
    for place in places:
        when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=place)
        date = f"{when.day} {_NAMES[when.month - 1]}"
        if step >= 12 * _MONTH:
            label, context = str(when.year), ""
        elif step >= _MONTH:
            label, context = _NAMES[when.month - 1], str(when.year)
        elif step >= _DAY:
            label, context = date, str(when.year)
        else:
            label, context = (
                f"{when:%H:%M:%S}" if step < 60 * _SECOND else f"{when:%H:%M}",
                f"{date} {when.year}",
            )
        labelled.append((place, label, context if context != before else ""))
        before = context
    return labelled
