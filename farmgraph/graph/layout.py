"""Kernels that lay a log out as arrays: codes that owe nothing to labels or row order, then CSR both ways.

Arrays in, arrays out. The first function describes each account and each content by a
64-bit fingerprint of its surroundings (who acted when on what, labels left out); the
others sort by counting.
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


@njit(nogil=True, cache=True)
def fingerprints(accounts, contents, ages, n_accounts, n_contents, rounds):  # type: ignore[no-untyped-def]
    """Fingerprint every account and content by its neighbourhood, as Weisfeiler and Leman do.

    `accounts`, `contents` (int32) and `ages` (int64, microseconds since the first action of
    the log) have one entry per row. Sums wrap around and do not depend on the order of rows.
    """
    of_account = np.zeros(n_accounts, np.uint64)
    of_content = np.zeros(n_contents, np.uint64)
    for _ in range(rounds):
        sums = np.zeros(n_contents, np.uint64)
        for i in range(len(accounts)):
            sums[contents[i]] += mix(of_account[accounts[i]] + MULTIPLIER * np.uint64(ages[i]) + np.uint64(1))
        for c in range(n_contents):
            of_content[c] = mix(sums[c] + of_content[c] * MULTIPLIER)
        sums = np.zeros(n_accounts, np.uint64)
        for i in range(len(accounts)):
            sums[accounts[i]] += mix(of_content[contents[i]] + MULTIPLIER * np.uint64(ages[i]) + np.uint64(2))
        for a in range(n_accounts):
            of_account[a] = mix(sums[a] + of_account[a] * MULTIPLIER)
    return of_account, of_content


@njit(nogil=True, cache=True)
def group_order(keys, order, n_groups):  # type: ignore[no-untyped-def]
    """Sort positions by key, keeping the given order inside each key: (starts, positions)."""
    starts = np.zeros(n_groups + 1, np.int64)
    for key in keys:
        starts[key + 1] += 1
    for g in range(n_groups):
        starts[g + 1] += starts[g]
    free = starts[:-1].copy()
    sorted_positions = np.empty(len(keys), np.int64)
    for position in order:
        key = keys[position]
        sorted_positions[free[key]] = position
        free[key] += 1
    return starts, sorted_positions


@njit(nogil=True, cache=True)
def distinct_per_group(starts, values):  # type: ignore[no-untyped-def]
    """Drop repeats from lists that are sorted inside each group: (starts, values)."""
    kept = np.empty(len(values), values.dtype)
    new_starts = np.zeros(len(starts), np.int64)
    n = 0
    for g in range(len(starts) - 1):
        for i in range(starts[g], starts[g + 1]):
            if i == starts[g] or values[i] != values[i - 1]:
                kept[n] = values[i]
                n += 1
        new_starts[g + 1] = n
    return new_starts, kept[:n].copy()


def count_neighbours(
    starts: np.ndarray, values: np.ndarray, keys: np.ndarray, n_values: int
) -> tuple[np.ndarray, np.ndarray]:
    """Count how many of the keys' lists hold each value: (values that occur, ascending, counts)."""
    found: tuple[np.ndarray, np.ndarray] = _neighbours(
        starts, values, keys, zeros("counter", n_values, np.int32)
    )
    return found


@njit(nogil=True, cache=True)
def _neighbours(starts, values, keys, counter):  # type: ignore[no-untyped-def]
    """Count in `counter`, which is zero before and after; O(values touched)."""
    n_touched = 0
    for key in keys:
        n_touched += starts[key + 1] - starts[key]
    touched = np.empty(n_touched, np.int32)
    n = 0
    for key in keys:
        for i in range(starts[key], starts[key + 1]):
            value = values[i]
            touched[n] = value
            n += counter[value] == 0
            counter[value] += 1
    found = np.sort(touched[:n])
    counts = np.empty(n, np.int32)
    for i in range(n):
        counts[i] = counter[found[i]]
        counter[found[i]] = 0
    return found, counts
