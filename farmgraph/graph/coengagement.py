"""Pairs of accounts that acted on the same contents, within a window or at any time."""

import threading
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.errors import UsageError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.forecast import (
    count_events,
    notes_on,
    refuse_above_budget,
    refuse_below_resolution,
    spoken_window,
)
from farmgraph.interactions.schema import MICROSECONDS
from farmgraph.runtime import map_threads, microseconds, require, whole_number

WEIGHTS = ("count", "jaccard", "cosine", "tfidf", "overlap")
N_BLOCKS = 64  # fixed, so that the result cannot depend on the number of threads


@dataclass(frozen=True, eq=False)
class CoEngagement:
    """Pairs of accounts and how many contents they share.

    Attributes
    ----------
    pairs : pandas.DataFrame
        One row per pair, strongest first (weight, then n_contents, then names):
        ``account_a``, ``account_b`` (str, a < b by code points), ``n_contents`` (int64:
        distinct contents on which both acted within the window), ``weight`` (float64).
    codes_a, codes_b : numpy.ndarray
        int32, shape (n_pairs,): codes of ``account_a`` and ``account_b`` in `graph`.
    window : float or None
        Window in seconds; None means at any time.
    min_contents : int
        Pairs with fewer shared contents were dropped.
    weight : str
        Which weight: one of ``count``, ``jaccard``, ``cosine``, ``tfidf``, ``overlap``.
    n_pair_events : int
        Work done. With a window: pairs of rows on one content that are no further apart than
        the window, among accounts with at least `min_contents` contents; two rows of one
        account count as well. Without: pairs of such accounts on one content.
    graph : BipartiteGraph
        Where the pairs come from.
    notes : tuple of str
        What was skipped or looks doubtful, one plain sentence each.
    """

    pairs: pd.DataFrame
    codes_a: np.ndarray
    codes_b: np.ndarray
    window: float | None
    min_contents: int
    weight: str
    n_pair_events: int
    graph: BipartiteGraph = field(repr=False)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.codes_a)

    def describe(self, pairs: pd.DataFrame | None = None) -> pd.DataFrame:
        """Say more about pairs: contents shared at any time, when first together, how close.

        Parameters
        ----------
        pairs : pandas.DataFrame, optional
            Rows of `.pairs`, or any table with ``account_a`` and ``account_b``. By default
            all of `.pairs`.

        Returns
        -------
        pandas.DataFrame
            A copy with ``n_contents_any_time`` (int64), ``first_time`` (datetime64[us, UTC]:
            when the second of the two acted on the content of their first co-action within
            the window; NaT where there is none with times) and ``median_gap_s`` (float64,
            seconds: median over the contents that both acted on at any time of the smallest
            gap between the two on that content; contents on which either has no time are
            left out; NaN where none is left).

        Raises
        ------
        InputError
            If a name is not in the graph.
        UsageError
            If a column is missing.

        Notes
        -----
        Time O(rows of both accounts) per pair. `median_gap_s` looks beyond the window on
        purpose: a pair that shares two contents within a minute and two hundred at other
        hours has a large median. Tests nothing.

        Examples
        --------
        >>> import pandas as pd, farmgraph as fg
        >>> rows = [("a", "p", 0), ("b", "p", 5), ("a", "q", 100), ("b", "q", 900)]
        >>> log = fg.read(pd.DataFrame(rows, columns=["account", "content", "time"]))
        >>> pairs = fg.co_engagement(fg.bipartite(log), window="10s", min_contents=1)
        >>> pairs.describe()[["n_contents", "n_contents_any_time", "median_gap_s"]].values.tolist()
        [[1.0, 2.0, 402.5]]
        """
        from farmgraph.graph.paircounts import describe_pairs

        table = (self.pairs if pairs is None else pairs).copy()
        if pairs is None:
            a, b = self.codes_a, self.codes_b
        else:
            for name in ("account_a", "account_b"):
                if name not in table:
                    raise UsageError(
                        f"pairs has the columns {list(table.columns)}; expected {name!r} among them."
                    )
            a, b = (self.graph.codes_of_accounts(table[c].tolist()) for c in ("account_a", "account_b"))
        n_any, first, gap = describe_pairs(self.graph, a, b, self.window)
        table["n_contents_any_time"] = n_any
        table["first_time"] = pd.Series(first, index=table.index).dt.tz_localize("UTC")
        table["median_gap_s"] = gap
        return table

    def __repr__(self) -> str:
        when = spoken_window(None if self.window is None else round(self.window * MICROSECONDS))
        return f"<CoEngagement: {len(self):,} pairs with {self.min_contents} or more contents shared {when}>"


