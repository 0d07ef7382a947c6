"""The compiled loop that reads times written as text. Imported only by the function that needs it."""

from typing import Any

from numba import njit

# What a text turned out to be; the names for people are in times.KINDS.
MISSING, UNREADABLE, PLACEHOLDER, ZONED, UNZONED, EIGHT_DIGITS, UNIX_S, UNIX_MS, UNIX_US, UNIX_NS = range(10)


@njit(nogil=True, cache=True)
def days_from_civil(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 in the proleptic Gregorian calendar."""
    if month <= 2:
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469


@njit(nogil=True, cache=True)
def _digits(data: Any, start: int, end: int, n: int) -> int:
    """Return the number that the next `n` bytes write, or -1."""
    if start + n > end:
        return -1
    value = 0
    for i in range(start, start + n):
        d = data[i]
        if d < 48 or d > 57:
            return -1
        value = value * 10 + (d - 48)
    return value


@njit(nogil=True, cache=True)
def _fraction(data: Any, i: int, end: int) -> tuple[int, int]:
    """Read the digits after a decimal point as microseconds (the rest is cut), and the position after them."""
    scale = 100_000
    value = 0
    while i < end and 48 <= data[i] <= 57:
        value += (data[i] - 48) * scale
        scale //= 10
        i += 1
    return value, i


@njit(nogil=True, cache=True)
def _is_day(year: int, month: int, day: int) -> bool:
    """Whether the calendar has that day."""
    if year < 1 or month < 1 or month > 12 or day < 1:
        return False
    longest = 31
    if month == 4 or month == 6 or month == 9 or month == 11:
        longest = 30
    elif month == 2:
        longest = 29 if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 else 28
    return day <= longest


@njit(nogil=True, cache=True)
def _iso(data: Any, i: int, end: int) -> tuple[int, int]:
    year = _digits(data, i, end, 4)
    month = _digits(data, i + 5, end, 2)
    day = _digits(data, i + 8, end, 2)
    if data[i + 4] != data[i + 7] or not _is_day(year, month, day):
        return 0, UNREADABLE
    value = days_from_civil(year, month, day) * 86_400_000_000
    i += 10
    if i == end:
        return value, UNZONED
    if data[i] != 84 and data[i] != 116 and data[i] != 32:  # T, t or a space
        return 0, UNREADABLE
    i += 1
    hour = _digits(data, i, end, 2)
    if hour < 0 or hour > 23 or i + 5 > end or data[i + 2] != 58:
        return 0, UNREADABLE
    minute = _digits(data, i + 3, end, 2)
    if minute < 0 or minute > 59:
        return 0, UNREADABLE
    i += 5
    value += (hour * 3600 + minute * 60) * 1_000_000
    if i < end and data[i] == 58:
        second = _digits(data, i + 1, end, 2)
        if second < 0 or second > 59:
            return 0, UNREADABLE
        value += second * 1_000_000
        i += 3
        if i < end and (data[i] == 46 or data[i] == 44):
            if i + 1 >= end or data[i + 1] < 48 or data[i + 1] > 57:
                return 0, UNREADABLE
            part, i = _fraction(data, i + 1, end)
            value += part
    while i < end and data[i] == 32:
        i += 1
    if i == end:
        return value, UNZONED
    if (data[i] == 90 or data[i] == 122) and i + 1 == end:
        return value, ZONED
    if i + 3 == end and data[i] == 85 and data[i + 1] == 84 and data[i + 2] == 67:  # UTC
        return value, ZONED
    if data[i] != 43 and data[i] != 45:
        return 0, UNREADABLE
    sign = 1 if data[i] == 43 else -1
    hours = _digits(data, i + 1, end, 2)
    minutes = 0
    i += 3
    if i < end:
        if data[i] == 58:
            i += 1
        minutes = _digits(data, i, end, 2)
        i += 2
    if hours < 0 or hours > 18 or minutes < 0 or minutes > 59 or i != end:
        return 0, UNREADABLE
    return value - sign * (hours * 3600 + minutes * 60) * 1_000_000, ZONED


@njit(nogil=True, cache=True)
def _number(data: Any, i: int, end: int, first_day: int, last_day: int) -> tuple[int, int]:
    whole = 0
    n = 0
    while i < end and 48 <= data[i] <= 57:
        if whole > 420_000_000_000_000_000:  # past the last year even in nanoseconds; ten times it overflows
            return 0, UNREADABLE
        whole = whole * 10 + (data[i] - 48)
        n += 1
        i += 1
    if n == 0 or (i < end and data[i] != 46):
        return 0, UNREADABLE
    micro = 0
    if i < end:
        micro, i = _fraction(data, i + 1, end)
        if i != end:
            return 0, UNREADABLE
    if n == 8 and micro == 0 and first_day <= whole <= last_day:
        year, month, day = whole // 10_000, whole // 100 % 100, whole % 100
        if _is_day(year, month, day):
            return days_from_civil(year, month, day) * 86_400_000_000, EIGHT_DIGITS
    if whole < 100_000_000_000:
        return whole * 1_000_000 + micro, UNIX_S
    if whole < 100_000_000_000_000:
        return whole * 1_000 + micro // 1_000, UNIX_MS
    if whole < 100_000_000_000_000_000:
        return whole, UNIX_US
    return whole // 1_000, UNIX_NS


@njit(nogil=True, cache=True)
def parse_times(
    data: Any,
    begin: Any,
    stop: Any,
    first: int,
    last: int,
    first_day: int,
    last_day: int,
    values: Any,
    kinds: Any,
) -> None:
    """Read texts as microseconds since 1970; only `first` <= value < `last` is readable.

    Eight digits from `first_day` to `last_day` are a day where the calendar has it.
    """
    for r in range(len(values)):
        i = begin[r]
        end = stop[r]
        while i < end and (data[i] == 32 or data[i] == 9):
            i += 1
        while end > i and (data[end - 1] == 32 or data[end - 1] == 9):
            end -= 1
        if i == end:
            values[r], kinds[r] = 0, MISSING
            continue
        if end - i >= 10 and (data[i + 4] == 45 or data[i + 4] == 47):  # - or /
            value, kind = _iso(data, i, end)
        else:
            value, kind = _number(data, i, end, first_day, last_day)
        if value < first or value >= last:
            value, kind = 0, UNREADABLE
        values[r], kinds[r] = value, kind
