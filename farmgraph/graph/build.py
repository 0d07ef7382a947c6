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
"""Parts that rows are laid out in, whatever the threads: each needs a state per account."""
_BOX_BITS = 13
"""Lists of a box, as a power of two: what is known of each of them stays in the cache."""
_LEAST_BOXES_BITS = 5
_MOST_BOXES_BITS = 10
"""Boxes, as powers of two: enough for all threads, and so few that where the next row of each goes is in the cache."""
_ROOM_BYTES = 20
"""Per row of boxes, and of the result's rows."""
_SORT_BITS = 3
"""Parts that marks are sorted in, as a power of two."""
_HUGE = 2**16 - 1
"""From how many rows on accounts and contents are too few to be sorted by counting."""
_SORT_BYTES = 24
"""Per row of a list that compiled code sorts: positions (int64), and the list's rows once more."""

Room = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Three numbers per row: int32 and twice int64. In boxes content, time and source; in the end account, time and row."""


@dataclass(frozen=True, eq=False)
class Lists:
    """Rows content by content: those of content c stand at ``starts[c]:starts[c + 1]`` of `rows`, as `kernels.ROW`."""

    starts: np.ndarray
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
    `memory_needed` says, and 24 bytes per row of the lists that are sorted at once.
    """
    n_accounts, n_contents = len(account_names), len(content_names)
    room: Room | None
    by_content, room = _by_content(account, content, times, n_contents, threads)
    if not _keeps_room(len(account), n_accounts, n_contents, threads):
        room = None
    degrees, of_account, of_content = _fingerprints(by_content, n_accounts, threads)
    account_order = _order(degrees, of_account, account_names, threads)
    del degrees, of_account
    content_order = _order(np.diff(by_content.starts), of_content, content_names, threads)
    del of_content
    starts, accounts, new_times, rows = _renumbered(
        by_content, content_order, _inverse(account_order), room or _room(len(account)), threads
    )
    del by_content, room
    account_starts, account_contents = _contents_of_accounts(starts, accounts, n_accounts, threads)
    return Layout(
        content_starts=starts,
        content_accounts=accounts,
        content_times=new_times,
        content_rows=rows,
        account_starts=account_starts,
        account_contents=account_contents,
        account_order=account_order,
        content_order=content_order,
    )


def memory_needed(n_rows: int, n_accounts: int, n_contents: int, threads: int | None) -> int:
    """Return the bytes that `lay_out` has at most at once, with what it returns, without names and sorting long lists.

    Rows take 36 bytes in a log with few accounts and contents, and 99 where every row has an account and a content of
    its own.
    """
    laying, marking = _memory_of_steps(n_rows, n_accounts, n_contents, threads)
    return max(laying, marking + _ROOM_BYTES * n_rows * _keeps_room(n_rows, n_accounts, n_contents, threads))


def _memory_of_steps(n_rows: int, n_accounts: int, n_contents: int, threads: int | None) -> tuple[int, int]:
    """Return the most bytes that steps need which lay rows out, and those in between, which find the order."""
    n, a, c = n_rows, n_accounts, n_contents
    orders = 8 * (a + c)
    states = 16 * a * _n_parts_of_states(n, a, threads)
    laying = max(
        36 * n + 8 * c,  # _scattered: boxes, lists, starts
        36 * n + 24 * c + orders + 4 * a,  # _renumbered: both lists and starts, sizes, new codes
        32 * n + 8 * c + orders + 16 * a,  # _contents_of_accounts: lists, boxes, contents, sizes and starts
    )
    marking = max(
        16 * n + 16 * c + 16 * a + states,  # _fingerprints: lists, starts, marks, degrees
        16 * n + 16 * c + 75 * a,  # _order of accounts: the same; sorting, even if all are twins
        16 * n + 8 * a + 83 * c,  # _order of contents: lists, starts, marks, degrees, first order; sorting
    )
    return laying, marking


def _keeps_room(n_rows: int, n_accounts: int, n_contents: int, threads: int | None) -> bool:
    """Whether the memory of the boxes waits to become that of the result, which costs a tenth more at most.

    Memory that the system has to give anew, and to fill with zeros, takes longer than laying the rows out.
    """
    laying, marking = _memory_of_steps(n_rows, n_accounts, n_contents, threads)
    return marking + _ROOM_BYTES * n_rows <= 1.1 * laying


def _n_parts(threads: int | None) -> int:
    return min(thread_count(threads), MOST_PARTS)