def co_engagement(
    graph: BipartiteGraph,
    *,
    window: float | str | None = None,
    min_contents: int = 2,
    weight: str = "count",
    max_pair_events: int = 20_000_000_000,
    threads: int | None = None,
) -> CoEngagement:
    """Find pairs of accounts that acted on the same contents.

    Parameters
    ----------
    graph : BipartiteGraph
        What `farmgraph.bipartite` returned.
    window : float or str, optional
        Both must have acted on the content no further apart than this: seconds or a text such
        as ``"60s"``; the window slides and is inclusive (abs(t_u - t_v) <= window). None (the
        default): at any time, and rows without a time count too.
    min_contents : int
        Keep pairs that share at least so many distinct contents, 1 or more.
    weight : {"count", "jaccard", "cosine", "tfidf", "overlap"}
        What ``weight`` holds, see Notes.
    max_pair_events : int
        Refuse work beyond this many pair events (see `CoEngagement.n_pair_events`).
    threads : int, optional
        By default all that this process may use. The result does not depend on it.

    Returns
    -------
    CoEngagement

    Raises
    ------
    BudgetError
        If there are more pair events than `max_pair_events`, before they are walked.
    UsageError
        If an option cannot be used, or there is a window but no row has a time, or the window is smaller than the
        resolution that the log's clock is known to have.

    Notes
    -----
    With k the contents shared within the window, and d_u the distinct contents of account u at
    any time: **count** k; **jaccard** k / (d_u + d_v - k); **cosine** k / sqrt(d_u d_v);
    **overlap** k / min(d_u, d_v); **tfidf** the sum of idf^2 over the k contents divided by
    the product of both norms, where idf = ln(n_accounts / n_c), n_c is the number of accounts
    on content c, and an account's norm is the root of the sum of idf^2 over all its contents (0
    where a norm is 0).

    However often two accounts act on one content, it counts once. Each account is compared by
    walking its own rows and those within the window of each: time O(rows + pair events), memory
    about 30 bytes per row that has another within the window, and 40 per pair that is kept. The
    first call compiles for a few seconds, later runs load the compiled code. Accounts are
    dropped beforehand only where they cannot reach `min_contents` with anybody. The function says
    nothing about chance: popular contents bring strangers together.

    References
    ----------
    Pacheco et al., Uncovering Coordinated Networks on Social Media, ICWSM 2021 (TF-IDF cosine);
    Graham, QUT Digital Observatory, coordination-network-toolkit (sliding inclusive windows).

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> rows = [(who, page, at) for page, at in (("p", 0), ("q", 500)) for who in "ab"] + [("c", "p", 70)]
    >>> log = fg.read(pd.DataFrame(rows, columns=["account", "content", "time"]))
    >>> fg.co_engagement(fg.bipartite(log), window="60s").pairs.values.tolist()
    [['a', 'b', 2, 2.0]]
    """
    require(graph, BipartiteGraph, way_out="Build it with fg.bipartite(log).")
    whole_number(min_contents, name="min_contents", least=1)
    if weight not in WEIGHTS:
        raise UsageError(f"weight is {weight!r}; expected one of {', '.join(WEIGHTS)}.")
    width = None if window is None else microseconds(window, name="window")
    if width is not None and not graph.has_times:
        raise UsageError(
            "A window needs times, and no row of this log has one. Use window=None, or name the time column."
        )
    if width is not None:
        refuse_below_resolution(graph, width)
    allowed = graph.account_degrees >= min_contents
    linked, events = count_events(graph, width, allowed, threads)
    refuse_above_budget(graph, width, allowed, events, max_pair_events, threads)
    idf_squared = _idf_squared(graph) if weight == "tfidf" else np.empty(0)
    a, b, n, sums = _count_pairs(graph, width, min_contents, allowed, linked, idf_squared, threads)
    weights = _weights(graph, weight, a, b, n, sums, idf_squared)
    pairs, a, b = _named(graph, a, b, n, weight, weights)
    return CoEngagement(
        pairs=pairs,
        codes_a=a,
        codes_b=b,
        window=None if width is None else width / MICROSECONDS,
        min_contents=int(min_contents),
        weight=weight,
        n_pair_events=int(events.sum()),
        graph=graph,
        notes=tuple(notes_on(graph, width, allowed, int(min_contents))),
    )


