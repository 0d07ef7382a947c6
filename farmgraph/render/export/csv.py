"""Tables as CSV that spreadsheets cannot execute."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_QUOTED = re.compile('[,"\r\n]')
_AT_A_TIME = 100_000


def write_csv(table: pd.DataFrame, path: str | Path) -> None:
    r"""Write a table as CSV: UTF-8, LF, the same bytes for the same table.

    Text cells that a spreadsheet would execute (they begin with ``= + - @``, a tab or a carriage
    return) get a leading apostrophe; numbers never do. Floats are written with the fewest digits
    that read back exactly, times as ISO 8601 in UTC with ``Z``, missing values as nothing. Lone
    surrogates, which UTF-8 cannot hold, become ``\udXXX``. The index is not written.

    Parameters
    ----------
    table : pandas.DataFrame
        It is not changed.
    path : str or Path
        The file to write.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_csv(pd.DataFrame({"account": ["=1+1"], "gap": [-0.5]}), Path(folder, "t.csv"))
    ...     Path(folder, "t.csv").read_text()
    "account,gap\n'=1+1,-0.5\n"
    """
    with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        file.write(_line([_quoted(_cell(str(name))) for name in table.columns]))
        for start in range(0, len(table), _AT_A_TIME):
            part = table.iloc[start : start + _AT_A_TIME]
            columns = [_cells(part.iloc[:, i]) for i in range(part.shape[1])]
            file.writelines(_line(cells) for cells in zip(*columns, strict=True))


def _cells(column: pd.Series) -> list[str]:
    values = column.tolist()
    # Most of a case is numbers, which need neither an apostrophe nor quotes.
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":
        return list(map(str, values))
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        return ["" if value != value else repr(value) for value in values]
    return [_quoted(_cell(value)) for value in values]


def _line(cells: Sequence[str]) -> str:
    # A single empty cell is quoted, because an empty line is no row.
    return (",".join(cells) if list(cells) != [""] else '""') + "\n"


def _quoted(cell: str) -> str:
    # Not csv.writer: with LF at the ends of lines it leaves a lone carriage return unquoted, and readers
    # take that for the end of a row.
    return '"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value if value.startswith(_FORMULA) else value
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    if isinstance(value, pd.Timestamp):
        utc = value.tz_localize("UTC") if value.tzinfo is None else value.tz_convert("UTC")
        return utc.tz_localize(None).isoformat() + "Z"
    if isinstance(value, np.generic):
        return _cell(value.item())
    if isinstance(value, bool | int):
        return str(value)
    return _cell(str(value))
