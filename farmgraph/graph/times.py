"""The times of a log, arranged for weighing: first actions by content, hours of the day by account and topic."""

from dataclasses import dataclass

import numpy as np

from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.layout import group_order
from farmgraph.graph.nulls import hour_of_day, hour_table
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME

SCALES_S = (60, 600, 3_600, 21_600, 86_400)
CLOCKS_S = (86_400, 3_600, 60, 1)
STRAY = 0.01


@dataclass(frozen=True, eq=False)
class Times:
    """The first timed action of each account on each content, and who acts at which hours.

    Attributes
    ----------
    starts : numpy.ndarray
        int64, shape (n_contents + 1,): where each content's actions stand in `accounts` and `times`.
    accounts, times : numpy.ndarray
        int32 codes and int64 microseconds, sorted by (content, time, account).
    groups : numpy.ndarray
        int32 group (topic) of each account.
    account_starts, account_hours : numpy.ndarray
        Hours of the day (uint8) of each account's first actions.
    by_group, everybody : numpy.ndarray
        First actions by hour of the day, shape (n_groups, 24) and (24,).
    clock_s : int
        How coarse the log's clock is, see `clock_s`.
    scales_s : tuple of int
        Time scales in seconds that this clock can resolve.
    span_s : float
        How long the middle 98 % of these actions took, seconds, so that a stray time does not count; 0 without times.
    """

    starts: np.ndarray
    accounts: np.ndarray
    times: np.ndarray
    groups: np.ndarray
    account_starts: np.ndarray
    account_hours: np.ndarray
    by_group: np.ndarray
    everybody: np.ndarray
    clock_s: int
    scales_s: tuple[int, ...]
    span_s: float

    @property
    def known(self) -> bool:
        """Whether any action has a time."""
        return len(self.times) > 0

    def hours_of(self, accounts: np.ndarray) -> np.ndarray:
        """Count the hours of the day of some accounts' actions: float64, shape (len(accounts), 24)."""
        sizes = self.account_starts[accounts + 1] - self.account_starts[accounts]
        first = np.repeat(self.account_starts[accounts] - np.cumsum(sizes) + sizes, sizes)
        hours = self.account_hours[first + np.arange(sizes.sum())]
        return hour_table(np.repeat(np.arange(len(accounts)), sizes), hours, len(accounts))


def times_of(graph: BipartiteGraph, groups: np.ndarray) -> Times:
    """Arrange the times of a graph; O(n log n) in the rows.

    Parameters
    ----------
    graph : BipartiteGraph
    groups : numpy.ndarray
        Group of every account, 0 and up.
    """
    content = np.repeat(np.arange(graph.n_contents, dtype=np.int64), np.diff(graph.content_starts))
    order = np.lexsort((graph.content_times, graph.content_accounts, content))
    account, time, content = graph.content_accounts[order], graph.content_times[order], content[order]
    first = np.ones(len(order), bool)
    first[1:] = (account[1:] != account[:-1]) | (content[1:] != content[:-1])
    first &= time != NO_TIME
    account, time, content = account[first], time[first], content[first]
    order = np.lexsort((account, time, content))
    account, time = account[order], time[order]
    hours = hour_of_day(time).astype(np.uint8)
    account_starts, positions = group_order(account, np.arange(len(account)), graph.n_accounts)
    n_groups = int(groups.max(initial=0)) + 1
    clock = clock_s(graph.content_times[graph.content_times != NO_TIME])
    return Times(
        starts=np.searchsorted(content[order], np.arange(graph.n_contents + 1)),
        accounts=account,
        times=time,
        groups=groups,
        account_starts=account_starts,
        account_hours=hours[positions],
        by_group=hour_table(groups[account], hours, n_groups),
        everybody=np.bincount(hours, minlength=24).astype(float),
        clock_s=clock,
        scales_s=tuple(s for s in SCALES_S if s > clock) if len(time) else (),
        span_s=float(np.subtract(*np.quantile(time, (1 - STRAY, STRAY)))) / MICROSECONDS
        if len(time)
        else 0.0,
    )


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
