"""Times: whatever a log writes becomes microseconds since 1970 in UTC, or is called unreadable."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.errors import InputError, UsageError
from farmgraph.interactions.names import Texts, texts_of
from farmgraph.interactions.schema import MICROSECONDS

FIRST_YEAR, END_YEAR = 1970, 2100
"""Times are readable from the start of the first year to the start of the last."""

KINDS = (
    "missing",
    "unreadable",
    "missing, as a word such as NA",
    "date and time with a zone",
    "date and time without a zone",
    "date as eight digits",
    "Unix time in seconds",
    "Unix time in milliseconds",
    "Unix time in microseconds",
    "Unix time in nanoseconds",
)
"""What a single time turned out to be; the position in this tuple is its code."""

PLACEHOLDERS = ("NA", "N/A", "n/a", "NaN", "nan", "NaT", "NULL", "null", "None")
"""What other programs write where a value is missing."""

MISSING, UNREADABLE, PLACEHOLDER, ZONED, UNZONED, EIGHT_DIGITS, UNIX_S = range(7)

FIRST_DAY, LAST_DAY = 19900101, 20991231
"""Eight digits between these are a day where the calendar has it; logs are no older."""

_DAY = 86_400 * MICROSECONDS
_LAST = int(np.datetime64(f"{END_YEAR}-01-01", "us").astype(np.int64))
# Arrow does without the rule that goes on where the list of changes ends.
_END_OF_CHANGES = int(np.datetime64("2037-01-01", "us").astype(np.int64))
# A whole Unix number is below the first limit in seconds, below the second in milliseconds, ...
_LIMITS = (10**11, 10**14, 10**17)


def read_times(column: pa.Array | Texts, *, name: str = "time") -> tuple[np.ndarray, np.ndarray]:
    """Turn a column of times of any usual kind into microseconds.

    Parameters
    ----------
    column : pyarrow.Array or Texts, length n
        Text (ISO 8601, ``YYYY-MM-DD`` or Unix time), numbers (Unix time: seconds below
        1e11, milliseconds below 1e14, microseconds below 1e17, otherwise nanoseconds),
        timestamps or dates. Each text is judged by itself, so formats may be mixed.
    name : str
        What the column is called in messages.

    Returns
    -------
    values : numpy.ndarray of int64, shape (n,)
        Microseconds since 1970-01-01 UTC; 0 where there is none. Finer fractions are cut.
    kinds : numpy.ndarray of uint8, shape (n,)
        Positions in `KINDS`. Empty text, nulls, NaN and `PLACEHOLDERS` are missing; values outside
        the years 1970 to 2099 are unreadable. Eight digits that are a day of the years 1990
        to 2099 (20240501) are that day, not the second in August 1970 that they could be.

    Raises
    ------
    InputError
        If the column's type cannot hold times.

    Examples
    --------
    >>> values, kinds = read_times(pa.array(["1970-01-01T00:00:01+00:00", "1", "", "soon"]))
    >>> values.tolist(), [KINDS[k] for k in kinds]
    ([1000000, 1000000, 0, 0], ['date and time with a zone', 'Unix time in seconds', 'missing', 'unreadable'])

    It does not read local formats such as 31/12/2024, because their order of day and month is a guess.
    """
    if isinstance(column, Texts):
        return _from_text(column)
    if pa.types.is_dictionary(column.type):
        values, kinds = read_times(column.dictionary, name=name)
        index = column.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        if len(values) == 0:
            return np.zeros(len(column), np.int64), np.zeros(len(column), np.uint8)
        missing = column.is_null().to_numpy(zero_copy_only=False)
        return np.where(missing, 0, values[index]), np.where(missing, MISSING, kinds[index]).astype(np.uint8)
    kind = column.type
    if pa.types.is_null(kind):
        return np.zeros(len(column), np.int64), np.zeros(len(column), np.uint8)
    if _is_text(kind):
        return _from_text(texts_of(column))
    if pa.types.is_decimal(kind):
        return _from_text(texts_of(column.cast(pa.string())))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _from_numbers(column)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _from_timestamps(column)
    raise InputError(
        f"Column {name!r} holds {kind}, which are no times. Expected text (ISO 8601), Unix numbers, "
        f"timestamps or dates; name another column with time=."
    )


def time_notes(counts: np.ndarray, *, values_all_1970: bool = False, timezone: str = "UTC") -> list[str]:
    """Say in plain sentences what was assumed about times; `counts` has one number per entry of `KINDS`."""
    notes = []
    n = int(counts[ZONED:].sum())
    words = int(counts[PLACEHOLDER])
    if words:
        are, count = ("time is", "counts") if words == 1 else ("times are", "count")
        notes.append(f"{words:,} {are} written as NA, null or the like and {count} as missing.")
    digits = int(counts[EIGHT_DIGITS])
    if digits:
        notes.append(
            f"Numbers such as 20240501 were read as dates, year, month and day ({digits:,} of {n:,}); "
            "as Unix time they would fall in August 1970."
        )
    unzoned = int(counts[UNZONED]) + digits
    if unzoned and unzoned == n:
        notes.append(f"Times without a zone were read as {timezone}.")
    elif unzoned:
        notes.append(f"Times without a zone were read as {timezone} ({unzoned:,} of {n:,}).")
    unix = [(name, int(c)) for name, c in zip(KINDS[UNIX_S:], counts[UNIX_S:], strict=True) if c]
    if len(unix) == 1 and unix[0][1] == n:
        notes.append(f"Times are numbers and were read as {unix[0][0]}.")
    elif unix:
        notes.append(
            "Numbers were read as " + ", ".join(f"{name} ({c:,} of {n:,})" for name, c in unix) + "."
        )
    if unix and values_all_1970:
        notes.append("All times fall in 1970: check that the column of times really holds Unix times.")
    return notes


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _from_text(texts: Texts) -> tuple[np.ndarray, np.ndarray]:
    from farmgraph.interactions.timekernel import parse_times

    n = len(texts.begin)
    values, kinds = np.zeros(n, np.int64), np.zeros(n, np.uint8)
    parse_times(texts.data, texts.begin, texts.stop, 0, _LAST, FIRST_DAY, LAST_DAY, values, kinds)
    # The words are looked up where nothing else was found: most logs pay nothing for them.
    bad = np.flatnonzero(kinds == UNREADABLE)
    if len(bad):
        found = Texts(texts.data, texts.begin[bad], texts.stop[bad]).to_arrow()
        words = pc.is_in(pc.utf8_trim_whitespace(found), value_set=pa.array(PLACEHOLDERS))
        kinds[bad[words.to_numpy(zero_copy_only=False)]] = PLACEHOLDER
    if texts.index is not None:
        return values[texts.index], kinds[texts.index]
    return values, kinds


def to_utc(
    values: np.ndarray, kinds: np.ndarray, *, timezone: str = ""
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read times without a zone as those of a place.

    Parameters
    ----------
    values, kinds : numpy.ndarray, shape (n,)
        As `read_times` returns them.
    timezone : str
        A zone of the IANA database, such as ``"Europe/Berlin"``; empty for UTC.

    Returns
    -------
    values : numpy.ndarray of int64, shape (n,)
        Microseconds since 1970-01-01 UTC.
    kinds : numpy.ndarray of uint8, shape (n,)
        As given, save that times are unreadable which in UTC lie outside the years that are.
    shifted : numpy.ndarray of int64, shape (2,)
        How many local times occur twice, since clocks were put back (the earlier is taken), and how many never,
        since clocks were put forward (they are read as if they had not been).

    Examples
    --------
    >>> values, kinds = read_times(pa.array(["2024-07-01 12:00:00", "2024-07-01T12:00:00Z"]))
    >>> (to_utc(values, kinds, timezone="Europe/Berlin")[0] - values) // 3_600_000_000
    array([-2,  0])
    """
    shifted = np.zeros(2, np.int64)
    local = np.flatnonzero((kinds == UNZONED) | (kinds == EIGHT_DIGITS))
    if not timezone or not len(local):
        return values, kinds, shifted
    out, kinds = values.copy(), kinds.copy()
    far = values[local] >= _END_OF_CHANGES
    for some, convert in ((local[~far], _near_to_utc), (local[far], _far_to_utc)):
        if len(some):
            out[some], counts = convert(values[some], timezone)
            shifted += counts
    outside = local[(out[local] < 0) | (out[local] >= _LAST)]
    out[outside], kinds[outside] = 0, UNREADABLE
    return out, kinds, shifted


