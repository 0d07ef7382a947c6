"""Kernels that lay a log out both ways: rows by content and time, distinct contents by account.

Arrays in, arrays out. Everything goes by parts that do not touch each other's memory, so that threads share the work
and the result does not depend on how many there are.

Millions of lists do not fit into the cache, and writing to one after the other would wait for memory at every row. So
rows go to boxes first, 2**shift lists each, of which there are so few that the end of each stays in the cache; then to
their lists, box by box. Where rows lead anywhere after all, what the next ones need is asked for ahead.
"""

import numpy as np
from numba import njit

from farmgraph.graph.layout import MULTIPLIER, mix
from farmgraph.interactions.schema import NO_TIME
from farmgraph.prefetching import prefetch

ROW = np.dtype([("time", np.int64), ("account", np.int32), ("row", np.int32)])
"""A row of a content: together, as it is mostly all three that are wanted, and then memory is waited for once."""
SOURCE = np.dtype([("account", np.int32), ("row", np.int32)])
"""Who a row is of, and its number."""
STATE = np.dtype([("mark", np.uint64), ("sum", np.uint64)])
"""What is known of an account while fingerprints are made."""

_NO_TIME = np.int64(NO_TIME)  # numba bakes globals in, as they are when it compiles
_SHORT = 24
_AHEAD = 24  # rows, or lists, from where what is asked for is used
_LINE = 4  # rows on a line of the cache


@njit(nogil=True, cache=True)
def count_boxes(keys, shift, first, last, counts):  # type: ignore[no-untyped-def]
    """Count the keys `first` to `last` by box."""
    for i in range(first, last):
        counts[keys[i] >> shift] += 1


@njit(nogil=True, cache=True)
def places(counts, starts):  # type: ignore[no-untyped-def]
    """Turn counts by (part, key) into where each part's rows of a key begin, and fill `starts`."""
    n_parts, n_keys = counts.shape
    total = 0
    for key in range(n_keys):
        starts[key] = total
        for part in range(n_parts):
            n = counts[part, key]
            counts[part, key] = total
            total += n
    starts[n_keys] = total


@njit(nogil=True, cache=True)
def fill_boxes(contents, accounts, times, shift, first, last, free, box_contents, box_times, box_sources):  # type: ignore[no-untyped-def]
    """Put the rows `first` to `last` into the boxes of their contents; `free` says where the next one of each goes."""
    for i in range(first, last):
        content = contents[i]
        place = free[content >> shift]
        free[content >> shift] = place + 1
        box_contents[place] = content
        box_times[place] = times[i]
        source = box_sources[place]
        source.account, source.row = accounts[i], i


@njit(nogil=True, cache=True)
def empty_boxes(box_starts, box_contents, box_times, box_sources, shift, first, last, starts, rows):  # type: ignore[no-untyped-def]
    """Lay the rows of the boxes `first` to `last` out by content, in the order they have; fill `starts` for these."""
    free = np.empty(1 << shift, np.int64)
    for box in range(first, last):
        low, high = box << shift, min((box + 1) << shift, len(starts) - 1)
        free[:] = 0
        for i in range(box_starts[box], box_starts[box + 1]):
            free[box_contents[i] - low] += 1
        place = box_starts[box]
        for content in range(low, high):
            starts[content] = place
            place += free[content - low]
            free[content - low] = starts[content]
        for i in range(box_starts[box], box_starts[box + 1]):
            place = free[box_contents[i] - low]
            free[box_contents[i] - low] = place + 1
            row, source = rows[place], box_sources[i]
            row.time, row.account, row.row = box_times[i], source.account, source.row


@njit(nogil=True, cache=True)
def sort_by_time(starts, rows, first, last):  # type: ignore[no-untyped-def]
    """Sort the rows of each list from `first` to `last` by time; equal times keep their order."""
    for c in range(first, last):
        low, high = starts[c], starts[c + 1]
        ordered = True
        for p in range(low + 1, high):
            if rows[p].time < rows[p - 1].time:
                ordered = False
                break
        if ordered:
            continue
        if high - low <= _SHORT:
            for p in range(low + 1, high):
                time, account, number = rows[p].time, rows[p].account, rows[p].row
                q = p
                while q > low and rows[q - 1].time > time:
                    rows[q] = rows[q - 1]
                    q -= 1
                row = rows[q]
                row.time, row.account, row.row = time, account, number
        else:
            order = np.argsort(rows["time"][low:high], kind="mergesort")
            rows[low:high] = rows[low:high][order]


@njit(nogil=True, cache=True)
def first_marks(starts, rows, origin, of_content, states, first, last):  # type: ignore[no-untyped-def]
    """Do the first round of `mark_contents`: marks are zero, which leaves room to count the rows of accounts there."""
    for c in range(first, last):
        total = np.uint64(0)
        for p in range(starts[c], starts[c + 1]):
            prefetch(states, np.int64(rows[min(p + _AHEAD, starts[last] - 1)].account))
            total += mix(_age(rows[p].time, origin) + np.uint64(1))
        of_content[c] = mix(total)
        for p in range(starts[c], starts[c + 1]):
            state = states[rows[p].account]
            state.mark += np.uint64(1)
            state.sum += mix(of_content[c] + _age(rows[p].time, origin) + np.uint64(2))


