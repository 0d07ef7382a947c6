"""Small logs for tests, without files: rows in, `Interactions` out."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from farmgraph.interactions.schema import MICROSECONDS, REJECTED_COLUMNS
from farmgraph.interactions.table import Interactions, Source

Row = tuple[Any, ...]


def log_of(rows: "Iterable[Row] | pd.DataFrame") -> Interactions:
    """Build a log of rows (account, content, seconds since 1970 or None[, action or None]).

    `rows` is a list of tuples or a data frame whose columns come in that order. Names become
    strings; seconds may be fractions, datetimes or missing. The order of rows is kept.
    """
    frame = rows.copy() if isinstance(rows, pd.DataFrame) else _frame(rows)
    n = len(frame)
    accounts, contents, times = (frame.iloc[:, i] for i in range(3))
    actions = frame.iloc[:, 3] if frame.shape[1] > 3 else pd.Series([None] * n, dtype=object)
    table = pa.table(
        {
            "account": _dictionary([str(a) for a in accounts]),
            "content": _dictionary([str(c) for c in contents]),
            "time": pa.array(_microseconds(times), pa.int64()).cast(pa.timestamp("us", tz="UTC")),
            "action": _dictionary([None if pd.isna(a) else str(a) for a in actions]),
            "source": _dictionary(["<rows>"] * n),
            "line": pa.array(np.arange(1, n + 1)),
        }
    )
    rejected = pd.DataFrame(columns=list(REJECTED_COLUMNS))
    return Interactions(table, rejected, (Source("<rows>", 0, "", n, n),))


def _frame(rows: "Iterable[Row]") -> pd.DataFrame:
    listed = [tuple(row) + (None,) * (4 - len(row)) for row in rows]
    return pd.DataFrame(listed, columns=["account", "content", "time", "action"], dtype=object)


def _microseconds(times: pd.Series) -> "list[int | None]":
    if pd.api.types.is_datetime64_any_dtype(times):
        stamps = pd.to_datetime(times, utc=True).astype("datetime64[us, UTC]")
        return [None if pd.isna(t) else int(t.value // 1000) for t in stamps]
    return [None if pd.isna(t) else round(float(t) * MICROSECONDS) for t in times]


def _dictionary(values: "list[str] | list[str | None]") -> pa.DictionaryArray:
    return pa.array(values, pa.string()).dictionary_encode()
