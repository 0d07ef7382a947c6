"""Kernels that arrange arrays by group: sorting by counting, cutting into even parts, counting neighbours.

Arrays in, arrays out.
"""

import numpy as np
from numba import njit

from farmgraph.graph.scratch import zeros

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@njit(nogil=True, cache=True, inline="always")
def mix(x: np.uint64) -> np.uint64:
    """Return 64 well-mixed bits: the finaliser of SplitMix64 (Steele, Lea & Flood 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def grouped(keys: np.ndarray, values: np.ndarray, n_groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Lay values out group by group, each group's in their old order: (starts, values)."""
    starts, laid_out = np.empty(n_groups + 1, np.int64), np.empty(len(values), values.dtype)
    _group(keys, values, starts, laid_out)
    return starts, laid_out


def counted(keys: np.ndarray, n_keys: int) -> np.ndarray:
    """Count how often each key occurs: int64. What numpy's bincount does, without making the keys twice as wide.

    Examples
    --------
    >>> counted(np.array([0, 2, 2], np.int32), 4).tolist()
    [1, 0, 2, 0]
    """
    counts = np.zeros(n_keys, np.int64)
    count(keys, 0, len(keys), counts)
    return counts


@njit(nogil=True, cache=True)
def count(keys, first, last, counts):  # type: ignore[no-untyped-def]
    """Count the keys `first` to `last`."""
    for i in range(first, last):
        counts[keys[i]] += 1


@njit(nogil=True, cache=True)
def begin_groups(keys, starts):  # type: ignore[no-untyped-def]
    """Write where each group begins, and the last one ends."""
    starts[:] = 0
    for key in keys:
        starts[key + 1] += 1
    for g in range(len(starts) - 1):
        starts[g + 1] += starts[g]


@njit(nogil=True, cache=True)
def _group(keys, values, starts, laid_out):  # type: ignore[no-untyped-def]
    begin_groups(keys, starts)
    free = starts[:-1].copy()
    for i in range(len(keys)):
        laid_out[free[keys[i]]] = values[i]
        free[keys[i]] += 1


def row_cuts(starts: np.ndarray, n_parts: int) -> np.ndarray:
    """Return where to cut lists so that each part has about as many entries: int64, at most n_parts + 1 positions.

    Examples
    --------
    >>> row_cuts(np.array([0, 5, 6, 10]), 2).tolist()  # the first list alone, then two
    [0, 1, 3]
    """
    even = np.linspace(0, starts[-1], n_parts + 1).astype(np.int64)
    cuts = np.searchsorted(starts, even)
    cuts[0], cuts[-1] = 0, len(starts) - 1
    return np.unique(cuts)


def count_neighbours(
    starts: np.ndarray, values: np.ndarray, keys: np.ndarray, n_values: int
) -> tuple[np.ndarray, np.ndarray]:
    """Count how many of the keys' lists hold each value: (values that occur, ascending, counts)."""
    found: tuple[np.ndarray, np.ndarray] = neighbours(
        starts, values, keys, 1, zeros("counter", n_values, np.int32)
    )
    return found


@njit(nogil=True, cache=True)
def neighbours(starts, values, keys, least, counter):  # type: ignore[no-untyped-def]
    """Return the values that at least so many of the keys' lists hold (1 or more), ascending, and how many do.

    Counts in `counter`, which is zero before and after; O(values touched), and sorting those that are returned.
    """
    n_touched = 0
    for key in keys:
        n_touched += starts[key + 1] - starts[key]
    touched, found = np.empty(n_touched, np.int32), np.empty(n_touched, np.int64)
    # From here on nothing takes memory until the counter is zero again.
    n = 0
    for key in keys:
        for i in range(starts[key], starts[key + 1]):
            value = values[i]
            touched[n] = value
            n += counter[value] == 0
            counter[value] += 1
    n_found = 0
    for i in range(n):
        value = touched[i]
        # A count and its value in one number, so that they can be sorted when the counter is zero again.
        if counter[value] >= least:
            found[n_found] = np.int64(value) << 32 | counter[value]
            n_found += 1
        counter[value] = 0
    found = np.sort(found[:n_found])
    return (found >> 32).astype(np.int32), found.astype(np.int32)
