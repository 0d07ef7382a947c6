"""What comparing accounts would cost at the usual windows, counted from a log without building its graph.

The graph sorts, fingerprints and names everything; for a count it is enough to lay the rows out content by content.
That takes a fraction of the reading, so nothing is sampled: all numbers are exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from farmgraph.interactions.schema import MICROSECONDS, NO_TIME
from farmgraph.runtime import map_threads

WINDOWS_S: tuple[int | None, ...] = (10, 60, 600, 3_600, 86_400, None)
"""The usual windows in seconds; None is any time."""

MIN_CONTENTS = 2
"""What `farmgraph.co_engagement` asks of a pair by default."""

_N_BLOCKS = 16
_MOST_ACTIONS = 64
_NO_TIME = np.int64(NO_TIME)  # numba bakes globals in, as they are when it compiles


@dataclass(frozen=True)
class Counts:
    """What was counted.

    Attributes
    ----------
    n_accounts, n_contents : int
        Accounts and contents that occur.
    pair_events : dict of (int or None) to int
        For each window in seconds the pair events of `farmgraph.co_engagement` at its other defaults (see
        `CoEngagement.n_pair_events`): pairs of rows on one content that are no further apart than the window, by
        accounts with two contents or more; two rows of one account count as well. For None pairs of such accounts
        on one content.
    """

    n_accounts: int
    n_contents: int
    pair_events: dict[int | None, int]


def count_ahead(
    table: pa.Table, *, windows: Sequence[int | None] = WINDOWS_S, threads: int | None = None
) -> Counts:
    """Count accounts, contents and the pair events of windows.

    Parameters
    ----------
    table : pyarrow.Table
        The table of an `Interactions`.
    windows : sequence of int or None
        In seconds; None is any time. Where no row has a time, only None is counted.
    threads : int, optional
        Threads to use; by default all that the process may use.

    Returns
    -------
    Counts

    Notes
    -----
    Exact. Time O(rows log(rows of a content)), and O(rows) where rows come in the order of time; 25 bytes of memory
    per row.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> rows = [(who, page, at) for page, at in (("p", 0), ("q", 500)) for who in "ab"]
    >>> log = fg.read(pd.DataFrame(rows + [("c", "p", 70)], columns=["account", "content", "time"]))
    >>> count_ahead(log.table, windows=(60, None)).pair_events
    {60: 2, None: 2}
    """
    accounts, n_accounts = _codes(table["account"])
    contents, n_contents = _codes(table["content"])
    times = pc.fill_null(table["time"].cast(pa.int64()), NO_TIME).to_numpy()
    starts, accounts, times = _by_content(contents, accounts, times, n_contents)
    degrees = _degrees(starts, accounts, n_accounts)
    allowed = degrees >= MIN_CONTENTS
    timed = [w for w in windows if w is not None] if table["time"].null_count < len(table) else []
    widths = np.array(timed, np.int64) * MICROSECONDS
    cuts = np.searchsorted(starts, np.linspace(0, len(accounts), _N_BLOCKS + 1, dtype=np.int64))
    cuts[0], cuts[-1] = 0, n_contents
    parts = map_threads(
        lambda i: _within(starts, accounts, times, allowed, widths, cuts[i], cuts[i + 1]),
        range(_N_BLOCKS if len(widths) else 0),
        threads=threads,
    )
    events: dict[int | None, int] = {w: int(sum(part[i] for part in parts)) for i, w in enumerate(timed)}
    if None in windows:
        events[None] = int(_at_any_time(starts, accounts, allowed))
    return Counts(
        n_accounts=int((degrees > 0).sum()),
        n_contents=int((np.diff(starts) > 0).sum()),
        pair_events=events,
    )


def most_shared_action(table: pa.Table, *, order: Sequence[str] = ()) -> str | None:
    """Return the action with the most rows on contents of which two accounts or more did just that.

    With `order`, the most telling first: the first action in it that has at least a twentieth as many as that one.
    None where there are no actions, or so many that they are no kinds of actions. Of two with equally many, the
    first in alphabetical order.
    """
    encoded = _one_dictionary(table["action"])
    names = encoded.dictionary.to_pylist()
    if not 0 < len(names) <= _MOST_ACTIONS:
        return None
    actions = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    accounts, _ = _codes(table["account"])
    contents, n_contents = _codes(table["content"])
    starts, accounts, by_content = _by_content(contents, accounts, actions.astype(np.int64), n_contents)
    counts = _shared_rows(starts, accounts, by_content, len(names))
    ranked = sorted(range(len(names)), key=lambda i: (-int(counts[i]), names[i]))
    enough = {names[i] for i in ranked if 20 * counts[i] >= counts[ranked[0]]}
    return next((name for name in order if name in enough), names[ranked[0]])


def _codes(column: pa.ChunkedArray) -> tuple[np.ndarray, int]:
    """Return the codes of a column of names (int32, none missing), and how many there may be."""
    encoded = _one_dictionary(column)
    return encoded.indices.to_numpy(zero_copy_only=False), len(encoded.dictionary)


def _one_dictionary(column: pa.ChunkedArray) -> Any:
    whole = column.unify_dictionaries().combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


@njit(nogil=True, cache=True)
def _by_content(contents, accounts, values, n_contents):  # type: ignore[no-untyped-def]
    """Lay rows out content by content, each content's in their old order: (starts, accounts, values)."""
    starts = np.zeros(n_contents + 1, np.int64)
    for c in contents:
        starts[c + 1] += 1
    for c in range(n_contents):
        starts[c + 1] += starts[c]
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
def _degrees(starts, accounts, n_accounts):  # type: ignore[no-untyped-def]
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
def _at_any_time(starts, accounts, allowed):  # type: ignore[no-untyped-def]
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
def _within(starts, accounts, times, allowed, widths, first, last):  # type: ignore[no-untyped-def]
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
def _shared_rows(starts, accounts, actions, n_actions):  # type: ignore[no-untyped-def]
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