def _count_pairs(
    graph: BipartiteGraph,
    width: int | None,
    min_contents: int,
    allowed: np.ndarray,
    linked: np.ndarray,
    content_weights: np.ndarray,
    threads: int | None,
) -> list[np.ndarray]:
    """Return codes a < b, shared contents and summed weights of the pairs that reach the threshold."""
    from farmgraph.graph.kernels import Counters, count_partners, timed_walk, untimed_walk

    if width is None:
        walk = untimed_walk(graph.account_starts, graph.account_contents, allowed, graph.n_contents)
    else:
        log = (graph.content_starts, graph.content_accounts, linked, graph.content_times)
        walk = timed_walk(*log, width, graph.n_accounts, min_contents)
    own = threading.local()
    weighted = len(content_weights) > 0

    def work(block: int) -> tuple[np.ndarray, ...]:
        if not hasattr(own, "counters"):
            n, marked = graph.n_accounts, weighted or walk.repeats
            own.counters = Counters(
                np.zeros(n, np.int32), np.zeros(n * marked, np.int32), np.zeros(n * weighted, np.float64)
            )
        found: tuple[np.ndarray, ...] = count_partners(
            walk, own.counters, min_contents, content_weights, block, N_BLOCKS
        )
        return found

    parts = map_threads(work, range(N_BLOCKS), threads=threads, step="Comparing accounts")
    return [np.concatenate(columns) for columns in zip(*parts, strict=True)]


def _idf_squared(graph: BipartiteGraph) -> np.ndarray:
    return np.asarray(np.log(graph.n_accounts / graph.content_degrees) ** 2)


def _weights(
    graph: BipartiteGraph,
    weight: str,
    a: np.ndarray,
    b: np.ndarray,
    n: np.ndarray,
    sums: np.ndarray,
    idf_squared: np.ndarray,
) -> np.ndarray:
    """Return the weight (float64) of each pair, as defined in `co_engagement`."""
    k = n.astype(np.float64)
    if weight == "count":
        return k
    if weight == "tfidf":
        squares = np.bincount(graph.edge_accounts, idf_squared[graph.account_contents], graph.n_accounts)
        norms = np.sqrt(squares[a]) * np.sqrt(squares[b])
        return np.divide(sums, norms, out=np.zeros(len(k)), where=norms > 0)
    d_a, d_b = graph.account_degrees[a], graph.account_degrees[b]
    if weight == "jaccard":
        return k / (d_a + d_b - n)
    return k / (np.minimum(d_a, d_b) if weight == "overlap" else np.sqrt(d_a.astype(np.float64) * d_b))


def _named(
    graph: BipartiteGraph, a: np.ndarray, b: np.ndarray, n: np.ndarray, weight: str, weights: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Put names on pairs, a < b, strongest first."""
    from farmgraph.graph.layout import group_order

    present = np.zeros(graph.n_accounts, bool)
    present[a] = present[b] = True
    codes = np.flatnonzero(present)
    by_name = codes[pc.sort_indices(graph.account_names.take(pa.array(codes))).to_numpy()]
    rank = np.empty(graph.n_accounts, np.int64)
    rank[by_name] = np.arange(len(codes))
    swap = rank[a] > rank[b]
    a, b = np.where(swap, b, a), np.where(swap, a, b)
    # Stable counting sorts, the last key first: linear, where a lexsort of so many rows would be felt.
    order = np.arange(len(a))
    for key in (rank[b], rank[a], n.max(initial=0) - n):
        order = group_order(key, order, int(key.max(initial=0)) + 1)[1]
    if weight != "count":
        order = order[np.argsort(-weights[order], kind="stable")]
    a, b = a[order], b[order]
    table = {
        "account_a": graph.account_names.take(pa.array(a)),
        "account_b": graph.account_names.take(pa.array(b)),
        "n_contents": n[order].astype(np.int64),
        "weight": weights[order],
    }
    return pa.table(table).to_pandas(), a, b
