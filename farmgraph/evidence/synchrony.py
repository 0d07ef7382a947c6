"""Synchrony: on the contents they share, do members act closer together than their hours explain?"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.nulls import draw_near_pairs, hour_of_day, hour_profiles, near_pairs
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME

SCALES_S = (60, 600, 3_600, 21_600, 86_400)
MIN_INFORMATIVE = 3


@dataclass(frozen=True, eq=False)
class FirstActions:
    """The first timed action of each account on each content, sorted by (content, time).

    Attributes
    ----------
    starts : numpy.ndarray
        int64, shape (n_contents + 1,).
    accounts : numpy.ndarray
        int32 codes.
    times : numpy.ndarray
        int64 microseconds.
    """

    starts: np.ndarray
    accounts: np.ndarray
    times: np.ndarray


@dataclass(frozen=True)
class Synchrony:
    """Synchrony of one cluster; NaN where nothing can be said.

    Attributes
    ----------
    z : float
        Standard deviations between the observed share of near pairs and the null's, at the scale where it is largest.
    scale_s : float
        That scale in seconds.
    p_value : float
        Share of null draws (the observation counted as one) whose largest z is as large.
    observed, expected : float
        Share of member pairs at most `scale_s` apart on the same content, seen and under the null.
    n_informative : int
        Contents on which members can be compared with others.
    """

    z: float
    scale_s: float
    p_value: float
    observed: float
    expected: float
    n_informative: int

    @property
    def times_expected(self) -> float:
        """How many times as many near pairs as the null expects."""
        return (
            self.observed / self.expected if self.expected > 0 else float("inf") if self.observed else np.nan
        )


def first_actions(graph: BipartiteGraph) -> FirstActions:
    """Keep the first timed action of each account on each content; O(n log n) in the rows."""
    content = np.repeat(np.arange(graph.n_contents, dtype=np.int64), np.diff(graph.content_starts))
    order = np.lexsort((graph.content_times, graph.content_accounts, content))
    account, time, content = graph.content_accounts[order], graph.content_times[order], content[order]
    first = np.ones(len(order), bool)
    first[1:] = (account[1:] != account[:-1]) | (content[1:] != content[:-1])
    first &= time != NO_TIME
    account, time, content = account[first], time[first], content[first]
    order = np.lexsort((account, time, content))
    starts = np.searchsorted(content[order], np.arange(graph.n_contents + 1))
    return FirstActions(starts, account[order], time[order])


def synchrony(
    accounts: np.ndarray,
    contents: np.ndarray,
    actions: FirstActions,
    groups: np.ndarray,
    *,
    scales_s: tuple[int, ...] = SCALES_S,
    draws: int,
    rng: np.random.Generator,
) -> Synchrony:
    """Test members against the times that they could have had.

    Parameters
    ----------
    accounts, contents : numpy.ndarray
        int32 codes, ascending.
    actions : FirstActions
    groups : numpy.ndarray
        Topic of every account, for the hours of accounts that do little else.
    scales_s : tuple of int
        Time scales in seconds.
    draws : int
        Draws from the null; the p-value is at least 1 / (draws + 1).
    rng : numpy.random.Generator

    Returns
    -------
    Synchrony

    Notes
    -----
    The statistic is, per content, the share of member pairs at most one scale apart, summed over contents. The null
    lets each member take the time of some actor of the content (see `farmgraph.graph.nulls`), by hours learnt
    from its actions outside the cluster. The largest z over the scales is compared with the largest z of each draw, so
    that choosing the scale is paid for. Contents with fewer than two members or fewer than two others are silent; with
    fewer than three that speak nothing is tested.

    The test asks whether members act together more than these hours allow. It does not know days of the week,
    habits of reading the same feed, or events that only members heard of. Time O(draws x actions of members).
    """
    is_member = np.zeros(len(groups), bool)
    is_member[accounts] = True
    pools = [(actions.starts[c], actions.starts[c + 1]) for c in contents]
    pools = [(low, high) for low, high in pools if _informative(is_member[actions.accounts[low:high]])]
    if len(pools) < MIN_INFORMATIVE or not scales_s:
        return Synchrony(np.nan, np.nan, np.nan, np.nan, np.nan, len(pools))
    rows = np.concatenate([np.arange(low, high) for low, high in pools])
    sizes = np.array([high - low for low, high in pools])
    member_rows = is_member[actions.accounts[rows]]
    n_members = np.add.reduceat(member_rows.astype(np.int64), np.concatenate(([0], np.cumsum(sizes)[:-1])))
    members = actions.accounts[rows][member_rows]
    scales = np.array(scales_s, np.int64) * MICROSECONDS
    member_starts = np.concatenate(([0], np.cumsum(n_members)))
    member_times = actions.times[rows][member_rows]
    observed = np.zeros(len(scales))
    for low, high in pairwise(member_starts):
        n_pairs = (high - low) * (high - low - 1) / 2
        observed += near_pairs(member_times[low:high], scales) / n_pairs
    profiles = _profiles_elsewhere(accounts, contents, actions, groups)
    null = draw_near_pairs(
        np.concatenate(([0], np.cumsum(sizes))),
        actions.times[rows],
        hour_of_day(actions.times[rows]),
        member_starts,
        np.searchsorted(accounts, members),
        profiles,
        scales,
        draws,
        rng,
    )
    return _compare(observed, null, scales_s, len(pools))


def _informative(members: np.ndarray) -> bool:
    n = int(members.sum())
    return n >= 2 and len(members) - n >= 2


def _profiles_elsewhere(
    accounts: np.ndarray, contents: np.ndarray, actions: FirstActions, groups: np.ndarray
) -> np.ndarray:
    """Return hours of the day that members prefer, relative to those of the crowd, from actions outside the cluster."""
    in_content = np.zeros(len(actions.starts) - 1, bool)
    in_content[contents] = True
    in_cluster = np.repeat(in_content, np.diff(actions.starts)) & np.isin(actions.accounts, accounts)
    learnt = ~in_cluster
    everybody = hour_profiles(
        np.zeros(int(learnt.sum()), np.int64),
        actions.times[learnt],
        np.zeros(1, np.int64),
        1,
        wanted=np.array([0]),
    )
    mine = hour_profiles(
        actions.accounts[learnt], actions.times[learnt], groups, len(groups), wanted=accounts
    )
    return mine / everybody


def _compare(
    observed: np.ndarray, null: np.ndarray, scales_s: tuple[int, ...], n_informative: int
) -> Synchrony:
    mean, spread = null.mean(0), null.std(0, ddof=1)
    live = spread > 0
    if not live.any():
        return Synchrony(np.nan, np.nan, np.nan, np.nan, np.nan, n_informative)
    z = (observed[live] - mean[live]) / spread[live]
    z_null = ((null[:, live] - mean[live]) / spread[live]).max(1)
    best = int(np.argmax(z))
    p = (1 + int((z_null >= z[best] - 1e-12).sum())) / (len(null) + 1)
    scale = int(np.flatnonzero(live)[best])
    return Synchrony(
        z=float(z[best]),
        scale_s=float(scales_s[scale]),
        p_value=p,
        observed=float(observed[scale] / n_informative),
        expected=float(mean[scale] / n_informative),
        n_informative=n_informative,
    )
