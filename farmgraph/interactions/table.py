"""The type that holds a log once it has been read."""

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.interactions.schema import INTERACTIONS_SCHEMA


@dataclass(frozen=True)
class Source:
    """Where rows came from.

    Attributes
    ----------
    path : str
        Path as it was given, or ``"<data frame>"``.
    n_bytes : int
        Size of the file, or of the Arrow buffers of a data frame.
    sha256 : str
        Hexadecimal SHA-256 of the file's bytes, or of the data frame's Arrow stream.
    n_rows : int
        Rows in the source: used and rejected together.
    n_used : int
        Rows that became interactions.
    """

    path: str
    n_bytes: int
    sha256: str
    n_rows: int
    n_used: int


@dataclass(frozen=True)
class Interactions:
    """A log: who acted on what and when, and every row that could not be used.

    Attributes
    ----------
    table : pyarrow.Table
        One row per interaction in the order of the log: ``account``, ``content``
        (dictionary-encoded strings), ``time`` (timestamp[us, UTC], null where the log
        has none), ``action`` (dictionary, null where the log has none), ``source``,
        ``line`` (row in its source, from 1), then the columns that were kept.
    rejected : pandas.DataFrame
        ``source``, ``line``, ``reason``, ``raw_text`` of each row that was not used.
    source : tuple of Source
        The files or frames, in the order in which they were read.
    columns : dict of str to str
        Which column of the log plays which role.
    notes : tuple of str
        What was guessed or assumed, one plain sentence each.
    """

    table: pa.Table
    rejected: pd.DataFrame
    source: tuple[Source, ...]
    columns: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        found = self.table.schema.names[: len(INTERACTIONS_SCHEMA)]
        if found != INTERACTIONS_SCHEMA.names:
            raise TypeError(f"an interactions table begins with {INTERACTIONS_SCHEMA.names}, got {found}")

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def n_rows(self) -> int:
        """Rows in all sources, used and rejected together."""
        return sum(s.n_rows for s in self.source)

    @cached_property
    def rejected_by_reason(self) -> dict[str, int]:
        """Number of rejected rows for each reason, most frequent first."""
        counts = self.rejected["reason"].value_counts()
        ordered = sorted(counts.items(), key=lambda item: (-int(item[1]), str(item[0])))
        return {str(reason): int(n) for reason, n in ordered}

    @cached_property
    def n_without_time(self) -> int:
        """Interactions whose time is missing."""
        return int(self.table["time"].null_count)

    @cached_property
    def time_range(self) -> tuple[pd.Timestamp, pd.Timestamp] | None:
        """First and last time, or None where no row has a time."""
        low, high = pc.min_max(self.table["time"]).as_py().values()
        return None if low is None else (pd.Timestamp(low), pd.Timestamp(high))

    def to_pandas(self) -> pd.DataFrame:
        """Return the interactions as a pandas data frame; the table itself is not changed."""
        return self.table.to_pandas()

    def __repr__(self) -> str:
        when = (
            "no times" if self.time_range is None else "{:%Y-%m-%d} to {:%Y-%m-%d}".format(*self.time_range)
        )
        return f"<Interactions: {len(self):,} of {self.n_rows:,} rows used, {when}>"

    def _repr_html_(self) -> str:
        from html import escape

        notes = "".join(f"<li>{escape(n)}</li>" for n in self.notes)
        return (
            f"<p>{escape(repr(self)[1:-1])}</p><ul>{notes}</ul>{self.table.slice(0, 5).to_pandas().to_html()}"
        )
