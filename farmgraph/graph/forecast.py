"""How much work a co-engagement will be, before it is done, and what a reader must know about it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from farmgraph.errors import BudgetError, UsageError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME
from farmgraph.runtime import map_threads, spoken_duration, whole_number

_LADDER_S = (7 * 86_400, 86_400, 6 * 3_600, 3_600, 600, 60, 10, 1, 0)


class LeftOut(NamedTuple):
    """What `max_content_accounts` leaves out: contents, and the pair events on them."""

    n_contents: int
    n_pair_events: int


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a co-engagement would compare.

    Attributes
    ----------
    graph : BipartiteGraph
    width : int or None
        Window in microseconds, or None for any time.
    min_contents : int
    allowed, kept : numpy.ndarray
        bool per account and per content: those with enough contents, and those that are not left out.
    linked, events : numpy.ndarray
        From `count_events`.
    """

    graph: BipartiteGraph
    width: int | None
    min_contents: int
    allowed: np.ndarray
    kept: np.ndarray
    linked: np.ndarray
    events: np.ndarray


def kept_contents(graph: BipartiteGraph, most: int | None) -> np.ndarray:
    """Mark the contents (bool) with at most so many accounts; all where `most` is None."""
    if most is None:
        return np.ones(graph.n_contents, bool)
    whole_number(most, name="max_content_accounts", least=1)
    return np.asarray(graph.content_degrees <= most)


def count_events(
    graph: BipartiteGraph, width: int | None, allowed: np.ndarray, kept: np.ndarray, threads: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Count the pair events of each content, and mark the rows that have another within the window.

    Parameters
    ----------
    graph : BipartiteGraph
    width : int or None
        Window in microseconds, or None for any time.
    allowed : numpy.ndarray
        bool per account: only their rows count.
    kept : numpy.ndarray
        bool per content: rows of others are not marked; their events are counted all the same.
    threads : int or None

    Returns
    -------
    linked : numpy.ndarray
        bool per row; empty without a window.
    events : numpy.ndarray
        int64 per content: with a window, pairs of rows with times no further apart; without one,
        pairs of accounts.
    """
    if width is None:
        n = np.bincount(graph.account_contents[allowed[graph.edge_accounts]], minlength=graph.n_contents)
        return np.empty(0, bool), n * (n - 1) // 2
    from farmgraph.graph.walks import content_cuts
    from farmgraph.graph.walks import count_events as count_block

    linked = np.zeros(graph.n_interactions, bool)
    events = np.zeros(graph.n_contents, np.int64)
    cuts = content_cuts(graph.content_starts, 16)
    log = (graph.content_starts, graph.content_accounts, graph.content_times, allowed, kept, width)
    map_threads(
        lambda i: count_block(*log, cuts[i], cuts[i + 1], linked, events),
        range(len(cuts) - 1),
        threads=threads,
    )
    return linked, events


def refuse_above_budget(asked: Comparison, *, work: int, budget: int, threads: int | None) -> None:
    """Raise BudgetError, with the forecast and ways out, where the `work`, in pair events, exceeds the budget."""
    if work <= budget:
        return
    graph, width, kept = asked.graph, asked.width, asked.kept
    events = np.where(kept, asked.events, 0)
    total = int(events.sum())
    worst = int(np.argmax(events))
    name = graph.names_of_contents(np.array([worst]))[0]
    left = "" if work == total else f", of which {work:,} are left after pruning"
    ways = []
    for seconds in _LADDER_S if graph.has_times else ():
        if width is None or seconds * MICROSECONDS < width:
            by_content = count_events(graph, seconds * MICROSECONDS, asked.allowed, kept, threads)[1]
            smaller = int(by_content[kept].sum())
            if smaller <= budget:
                ways.append(f"a smaller window (window='{seconds}s' needs {smaller:,})")
                break
    ways.append(
        f"a higher min_contents (now {asked.min_contents}), which leaves out accounts with fewer contents"
        + (" and prunes more" if width is None else "")
    )
    ways.append(
        "max_content_accounts, which leaves out the most popular contents (the largest has "
        f"{int(graph.content_degrees[kept].max(initial=0)):,} accounts)"
    )
    ways.append(
        f"max_pair_events={work:_} if the time is there, with write_co_engagement where the pairs may not fit memory"
    )
    raise BudgetError(
        f"Comparing accounts {spoken_window(width)} "
        f"takes {total:,} pair events{left}, and the budget is {budget:,} (max_pair_events). Content {name!r} alone "
        f"has {int(events[worst]):,} ({events[worst] / max(total, 1):.0%}). Try {'; '.join(ways)}."
    )


def refuse_below_resolution(graph: BipartiteGraph, width: int) -> None:
    """Raise UsageError where a window in microseconds is smaller than the clock of the log's format can show."""
    tick = graph.resolution_s
    if width >= tick * MICROSECONDS:
        return
    spoken = spoken_duration(tick) if tick >= 1 else f"{tick:g} s"
    raise UsageError(
        f"window is {width / MICROSECONDS:g} s, but the clock of this log's format ticks only every {spoken}: what is "
        f"closer together cannot be told apart. Expected {spoken} or more: window={tick:g}, or window=None for at any "
        "time."
    )


def spoken_window(width: int | None) -> str:
    """Say a window in microseconds as it stands in a sentence."""
    if not width:
        return "at any time" if width is None else "at the same moment"
    return f"within {spoken_duration(width / MICROSECONDS)}"


def notes_on(asked: Comparison, left_out: LeftOut, max_content_accounts: int | None) -> list[str]:
    """Say what a co-engagement left out, and whether its window is below the clock's resolution."""
    graph, width, allowed = asked.graph, asked.width, asked.allowed
    notes = []
    if max_content_accounts is not None:
        notes.append(
            f"{left_out.n_contents:,} of {graph.n_contents:,} contents have more than {max_content_accounts:,} "
            f"accounts (max_content_accounts) and were left out, with {left_out.n_pair_events:,} pair events on "
            "them: pairs may share more contents than is counted here."
        )
    if not allowed.all():
        n = int((~allowed).sum())
        notes.append(
            f"{n:,} accounts with fewer than {asked.min_contents} contents cannot be in a pair and were left out."
        )
    if width is None:
        return notes
    missing = int((graph.content_times == NO_TIME).sum())
    if missing:
        notes.append(
            f"{missing:,} of {graph.n_interactions:,} rows have no time and were left out of the window."
        )
    resolution = _clock_resolution(graph) if width else 0
    if width < resolution:
        notes.append(
            f"All times of the log are whole multiples of {spoken_duration(resolution / MICROSECONDS)}: a window of "
            f"{spoken_duration(width / MICROSECONDS)} is below the resolution of its clock."
        )
    return notes


def _clock_resolution(graph: BipartiteGraph) -> int:
    """Return the coarsest of a day, an hour and a minute that all times are multiples of, or 0 (microseconds)."""
    times = graph.content_times
    first = times[:100][times[:100] != NO_TIME]
    for seconds in (86_400, 3_600, 60):
        unit = seconds * MICROSECONDS
        # Most logs are told by their first few rows.
        if not (first % unit).any() and not (times[times != NO_TIME] % unit).any():
            return unit
    return 0
