"""The work of a co-engagement, planned and then done block by block: what the table and the file have in common."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from farmgraph.errors import UsageError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.forecast import (
    LeftOut,
    count_events,
    kept_contents,
    notes_on,
    refuse_above_budget,
    refuse_below_resolution,
)
from farmgraph.graph.kernels import count_in_window, new_counters
from farmgraph.graph.pairtable import WEIGHTS, Part, idf_squared
from farmgraph.graph.prefixkernels import Hubs, count_at_any_time, count_walked, hubs_of
from farmgraph.graph.walks import Walk, account_cuts, timed_walk, untimed_walk
from farmgraph.memory import claim
from farmgraph.runtime import microseconds, require, whole_number

# Both fixed, so that the result cannot depend on the number of threads.
_LEAST_BLOCKS = 64
_STEPS_IN_A_BLOCK = 1 << 24
BYTES_PER_ROW, BYTES_PER_ACCOUNT = 40, 60
"""Memory that the layout and the threads' counters take at most."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything a co-engagement needs, laid out and within the budget.

    `width` is the window in microseconds, `hubs` is None with a window, `idf` empty unless weights are summed,
    `cuts` bound the blocks of accounts. `n_walked` counts the steps in the budget, `n_pair_events` the pair events on
    the contents that count.
    """

    graph: BipartiteGraph
    width: int | None
    min_contents: int
    weight: str
    walk: Walk
    hubs: Hubs | None
    idf: np.ndarray
    cuts: np.ndarray
    n_pair_events: int
    n_walked: int
    left_out: LeftOut
    notes: tuple[str, ...]


def plan(
    graph: BipartiteGraph,
    *,
    window: float | str | None,
    min_contents: int,
    weight: str,
    max_pair_events: int,
    max_content_accounts: int | None,
    threads: int | None,
) -> Plan:
    """Check the options, forecast the work, refuse what is beyond the budget and lay out the rest."""
    require(graph, BipartiteGraph, way_out="Build it with fg.bipartite(log).")
    min_contents = whole_number(min_contents, name="min_contents", least=1)
    if weight not in WEIGHTS:
        raise UsageError(f"weight is {weight!r}; expected one of {', '.join(WEIGHTS)}.")
    width = None if window is None else microseconds(window, name="window")
    if width is not None and not graph.has_times:
        raise UsageError(
            "A window needs times, and no row of this log has one. Use window=None, or name the time column."
        )
    if width is not None:
        refuse_below_resolution(graph, width)
    kept = kept_contents(graph, max_content_accounts)
    allowed = graph.account_degrees >= min_contents
    linked, events = count_events(graph, width, allowed, kept, threads)
    n_pair_events = int(events[kept].sum())
    summed = weight == "tfidf"
    n_laid_out = graph.n_edges if width is None else int(np.count_nonzero(linked))
    claim("Comparing accounts", BYTES_PER_ROW * n_laid_out + BYTES_PER_ACCOUNT * graph.n_accounts)

    def refuse(work: int) -> None:
        refuse_above_budget(graph, width, allowed, kept, events, work, max_pair_events, min_contents, threads)

    hubs = None
    if width is None:
        walk = untimed_walk(graph.account_starts, graph.account_contents, allowed, kept)
        n_walked = int(count_walked(walk, min_contents - 1))
        refuse(n_walked)
        hubs = hubs_of(walk, graph.n_contents)
    else:
        n_walked = n_pair_events
        refuse(n_walked)
        walk = timed_walk(
            graph.content_starts,
            graph.content_accounts,
            graph.content_times,
            linked,
            window=width,
            n_accounts=graph.n_accounts,
            min_contents=min_contents,
            with_contents=summed,
            threads=threads,
        )
    left_out = LeftOut(int((~kept).sum()), int(events[~kept].sum()))
    return Plan(
        graph=graph,
        width=width,
        min_contents=min_contents,
        weight=weight,
        walk=walk,
        hubs=hubs,
        idf=idf_squared(graph) if summed else np.empty(0),
        cuts=account_cuts(walk, max(_LEAST_BLOCKS, -(-n_walked // _STEPS_IN_A_BLOCK))),
        n_pair_events=n_pair_events,
        n_walked=n_walked,
        left_out=left_out,
        notes=tuple(notes_on(graph, width, allowed, min_contents, left_out, max_content_accounts)),
    )


def block_counter(plan: Plan) -> Callable[[int], Part]:
    """Return the function that counts one block of accounts; each thread that calls it keeps its own counters."""
    own = threading.local()
    walk, cuts = plan.walk, plan.cuts

    def count(block: int) -> Part:
        if not hasattr(own, "counters"):
            own.counters = new_counters(
                plan.graph.n_accounts, marked=walk.repeats, weighted=len(plan.idf) > 0
            )
        first, last = cuts[block], cuts[block + 1]
        if plan.hubs is None:
            found = count_in_window(walk, own.counters, plan.min_contents, plan.idf, first, last)
        else:
            n_dropped = plan.min_contents - 1
            found = count_at_any_time(
                walk, own.counters, plan.hubs, plan.min_contents, n_dropped, plan.idf, first, last
            )
        return (found[0], found[1], found[2])

    return count
