"""How much work a co-engagement will be, before it is done, and what a reader must know about it."""

import numpy as np

from farmgraph.errors import BudgetError, UsageError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME
from farmgraph.runtime import map_threads, spoken_duration

_LADDER_S = (7 * 86_400, 86_400, 6 * 3_600, 3_600, 600, 60, 10, 1, 0)


def count_events(
    graph: BipartiteGraph, width: int | None, allowed: np.ndarray, threads: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Count the pair events of each content, and mark the rows that have another within the window.

    Parameters
    ----------
    graph : BipartiteGraph
    width : int or None
        Window in microseconds, or None for any time.
    allowed : numpy.ndarray
        bool per account: only their rows count.
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
    from farmgraph.graph.kernels import count_events as count_block

    linked = np.zeros(graph.n_interactions, bool)
    events = np.zeros(graph.n_contents, np.int64)
    cuts = np.searchsorted(graph.content_starts, np.linspace(0, graph.n_interactions, 17, dtype=np.int64))
    cuts[0], cuts[-1] = 0, graph.n_contents
    log = (graph.content_starts, graph.content_accounts, graph.content_times, allowed, width)
    map_threads(
        lambda i: count_block(*log, cuts[i], cuts[i + 1], linked, events),
        range(len(cuts) - 1),
        threads=threads,
    )
    return linked, events


def refuse_above_budget(
    graph: BipartiteGraph,
    width: int | None,
    allowed: np.ndarray,
    events: np.ndarray,
    budget: int,
    threads: int | None,
) -> None:
    """Raise BudgetError, with the forecast and ways out, where the pair events exceed the budget."""
    total = int(events.sum())
    if total <= budget:
        return
    worst = int(np.argmax(events))
    name = graph.names_of_contents(np.array([worst]))[0]
    ways = []
    for seconds in _LADDER_S if graph.has_times else ():
        if width is None or seconds * MICROSECONDS < width:
            smaller = int(count_events(graph, seconds * MICROSECONDS, allowed, threads)[1].sum())
            if smaller <= budget:
                ways.append(f"a smaller window (window='{seconds}s' needs {smaller:,})")
                break
    ways.append("a larger core (a higher min_contents leaves out accounts with fewer contents)")
    ways.append(f"leaving out the most popular contents, or max_pair_events={total:_} if the time is there")
    raise BudgetError(
        f"Comparing accounts {spoken_window(width)} "
        f"takes {total:,} pair events, and the budget is {budget:,} (max_pair_events). Content {name!r} alone "
        f"takes {int(events[worst]):,} ({events[worst] / total:.0%}). Try {'; '.join(ways)}."
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


def notes_on(graph: BipartiteGraph, width: int | None, allowed: np.ndarray, min_contents: int) -> list[str]:
    """Say what a co-engagement left out, and whether its window is below the clock's resolution."""
    notes = []
    if not allowed.all():
        n = int((~allowed).sum())
        notes.append(
            f"{n:,} accounts with fewer than {min_contents} contents cannot be in a pair and were left out."
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
    times = graph.content_times[graph.content_times != NO_TIME]
    for seconds in (86_400, 3_600, 60):
        unit = seconds * MICROSECONDS
        # Most logs are told by their first few rows.
        if not (times[:100] % unit).any() and not (times % unit).any():
            return unit
    return 0
