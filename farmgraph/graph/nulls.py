"""Null models of time, and the false-discovery rate.

The null for timing says: each member acted on the same contents, but at the time of some
actor of that content, chosen by the member's own hours of the day. Contents keep their clock and people
keep their sleep; what is left is acting together.
"""

import numpy as np
from numba import njit
from scipy.stats import false_discovery_control

HOURS = 24
HOUR_US = 3_600_000_000
KERNEL = (0.30, 0.22, 0.10, 0.03)
OWN_PRIOR = 6.0
TOPIC_PRIOR = 50.0


def hour_of_day(times: np.ndarray) -> np.ndarray:
    """Return the UTC hour (0 to 23) of times in microseconds."""
    return (times // HOUR_US) % HOURS


def hour_profiles(own: np.ndarray, of_group: np.ndarray, everybody: np.ndarray) -> np.ndarray:
    """Estimate how much accounts prefer each hour of the day, compared with everybody.

    Parameters
    ----------
    own : numpy.ndarray
        Actions by hour of the day, shape (n, 24), one row per account.
    of_group : numpy.ndarray
        The same of each account's group, shape (n, 24); accounts with few actions lean on it.
    everybody : numpy.ndarray
        The same of everybody, shape (24,).

    Returns
    -------
    numpy.ndarray
        float64, shape (n, 24), above 0: 2 means that the account acts at this hour twice as
        often as people do.

    Notes
    -----
    Counts are smoothed over three neighbouring hours. A group's profile is shrunk to everybody's with the
    weight of 50 actions, an account's to its group's with the weight of 6.
    """
    crowd = _smooth(everybody[None, :] + 1.0)[0]
    crowd /= crowd.sum()
    of_group, own = _smooth(of_group), _smooth(own)
    like = (of_group + TOPIC_PRIOR * crowd) / (of_group.sum(1, keepdims=True) + TOPIC_PRIOR)
    profile = (own + OWN_PRIOR * like) / (own.sum(1, keepdims=True) + OWN_PRIOR)
    return profile / crowd


def hour_table(rows: np.ndarray, hours: np.ndarray, n_rows: int) -> np.ndarray:
    """Count hours of the day by row: float64, shape (n_rows, 24)."""
    flat = rows.astype(np.int64) * HOURS + hours
    return np.bincount(flat, minlength=n_rows * HOURS).reshape(n_rows, HOURS).astype(float)


def _smooth(counts: np.ndarray) -> np.ndarray:
    total = np.zeros_like(counts, dtype=float)
    for shift, weight in enumerate(KERNEL):
        total += weight * np.roll(counts, shift, axis=1)
        if shift:
            total += weight * np.roll(counts, -shift, axis=1)
    return total


@njit(nogil=True, cache=True)
def near_pairs(times, scales):  # type: ignore[no-untyped-def]
    """Count pairs of sorted times at most each scale apart (microseconds, inclusive): int64 per scale."""
    counts = np.zeros(len(scales), np.int64)
    for s in range(len(scales)):
        last = 0
        for first in range(len(times)):
            if last < first:
                last = first
            while last + 1 < len(times) and times[last + 1] - times[first] <= scales[s]:
                last += 1
            counts[s] += last - first
    return counts


@njit(nogil=True, cache=True)
def draw_near_pairs(  # type: ignore[no-untyped-def]
    pool_starts, pool_times, pool_hours, parts, member_starts, member_profiles, profiles, scales, n_draws, rng
):
    """Draw the null and count near pairs: float64, shape (2, n_draws, n_scales).

    Content i has the pool `pool_times[pool_starts[i]:pool_starts[i + 1]]` of the times of all its actors and the
    members `member_starts[i]:member_starts[i + 1]`, whose row of `profiles` is in `member_profiles`. In each draw
    the members, in random order, take one time each without replacement: first an hour of the day, in proportion
    to preference times the times left in it, then any of those. Each content weighs by 1 / number of member pairs.
    The first axis of the result tells the two parts of the contents (0 and 1) apart; their sum is the whole.
    """
    result = np.zeros((2, n_draws, len(scales)))
    for i in range(len(pool_starts) - 1):
        low, n = pool_starts[i], pool_starts[i + 1] - pool_starts[i]
        g = member_starts[i + 1] - member_starts[i]
        weight = 2.0 / (g * (g - 1.0))
        by_hour = np.argsort(pool_hours[low : low + n], kind="mergesort")
        slots = pool_times[low : low + n][by_hour]
        begin = np.zeros(25, np.int64)
        for j in range(n):
            begin[pool_hours[low + j] + 1] += 1
        for h in range(24):
            begin[h + 1] += begin[h]
        who = member_profiles[member_starts[i] : member_starts[i + 1]].copy()
        taken = np.empty(g, np.int64)
        for draw in range(n_draws):
            left = begin[1:] - begin[:-1]
            for j in range(g):
                swap = j + int(rng.random() * (g - j))
                who[j], who[swap] = who[swap], who[j]
                preference = profiles[who[j]]
                total = 0.0
                for h in range(24):
                    total += preference[h] * left[h]
                target = rng.random() * total
                hour = -1
                for h in range(24):
                    if left[h] > 0:
                        hour = h
                        target -= preference[h] * left[h]
                        if target < 0:
                            break
                # The times still free in an hour stand first; the one taken changes place with the last of them.
                end = begin[hour] + left[hour] - 1
                pick = begin[hour] + int(rng.random() * left[hour])
                taken[j] = slots[pick]
                slots[pick], slots[end] = slots[end], slots[pick]
                left[hour] -= 1
            counts = near_pairs(np.sort(taken), scales)
            for s in range(len(scales)):
                result[parts[i], draw, s] += weight * counts[s]
    return result


def q_values(p_values: np.ndarray) -> np.ndarray:
    """Return Benjamini-Hochberg q-values; NaN stays NaN and is not counted as a test.

    Examples
    --------
    >>> q_values(np.array([0.01, 0.02, 0.03, np.nan])).round(3).tolist()  # each p times 3 / rank
    [0.03, 0.03, 0.03, nan]
    """
    q = np.full(len(p_values), np.nan)
    tested = ~np.isnan(p_values)
    if tested.any():
        q[tested] = false_discovery_control(p_values[tested], method="bh")
    return q
