"""What would be read: a look at a log before any analysis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from farmgraph.interactions.read import Reading, read_closely
from farmgraph.interactions.schema import MICROSECONDS, ROLES

_CLOCKS = {"minute": 60, "hour": 3_600, "day": 86_400}
# In a log with seconds, a sixtieth of the times is a whole minute; half of them are no accident.
_COARSE, _ENOUGH = 0.5, 20


@dataclass(frozen=True)
class Check:
    """What would be read from a log.

    Attributes
    ----------
    files : tuple of dict
        ``path``, ``form``, ``n_bytes``, ``sha256``, ``rows_read``, ``rows_used`` and ``columns`` of each source.
    roles : dict of str to str
        Column for each role that has one.
    guessed : tuple of str
        Roles whose column was guessed from its name.
    time_formats : dict of str to int
        Used rows for each way in which times are written, ``"missing"`` among them.
    rows_read, rows_used, rows_rejected : int
        Rows in the sources; used and rejected make up all that were read.
    rejected_by_reason : dict of str to int
        Rejected rows for each reason, most frequent first.
    n_accounts, n_contents : int
        Distinct accounts and contents among the used rows.
    rows_without_time : int
        Used rows whose time is missing.
    first_time, last_time : str or None
        ISO 8601 in UTC; None where there are no times.
    whole_times : dict of str to float
        Share of the times, in [0, 1], that are a whole ``"minute"``, ``"hour"`` and ``"day"``: a clock that
        only ticks so often cannot show who was seconds apart. Empty where there are no times.
    notes : tuple of str
        What was guessed, assumed or looks odd, one plain sentence each.
    """

    files: tuple[dict[str, Any], ...]
    roles: dict[str, str]
    guessed: tuple[str, ...]
    time_formats: dict[str, int]
    rows_read: int
    rows_used: int
    rows_rejected: int
    rejected_by_reason: dict[str, int]
    n_accounts: int
    n_contents: int
    rows_without_time: int
    first_time: str | None
    last_time: str | None
    whole_times: dict[str, float]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain lists, dicts, texts and numbers, ready for JSON."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            **values,
            "files": [dict(file) for file in self.files],
            "guessed": list(self.guessed),
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        lines = []
        for file in self.files:
            size = f", {file['n_bytes']:,} bytes"
            lines.append(f"{file['path']}: {file['form']}{size}, {file['rows_read']:,} rows")
        first = self.files[0]["columns"]
        lines.append(_entry("columns", ", ".join(first[:30]) + (" ..." if len(first) > 30 else "")))
        for role in ROLES:
            column = self.roles.get(role)
            guessed = " (guessed)" if role in self.guessed else ""
            lines.append(_entry(role, "none" if column is None else f"{column}{guessed}"))
        lines.append(_entry("rows", f"{self.rows_used:,} of {self.rows_read:,} used"))
        if self.rows_rejected:
            lines.append(_entry("rejected", f"{self.rows_rejected:,}"))
            lines += [_entry("", f"{n:,}  {reason}") for reason, n in self.rejected_by_reason.items()]
        lines.append(_entry("accounts", f"{self.n_accounts:,}"))
        lines.append(_entry("contents", f"{self.n_contents:,}"))
        if self.first_time is not None:
            lines.append(_entry("times", f"{self.first_time} to {self.last_time}"))
            lines += [_entry("", f"{n:,}  {kind}") for kind, n in self.time_formats.items()]
            shares = ", ".join(f"{share:.0%} a whole {unit}" for unit, share in self.whole_times.items())
            lines.append(_entry("clock", shares))
        return "\n".join([*lines, *(f"Note: {note}" for note in self.notes)])


def check(
    source: Any,
    *,
    account: str | None = None,
    content: str | None = None,
    time: str | None = None,
    action: str | None = None,
    keep: Sequence[str] = (),
    threads: int | None = None,
) -> Check:
    """Read a log and tell what was seen, without analysing it.

    Parameters
    ----------
    source : path, glob, data frame, or list of them
        As for `farmgraph.read`.
    account, content, time, action : str, optional
        Columns; what is not named is guessed.
    keep : sequence of str
        Further columns that would be carried along.
    threads : int, optional
        Threads to use; by default all that the process may use.

    Returns
    -------
    Check
        Counts, roles, formats and notes.

    Raises
    ------
    InputError
        As for `farmgraph.read`.
    UsageError
        If an option cannot be used.

    Examples
    --------
    >>> import pandas as pd
    >>> found = check(pd.DataFrame({"user": ["a", "b", ""], "page": ["p", "p", "p"], "time": [60, 90, 90]}))
    >>> found.rows_read, found.rows_used, found.rejected_by_reason
    (3, 2, {'empty account': 1})
    >>> found.whole_times["minute"]
    0.5

    It reads the whole log, because only then every row is accounted for. It says nothing about farms.
    """
    named = {"account": account, "content": content, "time": time, "action": action}
    return _summary(read_closely(source, named, keep=keep, threads=threads))


def _summary(reading: Reading) -> Check:
    log = reading.interactions
    whole = _whole_times(log.table["time"])
    notes = list(log.notes)
    n_times = len(log) - log.n_without_time
    # The coarsest clock that explains the times; the finer ones follow from it.
    coarse = [unit for unit, share in whole.items() if share >= _COARSE and n_times >= _ENOUGH]
    if coarse:
        notes.append(
            f"{whole[coarse[-1]]:.0%} of the times are a whole {coarse[-1]}: the clock of this log may be coarse, "
            f"and what happens within a {coarse[-1]} cannot be told apart."
        )
    files = tuple(
        {
            "path": source.path,
            "form": reading.forms[source.path],
            "n_bytes": source.n_bytes,
            "sha256": source.sha256,
            "rows_read": source.n_rows,
            "rows_used": source.n_used,
            "columns": list(reading.columns_found[source.path]),
        }
        for source in log.source
    )
    first, last = (None, None) if log.time_range is None else (t.isoformat() for t in log.time_range)
    return Check(
        files=files,
        roles=dict(log.columns),
        guessed=reading.guessed,
        time_formats=dict(reading.time_kinds) if "time" in log.columns else {},
        rows_read=log.n_rows,
        rows_used=len(log),
        rows_rejected=len(log.rejected),
        rejected_by_reason=dict(log.rejected_by_reason),
        n_accounts=_distinct(log.table["account"]),
        n_contents=_distinct(log.table["content"]),
        rows_without_time=log.n_without_time,
        first_time=first,
        last_time=last,
        whole_times=whole,
        notes=tuple(notes),
    )


def _distinct(column: Any) -> int:
    return int(pc.count_distinct(column.combine_chunks().indices).as_py()) if len(column) else 0


def _whole_times(column: Any) -> dict[str, float]:
    times = column.drop_null().cast("int64").to_numpy()
    if len(times) == 0:
        return {}
    return {unit: float(np.mean(times % (s * MICROSECONDS) == 0)) for unit, s in _CLOCKS.items()}


def _entry(label: str, text: str) -> str:
    return f"  {label:<10}{text}"
