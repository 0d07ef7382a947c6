"""Kernels of nearness: for each account the accounts that share the most surprising contents, or come closest in time.

Arrays in, arrays out. Blocks of accounts run in threads without the GIL; each thread brings its own counter.
"""

import numpy as np
from numba import njit

from farmgraph.prefetching import prefetch

AHEAD = 24
"""Visitors ahead of the one that is added up whose totals are asked for."""
ROUNDING = 1e-4
"""How far sums of float32 may be off, as a share."""


@njit(nogil=True, cache=True)
def both_ways(near, weights):  # type: ignore[no-untyped-def]
    """Find the accounts that list each other: (a, b, weights), a < b, ascending."""
    n, k = near.shape
    found_a, found_b = np.empty(n * k // 2 + 1, np.int32), np.empty(n * k // 2 + 1, np.int32)
    found_weights = np.empty(n * k // 2 + 1)
    m = 0
    for a in range(n):
        first = m
        for s in range(k):
            b = near[a, s]
            if b > a:
                for t in range(k):
                    if near[b, t] == a:
                        place = m
                        while place > first and found_b[place - 1] > b:
                            found_b[place] = found_b[place - 1]
                            found_weights[place] = found_weights[place - 1]
                            place -= 1
                        found_a[m], found_b[place], found_weights[place] = a, b, weights[a, s]
                        m += 1
                        break
    return found_a[:m].copy(), found_b[:m].copy(), found_weights[:m].copy()


@njit(nogil=True, cache=True)
def share_two(a, b, starts, values):  # type: ignore[no-untyped-def]
    """Say of each pair of lists, which are ascending, whether they have two values in common (bool)."""
    found = np.zeros(len(a), np.bool_)
    for pair in range(len(a)):
        i, j = starts[a[pair]], starts[b[pair]]
        end_i, end_j = starts[a[pair] + 1], starts[b[pair] + 1]
        n = 0
        while i < end_i and j < end_j and n < 2:
            one, other = values[i], values[j]
            n += one == other
            i += one <= other
            j += other <= one
        found[pair] = n == 2
    return found


@njit(nogil=True, cache=True)
def nearest(  # type: ignore[no-untyped-def]
    block,
    account_starts,
    account_contents,
    content_starts,
    content_accounts,
    mine,
    most,
    roots,
    k,
    total,
    touched,
    look_up,
):
    """Return the k nearest accounts of each account of a block, their nearness, and the steps taken; -1 fills up.

    `mine` and `roots` (float32) are the roots of the surprises of each edge, account by account and content by
    content, and `most` (float32 per content) what is the largest root there; 0 where nothing counts. Contents are
    walked from the least popular on. As soon as those that are left cannot lift a stranger over the k-th nearest, and
    if that is less work, only the accounts met so far are looked up in them. `total` (float32 per account) is zero
    before and after, `touched` (int32, one more than accounts) is scratch. Looking one account up on one content
    takes as long as `look_up` steps; where that is infinite, everything is walked.
    """
    near = np.full((len(block), k), -1, np.int32)
    weights = np.zeros((len(block), k))
    best = np.empty(k, np.float32)
    steps = 0.0
    for row in range(len(block)):
        u = block[row]
        first, last = account_starts[u], account_starts[u + 1]
        left_bound, left_steps, left_contents = 0.0, 0, 0
        for i in range(first, last):
            c = account_contents[i]
            if mine[i] > 0 and most[c] > 0:
                left_bound += mine[i] * most[c]
                left_steps += content_starts[c + 1] - content_starts[c]
                left_contents += 1
        n = 0
        # Codes of contents fall with popularity.
        for i in range(last - 1, first - 1, -1):
            c = account_contents[i]
            factor = mine[i]
            if factor == 0 or most[c] == 0:
                continue
            size = content_starts[c + 1] - content_starts[c]
            left_bound -= factor * most[c]
            left_steps -= size
            left_contents -= 1
            steps += size
            end = content_starts[c + 1]
            for j in range(content_starts[c], end):
                prefetch(total, np.int64(content_accounts[min(j + AHEAD, end - 1)]))
                v = content_accounts[j]
                before = total[v]
                total[v] = before + factor * roots[j]
                touched[n] = v
                n += (before == 0) & (roots[j] > 0)
            if n < k or left_steps <= look_up * (n + left_contents):
                continue
            # The account's own total is no line to be crossed.
            own, total[u] = total[u], np.float32(0)
            line = _kth_largest(total, touched[:n], best)
            slack = left_bound + ROUNDING * line
            n_open = 0
            if slack < line:
                for q in range(n):
                    n_open += total[touched[q]] + slack >= line
            total[u] = own
            if slack >= line or look_up * n_open * left_contents > left_steps:
                continue
            steps += n + look_up * n_open * left_contents
            for q in range(n):
                v = touched[q]
                if v != u and total[v] + slack >= line:
                    lists = (account_contents, content_starts, content_accounts)
                    _look_up(v, first, i, total, lists, mine, roots)
            break
        total[u] = 0
        _keep_nearest(total, touched[:n], near[row], weights[row])
    return near, weights, steps


@njit(nogil=True, cache=True)
def _kth_largest(total, touched, best):  # type: ignore[no-untyped-def]
    """Return the k-th largest total of the touched accounts, k being the length of `best`."""
    k = len(best)
    best[:] = 0
    for v in touched:
        w = total[v]
        if w > best[k - 1]:
            place = k - 1
            while place > 0 and best[place - 1] < w:
                best[place] = best[place - 1]
                place -= 1
            best[place] = w
    return best[k - 1]


@njit(nogil=True, cache=True)
def _look_up(v, first, last, total, lists, mine, roots):  # type: ignore[no-untyped-def]
    """Add to v's total what an account's contents from `first` to before `last` give where v acted on them as well."""
    account_contents, content_starts, content_accounts = lists
    for i in range(last - 1, first - 1, -1):
        c = account_contents[i]
        if mine[i] > 0:
            j = _place(content_accounts, content_starts[c], content_starts[c + 1], v)
            if j < content_starts[c + 1] and content_accounts[j] == v:
                total[v] += mine[i] * roots[j]


@njit(nogil=True, cache=True, inline="always")
def _place(values, low, high, value):  # type: ignore[no-untyped-def]
    """Return where a value stands, or would, in a part of an array that is ascending there."""
    while low < high:
        middle = (low + high) // 2
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True)
def roots_of_surprises(starts, others, log_size, log_others, log_edges, roots, first, last):  # type: ignore[no-untyped-def]
    """Write the root of each edge's surprise (float32), 0 where it is none, for the lists `first` to `last`."""
    for one in range(first, last):
        for i in range(starts[one], starts[one + 1]):
            surprise = log_edges - log_size[one] - log_others[others[i]]
            roots[i] = np.sqrt(surprise) if surprise > 0 else 0.0


@njit(nogil=True, cache=True)
def closest(  # type: ignore[no-untyped-def]
    block,
    account_starts,
    account_rows,
    row_contents,
    starts,
    accounts,
    times,
    log_rank,
    log_edges,
    k,
    totals,
    touched,
):
    """Return the k nearest accounts in time of each account of a block and their nearness; -1 fills up.

    `log_rank` holds the logarithms of 1, 2, ... as far as ranks are looked at. `totals` (float64, accounts x 2) is zero
    before and after in its first column; the second is how quiet accounts are, beside it because both are asked for
    at once. `touched` (int32, one more than accounts) is scratch.
    """
    total, log_quiet = totals[:, 0], totals[:, 1]
    reach = len(log_rank)
    near = np.full((len(block), k), -1, np.int32)
    weights = np.zeros((len(block), k))
    for row in range(len(block)):
        u = block[row]
        n = 0
        for i in range(account_starts[u], account_starts[u + 1]):
            here = account_rows[i]
            low, high = starts[row_contents[here]], starts[row_contents[here] + 1]
            for j in range(max(here - reach // 2, low), min(here + reach // 2, high)):
                prefetch(totals, 2 * np.int64(accounts[j]))
            left, right, rank = here - 1, here + 1, 0
            while left >= low or right < high:
                gap = times[right] - times[here] if right < high else np.int64(1) << 62
                if left >= low:
                    gap = min(gap, times[here] - times[left])
                first, last = left, right
                while left >= low and times[here] - times[left] == gap and first - left <= reach:
                    left -= 1
                while right < high and times[right] - times[here] == gap and right - last <= reach:
                    right += 1
                rank += (first - left) + (right - last)
                if rank > reach:
                    break
                rare = log_edges - log_rank[rank - 1]
                mine = rare - log_quiet[u]
                if mine <= 0:
                    break
                # Those who came at this distance: some before, some after.
                for begin, end in ((left + 1, first + 1), (last, right)):
                    for j in range(begin, end):
                        v = accounts[j]
                        theirs = rare - log_quiet[v]
                        if theirs <= 0:
                            continue
                        if total[v] == 0.0:
                            touched[n] = v
                            n += 1
                        total[v] += np.sqrt(mine * theirs)
        _keep_nearest(total, touched[:n], near[row], weights[row])
    return near, weights


@njit(nogil=True, cache=True)
def _keep_nearest(total, touched, near, weights):  # type: ignore[no-untyped-def]
    """Write the largest totals of the touched accounts, ties to the smaller code, and set the totals back to 0."""
    k = len(near)
    for v in touched:
        w = total[v]
        total[v] = 0.0
        place = k
        while place > 0 and (
            near[place - 1] < 0 or w > weights[place - 1] or (w == weights[place - 1] and v < near[place - 1])
        ):
            place -= 1
        if place == k:
            continue
        for s in range(k - 1, place, -1):
            near[s] = near[s - 1]
            weights[s] = weights[s - 1]
        near[place] = v
        weights[place] = w