def checked_timezone(timezone: str | None) -> str:
    """Return the name of a time zone, or an empty text for UTC.

    Raises
    ------
    UsageError
        If there is no such zone.

    Examples
    --------
    >>> checked_timezone("Europe/Berlin"), checked_timezone(None)
    ('Europe/Berlin', '')
    """
    import zoneinfo

    if timezone is None or timezone == "UTC":
        return ""
    try:
        zoneinfo.ZoneInfo(timezone)
    except (ValueError, OSError, TypeError, zoneinfo.ZoneInfoNotFoundError):
        import difflib

        known = sorted(zoneinfo.available_timezones())
        close = difflib.get_close_matches(str(timezone), known, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise UsageError(
            f"timezone is {timezone!r}; expected a zone of the IANA database such as 'Europe/Berlin'.{hint}"
        ) from None
    return timezone


def _near_to_utc(values: np.ndarray, timezone: str) -> tuple[np.ndarray, np.ndarray]:
    naive = pa.array(values).view(pa.timestamp("us"))
    early, late = _in_zone(naive, timezone, "earliest"), _in_zone(naive, timezone, "latest")
    # Both readings of a time that occurs once are the same. Shown in the zone, one that never occurs is another.
    shown = pc.local_timestamp(early.view(pa.timestamp("us", tz=timezone))).cast(pa.int64())
    there, first, last = (part.to_numpy(zero_copy_only=False) for part in (shown, early, late))
    never = there != values
    counts = np.array([((first != last) & ~never).sum(), never.sum()])
    # It came out as the last moment before the change, whose offset is the one that still held.
    return np.where(never, values - (there - first), first), counts


def _far_to_utc(values: np.ndarray, timezone: str) -> tuple[np.ndarray, np.ndarray]:
    """Do what `to_utc` does for times so late that Arrow no longer knows when clocks change."""
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    zone, epoch, microsecond = ZoneInfo(timezone), datetime(1970, 1, 1), timedelta(microseconds=1)
    distinct, index = np.unique(values, return_inverse=True)
    offsets = np.empty((2, len(distinct)), np.int64)
    for k, value in enumerate(distinct.tolist()):
        local = (epoch + timedelta(microseconds=value)).replace(tzinfo=zone)
        for fold in (0, 1):
            # Of two offsets the first is the one that held before clocks were changed.
            offsets[fold, k] = (local.replace(fold=fold).utcoffset() or timedelta(0)) // microsecond
    before, after = offsets[:, index]
    return values - before, np.array([(before > after).sum(), (before < after).sum()])


def _in_zone(naive: Any, timezone: str, which: str) -> Any:
    zoned = pc.assume_timezone(naive, timezone, ambiguous=which, nonexistent=which)
    return zoned.cast(pa.int64())


def _from_numbers(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    missing = column.is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
    numbers = column.fill_null(0).to_numpy(zero_copy_only=False)
    if numbers.dtype.kind == "f":
        numbers = numbers.astype(np.float64)
        bad = ~np.isfinite(numbers) | (numbers < 0) | (numbers >= 2.0**63)
        numbers = np.where(bad, 0.0, numbers)
        unit = np.searchsorted(_LIMITS, numbers, side="right")
        # Seconds and microseconds are split before scaling: a float has no digits left to multiply.
        whole = np.floor(numbers)
        values = np.choose(
            unit,
            [
                whole.astype(np.int64) * MICROSECONDS * (unit == 0)
                + np.round((numbers - whole) * MICROSECONDS).astype(np.int64),
                np.floor(np.where(unit == 1, numbers, 0) * 1000).astype(np.int64),
                whole.astype(np.int64),
                whole.astype(np.int64) // 1000,
            ],
        )
    else:
        bad = (numbers < 0) | (numbers > np.iinfo(np.int64).max if numbers.dtype == np.uint64 else False)
        numbers = np.where(bad, 0, numbers).astype(np.int64)
        unit = np.searchsorted(_LIMITS, numbers, side="right")
        small = np.where(unit <= 1, numbers, 0)
        values = np.choose(
            unit, [np.where(unit == 0, small, 0) * MICROSECONDS, small * 1000, numbers, numbers // 1000]
        )
    kinds = (UNIX_S + unit).astype(np.uint8)
    days = np.flatnonzero((numbers >= FIRST_DAY) & (numbers <= LAST_DAY))
    if len(days):
        since, real = _days(numbers[days])
        values[days[real]] = since[real] * _DAY
        kinds[days[real]] = EIGHT_DIGITS
    return _finish(values, np.where(bad, UNREADABLE, kinds).astype(np.uint8), missing)


def _days(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Read numbers such as 20240501 as days since 1970, and say which of them are days of the calendar."""
    whole = numbers.astype(np.int64)
    year, month, day = whole // 10_000, whole // 100 % 100, whole % 100
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    dates = months.astype("datetime64[D]") + (day - 1)
    real = (whole == numbers) & (month >= 1) & (month <= 12) & (dates.astype("datetime64[M]") == months)
    return dates.astype(np.int64), real


def _from_timestamps(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    zoned = pa.types.is_timestamp(column.type) and column.type.tz is not None
    missing = column.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s" if pa.types.is_date32(column.type) else "ms"))
    unit = column.type.unit
    numbers = pc.cast(column, pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    if unit == "ns":
        values = numbers // 1000
    else:
        scale = {"s": 1_000_000, "ms": 1_000, "us": 1}[unit]
        # Out of range before scaling, or the product would wrap round into range.
        values = np.where((numbers < 0) | (numbers > _LAST // scale), -1, numbers) * scale
    kinds = np.full(len(column), ZONED if zoned else UNZONED, np.uint8)
    return _finish(values, kinds, missing)


def _finish(values: np.ndarray, kinds: np.ndarray, missing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    bad = (values < 0) | (values >= _LAST) | (kinds == UNREADABLE)
    kinds = np.where(missing, MISSING, np.where(bad, UNREADABLE, kinds)).astype(np.uint8)
    return np.where(kinds >= ZONED, values, 0).astype(np.int64), kinds
