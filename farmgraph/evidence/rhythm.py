"""Rhythm: how long members wait for each other, and how fine the log's clock is. Description, not test."""

from dataclasses import dataclass

import numpy as np

from farmgraph.evidence.synchrony import FirstActions
from farmgraph.interactions.schema import MICROSECONDS

REPEATS = 20
CLOCKS_S = (86_400, 3_600, 60, 1)


@dataclass(frozen=True)
class Rhythm:
    """When a cluster acted.

    Attributes
    ----------
    gap_members_s : float
        Median distance, in seconds, of a member's action to the nearest action of another member on the
        same content.
    gap_others_s : float
        The same among the other actors of these contents: on each, as many as there are members (all where
        there are fewer), drawn at random `REPEATS` times, since a larger crowd stands closer by itself.
        NaN where there are none.
    first_us, last_us : int or None
        First and last timed action inside, microseconds.
    members_share : float
        Share of the first actions on the cluster's contents that members made.
    longest_span_s : float
        Longest time, over contents, from the first to the last member. NaN without times.
    """

    gap_members_s: float
    gap_others_s: float
    first_us: int | None
    last_us: int | None
    members_share: float
    longest_span_s: float


def rhythm(
    accounts: np.ndarray, contents: np.ndarray, actions: FirstActions, *, rng: np.random.Generator
) -> Rhythm:
    """Describe when the members of a cluster acted; O(actions on its contents).

    Parameters
    ----------
    accounts, contents : numpy.ndarray
        int32 codes, ascending.
    actions : FirstActions
    rng : numpy.random.Generator
        Draws the other actors to compare with.
    """
    members_gaps, others_gaps, spans = [], [], []
    first, last, n_members, n_all = None, None, 0, 0
    for content in contents:
        low, high = actions.starts[content], actions.starts[content + 1]
        times = actions.times[low:high]
        is_member = np.isin(actions.accounts[low:high], accounts)
        mine = times[is_member]
        members_gaps.append(nearest_gaps(mine))
        others_gaps += _gaps_of_as_many(times[~is_member], len(mine), rng)
        n_members, n_all = n_members + len(mine), n_all + len(times)
        if len(mine):
            first = int(mine[0]) if first is None else min(first, int(mine[0]))
            last = int(mine[-1]) if last is None else max(last, int(mine[-1]))
            spans.append(int(mine[-1] - mine[0]) / MICROSECONDS)
    return Rhythm(
        gap_members_s=_median_seconds(members_gaps),
        gap_others_s=_median_seconds(others_gaps),
        first_us=first,
        last_us=last,
        members_share=n_members / n_all if n_all else float("nan"),
        longest_span_s=max(spans, default=float("nan")),
    )


def _gaps_of_as_many(times: np.ndarray, n: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Return gaps among n of the times, drawn anew each time; among all where there are no more than n."""
    if len(times) <= n:
        return [nearest_gaps(times)] * REPEATS
    return [nearest_gaps(np.sort(rng.choice(times, n, replace=False, shuffle=False))) for _ in range(REPEATS)]


def nearest_gaps(times: np.ndarray) -> np.ndarray:
    """Return the distance of each sorted time to its nearest neighbour; empty for fewer than two.

    Examples
    --------
    >>> nearest_gaps(np.array([0, 10, 13])).tolist()
    [10, 3, 3]
    """
    if len(times) < 2:
        return np.empty(0, np.int64)
    steps = np.diff(times)
    return np.minimum(np.append(steps, steps[-1]), np.insert(steps, 0, steps[0]))


def clock_s(times: np.ndarray) -> int:
    """Return the coarsest of day, hour, minute and second of which all times are multiples; 0 if finer.

    Examples
    --------
    >>> clock_s(np.array([0, 120, 3_660]) * 1_000_000)
    60
    """
    for step in CLOCKS_S:
        if len(times) and not (times % (step * MICROSECONDS)).any():
            return step
    return 0


def _median_seconds(gaps: list[np.ndarray]) -> float:
    pooled = np.concatenate(gaps) if gaps else np.empty(0)
    return float(np.median(pooled)) / MICROSECONDS if len(pooled) else float("nan")
