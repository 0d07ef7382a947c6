"""Networks of accounts, where they are cut, and their connected components: the two halves of each stand-in.

What each procedure is stands at the functions of `farmgraph.lab.standins`. Network and cut are apart, so that
one network serves several cuts.
"""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from farmgraph.detect.clusters import Clusters
from farmgraph.errors import BudgetError, UsageError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.coengagement import CoEngagement
from farmgraph.graph.components import connected_components
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME
from farmgraph.runtime import microseconds, require, whole_number

MIN_ACCOUNTS = 3
MAX_PAIR_EVENTS = 100_000_000
"""Every pair event may become a pair in memory, so this is far below the budget of `co_engagement`."""


def frequent(pairs: CoEngagement, min_weight: int) -> Clusters:
    """Cut a network that holds all pairs with `min_weight` contents, as `count_in_window` does."""
    n = pairs.pairs["n_contents"].to_numpy()
    kept = n >= min_weight
    parameters = {"window": pairs.window, "min_weight": min_weight}
    ends = pairs.codes_a[kept], pairs.codes_b[kept]
    return components(pairs.graph, *ends, n[kept], method="count_in_window", parameters=parameters)


def above_quantile(pairs: CoEngagement, *, min_participation: int, edge_weight: float) -> Clusters:
    """Cut a network that holds all pairs with a content in common, as `count_quantile` does."""
    _require_share(edge_weight, "edge_weight")
    kept = np.flatnonzero(participating(pairs, min_participation))
    weights = pairs.pairs["n_contents"].to_numpy()[kept]
    if len(weights):
        above = weights > np.quantile(weights, edge_weight)
        kept, weights = kept[above], weights[above]
    options = {"min_participation": min_participation, "edge_weight": edge_weight}
    parameters = {"window": pairs.window, **options}
    ends = pairs.codes_a[kept], pairs.codes_b[kept]
    return components(pairs.graph, *ends, weights, method="count_quantile", parameters=parameters)


def participating(pairs: CoEngagement, min_participation: int) -> np.ndarray:
    """Say of each pair (bool) whether both accounts have enough rows, and either enough within the window."""
    whole_number(min_participation, name="min_participation", least=1)
    graph, width = pairs.graph, round((pairs.window or 0) * MICROSECONDS)
    able = np.bincount(graph.content_accounts, minlength=graph.n_accounts) >= min_participation
    used = able[graph.content_accounts] & (graph.content_times != NO_TIME)
    contents, accounts, times = (
        _content_of_rows(graph)[used],
        graph.content_accounts[used],
        graph.content_times[used],
    )
    # Rows lie sorted by content and time: the nearest other account is at the end of the stretch before or
    # at the beginning of the one after.
    new = np.ones(len(times), bool)
    new[1:] = (contents[1:] != contents[:-1]) | (accounts[1:] != accounts[:-1])
    starts = np.flatnonzero(new)
    stretch = np.cumsum(new) - 1
    before = np.maximum(starts - 1, 0)[stretch]
    after = np.append(starts[1:], len(times) - 1)[stretch] if len(times) else before
    close = np.zeros(len(times), bool)
    for other in (before, after):
        apart = accounts[other] != accounts
        close |= (contents[other] == contents) & apart & (np.abs(times[other] - times) <= width)
    active = np.bincount(accounts[close], minlength=graph.n_accounts) >= min_participation
    a, b = pairs.codes_a, pairs.codes_b
    return np.asarray(able[a] & able[b] & (active[a] | active[b]))