@njit(nogil=True, cache=True)
def mark_contents(starts, rows, origin, of_content, states, first, last):  # type: ignore[no-untyped-def]
    """Mix the marks of their accounts into those of contents `first` to `last`, and add those up by account.

    `of_content` (uint64) are marks. Sums wrap around and do not depend on any order.
    """
    for c in range(first, last):
        total = np.uint64(0)
        for p in range(starts[c], starts[c + 1]):
            prefetch(states, np.int64(rows[min(p + _AHEAD, starts[last] - 1)].account))
            total += mix(states[rows[p].account].mark + _age(rows[p].time, origin) + np.uint64(1))
        of_content[c] = mix(total + of_content[c] * MULTIPLIER)
        for p in range(starts[c], starts[c + 1]):
            state = states[rows[p].account]
            state.sum += mix(of_content[c] + _age(rows[p].time, origin) + np.uint64(2))


@njit(nogil=True, cache=True, inline="always")
def _age(time, origin):  # type: ignore[no-untyped-def]
    age = np.int64(-1) if time == _NO_TIME else time - origin
    return MULTIPLIER * np.uint64(age)


@njit(nogil=True, cache=True)
def take_counts(states, degrees, first, last):  # type: ignore[no-untyped-def]
    """Move the rows that all parts counted for the accounts `first` to `last` to `degrees`; marks become zero."""
    for a in range(first, last):
        degrees[a] = 0
        for part in range(len(states)):
            degrees[a] += np.int64(states[part, a].mark)
            states[part, a].mark = 0


@njit(nogil=True, cache=True)
def mark_accounts(states, first, last):  # type: ignore[no-untyped-def]
    """Mix the sums of all parts into the marks of the accounts `first` to `last`; the sums become zero."""
    for a in range(first, last):
        total = np.uint64(0)
        for part in range(len(states)):
            total += states[part, a].sum
            states[part, a].sum = 0
        mark = mix(total + states[0, a].mark * MULTIPLIER)
        for part in range(len(states)):
            states[part, a].mark = mark


@njit(nogil=True, cache=True)
def renumber_rows(  # type: ignore[no-untyped-def]
    order,
    starts,
    rows,
    new_account,
    new_starts,
    new_accounts,
    new_times,
    new_rows,
    first,
    last,
):
    """Copy the lists of contents into their new order with new codes of accounts; equal times go by account."""
    for c in range(first, last):
        # The old lists lie anywhere. Asked for are where one begins, the rows of one that is nearer, and the new codes
        # of the accounts of the next but one.
        prefetch(starts, order[min(c + _AHEAD, last - 1)])
        begin = starts[order[min(c + _AHEAD // 2, last - 1)]]
        prefetch(rows, begin)
        prefetch(rows, begin + _LINE)
        soon = order[min(c + 2, last - 1)]
        for p in range(starts[soon], min(starts[soon + 1], starts[soon] + 4 * _LINE)):
            prefetch(new_account, np.int64(rows[p].account))
        low, high = new_starts[c], new_starts[c + 1]
        shift = starts[order[c]] - low
        tied = low
        for p in range(low, high):
            row = rows[p + shift]
            new_accounts[p] = new_account[row.account]
            new_times[p] = row.time
            new_rows[p] = row.row
            if new_times[p] != new_times[tied]:
                # Few are tied, and a call takes longer than a row.
                if p - tied > 1:
                    _sort_tied(new_accounts, new_rows, tied, p)
                tied = p
        if high - tied > 1:
            _sort_tied(new_accounts, new_rows, tied, high)


@njit(nogil=True, cache=True)
def _sort_tied(accounts, rows, low, high):  # type: ignore[no-untyped-def]
    """Sort rows of one time by account; those of one account keep their order."""
    if high - low > _SHORT:
        order = np.argsort(accounts[low:high], kind="mergesort")
        accounts[low:high] = accounts[low:high][order]
        rows[low:high] = rows[low:high][order]
        return
    for p in range(low + 1, high):
        account, row = accounts[p], rows[p]
        q = p
        while q > low and accounts[q - 1] > account:
            accounts[q], rows[q] = accounts[q - 1], rows[q - 1]
            q -= 1
        accounts[q], rows[q] = account, row


@njit(nogil=True, cache=True)
def fill_boxes_by_account(starts, accounts, shift, first, last, free, box_accounts, box_contents):  # type: ignore[no-untyped-def]
    """Put contents `first` to `last` into the boxes of their accounts; `free` says where the next one of each goes."""
    for c in range(first, last):
        for p in range(starts[c], starts[c + 1]):
            place = free[accounts[p] >> shift]
            free[accounts[p] >> shift] = place + 1
            box_accounts[place] = accounts[p]
            box_contents[place] = c


@njit(nogil=True, cache=True)
def distinct(box_starts, box_accounts, box_contents, shift, first, last, contents, sizes):  # type: ignore[no-untyped-def]
    """Lay the distinct contents of the boxes `first` to `last` out by account, ascending as they are, without gaps.

    They begin where the first box does. Returns how many there are, and says in `sizes` how many each account has.
    """
    free = np.empty((1 << shift) + 1, np.int64)
    begin = kept = box_starts[first]
    for box in range(first, last):
        low, high = box << shift, min((box + 1) << shift, len(sizes))
        free[:] = 0
        for i in range(box_starts[box], box_starts[box + 1]):
            free[box_accounts[i] - low + 1] += 1
        free[0] = box_starts[box]
        for k in range(high - low):
            free[k + 1] += free[k]
        # Afterwards free[k] is where the contents of account k end, and those of the next begin.
        for i in range(box_starts[box], box_starts[box + 1]):
            place = free[box_accounts[i] - low]
            free[box_accounts[i] - low] = place + 1
            contents[place] = box_contents[i]
        start = box_starts[box]
        for k in range(high - low):
            before = kept
            for i in range(start, free[k]):
                if kept == before or contents[i] != contents[kept - 1]:
                    contents[kept] = contents[i]
                    kept += 1
            sizes[low + k] = kept - before
            start = free[k]
    return kept - begin
