"""Times written in ways of their own, by a strptime pattern."""

from typing import Any

import pyarrow as pa

from farmgraph.errors import UsageError
from farmgraph.interactions.jsonquery import column_of, query
from farmgraph.interactions.names import Texts
from farmgraph.interactions.times import PLACEHOLDERS

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
        with duckdb.connect() as connection:
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
