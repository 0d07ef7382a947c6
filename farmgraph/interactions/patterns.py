"""Times written in ways of their own, by a strptime pattern."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from farmgraph.errors import UsageError
from farmgraph.interactions.jsonquery import column_of, query
from farmgraph.interactions.names import Texts
from farmgraph.interactions.spill import duck
from farmgraph.interactions.times import PLACEHOLDERS

_DATE = re.compile(
    r"(?<!\d)(?P<first>\d{1,2})(?P<mark>[/.-])(?P<second>\d{1,2})(?P=mark)\d{4}(?!\d)"
    r"(?P<clock>(?P<gap>,? |T)\d{1,2}:\d{2}(?P<seconds>:\d{2})?(?P<half> ?[AaPp][Mm])?)?"
)
UNREADABLE = "unreadable"
"""Stands for text that does not fit its pattern; no time is written like that."""


def checked_pattern(pattern: str) -> str:
    """Return a pattern that DuckDB can read.

    Raises
    ------
    UsageError
        If it cannot be read, or names no day.

    Examples
    --------
    >>> checked_pattern("%d/%m/%Y %H:%M")
    '%d/%m/%Y %H:%M'
    """
    import duckdb

    try:
        with duck() as connection:
            connection.execute("SELECT try_strptime('', ?)", [pattern])
    except duckdb.Error as error:
        said = str(error).split("\n")[0]
        raise UsageError(
            f"time_format is {pattern!r}, which cannot be read ({said}). Expected a pattern such as '%d/%m/%Y %H:%M'."
        ) from None
    except (TypeError, ValueError):
        raise UsageError(f"time_format is {pattern!r}; expected a text such as '%d/%m/%Y %H:%M'.") from None
    if "%" not in pattern:
        raise UsageError(f"time_format is {pattern!r}; expected a pattern such as '%d/%m/%Y %H:%M'.")
    return pattern


def likely_patterns(texts: Iterable[str]) -> tuple[str, ...]:
    """Say how dates inside texts seem to be written, where day and month stand in front of the year.

    Parameters
    ----------
    texts : iterable of str
        Whole rows will do: the first date in each counts.

    Returns
    -------
    tuple of str
        One pattern; two where no day is later than the 12th, so that day and month could be either way round (day
        first comes first); none where there are no such dates, or where both ways round occur.

    Examples
    --------
    >>> likely_patterns(["a;p;31.12.2024 09:05", "b;p;1.2.2024 10:00"]), likely_patterns(["1/2/2024"])
    (('%d.%m.%Y %H:%M',), ('%d/%m/%Y', '%m/%d/%Y'))
    """
    found = [match for text in texts if (match := _DATE.search(text))]
    forms = Counter(_form(match) for match in found)
    if not forms:
        return ()
    form = min(forms, key=lambda form: (-forms[form], form))
    same = [match for match in found if _form(match) == form]
    first, second = (max(int(match.group(part)) for match in same) for part in ("first", "second"))
    mark, clock = form
    day_first, month_first = (f"{order.replace('/', mark)}{clock}" for order in ("%d/%m/%Y", "%m/%d/%Y"))
    return tuple(
        pattern
        for pattern, month, day in ((day_first, second, first), (month_first, first, second))
        if month <= 12 and day <= 31
    )


def _form(match: re.Match[str]) -> tuple[str, str]:
    """Return what stands between the numbers of a date, and how its time of day is written."""
    if match.group("clock") is None:
        return match.group("mark"), ""
    hours = "%I" if match.group("half") else "%H"
    half = " %p" if (match.group("half") or "").startswith(" ") else "%p" if match.group("half") else ""
    seconds = ":%S" if match.group("seconds") else ""
    return match.group("mark"), f"{match.group('gap')}{hours}:%M{seconds}{half}"


def by_pattern(value: str, pattern: str) -> str:
    """Return SQL that writes a text of that pattern as `read_times` can read it; NULL where it does not fit.

    Where the pattern has no zone, what comes out has none either.
    """
    literal = "'" + pattern.replace("'", "''") + "'"
    stamp = f"try_strptime({value}, {literal})"
    if "%z" in pattern or "%Z" in pattern:
        return iso_utc(f"epoch_us({stamp})")
    return f"strftime({stamp}, '%Y-%m-%dT%H:%M:%S.%f')"


def iso_utc(microseconds: str) -> str:
    """Return SQL that writes microseconds since 1970 as date and time in UTC."""
    return f"strftime(make_timestamp({microseconds}), '%Y-%m-%dT%H:%M:%S.%fZ')"


def rewritten(column: Any, *, pattern: str) -> Any:
    """Write a column of texts as `read_times` can read them; without a pattern, and of other types, it stays.

    Examples
    --------
    >>> rewritten(pa.array(["31/12/2024 9:05", "", "soon"]), pattern="%d/%m/%Y %H:%M").to_pylist()
    ['2024-12-31T09:05:00.000000', '', 'unreadable']
    """
    if not pattern:
        return column
    texts = column.to_arrow() if isinstance(column, Texts) else column
    if pa.types.is_dictionary(texts.type):
        texts = texts.dictionary_decode()
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        return column
    made = by_pattern("trim(line)", pattern)
    words = ", ".join(f"'{word}'" for word in PLACEHOLDERS)
    sql = (
        "CASE WHEN line IS NULL OR trim(line) = '' THEN '' "
        f"WHEN trim(line) IN ({words}) THEN line ELSE coalesce({made}, '{UNREADABLE}') END AS time"
    )
    return column_of(query(sql, texts), "time")
