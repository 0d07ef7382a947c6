"""JSON texts asked by DuckDB, block by block."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.errors import InputError
from farmgraph.interactions.spill import duck


def query(sql: str, lines: Any, **further: Any) -> pa.Table:
    """Run one query over texts (the column ``line``) and further columns.

    DuckDB keeps their order, and the number of rows is checked.
    """
    return query_table(f"SELECT {sql} FROM log", pa.table({"line": lines, **further}))


def query_table(sql: str, table: Any) -> pa.Table:
    """Run one query over the table ``log``; one row comes back for each of its rows, in their order."""
    with duck(threads=1) as connection:
        connection.register("log", table)
        found = connection.sql(sql).to_arrow_table().combine_chunks()
    if found.num_rows != table.num_rows:
        raise InputError(f"DuckDB returned {found.num_rows:,} rows for {table.num_rows:,}.")
    return found


def column_of(table: pa.Table, name: str) -> Any:
    """Return a column as one array."""
    return pa.concat_arrays(table[name].chunks) if table.num_rows else pa.array([], table[name].type)


def parseable(lines: Any) -> tuple[np.ndarray, np.ndarray]:
    """Whether each text is JSON, and whether it is an object."""
    valid = (
        column_of(query("json_valid(line) AS ok", lines), "ok").to_numpy(zero_copy_only=False).astype(bool)
    )
    # DuckDB lets a comma before a closing bracket pass; JSON does not.
    doubtful = pc.match_substring_regex(lines, r",\s*[\]}]").to_numpy(zero_copy_only=False) & valid
    for i in np.flatnonzero(doubtful):
        valid[i] = _loads(lines[i].as_py())
    # White space was trimmed, so the first character tells an object from every other value.
    return valid, pc.starts_with(lines, "{").to_numpy(zero_copy_only=False)


def _loads(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