def _n_parts_of_states(n_rows: int, n_accounts: int, threads: int | None) -> int:
    """Return how many parts there are where each needs a state per account: so few that these take 32 bytes per row."""
    return max(1, min(_n_parts(threads), 2 * n_rows // max(n_accounts, 1)))


def _by_parts(
    starts: np.ndarray, threads: int | None, work: Callable[[int, int, int], Any], n_parts: int | None = None
) -> list[Any]:
    """Call `work(part, first, last)` for stretches of lists with about equally many rows; results in their order."""
    cuts = row_cuts(starts, n_parts or _n_parts(threads)).tolist()
    parts = [(part, *ends) for part, ends in enumerate(pairwise(cuts))]
    return map_threads(lambda part: work(*part), parts, threads=threads)


def _shift(n_lists: int) -> int:
    """Return how many bits of a code do not count for its box; few lists are shared out as well, for the threads."""
    bits = max(n_lists - 1, 0).bit_length()
    return max(min(_BOX_BITS, bits - _LEAST_BOXES_BITS), bits - _MOST_BOXES_BITS, 0)


def _by_content(
    account: np.ndarray, content: np.ndarray, times: np.ndarray, n_contents: int, threads: int | None
) -> tuple[Lists, Room]:
    """Lay rows out content by content, each content's by time; also return room for as many rows."""
    lists, room = _scattered(account, content, times, n_contents, threads)
    # Only now is it known how long the longest list is. What comes later sorts as well.
    n, longest = len(content), int(np.diff(lists.starts).max(initial=0))
    claim("Building the graph", _SORT_BYTES * min(n, longest * _n_parts(threads)))
    _by_parts(
        lists.starts,
        threads,
        lambda _, first, last: kernels.sort_by_time(lists.starts, lists.rows, first, last),
    )
    return lists, room


def _scattered(
    account: np.ndarray, content: np.ndarray, times: np.ndarray, n_contents: int, threads: int | None
) -> tuple[Lists, Room]:
    """Lay rows out content by content, each content's in the order of the log; also return room for as many rows."""
    n, n_parts, shift = len(content), _n_parts(threads), _shift(n_contents)
    cuts = np.linspace(0, n, n_parts + 1).astype(np.int64)
    free = np.zeros((n_parts, (n_contents >> shift) + 1), np.int64)
    map_threads(
        lambda p: kernels.count_boxes(content, shift, cuts[p], cuts[p + 1], free[p]),
        range(n_parts),
        threads=threads,
    )
    box_starts = np.empty(free.shape[1] + 1, np.int64)
    kernels.places(free, box_starts)
    room = _room(n)
    boxes = *room[:2], room[2].view(kernels.SOURCE)
    map_threads(
        lambda p: kernels.fill_boxes(content, account, times, shift, cuts[p], cuts[p + 1], free[p], *boxes),
        range(n_parts),
        threads=threads,
    )
    lists = Lists(np.empty(n_contents + 1, np.int64), np.empty(n, kernels.ROW))
    lists.starts[-1] = n
    _by_parts(
        box_starts,
        threads,
        lambda _, first, last: kernels.empty_boxes(
            box_starts, *boxes, shift, first, last, lists.starts, lists.rows
        ),
    )
    return lists, room


def _room(n: int) -> Room:
    """Return room for so many rows, whatever is in it."""
    return np.empty(n, np.int32), np.empty(n, np.int64), np.empty(n, np.int64)


def _fingerprints(
    by_content: Lists, n_accounts: int, threads: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows of every account (int64), and what its and every content's neighbourhood is like (uint64).

    Fingerprints are made as Weisfeiler and Leman do. Times count from the log's first, and names not at all, so that
    renaming, shuffling and shifting change nothing.
    """
    starts, rows, origin = by_content.starts, by_content.rows, _first_time(by_content)
    n_parts = _n_parts_of_states(len(rows), n_accounts, threads)
    of_content, degrees = np.zeros(len(starts) - 1, np.uint64), np.empty(n_accounts, np.int64)
    states = np.zeros((n_parts, n_accounts), kernels.STATE)
    cuts = np.linspace(0, n_accounts, n_parts + 1).astype(np.int64)

    def by_accounts(work: Callable[[int, int], Any]) -> None:
        map_threads(lambda p: work(cuts[p], cuts[p + 1]), range(n_parts), threads=threads)

    for turn in range(ROUNDS):
        mark = kernels.mark_contents if turn else kernels.first_marks

        def of_part(part: int, first: int, last: int, mark: Callable[..., None] = mark) -> None:
            mark(starts, rows, origin, of_content, states[part], first, last)

        _by_parts(starts, threads, of_part, n_parts)
        if not turn:
            by_accounts(lambda first, last: kernels.take_counts(states, degrees, first, last))
        by_accounts(lambda first, last: kernels.mark_accounts(states, first, last))
    return degrees, states[0]["mark"].copy(), of_content


def _first_time(by_content: Lists) -> np.int64:
    """Return the log's first time, 0 where it has none; it is the first of some content, as missing times sort last."""
    first_times = by_content.rows["time"][by_content.starts[:-1][np.diff(by_content.starts) > 0]]
    known = first_times[first_times != NO_TIME]
    return np.int64(known.min()) if len(known) else np.int64(0)


def _order(degrees: np.ndarray, marks: np.ndarray, names: pa.Array, threads: int | None) -> np.ndarray:
    """Return who comes first: those with most rows, then by fingerprint, true twins by name."""
    order = _by_degree(_by_mark(marks, threads), degrees, marks)
    repeats = _repeats(degrees, order) & _repeats(marks, order)
    if repeats.any():
        tied = repeats.copy()
        tied[:-1] |= repeats[1:]
        places = np.flatnonzero(tied)
        codes = order[places]
        # Twins stand together already: their place among all that are tied is that of their group, then of their name.
        key = np.cumsum(~repeats[places]) * len(codes)
        key[pc.sort_indices(names.take(pa.array(codes))).to_numpy()] += np.arange(len(codes))
        order[places] = codes[np.argsort(key)]
    return order


def _repeats(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return in which places the value is that of the place before."""
    ordered = values[order]
    repeats = np.zeros(len(order), bool)
    np.equal(ordered[1:], ordered[:-1], out=repeats[1:])
    return repeats


def _by_mark(marks: np.ndarray, threads: int | None) -> np.ndarray:
    """Return who comes first by mark, twins in any order; in parts by the first bits, as marks are well mixed."""
    part_of = (marks >> np.uint64(64 - _SORT_BITS)).astype(np.uint8)

    def sort(part: int) -> np.ndarray:
        codes = np.flatnonzero(part_of == part)
        return codes[np.argsort(marks[codes])]

    return np.concatenate(map_threads(sort, range(2**_SORT_BITS), threads=threads))


def _by_degree(order: np.ndarray, degrees: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Return an order by mark as one by falling degree, then by mark.

    Two bytes are sorted by counting, which is fast; the few whose degree takes more are sorted by comparing.
    """
    falling = (_HUGE - np.minimum(degrees, _HUGE)).astype(np.uint16)
    order = order[np.argsort(falling[order], kind="stable")]
    huge = order[: np.count_nonzero(falling == 0)]
    order[: len(huge)] = huge[np.lexsort((marks[huge], -degrees[huge]))]
    return order


def _inverse(order: np.ndarray) -> np.ndarray:
    code = np.empty(len(order), np.int32)
    code[order] = np.arange(len(order), dtype=np.int32)
    return code


def _starts(sizes: np.ndarray) -> np.ndarray:
    starts = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts


def _renumbered(
    by_content: Lists, order: np.ndarray, new_account: np.ndarray, room: Room, threads: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return each content's rows under the new codes, by time and account: starts, and `room` filled."""
    starts = _starts(np.diff(by_content.starts)[order])
    _by_parts(
        starts,
        threads,
        lambda _, first, last: kernels.renumber_rows(
            order, by_content.starts, by_content.rows, new_account, starts, *room, first, last
        ),
    )
    return starts, *room


def _contents_of_accounts(
    content_starts: np.ndarray, accounts: np.ndarray, n_accounts: int, threads: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct contents of each account, ascending: (starts, contents)."""
    shift = _shift(n_accounts)
    box_starts, *boxes = _boxes_of_accounts(content_starts, accounts, n_accounts, shift, threads)
    contents, sizes = np.empty(len(accounts), np.int32), np.empty(n_accounts, np.int64)

    def distinct(_: int, first: int, last: int) -> np.ndarray:
        n = kernels.distinct(box_starts, *boxes, shift, first, last, contents, sizes)
        return contents[box_starts[first] :][:n]

    found = _by_parts(box_starts, threads, distinct)
    boxes.clear()
    return _starts(sizes), np.concatenate(found)


def _boxes_of_accounts(
    content_starts: np.ndarray, accounts: np.ndarray, n_accounts: int, shift: int, threads: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return account and content of each row by boxes of accounts, contents ascending: (starts, accounts, contents)."""
    free = np.zeros((_n_parts(threads), (n_accounts >> shift) + 1), np.int64)

    def count(part: int, first: int, last: int) -> None:
        kernels.count_boxes(accounts, shift, content_starts[first], content_starts[last], free[part])

    _by_parts(content_starts, threads, count)
    box_starts = np.empty(free.shape[1] + 1, np.int64)
    kernels.places(free, box_starts)
    boxes = np.empty(len(accounts), np.int32), np.empty(len(accounts), np.int32)

    def fill(part: int, first: int, last: int) -> None:
        kernels.fill_boxes_by_account(content_starts, accounts, shift, first, last, free[part], *boxes)

    _by_parts(content_starts, threads, fill)
    return box_starts, *boxes
