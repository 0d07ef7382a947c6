"""Lay a log out both ways with codes by structure: the steps of building a bipartite graph, each in threads."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.graph import buildkernels as kernels
from farmgraph.graph.layout import row_cuts
from farmgraph.interactions.schema import NO_TIME
from farmgraph.memory import claim
from farmgraph.runtime import map_threads, thread_count

ROUNDS = 3
"""Steps of the neighbourhood that tell accounts and contents apart."""
MOST_PARTS = 8
"""Parts that rows are laid out in, whatever the threads: each needs a counter per account, or per content."""
_SORT_BYTES = 16
"""Per row of a list that compiled code sorts: positions (int64), and the list once more."""


@dataclass(frozen=True, eq=False)
class Lists:
    """Rows content by content: those of content c stand at ``starts[c]:starts[c + 1]`` of the others.

    `accounts` (int32), `times` (int64) and `rows`, their numbers (whole).
    """

    starts: np.ndarray
    accounts: np.ndarray
    times: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True, eq=False)
class Layout:
    """The arrays of a `BipartiteGraph`, and which old account and content each new code stands for (int64)."""

    content_starts: np.ndarray
    content_accounts: np.ndarray
    content_times: np.ndarray
    content_rows: np.ndarray
    account_starts: np.ndarray
    account_contents: np.ndarray
    account_order: np.ndarray
    content_order: np.ndarray


def lay_out(
    account: np.ndarray,
    content: np.ndarray,
    times: np.ndarray,
    *,
    account_names: pa.Array,
    content_names: pa.Array,
    threads: int | None = None,
) -> Layout:
    """Give accounts and contents codes by structure, and lay their rows out.

    Parameters
    ----------
    account, content : numpy.ndarray
        int32 codes of the rows.
    times : numpy.ndarray
        int64 microseconds of the rows, ``NO_TIME`` where missing.
    account_names, content_names : pyarrow.Array
        By code; they decide only among accounts, or contents, that nothing else tells apart.
    threads : int, optional

    Raises
    ------
    BudgetError
        If sorting the longest list would not fit into the memory.

    Notes
    -----
    Counting sorts: O(rows), plus sorting each content's rows by time where they are not in order. Memory is what
    `memory_needed` says, and 16 bytes per row of the lists that are sorted at once.
    """
    n_accounts, n_contents = len(account_names), len(content_names)
    by_content = _by_content(account, content, times, n_contents, threads)
    of_account, of_content = _fingerprints(by_content, n_accounts, threads)
    account_order = _order(np.bincount(account, minlength=n_accounts), of_account, account_names)
    content_order = _order(np.diff(by_content.starts), of_content, content_names)
    del of_account, of_content
    lists = _renumbered(by_content, content_order, _inverse(account_order), threads)
    del by_content
    account_starts, account_contents = _contents_of_accounts(lists, n_accounts, threads)
    return Layout(
        content_starts=lists.starts,
        content_accounts=lists.accounts,
        content_times=lists.times,
        content_rows=lists.rows,
        account_starts=account_starts,
        account_contents=account_contents,
        account_order=account_order,
        content_order=content_order,
    )


def memory_needed(n_rows: int, n_accounts: int, n_contents: int, threads: int | None) -> int:
    """Return the bytes that `lay_out` has at most at once, with what it returns, without names and sorting long lists.

    Rows take 36 bytes in a log with few accounts and contents. Where every row has an account and a content of its own,
    they take 88 with one part, and 120 with eight; measured were 82 and 120.
    """
    n, a, c, parts = n_rows, n_accounts, n_contents, _n_parts(threads)
    orders = 8 * (a + c)
    return max(
        16 * n + 8 * c * (1 + parts),  # _by_content: lists, starts, counters
        16 * n + 8 * c + 8 * (a + c) + 8 * a * parts,  # _fingerprints: lists, starts, marks, sums
        16 * n + 8 * c + 8 * (a + c) + orders + 32 * max(a, c),  # _order: lists, starts, marks, sorting
        36 * n + 16 * c + orders + 4 * a,  # _renumbered: both lists and starts, new codes
        24 * n + 8 * c + orders + 8 * a * (1 + parts),  # _laid_out_by_account: lists, starts, counters
        32 * n + 8 * c + orders + 24 * a,  # _contents_of_accounts: lists, starts, distinct contents twice
    )


def _n_parts(threads: int | None) -> int:
    return min(thread_count(threads), MOST_PARTS)


def _by_parts(starts: np.ndarray, threads: int | None, work: Callable[[int, int, int], Any]) -> list[Any]:
    """Call `work(part, first, last)` for stretches of lists with about equally many rows; results in their order."""
    cuts = row_cuts(starts, _n_parts(threads)).tolist()
    parts = [(part, *ends) for part, ends in enumerate(pairwise(cuts))]
    return map_threads(lambda part: work(*part), parts, threads=threads)


def _by_content(
    account: np.ndarray, content: np.ndarray, times: np.ndarray, n_contents: int, threads: int | None
) -> Lists:
    """Lay rows out content by content, each content's by time."""
    lists = _scattered(account, content, times, n_contents, threads)
    # Only now is it known how long the longest list is. What comes later takes 20 bytes per row, and sorts as well.
    n, longest = len(content), int(np.diff(lists.starts).max(initial=0))
    claim("Building the graph", 20 * n + _SORT_BYTES * min(n, longest * _n_parts(threads)))
    _by_parts(
        lists.starts,
        threads,
        lambda _, first, last: kernels.sort_by_time(
            lists.starts, lists.accounts, lists.times, lists.rows, first, last
        ),
    )
    return lists


