"""Everybody else on the contents of a cluster: when they came, and how long they waited for each other."""

from dataclasses import dataclass

import numpy as np

from farmgraph.evidence.rhythm import REPEATS, gaps_of_as_many, nearest_gaps
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME
from farmgraph.render.report.limits import evenly
from farmgraph.render.report.shapes import Gaps

_BINS_PER_DECADE = 3
_DECADES = 8
_HOUR = 3_600 * MICROSECONDS
_HOURS_OF_THE_WEEK = 168
_MONDAY = 72
"""Hours from Monday 00:00 to the beginning of 1970, a Thursday."""

_FINE = 5_000
"""Times of others are rounded to this part of the time that they span: finer than any screen shows it."""


@dataclass(frozen=True, eq=False)
class Crowd:
    """First timed visits of members and others on each content, and all rows of others by hour of the week."""

    members: list[np.ndarray]
    others: list[np.ndarray]
    n_others: list[int]
    by_hour: np.ndarray


def crowd_of(graph: BipartiteGraph, accounts: np.ndarray, contents: np.ndarray) -> Crowd:
    """Gather who came when to some contents; O(rows on them).

    Parameters
    ----------
    graph : BipartiteGraph
    accounts, contents : numpy.ndarray
        Codes of the cluster's accounts and contents.
    """
    is_member = np.zeros(graph.n_accounts, bool)
    is_member[accounts] = True
    members, others, n_others = [], [], []
    by_hour = np.zeros(_HOURS_OF_THE_WEEK, np.int64)
    for content in contents.tolist():
        rows = slice(graph.content_starts[content], graph.content_starts[content + 1])
        who, when = graph.content_accounts[rows], graph.content_times[rows]
        mine, timed = is_member[who], when != NO_TIME
        n_others.append(len(np.unique(who[~mine])))
        by_hour += _hours(when[timed & ~mine])
        members.append(_first_visits(who[timed & mine], when[timed & mine]))
        others.append(_first_visits(who[timed & ~mine], when[timed & ~mine]))
    return Crowd(members, others, n_others, by_hour)


def thinned(times: np.ndarray, most: int) -> list[int]:
    """Return at most `most` of the sorted times, evenly spaced in rank, rounded to what a screen can show.

    Examples
    --------
    >>> thinned(np.arange(0, 1_000_000_000, 100_000_000), 4)
    [0, 300000000, 600000000, 900000000]
    """
    if not len(times):
        return []
    # Whole seconds where they are fine enough: most logs have no other.
    span = int(times[-1] - times[0])
    step = max(span // _FINE // MICROSECONDS * MICROSECONDS, MICROSECONDS) if span > MICROSECONDS else 1
    return [int(t) // step * step for t in times[evenly(len(times), most)]]


def gaps_of(crowd: Crowd, *, rng: np.random.Generator) -> Gaps | None:
    """Count waits to the nearest other member, and among as many others drawn at random, on a log scale.

    Parameters
    ----------
    crowd : Crowd
    rng : numpy.random.Generator
        Draws as many others as there are members, several times over.

    Returns
    -------
    Gaps or None
        None where no two members have timed visits on the same content.
    """
    own = [nearest_gaps(times) for times in crowd.members]
    theirs = [
        gaps_of_as_many(others, len(mine), REPEATS, rng)
        for mine, others in zip(crowd.members, crowd.others, strict=True)
    ]
    members, others = _pooled(own), _pooled(theirs)
    if not len(members):
        return None
    edges = 10.0 ** (np.arange(_BINS_PER_DECADE * _DECADES + 1) / _BINS_PER_DECADE)
    counts = _binned(members, edges), _binned(others, edges) / REPEATS
    used = np.flatnonzero(counts[0] + counts[1])
    low, high = int(used[0]), int(used[-1]) + 1
    return {
        "edges_s": [round(float(e), 3) for e in edges[low : high + 1]],
        "members": [int(n) for n in counts[0][low:high]],
        "others": [round(float(n), 2) for n in counts[1][low:high]],
        "n_members": len(members),
        "n_others": round(len(others) / REPEATS, 2),
    }


def _first_visits(who: np.ndarray, when: np.ndarray) -> np.ndarray:
    """Return the first time of each account, ascending; `when` is sorted."""
    _, first = np.unique(who, return_index=True)
    return when[np.sort(first)]


def _hours(times: np.ndarray) -> np.ndarray:
    return np.bincount((times // _HOUR + _MONDAY) % _HOURS_OF_THE_WEEK, minlength=_HOURS_OF_THE_WEEK)


def _pooled(gaps: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(gaps) / MICROSECONDS if gaps else np.empty(0)


def _binned(seconds: np.ndarray, edges: np.ndarray) -> np.ndarray:
    at = np.clip(np.searchsorted(edges, seconds, "right") - 1, 0, len(edges) - 2)
    return np.bincount(at, minlength=len(edges) - 1)
