"""Rhythm: when members act and how far from each other. Description, not test."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from farmgraph.evidence.visits import visits_of
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.scratch import marked
from farmgraph.graph.times import Times
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME

REPEATS = 20


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
    closeness : float
        How many times as far apart others are as members, in equal numbers on both sides: on each content as many of
        either as there are of the fewer. Without that, members who are most of the visitors would look
        close by their number alone. Distances below a second, or below the clock's step, count as that.
        NaN where no content has two of either.
    first_us, last_us : int or None
        First and last timed action inside, repeats included, microseconds.
    members_share : float
        Members' share of the account-content pairs on the cluster's contents.
    """

    gap_members_s: float
    gap_others_s: float
    closeness: float
    first_us: int | None
    last_us: int | None
    members_share: float


def rhythm(
    accounts: np.ndarray,
    contents: np.ndarray,
    times: Times,
    graph: BipartiteGraph,
    *,
    rng: np.random.Generator,
) -> Rhythm:
    """Describe when the members of a cluster acted; O(rows on its contents).

    Parameters
    ----------
    accounts, contents : numpy.ndarray
        int32 codes, ascending.
    times : Times
    graph : BipartiteGraph
    rng : numpy.random.Generator
        Draws the other actors to compare with.
    """
    members_gaps: list[np.ndarray] = []
    others_gaps: list[np.ndarray] = []
    even_members: list[np.ndarray] = []
    even_others: list[np.ndarray] = []
    for mine, others in visits_of(accounts, contents, times).each():
        members_gaps.append(nearest_gaps(mine))
        as_many = gaps_of_as_many(others, len(mine), REPEATS, rng)
        others_gaps.append(as_many)
        if min(len(mine), len(others)) >= 2:
            even_others.append(as_many)
            even_members.append(gaps_of_as_many(mine, len(others), REPEATS, rng))
    seen, n_inside = [], 0
    for content in contents:
        every = slice(graph.content_starts[content], graph.content_starts[content + 1])
        with marked(accounts, graph.n_accounts) as is_member:
            inside = is_member[graph.content_accounts[every]]
        n_inside += len(np.unique(graph.content_accounts[every][inside]))
        seen.append(graph.content_times[every][inside])
    when = np.concatenate(seen) if seen else np.empty(0, np.int64)
    when = when[when != NO_TIME]
    tick = max(float(times.clock_s), 1.0)
    far, near = (np.maximum(_median_seconds(gaps), tick) for gaps in (even_others, even_members))
    n_pairs = int(graph.content_degrees[contents].sum())
    return Rhythm(
        gap_members_s=_median_seconds(members_gaps),
        gap_others_s=_median_seconds(others_gaps),
        closeness=float(far / near),
        first_us=int(when.min()) if len(when) else None,
        last_us=int(when.max()) if len(when) else None,
        members_share=n_inside / n_pairs if n_pairs else float("nan"),
    )


@njit(nogil=True, cache=True)
def gaps_of_as_many(times, n, repeats, rng):  # type: ignore[no-untyped-def]
    """Return gaps among n of the sorted times, drawn anew each time; among all where there are no more than n.

    Either way `repeats` times, one after the other, so that every content has the same weight for each of its actions.
    """
    held = min(n, len(times))
    result = np.empty(held * repeats if held > 1 else 0, np.int64)
    left = times.copy()
    for i in range(0, len(result), max(held, 1)):
        if held < len(times):
            for j in range(held):
                swap = j + int(rng.random() * (len(left) - j))
                left[j], left[swap] = left[swap], left[j]
        result[i : i + held] = nearest_gaps(np.sort(left[:held]))
    return result


@njit(nogil=True, cache=True)
def nearest_gaps(times):  # type: ignore[no-untyped-def]
    """Return the distance of each sorted time to its nearest neighbour; empty for fewer than two.

    Examples
    --------
    >>> nearest_gaps(np.array([0, 10, 13])).tolist()
    [10, 3, 3]
    """
    n = len(times)
    gaps = np.empty(n if n > 1 else 0, np.int64)
    for i in range(len(gaps)):
        before = times[i] - times[max(i - 1, 0)]
        after = times[min(i + 1, n - 1)] - times[i]
        gaps[i] = before if i == n - 1 else after if i == 0 else min(before, after)
    return gaps


def _median_seconds(gaps: list[np.ndarray]) -> float:
    pooled = np.concatenate(gaps) if gaps else np.empty(0)
    return float(np.median(pooled)) / MICROSECONDS if len(pooled) else float("nan")