def _scattered(
    account: np.ndarray, content: np.ndarray, times: np.ndarray, n_contents: int, threads: int | None
) -> Lists:
    """Lay rows out content by content, each content's in the order of the log."""
    n, n_parts = len(content), _n_parts(threads)
    cuts = np.linspace(0, n, n_parts + 1).astype(np.int64)
    free = np.zeros((n_parts, n_contents), np.int64)
    map_threads(
        lambda p: kernels.count(content, cuts[p], cuts[p + 1], free[p]), range(n_parts), threads=threads
    )
    lists = Lists(
        np.empty(n_contents + 1, np.int64),
        np.empty(n, np.int32),
        np.empty(n, np.int64),
        np.empty(n, np.int32),
    )
    kernels.places(free, lists.starts)

    def scatter(p: int) -> None:
        to = (lists.accounts, lists.times, lists.rows)
        kernels.scatter_rows(content, account, times, cuts[p], cuts[p + 1], free[p], *to)

    map_threads(scatter, range(n_parts), threads=threads)
    return lists


def _fingerprints(by_content: Lists, n_accounts: int, threads: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Fingerprint every account and content by its neighbourhood, as Weisfeiler and Leman do: uint64 each.

    Times count from the log's first, and names not at all, so that renaming, shuffling and shifting change nothing.
    """
    starts, origin = by_content.starts, _first_time(by_content)
    of_account, of_content = np.zeros(n_accounts, np.uint64), np.zeros(len(starts) - 1, np.uint64)
    sums = np.zeros((_n_parts(threads), n_accounts), np.uint64)
    for _ in range(ROUNDS):
        _by_parts(
            starts,
            threads,
            lambda part, first, last: kernels.mark_contents(
                starts,
                by_content.accounts,
                by_content.times,
                origin,
                of_account,
                of_content,
                sums[part],
                first,
                last,
            ),
        )
        kernels.mark_accounts(sums, of_account)
    return of_account, of_content


def _first_time(by_content: Lists) -> np.int64:
    """Return the log's first time, 0 where it has none; it is the first of some content, as missing times sort last."""
    first_times = by_content.times[by_content.starts[:-1][np.diff(by_content.starts) > 0]]
    known = first_times[first_times != NO_TIME]
    return np.int64(known.min()) if len(known) else np.int64(0)


def _order(degrees: np.ndarray, marks: np.ndarray, names: pa.Array) -> np.ndarray:
    """Return who comes first: those with most rows, then by fingerprint, true twins by name."""
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


def _starts(sizes: np.ndarray) -> np.ndarray:
    starts = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts


def _renumbered(by_content: Lists, order: np.ndarray, new_account: np.ndarray, threads: int | None) -> Lists:
    """Return each content's rows under the new codes, by time and account."""
    n = len(by_content.accounts)
    starts = _starts(np.diff(by_content.starts)[order])
    new = Lists(starts, np.empty(n, np.int32), np.empty(n, np.int64), np.empty(n, np.int64))
    _by_parts(
        starts,
        threads,
        lambda _, first, last: kernels.renumber_rows(
            order,
            by_content.starts,
            by_content.accounts,
            by_content.times,
            by_content.rows,
            new_account,
            starts,
            new.accounts,
            new.times,
            new.rows,
            first,
            last,
        ),
    )
    return new


def _contents_of_accounts(
    lists: Lists, n_accounts: int, threads: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct contents of each account, ascending: (starts, contents)."""
    starts, contents = _laid_out_by_account(lists, n_accounts, threads)
    sizes = np.empty(n_accounts, np.int64)

    def distinct(_: int, first: int, last: int) -> np.ndarray:
        kept: np.ndarray = kernels.distinct(starts, contents, first, last, sizes)
        return kept

    found = np.concatenate(_by_parts(starts, threads, distinct))
    return _starts(sizes), found


def _laid_out_by_account(lists: Lists, n_accounts: int, threads: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the content of each row, account by account, ascending: (starts, contents)."""
    free = np.zeros((_n_parts(threads), n_accounts), np.int64)

    def count(part: int, first: int, last: int) -> None:
        kernels.count(lists.accounts, lists.starts[first], lists.starts[last], free[part])

    _by_parts(lists.starts, threads, count)
    starts = np.empty(n_accounts + 1, np.int64)
    kernels.places(free, starts)
    contents = np.empty(len(lists.accounts), np.int32)

    def scatter(part: int, first: int, last: int) -> None:
        kernels.scatter_contents(lists.starts, lists.accounts, first, last, free[part], contents)

    _by_parts(lists.starts, threads, scatter)
    return starts, contents
