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
from farmgraph.interactions.schema import NO_TIME
from farmgraph.interactions.table import Interactions
from farmgraph.runtime import require

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
        return np.bincount(self.account_contents, minlength=self.n_contents)

    @cached_property
    def has_times(self) -> bool:
        """Whether any row has a time."""
        return bool((self.content_times != NO_TIME).any())

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
        return _codes(names, self.account_names, "account")

    def codes_of_contents(self, names: "np.ndarray | list[str]") -> np.ndarray:
        """Return the codes (int32) of content names; InputError names those that the graph lacks."""
        return _codes(names, self.content_names, "content")

    def __repr__(self) -> str:
        return (
            f"<BipartiteGraph: {self.n_accounts:,} accounts, {self.n_contents:,} contents, "
            f"{self.n_interactions:,} interactions on {self.n_edges:,} edges>"
        )


def bipartite(log: Interactions, *, actions: "str | list[str] | None" = None) -> BipartiteGraph:
    """Build the bipartite graph of a log.

    Parameters
    ----------
    log : Interactions
        What `farmgraph.read` returned.
    actions : str or list of str, optional
        Use only rows with one of these actions. By default every row counts, whatever its
        action: a like and a share of one content are two actions on the same content.

    Returns
    -------
    BipartiteGraph

    Raises
    ------
    InputError
        If no row is left, or there are 2**31 rows or more.
    UsageError
        If an action does not occur in the log.

    Notes
    -----
    Time O(rows), about 60 bytes per row of memory. Repeated actions of one account on one
    content stay separate rows of the content's list and become one edge. The graph does not
    keep actions and other columns; ``content_rows`` leads back to them.

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
    from farmgraph.graph.layout import distinct_per_group, group_order

    require(log, Interactions, way_out="Read the log first: log = fg.read(...).")
    rows = _chosen_rows(log, [actions] if isinstance(actions, str) else actions)
    if not len(rows):
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in log.rejected_by_reason.items())
        told = reasons and log.pseudonyms is None
        first = f" The first of them reads {log.rejected['raw_text'].iloc[0][:100]!r}." if told else ""
        raise InputError(
            f"None of the {log.n_rows:,} rows can be used ({reasons or 'there are none'}).{first}"
        )
    if len(rows) > MAX_ROWS:
        raise InputError(
            f"The log has {len(rows):,} rows; a graph holds at most {MAX_ROWS:,}. Split the log."
        )
    account, account_names = _dense(log.table["account"], rows)
    content, content_names = _dense(log.table["content"], rows)
    times = _times(log.table["time"], rows)
    account, account_names, content, content_names = _structural(
        account, account_names, content, content_names, times
    )
    by_account = group_order(account, np.arange(len(rows)), len(account_names))[1]
    by_time = by_account[np.argsort(times[by_account], kind="stable")]
    content_starts, positions = group_order(content, by_time, len(content_names))
    by_content = np.arange(len(positions))
    account_starts, listed = group_order(account[positions], by_content, len(account_names))
    account_starts, account_contents = distinct_per_group(account_starts, content[positions][listed])
    return BipartiteGraph(
        account_names=account_names,
        content_names=content_names,
        content_starts=content_starts,
        content_accounts=account[positions],
        content_times=times[positions],
        content_rows=rows[positions],
        account_starts=account_starts,
        account_contents=account_contents,
        resolution_s=log.resolution_s,
    )


def _chosen_rows(log: Interactions, actions: "list[str] | None") -> np.ndarray:
    if actions is None:
        return np.arange(len(log), dtype=np.int64)
    column = log.table["action"].cast(pa.string())
    found = sorted(a for a in pc.unique(column).to_pylist() if a is not None)
    unknown = sorted(set(actions) - set(found))
    if unknown:
        raise UsageError(f"No row has the action {unknown[0]!r}; the log has {found or 'no actions'}.")
    mask = pc.is_in(column, value_set=pa.array(actions, pa.string())).to_numpy(zero_copy_only=False)
    return np.flatnonzero(mask).astype(np.int64)


def _dense(column: pa.ChunkedArray, rows: np.ndarray) -> tuple[np.ndarray, pa.Array]:
    """Return int32 codes of the rows and the names that occur in them."""
    encoded = column.combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks().chunk(0)
    codes = encoded.indices.to_numpy(zero_copy_only=False)[rows]
    names = encoded.dictionary.cast(pa.string())
    used = np.bincount(codes, minlength=len(names)) > 0
    if used.all():
        return codes.astype(np.int32, copy=False), names
    return (np.cumsum(used) - 1)[codes].astype(np.int32), names.filter(pa.array(used))


def _times(column: pa.ChunkedArray, rows: np.ndarray) -> np.ndarray:
    return pc.fill_null(column.cast(pa.int64()), NO_TIME).to_numpy()[rows]


def _structural(
    account: np.ndarray,
    account_names: pa.Array,
    content: np.ndarray,
    content_names: pa.Array,
    times: np.ndarray,
) -> tuple[np.ndarray, pa.Array, np.ndarray, pa.Array]:
    """Give codes by structure instead of by first appearance."""
    from farmgraph.graph.layout import fingerprints

    known = times != NO_TIME
    ages = np.where(known, times - (times[known].min() if known.any() else 0), -1)
    of_account, of_content = fingerprints(account, content, ages, len(account_names), len(content_names), 3)
    account_order = _order(np.bincount(account, minlength=len(account_names)), of_account, account_names)
    content_order = _order(np.bincount(content, minlength=len(content_names)), of_content, content_names)
    return (
        _inverse(account_order)[account],
        account_names.take(pa.array(account_order)),
        _inverse(content_order)[content],
        content_names.take(pa.array(content_order)),
    )


def _order(degrees: np.ndarray, marks: np.ndarray, names: pa.Array) -> np.ndarray:
    order = np.lexsort((marks, -degrees))
    same = (degrees[order][1:] == degrees[order][:-1]) & (marks[order][1:] == marks[order][:-1])
    if same.any():
        tied = np.zeros(len(order), bool)
        tied[1:] |= same
        tied[:-1] |= same
        places = np.flatnonzero(tied)
        codes = order[places]
        rank = np.empty(len(codes), np.int64)
        rank[pc.sort_indices(names.take(pa.array(codes))).to_numpy()] = np.arange(len(codes))
        order[places] = codes[np.lexsort((rank, marks[codes], -degrees[codes]))]
    return order


def _inverse(order: np.ndarray) -> np.ndarray:
    code = np.empty(len(order), np.int32)
    code[order] = np.arange(len(order), dtype=np.int32)
    return code


def _codes(names: "np.ndarray | list[str]", known: pa.Array, what: str) -> np.ndarray:
    found = pc.index_in(pa.array(names, pa.string()), value_set=known)
    if found.null_count:
        missing = [n for n, c in zip(names, found.to_pylist(), strict=True) if c is None]
        raise InputError(
            f"{len(missing)} {what}(s) are not in the graph, the first is {missing[0]!r}. "
            "Were the clusters found on another log?"
        )
    return found.to_numpy().astype(np.int32)
