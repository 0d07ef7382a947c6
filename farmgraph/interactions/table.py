"""The type that holds a log once it has been read."""

import os
from collections.abc import Sequence
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
class Pseudonyms:
    """What was done to the names of a log.

    Attributes
    ----------
    key_id : str
        Twelve hexadecimal digits that tell which key was used, and do not give it away.
    contents : bool or "accounts"
        Whether all contents were replaced, and whether they are accounts.
    dropped : tuple of str
        Further columns that were left out.
    """

    key_id: str
    contents: bool | str
    dropped: tuple[str, ...]


@dataclass(frozen=True)
class Interactions:
    """A log: who acted on what and when, and every row that could not be used.

    Attributes
    ----------
    table : pyarrow.Table
        One row per interaction in the order of the log: ``account``, ``content``
        (dictionary-encoded strings), ``time`` (timestamp[us, UTC], null where the log
        has none), ``action`` (dictionary, null where the log has none), ``source``,
        ``line`` (row in its source, from 1), ``raw_content`` where names of contents were made comparable
        (as the log writes them), then the columns that were kept.
    rejected : pandas.DataFrame
        ``source``, ``line``, ``reason``, ``raw_text`` of each row that was not used. Of an exact duplicate the text
        says which row it repeats; of a row whose action was not asked for it is empty.
    source : tuple of Source
        The files or frames, in the order in which they were read.
    columns : dict of str to str
        Which column of the log plays which role.
    notes : tuple of str
        What was guessed or assumed, one plain sentence each.
    pseudonyms : Pseudonyms or None
        How names were replaced; None where they are as they were read.
    preset : str
        The known export format by which the log was read; empty if columns were named or guessed.
    resolution_s : float
        Seconds between two ticks of the log's clock where the format is known to be coarse; 0 if nothing is known.
    options : dict of str to str
        Options of reading that differ from the usual ones, as the command line writes them.
    """

    table: pa.Table
    rejected: pd.DataFrame
    source: tuple[Source, ...]
    columns: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    pseudonyms: Pseudonyms | None = None
    preset: str = ""
    resolution_s: float = 0.0
    options: dict[str, str] = field(default_factory=dict)

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

    @property
    def n_used(self) -> int:
        """Rows that became interactions, one or several of them each."""
        return sum(s.n_used for s in self.source)

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

    def pseudonymise(
        self,
        key: bytes | str | os.PathLike[str],
        *,
        contents: bool | str = False,
        keep: Sequence[str] = (),
    ) -> "Interactions":
        """Return the log with pseudonyms for names; the log itself is not changed.

        Parameters
        ----------
        key : bytes or path
            16 to 64 random bytes, or the path of a key file made by ``farmgraph key new``. The same key gives the
            same pseudonyms in every log, and another key others. Whoever has the key and a list of names can find
            out who is who; without the key nobody can, and lost pseudonyms cannot be made again.
        contents : bool or "accounts", default False
            False keeps contents readable, save those that betray an account: a content that is called like an
            account gets that account's pseudonym, and one that holds the name of an account, as a word or as words
            in a row, gets one of its own; so do, in known formats, texts, and addresses with their author's name in
            them, and what is an account there gets an account's pseudonym. Of other logs nothing is known: where
            contents are messages or names of people, True is needed. True replaces
            all contents. ``"accounts"`` is for logs whose contents are accounts, such as followers: all of them
            get the pseudonym that they have, or would have, as accounts.
        keep : sequence of str
            Further columns to keep. They stay as they are: whoever names them answers for what they hold. All other
            further columns are dropped.

        Returns
        -------
        Interactions
            Accounts are called ``a_`` and sixteen letters or digits, contents ``c_`` and sixteen. Times, line
            numbers, counts, hashes of files, reasons for rejecting rows and the names of columns stay. Files are
            called ``source 1``, ``source 2`` and so on, the text of rejected rows is empty. An action that is an
            account's name or holds one is treated as such a content; with `contents` hidden, only actions of one or
            two short words stay. `notes` say what was done in numbers; those of the reading that hold a name of an
            account (or of a hidden content) are left out. `pseudonyms` is the record of all that.

        Raises
        ------
        UsageError
            If an option cannot be used, or the log carries pseudonyms already.
        InputError
            If the key file cannot be read, or two names got the same pseudonym.

        Notes
        -----
        A content may hold a name that is no account of this log, or stands in a rejected row only, or inside a
        longer word, or misspelt: only ``contents=True`` hides it. Pseudonyms hide names and not behaviour: whoever
        has the log, or knows when somebody acted on what, can still tell who is meant.

        Keyed BLAKE2b of 80 bits, of each distinct name once. Time and memory grow with the letters of the distinct
        names; rows cost next to nothing. Clusters are those of the log itself, up to the order of accounts that
        nothing but their name tells apart.

        Examples
        --------
        >>> import pandas as pd, farmgraph as fg
        >>> rows = {"user": ["Ann", "bob", "bob"], "page": ["bob", "x.example/ann/1", "news"], "time": [0, 5, 9]}
        >>> safe = fg.read(pd.DataFrame(rows)).pseudonymise(b"at least sixteen bytes")
        >>> for row in safe.table.select(["account", "content"]).to_pylist():
        ...     print(row["account"], row["content"])
        a_xrm3wesqgeeejizr a_zj2lpx5w47shqppv
        a_zj2lpx5w47shqppv c_sgbapcgur56qn2t5
        a_zj2lpx5w47shqppv news
        """
        from farmgraph.interactions.pseudonyms import pseudonymise

        return pseudonymise(self, key, contents=contents, keep=keep)

    def __repr__(self) -> str:
        when = (
            "no times" if self.time_range is None else "{:%Y-%m-%d} to {:%Y-%m-%d}".format(*self.time_range)
        )
        several = "" if len(self) == self.n_used else f", {len(self):,} interactions"
        return f"<Interactions: {self.n_used:,} of {self.n_rows:,} rows used{several}, {when}>"

    def _repr_html_(self) -> str:
        from html import escape

        notes = "".join(f"<li>{escape(n)}</li>" for n in self.notes)
        return (
            f"<p>{escape(repr(self)[1:-1])}</p><ul>{notes}</ul>{self.table.slice(0, 5).to_pandas().to_html()}"
        )
