"""Plain values: what JSON can hold, written so that the same values give the same bytes."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from farmgraph.errors import InputError
from farmgraph.interactions.schema import NO_TIME

FORMAT = "farmgraph summary 2"


def plain(value: Any) -> Any:
    """Return a value as str, int, float, bool, None, list or dict: what JSON can hold.

    Examples
    --------
    >>> plain({"window": (np.int64(60), float("nan")), 1: Path("a.csv")})
    {'window': [60, None], '1': 'a.csv'}
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    return str(value)


def iso(microseconds: int) -> str | None:
    """Return a time as ISO 8601 with Z, None where it is missing.

    Examples
    --------
    >>> iso(1_500_000), iso(NO_TIME)
    ('1970-01-01T00:00:01.500000Z', None)
    """
    if microseconds == NO_TIME:
        return None
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(microseconds))
    return when.replace(tzinfo=None).isoformat() + "Z"


def to_json(summary: Mapping[str, Any]) -> str:
    r"""Return the summary as one line of ASCII: keys sorted, names escaped, lone surrogates kept as they are.

    Examples
    --------
    >>> to_json({"b": "\ud800", "a": 1})
    '{"a":1,"b":"\\ud800"}\n'
    """
    text = json.dumps(summary, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text + "\n"


def write_summary(summary: Mapping[str, Any], path: str | Path) -> None:
    """Write the summary as JSON."""
    Path(path).write_text(to_json(summary), encoding="ascii", newline="\n")


def read_summary(path: str | Path) -> dict[str, Any]:
    """Read a summary; InputError where the file is something else."""
    try:
        summary = json.loads(Path(path).read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read the summary {path}: {error}. Make the case again.") from None
    found = summary.get("format") if isinstance(summary, dict) else type(summary).__name__
    if found != FORMAT:
        raise InputError(f"{path} has the format {found!r}; expected {FORMAT!r}. Make the case again.")
    return summary
