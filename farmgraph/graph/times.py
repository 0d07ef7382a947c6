"""The times of a log, arranged for weighing: first actions by content, hours of the day by account and topic."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.layout import grouped, row_cuts
from farmgraph.graph.nulls import hour_table
from farmgraph.graph.rowkernels import all_multiples, first_actions, hours_by_group
from farmgraph.interactions.schema import MICROSECONDS
from farmgraph.runtime import map_threads, thread_count

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


def times_of(graph: BipartiteGraph, groups: np.ndarray, *, threads: int | None = None) -> Times:
    """Arrange the times of a graph; O(rows), about 20 bytes per row of memory.

    Parameters
    ----------
    graph : BipartiteGraph
    groups : numpy.ndarray
        Group of every account, 0 and up.
    threads : int, optional
    """
    starts, account, time = _first_actions(graph, threads)
    hours, by_group = hours_by_group(account, time, groups, int(groups.max(initial=0)) + 1)
    account_starts, account_hours = grouped(account, hours, graph.n_accounts)
    clock = clock_s(graph.content_times)
    return Times(
        starts=starts,
        accounts=account,
        times=time,
        groups=groups,
        account_starts=account_starts,
        account_hours=account_hours,
        by_group=by_group,
        everybody=by_group.sum(0),
        clock_s=clock,
        scales_s=tuple(s for s in SCALES_S if s > clock) if len(time) else (),
        span_s=_span_s(time),
    )


def _first_actions(graph: BipartiteGraph, threads: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the first timed action of each account on each content, in the order of the graph's rows."""
    n = graph.n_interactions
    sizes = np.empty(graph.n_contents, np.int64)
    accounts, times = np.empty(n, np.int32), np.empty(n, np.int64)
    cuts = row_cuts(graph.content_starts, thread_count(threads)).tolist()

    def work(ends: tuple[int, int]) -> slice:
        seen_on = np.full(graph.n_accounts, -1, np.int32)
        rows = (graph.content_starts, graph.content_accounts, graph.content_times)
        return slice(
            graph.content_starts[ends[0]], first_actions(*rows, seen_on, sizes, accounts, times, *ends)
        )

    written = map_threads(work, list(pairwise(cuts)), threads=threads)
    starts = np.zeros(graph.n_contents + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    if starts[-1] < n:
        accounts, times = (np.concatenate([column[part] for part in written]) for column in (accounts, times))
    return starts, accounts, times


def _span_s(times: np.ndarray) -> float:
    """Return how long the middle 98 % of actions took, seconds."""
    if not len(times):
        return 0.0
    return float(np.subtract(*np.quantile(times, (1 - STRAY, STRAY)))) / MICROSECONDS


def clock_s(times: np.ndarray) -> int:
    """Return the coarsest of day, hour, minute and second of which all known times are multiples; 0 if finer.

    Examples
    --------
    >>> clock_s(np.array([0, 120, 3_660]) * 1_000_000)
    60
    """
    for step in CLOCKS_S:
        if all_multiples(times, step * MICROSECONDS):
            return step
    return 0
