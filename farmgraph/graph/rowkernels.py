"""Compiled loops over the rows of a log laid out content by content, for counts that need no graph.

Arrays in, arrays out. Imported only by the functions that need them, because loading numba takes time.
"""

import numpy as np
from numba import njit

from farmgraph.graph.layout import begin_groups
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME

_HOUR = np.int64(3_600 * MICROSECONDS)
_NO_TIME = np.int64(NO_TIME)  # numba bakes globals in, as they are when it compiles


@njit(nogil=True, cache=True)
def rows_by_content(contents, accounts, values, n_contents):  # type: ignore[no-untyped-def]
    """Lay rows out content by content, each content's in their old order: (starts, accounts, values)."""
    starts = np.empty(n_contents + 1, np.int64)
    begin_groups(contents, starts)
    free = starts[:-1].copy()
    new_accounts = np.empty(len(accounts), np.int32)
    new_values = np.empty(len(values), np.int64)
    for i in range(len(contents)):
        place = free[contents[i]]
        free[contents[i]] = place + 1
        new_accounts[place] = accounts[i]
        new_values[place] = values[i]
    return starts, new_accounts, new_values


@njit(nogil=True, cache=True)
def distinct_contents(starts, accounts, n_accounts):  # type: ignore[no-untyped-def]
    """Count the distinct contents of each account."""
    degrees = np.zeros(n_accounts, np.int32)
    last = np.full(n_accounts, -1, np.int32)
    for c in range(len(starts) - 1):
        for p in range(starts[c], starts[c + 1]):
            if last[accounts[p]] != c:
                last[accounts[p]] = c
                degrees[accounts[p]] += 1
    return degrees


@njit(nogil=True, cache=True)
def pairs_at_any_time(starts, accounts, allowed):  # type: ignore[no-untyped-def]
    """Count the pairs of allowed accounts on one content."""
    last = np.full(len(allowed), -1, np.int32)
    total = 0
    for c in range(len(starts) - 1):
        n = 0
        for p in range(starts[c], starts[c + 1]):
            account = accounts[p]
            if allowed[account] and last[account] != c:
                last[account] = c
                n += 1
        total += n * (n - 1) // 2
    return total


@njit(nogil=True, cache=True)
def pairs_within(starts, accounts, times, allowed, widths, first, last):  # type: ignore[no-untyped-def]
    """Count, over contents `first` to `last`, the pairs of timed rows of allowed accounts within each window."""
    totals = np.zeros(len(widths), np.int64)
    scratch = np.empty(0, np.int64)
    for c in range(first, last):
        size = starts[c + 1] - starts[c]
        if size < 2:
            continue
        if size > len(scratch):
            scratch = np.empty(2 * size, np.int64)
        n = 0
        ordered = True
        for p in range(starts[c], starts[c + 1]):
            if times[p] != _NO_TIME and allowed[accounts[p]]:
                scratch[n] = times[p]
                ordered &= n == 0 or scratch[n - 1] <= times[p]
                n += 1
        if not ordered:
            scratch[:n].sort()
        for w in range(len(widths)):
            width = widths[w]
            oldest = 0
            for i in range(1, n):
                while scratch[i] - scratch[oldest] > width:
                    oldest += 1
                totals[w] += i - oldest
    return totals


@njit(nogil=True, cache=True)
def shared_rows(starts, accounts, actions, n_actions):  # type: ignore[no-untyped-def]
    """Count each action's rows on contents of which at least two accounts did it."""
    counts = np.zeros(n_actions, np.int64)
    first = np.empty(n_actions, np.int32)
    rows = np.empty(n_actions, np.int64)
    shared = np.empty(n_actions, np.bool_)
    for c in range(len(starts) - 1):
        first[:] = -1
        rows[:] = 0
        shared[:] = False
        for p in range(starts[c], starts[c + 1]):
            action = actions[p]
            if action < 0:
                continue
            rows[action] += 1
            if first[action] < 0:
                first[action] = accounts[p]
            elif first[action] != accounts[p]:
                shared[action] = True
        for action in range(n_actions):
            if shared[action]:
                counts[action] += rows[action]
    return counts


@njit(nogil=True, cache=True)
def first_actions(starts, accounts, times, seen_on, sizes, new_accounts, new_times, first, last):  # type: ignore[no-untyped-def]
    """Pick, for contents `first` to `last`, each account's first timed row; say in `sizes` how many a content has.

    Rows of a content are sorted by time, those without one last. What is picked is written from ``starts[first]`` on
    without gaps. `seen_on` (int32 per account) is below `first` everywhere.
    """
    n = starts[first]
    for c in range(first, last):
        begin = n
        for p in range(starts[c], starts[c + 1]):
            if times[p] == _NO_TIME:
                break
            account = accounts[p]
            if seen_on[account] != c:
                seen_on[account] = c
                new_accounts[n] = account
                new_times[n] = times[p]
                n += 1
        sizes[c] = n - begin
    return n


@njit(nogil=True, cache=True)
def all_multiples(times, step):  # type: ignore[no-untyped-def]
    """Say whether there are times, and all that are known are multiples of `step`."""
    known = False
    for t in times:
        if t != _NO_TIME:
            known = True
            if t % step:
                return False
    return known


@njit(nogil=True, cache=True)
def hours_by_group(accounts, times, groups, n_groups):  # type: ignore[no-untyped-def]
    """Return the UTC hour (uint8) of each time, and how many there are by group of the account and hour (float64)."""
    hours = np.empty(len(times), np.uint8)
    counts = np.zeros((n_groups, 24))
    for i in range(len(times)):
        hour = (times[i] // _HOUR) % 24
        hours[i] = hour
        counts[groups[accounts[i]], hour] += 1
    return hours, counts
