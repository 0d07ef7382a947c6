"""The work of a co-engagement, planned and then done block by block: what the table and the file have in common."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from farmgraph.errors import UsageError
from farmgraph.graph.bipartite import MAX_ROWS, BipartiteGraph
from farmgraph.graph.forecast import (
    Comparison,
    LeftOut,
    count_events,
    kept_contents,
    notes_on,
    refuse_above_budget,
    refuse_below_resolution,
)
from farmgraph.graph.kernels import count_in_window, counter_bytes, new_counters
from farmgraph.graph.pairtable import WEIGHTS, Part, idf_squared
from farmgraph.graph.prefixkernels import (
    SMALLEST_HUB,
    Hubs,
    count_at_any_time,
    count_walked,
    hub_bytes,
    hubs_of,
)
from farmgraph.graph.walks import Walk, account_cuts, timed_bytes, timed_walk, untimed_walk
from farmgraph.memory import claim
from farmgraph.runtime import microseconds, require, thread_count, whole_number

# Both fixed, so that the result cannot depend on the number of threads.
_LEAST_BLOCKS = 64
_STEPS_IN_A_BLOCK = 1 << 24


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
    min_contents = whole_number(min_contents, name="min_contents", least=1, most=MAX_ROWS)
    max_pair_events = whole_number(max_pair_events, name="max_pair_events", least=0)
    thread_count(threads)
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
    claim("Comparing accounts", _bytes_to_forecast(graph, width, threads))
    linked, events = count_events(graph, width, allowed, kept, threads)
    asked = Comparison(graph, width, min_contents, allowed, kept, linked, events)
    n_pair_events = int(events[kept].sum())
    summed = weight == "tfidf"
    claim("Comparing accounts", _bytes_to_count(asked, n_pair_events, summed, threads))

    hubs = None
    if width is None:
        walk = untimed_walk(graph.account_starts, graph.account_contents, allowed, kept)
        n_walked = int(count_walked(walk, min_contents - 1))
        refuse_above_budget(asked, work=n_walked, budget=max_pair_events, threads=threads)
        hubs = hubs_of(walk, graph.n_contents)
    else:
        n_walked = n_pair_events
        refuse_above_budget(asked, work=n_walked, budget=max_pair_events, threads=threads)
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
        cuts=account_cuts(walk, _n_blocks(n_walked)),
        n_pair_events=n_pair_events,
        n_walked=n_walked,
        left_out=left_out,
        notes=tuple(notes_on(asked, left_out, max_content_accounts)),
    )


def _n_blocks(n_walked: int) -> int:
    return max(_LEAST_BLOCKS, -(-n_walked // _STEPS_IN_A_BLOCK))


def _bytes_to_forecast(graph: BipartiteGraph, width: int | None, threads: int | None) -> int:
    """Return the bytes that counting the pair events takes at most."""
    if width is None:
        # Accounts of edges (kept by the graph), which are allowed, their contents, and those once more for numpy.
        return 17 * graph.n_edges + 24 * graph.n_contents
    return graph.n_interactions + 8 * graph.n_contents + 16 * thread_count(threads) * _longest(graph)


def _bytes_to_count(asked: Comparison, n_pair_events: int, summed: bool, threads: int | None) -> int:
    """Return the bytes that layout, rows of bits, weights and counters take at most, on top of what is there by now."""
    graph, n_accounts = asked.graph, asked.graph.n_accounts
    repeated = graph.n_interactions > graph.n_edges
    n_threads = min(thread_count(threads), _n_blocks(n_pair_events))  # a block is one thread's
    marked = repeated and asked.width is not None
    counters = n_threads * counter_bytes(n_accounts, marked=marked, weighted=summed)
    # Weights and degrees of contents stay; for the norms of accounts each edge is needed as account and as weight.
    weights, norms = 16 * graph.n_contents * summed, (20 * graph.n_edges + 24 * n_accounts) * summed
    if asked.width is None:
        n_rows = int(graph.account_degrees[asked.allowed].sum())
        n_large = np.count_nonzero(asked.events[asked.kept] >= SMALLEST_HUB * (SMALLEST_HUB - 1) // 2)
        layout = 16 * n_rows + 16 * n_accounts + 12 * graph.n_contents
        bits = hub_bytes(int(n_large), n_accounts)
        return layout + max(bits + weights + max(counters, norms), 24 * graph.n_contents)
    n_rows = int(np.count_nonzero(asked.linked))
    with_contents = summed or repeated
    layout = timed_bytes(n_rows, n_accounts, _longest(graph), with_contents=with_contents, threads=threads)
    walk = (12 + 4 * with_contents) * n_rows + 16 * n_accounts
    return max(layout, walk + weights + max(counters, norms))


def _longest(graph: BipartiteGraph) -> int:
    return int(np.diff(graph.content_starts).max(initial=0))


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
