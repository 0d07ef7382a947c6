"""Kernels that lay a log out both ways: rows by content and time, distinct contents by account.

Arrays in, arrays out. Everything goes by parts that do not touch each other's memory, so that threads share the work
and the result does not depend on how many there are.
"""

import numpy as np
from numba import njit

from farmgraph.graph.layout import MULTIPLIER, mix
from farmgraph.interactions.schema import NO_TIME

_NO_TIME = np.int64(NO_TIME)  # numba bakes globals in, as they are when it compiles
_SHORT = 24


@njit(nogil=True, cache=True)
def count(keys, first, last, counts):  # type: ignore[no-untyped-def]
    """Count the keys `first` to `last`."""
    for i in range(first, last):
        counts[keys[i]] += 1


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
def scatter_rows(keys, others, times, first, last, free, new_others, new_times, new_rows):  # type: ignore[no-untyped-def]
    """Lay the rows `first` to `last` out by key; `free` says where the next one of each key goes."""
    for i in range(first, last):
        place = free[keys[i]]
        free[keys[i]] = place + 1
        new_others[place] = others[i]
        new_times[place] = times[i]
        new_rows[place] = i


@njit(nogil=True, cache=True)
def sort_by_time(starts, others, times, rows, first, last):  # type: ignore[no-untyped-def]
    """Sort the rows of each list from `first` to `last` by time; equal times keep their order."""
    for c in range(first, last):
        low, high = starts[c], starts[c + 1]
        ordered = True
        for p in range(low + 1, high):
            if times[p] < times[p - 1]:
                ordered = False
                break
        if ordered:
            continue
        if high - low <= _SHORT:
            for p in range(low + 1, high):
                time, other, row = times[p], others[p], rows[p]
                q = p
                while q > low and times[q - 1] > time:
                    times[q], others[q], rows[q] = times[q - 1], others[q - 1], rows[q - 1]
                    q -= 1
                times[q], others[q], rows[q] = time, other, row
        else:
            order = np.argsort(times[low:high], kind="mergesort")
            times[low:high] = times[low:high][order]
            others[low:high] = others[low:high][order]
            rows[low:high] = rows[low:high][order]


@njit(nogil=True, cache=True)
def mark_contents(starts, accounts, times, origin, of_account, of_content, sums, first, last):  # type: ignore[no-untyped-def]
    """Mix the marks of their accounts into those of contents `first` to `last`, and add those up by account.

    `of_account` and `of_content` (uint64) are marks, `sums` (uint64 per account) grows. Sums wrap around and do not
    depend on any order.
    """
    for c in range(first, last):
        total = np.uint64(0)
        for p in range(starts[c], starts[c + 1]):
            total += mix(of_account[accounts[p]] + _age(times[p], origin) + np.uint64(1))
        of_content[c] = mix(total + of_content[c] * MULTIPLIER)
        for p in range(starts[c], starts[c + 1]):
            sums[accounts[p]] += mix(of_content[c] + _age(times[p], origin) + np.uint64(2))


@njit(nogil=True, cache=True, inline="always")
def _age(time, origin):  # type: ignore[no-untyped-def]
    age = np.int64(-1) if time == _NO_TIME else time - origin
    return MULTIPLIER * np.uint64(age)


@njit(nogil=True, cache=True)
def mark_accounts(sums, of_account):  # type: ignore[no-untyped-def]
    """Mix the sums of all parts into the marks of accounts; the sums become zero."""
    for a in range(len(of_account)):
        total = np.uint64(0)
        for part in range(len(sums)):
            total += sums[part, a]
            sums[part, a] = 0
        of_account[a] = mix(total + of_account[a] * MULTIPLIER)


@njit(nogil=True, cache=True)
def renumber_rows(  # type: ignore[no-untyped-def]
    order,
    starts,
    accounts,
    times,
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
        low, high = new_starts[c], new_starts[c + 1]
        shift = starts[order[c]] - low
        tied = low
        for p in range(low, high):
            new_accounts[p] = new_account[accounts[p + shift]]
            new_times[p] = times[p + shift]
            new_rows[p] = rows[p + shift]
            if new_times[p] != new_times[tied]:
                _sort_tied(new_accounts, new_rows, tied, p)
                tied = p
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
def scatter_contents(starts, accounts, first, last, free, contents):  # type: ignore[no-untyped-def]
    """Lay contents `first` to `last` out by account; `free` says where the next one of each account goes."""
    for c in range(first, last):
        for p in range(starts[c], starts[c + 1]):
            place = free[accounts[p]]
            free[accounts[p]] = place + 1
            contents[place] = c


@njit(nogil=True, cache=True)
def distinct(starts, values, first, last, sizes):  # type: ignore[no-untyped-def]
    """Drop repeats from the lists `first` to `last`, which are ascending; say in `sizes` how many each keeps."""
    kept = np.empty(starts[last] - starts[first], np.int32)
    n = 0
    for k in range(first, last):
        begin = n
        for i in range(starts[k], starts[k + 1]):
            if i == starts[k] or values[i] != values[i - 1]:
                kept[n] = values[i]
                n += 1
        sizes[k] = n - begin
    return kept[:n]
