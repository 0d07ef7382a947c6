"""The bipartite graph of accounts and contents, laid out as integer arrays.

Strings become codes once, here, and come back as names once, in the results. Codes are
given by structure: the busiest accounts and the most popular contents come first, ties go
by a fingerprint of the surroundings. So renaming accounts, shuffling rows or shifting all
times gives the same arrays, and everything computed from them is the same too.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.errors import InputError, UsageError
from farmgraph.graph.lookup import NameIndex, codes_of, name_index
from farmgraph.interactions.schema import NO_TIME
from farmgraph.interactions.table import Interactions
from farmgraph.memory import claim
from farmgraph.runtime import require, thread_count

MAX_ROWS = 2**31 - 1


@dataclass(frozen=True, eq=False)
class BipartiteGraph:
    """Who acted on what and when, as arrays.

    Attributes
    ----------
    account_names, content_names : pyarrow.Array
        Names (string) by code.
    content_starts : numpy.ndarray
        int64, shape (n_contents + 1,): rows of content ``c`` stand at
        ``content_starts[c]:content_starts[c + 1]`` of the next three arrays.
    content_accounts : numpy.ndarray
        int32, shape (n_interactions,): account of each row, sorted by (content, time, account).
    content_times : numpy.ndarray
        int64, shape (n_interactions,): microseconds since 1970 UTC, ``NO_TIME`` (sorts last) where missing.
    content_rows : numpy.ndarray
        int64, shape (n_interactions,): row of the log's table.
    account_starts, account_contents : numpy.ndarray
        CSR the other way: distinct contents (int32, ascending) of each account.
    resolution_s : float
        Seconds between two ticks of the log's clock where its format is known to be coarse; 0 if nothing is known.
    """

    account_names: pa.Array
    content_names: pa.Array
    content_starts: np.ndarray
    content_accounts: np.ndarray
    content_times: np.ndarray
    content_rows: np.ndarray
    account_starts: np.ndarray
    account_contents: np.ndarray
    resolution_s: float = 0.0

    @property
    def n_accounts(self) -> int:
        """Number of accounts."""
        return len(self.account_names)

    @property
    def n_contents(self) -> int:
        """Number of contents."""
        return len(self.content_names)

    @property
    def n_interactions(self) -> int:
        """Number of rows: repeated actions count each time."""
        return len(self.content_accounts)

    @property
    def n_edges(self) -> int:
        """Number of distinct pairs of an account and a content that it acted on."""
        return len(self.account_contents)

    @cached_property
    def account_degrees(self) -> np.ndarray:
        """Distinct contents of each account (int64)."""
        return np.diff(self.account_starts)

    @cached_property
    def edge_accounts(self) -> np.ndarray:
        """Account of each distinct edge (int32), in the order of `account_contents`."""
        return np.repeat(np.arange(self.n_accounts, dtype=np.int32), self.account_degrees)

    @cached_property
    def content_degrees(self) -> np.ndarray:
        """Distinct accounts of each content (int64)."""
        from farmgraph.graph.layout import counted

        return counted(self.account_contents, self.n_contents)

    @cached_property
    def has_times(self) -> bool:
        """Whether any row has a time."""
        return bool((self.content_times != NO_TIME).any())

    @cached_property
    def _account_index(self) -> NameIndex:
        return name_index(self.account_names)

    @cached_property
    def _content_index(self) -> NameIndex:
        return name_index(self.content_names)

    def names_of_accounts(self, codes: np.ndarray) -> np.ndarray:
        """Return the names of account codes as an object array."""
        return np.asarray(
            self.account_names.take(pa.array(codes)).to_numpy(zero_copy_only=False), dtype=object
        )

    def names_of_contents(self, codes: np.ndarray) -> np.ndarray:
        """Return the names of content codes as an object array."""
        return np.asarray(
            self.content_names.take(pa.array(codes)).to_numpy(zero_copy_only=False), dtype=object
        )

    def codes_of_accounts(self, names: "np.ndarray | list[str]") -> np.ndarray:
        """Return the codes (int32) of account names; InputError names those that the graph lacks."""
        return codes_of(names, self._account_index, "account")

    def codes_of_contents(self, names: "np.ndarray | list[str]") -> np.ndarray:
        """Return the codes (int32) of content names; InputError names those that the graph lacks."""
        return codes_of(names, self._content_index, "content")

    def __repr__(self) -> str:
        return (
            f"<BipartiteGraph: {self.n_accounts:,} accounts, {self.n_contents:,} contents, "
            f"{self.n_interactions:,} interactions on {self.n_edges:,} edges>"
        )


def bipartite(
    log: Interactions, *, actions: "str | list[str] | None" = None, threads: int | None = None
) -> BipartiteGraph:
    """Build the bipartite graph of a log.

    Parameters
    ----------
    log : Interactions
        What `farmgraph.read` returned.
    actions : str or list of str, optional
        Use only rows with one of these actions. By default every row counts, whatever its
        action: a like and a share of one content are two actions on the same content.
    threads : int, optional
        Threads to use; the result does not depend on it.

    Returns
    -------
    BipartiteGraph

    Raises
    ------
    InputError
        If no row is left, or there are 2**31 rows or more.
    UsageError
        If an action does not occur in the log.
    BudgetError
        If it would not fit into the memory.

    Notes
    -----
    Time O(rows). Memory, claimed before the work: 24 bytes per row for the graph, and while it is made 44 in a log with
    few accounts and contents (16 more where `actions` are chosen, or 24 where one content has most rows and they are
    out of order). Where every row has an account and a content of its own, it is 115 bytes per row, besides names, of
    which the graph has a copy. Threads change next to nothing.

    Repeated actions of one account on one content stay separate rows of the content's list and become one edge. The
    graph does not keep actions and other columns; ``content_rows`` leads back to them.

    Codes depend on structure alone: degree first, then a fingerprint of the neighbourhood
    three steps deep with times relative to the log's first. Only accounts that this cannot
    tell apart (usually true twins) are ordered by name.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> log = fg.read(pd.DataFrame({"user": ["a", "b", "a"], "page": ["p", "p", "q"], "time": [0, 5, 9]}))
    >>> graph = fg.bipartite(log)
    >>> graph
    <BipartiteGraph: 2 accounts, 2 contents, 3 interactions on 3 edges>
    >>> graph.names_of_accounts(graph.content_accounts[:2]).tolist()
    ['a', 'b']
    """
    from farmgraph.graph.build import lay_out

    thread_count(threads)
    require(log, Interactions, way_out="Read the log first: log = fg.read(...).")
    rows = _chosen_rows(log, [actions] if isinstance(actions, str) else actions)
    n_rows = len(log) if rows is None else len(rows)
    if not n_rows:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in log.rejected_by_reason.items())
        told = reasons and log.pseudonyms is None
        first = f" The first of them reads {log.rejected['raw_text'].iloc[0][:100]!r}." if told else ""
        raise InputError(
            f"None of the {log.n_rows:,} rows can be used ({reasons or 'there are none'}).{first}"
        )
    if n_rows > MAX_ROWS:
        raise InputError(f"The log has {n_rows:,} rows; a graph holds at most {MAX_ROWS:,}. Split the log.")
    claim("Building the graph", _memory_needed(log.table, n_rows, rows is not None, threads))
    account, account_names = _dense(log.table["account"], rows)
    content, content_names = _dense(log.table["content"], rows)
    layout = lay_out(
        account,
        content,
        _times(log.table["time"], rows),
        account_names=account_names,
        content_names=content_names,
        threads=threads,
    )
    return BipartiteGraph(
        account_names=account_names.take(pa.array(layout.account_order)),
        content_names=content_names.take(pa.array(layout.content_order)),
        content_starts=layout.content_starts,
        content_accounts=layout.content_accounts,
        content_times=layout.content_times,
        content_rows=layout.content_rows if rows is None else rows[layout.content_rows],
        account_starts=layout.account_starts,
        account_contents=layout.account_contents,
        resolution_s=log.resolution_s,
    )


def _chosen_rows(log: Interactions, actions: "list[str] | None") -> np.ndarray | None:
    """Return the rows (int64) with these actions; None stands for all."""
    if actions is None:
        return None
    column = log.table["action"].cast(pa.string())
    found = sorted(a for a in pc.unique(column).to_pylist() if a is not None)
    unknown = sorted(set(actions) - set(found))
    if unknown:
        raise UsageError(f"No row has the action {unknown[0]!r}; the log has {found or 'no actions'}.")
    mask = pc.is_in(column, value_set=pa.array(actions, pa.string())).to_numpy(zero_copy_only=False)
    return np.flatnonzero(mask).astype(np.int64)


def _memory_needed(table: pa.Table, n_rows: int, chosen: bool, threads: int | None) -> int:
    """Return the bytes that building takes at most, for so many rows of a log, or so many chosen ones."""
    from farmgraph.graph.build import memory_needed

    n_names, n_bytes = [], 0.0
    for name in ("account", "content"):
        names = _dictionaries(table[name])
        n_all = sum(map(len, names))
        n_names.append(min(n_rows, n_all))
        n_bytes += sum(some.nbytes for some in names) * n_names[-1] / max(n_all, 1)
    # Codes are copied where names are left over, times where some are missing or they lie in pieces.
    copies = 8 * n_rows + 8 * len(table) * (table["time"].num_chunks > 1 or table["time"].null_count > 0)
    copies += (16 * n_rows + n_bytes) * chosen
    graph = (24 + 8 * chosen) * n_rows + 16 * sum(n_names) + n_bytes
    return int(copies + max(memory_needed(n_rows, n_names[0], n_names[1], threads), graph))


def _dictionaries(column: pa.ChunkedArray) -> list[pa.Array]:
    """Return the different dictionaries of a column's pieces; usually they share one."""
    found = {piece.dictionary.buffers()[1].address: piece.dictionary for piece in column.chunks}
    return list(found.values())


def _dense(column: pa.ChunkedArray, rows: np.ndarray | None) -> tuple[np.ndarray, pa.Array]:
    """Return int32 codes of the rows and the names that occur in them."""
    encoded = column.combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks().chunk(0)
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    codes = codes if rows is None else codes[rows]
    names = encoded.dictionary.cast(pa.string())
    used = np.bincount(codes, minlength=len(names)) > 0
    if used.all():
        return codes.astype(np.int32, copy=False), names
    return (np.cumsum(used) - 1)[codes].astype(np.int32), names.filter(pa.array(used))


def _times(column: pa.ChunkedArray, rows: np.ndarray | None) -> np.ndarray:
    times: np.ndarray = pc.fill_null(column.cast(pa.int64()), NO_TIME).to_numpy()
    return times if rows is None else times[rows]