def pairs_in_bins(
    graph: BipartiteGraph, *, interval: float | str, max_pair_events: int = MAX_PAIR_EVENTS
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Return the network of `binned_shares`: codes a < b, contents shared (2 or more), and how many pairs share one."""
    from scipy import sparse

    require(graph, BipartiteGraph, way_out="Build it with fg.bipartite(log).")
    width = microseconds(interval, name="interval")
    if not width or not graph.has_times:
        found = f"interval is {interval!r}" if not width else "No row of this log has a time"
        raise UsageError(f"{found}; expected bins wider than 0 and rows with times.")
    timed = graph.content_times != NO_TIME
    first = graph.content_times[np.minimum(graph.content_starts[:-1], graph.n_interactions - 1)]
    contents, accounts = _content_of_rows(graph)[timed], graph.content_accounts[timed]
    bins = (graph.content_times[timed] - first[contents]) // width
    new = np.ones(len(bins), bool)
    new[1:] = (contents[1:] != contents[:-1]) | (bins[1:] != bins[:-1])
    starts = np.flatnonzero(new)
    crowded = np.minimum.reduceat(accounts, starts) != np.maximum.reduceat(accounts, starts)
    counts = crowded[np.cumsum(new) - 1]
    edges = np.unique(accounts[counts] * np.int64(graph.n_contents) + contents[counts])
    accounts, contents = edges // graph.n_contents, edges % graph.n_contents
    n = np.bincount(contents, minlength=1)
    events = int((n * (n - 1) // 2).sum())
    if events > max_pair_events:
        raise BudgetError(
            f"Accounts in crowded bins of {interval} make {events:,} pair events, and the budget is "
            f"{max_pair_events:,} (max_pair_events). Try a narrower interval, or max_pair_events={events:_} if "
            "the memory is there."
        )
    shape = (graph.n_accounts, graph.n_contents)
    acted = sparse.csr_array((np.ones(len(edges), np.int32), (accounts, contents)), shape=shape)
    shared = sparse.triu(acted @ acted.T, k=1).tocoo()
    often = shared.data >= 2
    return shared.row[often], shared.col[often], shared.data[often], int((~often).sum())


def from_quantile(
    graph: BipartiteGraph,
    a: np.ndarray,
    b: np.ndarray,
    weights: np.ndarray,
    n_ones: int,
    *,
    interval: float | str,
    quantile: float,
) -> Clusters:
    """Cut the network of `pairs_in_bins` as `binned_shares` does."""
    _require_share(quantile, "quantile")
    kept = np.zeros(len(weights), bool)
    if len(weights):
        kept = weights >= np.quantile(np.append(np.ones(n_ones, weights.dtype), weights), quantile)
    parameters = {"interval": microseconds(interval) / MICROSECONDS, "quantile": quantile}
    return components(graph, a[kept], b[kept], weights[kept], method="binned_shares", parameters=parameters)


def most_similar(pairs: CoEngagement, share: float) -> Clusters:
    """Cut a network of similarities as `tfidf_similarity` does."""
    if isinstance(share, bool) or not 0 < share <= 1:
        raise UsageError(f"share is {share!r}; expected a share in (0, 1], such as 0.001.")
    weights = pairs.pairs["weight"].to_numpy()
    kept = (
        np.flatnonzero(weights >= np.quantile(weights, 1 - share)) if len(weights) else np.empty(0, np.int64)
    )
    parameters = {"share": share, "min_contents": pairs.min_contents}
    # Pairs come in the order of names, and sums of floats depend on the order.
    low, high = (f(pairs.codes_a[kept], pairs.codes_b[kept]) for f in (np.minimum, np.maximum))
    kept = kept[np.lexsort((high, low))]
    ends = pairs.codes_a[kept], pairs.codes_b[kept]
    return components(pairs.graph, *ends, weights[kept], method="tfidf_similarity", parameters=parameters)


def components(
    graph: BipartiteGraph,
    a: np.ndarray,
    b: np.ndarray,
    weights: np.ndarray,
    *,
    method: str,
    parameters: dict[str, Any],
) -> Clusters:
    """Return the connected components of a network of accounts as clusters, the largest sum of weights first."""
    present, ends = np.unique(np.concatenate((a, b)), return_inverse=True)
    a, b = ends[: len(a)], ends[len(a) :]
    of = connected_components(len(present), a, b)
    sizes = np.bincount(of)
    sums = np.bincount(of[a], weights, len(sizes))
    large = np.flatnonzero(sizes >= MIN_ACCOUNTS)
    # Components come numbered by size, then by smallest code.
    large = large[np.argsort(-sums[large], kind="stable")]
    number = np.zeros(len(sizes), np.int64)
    number[large] = np.arange(1, len(large) + 1)
    nodes = np.flatnonzero(number[of])
    links = np.bincount(ends, minlength=len(present))[nodes]
    score = links / (sizes[of[nodes]] - 1)
    order = np.lexsort((nodes, -score, number[of[nodes]]))
    names = pa.table({"name": graph.account_names.take(pa.array(present[nodes[order]]))}).to_pandas()["name"]
    n_small = int(len(sizes) - len(large))
    return Clusters(
        members=pd.DataFrame({"cluster": number[of[nodes]][order], "account": names, "score": score[order]}),
        contents=pd.DataFrame(
            {
                "cluster": pd.Series(dtype="int64"),
                "content": pd.Series(dtype="str"),
                "n_accounts": pd.Series(dtype="int64"),
            }
        ),
        values=pd.Series(sums[large], pd.Index(range(1, len(large) + 1), name="cluster"), float, "value"),
        method=method,
        parameters=parameters,
        notes=(f"{n_small:,} lone pairs of accounts were left out.",) if n_small else (),
    )


def _content_of_rows(graph: BipartiteGraph) -> np.ndarray:
    return np.repeat(np.arange(graph.n_contents), np.diff(graph.content_starts))


def _require_share(value: float, name: str) -> None:
    if isinstance(value, bool) or not 0 <= value < 1:
        raise UsageError(f"{name} is {value!r}; expected a quantile in [0, 1), such as 0.9.")
