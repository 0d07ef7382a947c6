"""Pairs of accounts that acted on the same contents, within a window or at any time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from farmgraph.errors import UsageError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.forecast import spoken_window
from farmgraph.interactions.schema import MICROSECONDS
from farmgraph.memory import claim
from farmgraph.runtime import map_threads

if TYPE_CHECKING:
    from farmgraph.graph.pairtable import Part

MAX_PAIR_EVENTS = 20_000_000_000
BYTES_PER_PAIR = 70
"""Memory that a pair takes at most while the table is made."""
ASK_EVERY = 64_000_000
"""Bytes of pairs after which it is asked again whether the table will fit."""


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
        What there is to compare. With a window: pairs of rows on one content that are no further apart than
        the window, among accounts with at least `min_contents` contents; two rows of one
        account count as well. Without: pairs of such accounts on one content. Contents that were left out do not count.
    graph : BipartiteGraph
        Where the pairs come from.
    notes : tuple of str
        What was skipped or looks doubtful, one plain sentence each.
    n_walked : int
        Work done, at most: with a window `n_pair_events`, without what was left of them after pruning.
    max_content_accounts : int or None
        Contents with more accounts were left out; None means none was.
    n_contents_left_out, n_pair_events_left_out : int
        How many contents that were, and how many pair events they had.
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
    n_walked: int = 0
    max_content_accounts: int | None = None
    n_contents_left_out: int = 0
    n_pair_events_left_out: int = 0

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
    max_pair_events: int = MAX_PAIR_EVENTS,
    max_content_accounts: int | None = None,
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
        Refuse work beyond this many pair events. What counts is the work that would be done, which without a window
        is what pruning leaves (see `CoEngagement.n_walked`).
    max_content_accounts : int, optional
        Leave out contents with more accounts than this, as if nobody had acted on them; the result's notes and
        fields say how many that were. Degrees and norms in weights count all contents. By default none is left out.
    threads : int, optional
        By default all that this process may use. The result does not depend on it.

    Returns
    -------
    CoEngagement

    Raises
    ------
    BudgetError
        If there are more pair events to walk than `max_pair_events`, before they are walked; or if the layout, or the
        table of the pairs found so far, would not fit into the memory.
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
    walking its own rows and those within the window of each: time O(rows + pair events). The first call compiles for a
    few seconds, later runs load the compiled code.

    Memory, claimed before the work. For the layout, 12 bytes per row that has another within the window, and 16 where
    contents are repeated or weighed; at any time 20 per edge, and up to 32 MB for the most popular contents. For the
    threads, 8 to 13 bytes per account for each of at most 8 while rows are laid out, then 13 for each thread, up to 25
    where contents are repeated or weighed. **tfidf** looks at 20 bytes per edge. A pair that is kept takes 70
    (`write_co_engagement` keeps none).

    Accounts are dropped beforehand only where they cannot reach `min_contents` with anybody. Without a window,
    partners are generated from all but the `min_contents` - 1 most popular contents of each account, which are only
    looked up for the partners found: who shares so many contents shares one of the others. This leaves out most of
    the work and nothing else. The function says nothing about chance: popular contents bring strangers together.

    References
    ----------
    Pacheco et al., Uncovering Coordinated Networks on Social Media, ICWSM 2021 (TF-IDF cosine);
    Graham, QUT Digital Observatory, coordination-network-toolkit (sliding inclusive windows); Bayardo, Ma & Srikant,
    Scaling Up All Pairs Similarity Search, WWW 2007 (prefixes).

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> rows = [(who, page, at) for page, at in (("p", 0), ("q", 500)) for who in "ab"] + [("c", "p", 70)]
    >>> log = fg.read(pd.DataFrame(rows, columns=["account", "content", "time"]))
    >>> fg.co_engagement(fg.bipartite(log), window="60s").pairs.values.tolist()
    [['a', 'b', 2, 2.0]]
    """
    from farmgraph.graph.counting import block_counter, plan
    from farmgraph.graph.pairtable import Pairs, by_name, mark_present, named, strongest_first, weigher

    work = plan(
        graph,
        window=window,
        min_contents=min_contents,
        weight=weight,
        max_pair_events=max_pair_events,
        max_content_accounts=max_content_accounts,
        threads=threads,
    )
    blocks = range(len(work.cuts) - 1)
    count = _within_memory(block_counter(work))
    parts = map_threads(count, blocks, threads=threads, step="Comparing accounts")
    del count  # with the counters of this thread
    accounts = by_name(graph, mark_present(parts, graph.n_accounts))
    found = strongest_first(parts, accounts.rank)
    a, b = accounts.codes[found.low], accounts.codes[found.high]
    weights = weigher(graph, weight, work.idf)(a, b, found.n_contents, found.sums)
    if weight != "count":
        order = np.argsort(-weights, kind="stable")
        found = Pairs(found.low[order], found.high[order], found.n_contents[order], found.sums)
        a, b, weights = a[order], b[order], weights[order]
    return CoEngagement(
        pairs=named(accounts.names, found, weights, threads),
        codes_a=a,
        codes_b=b,
        window=None if work.width is None else work.width / MICROSECONDS,
        min_contents=work.min_contents,
        weight=weight,
        n_pair_events=work.n_pair_events,
        graph=graph,
        notes=work.notes,
        n_walked=work.n_walked,
        max_content_accounts=max_content_accounts,
        n_contents_left_out=work.left_out.n_contents,
        n_pair_events_left_out=work.left_out.n_pair_events,
    )


def _within_memory(count: "Callable[[int], Part]") -> "Callable[[int], Part]":
    """Refuse to go on where the pairs found so far could not become a table; nobody knows their number before."""
    sizes: list[int] = []
    asked = 0

    def counted(block: int) -> "Part":
        nonlocal asked
        part = count(block)
        sizes.append(len(part[0]))
        n = sum(sizes)
        # Asking takes longer than counting a small block.
        if BYTES_PER_PAIR * (n - asked) < ASK_EVERY:
            return part
        asked = n
        claim(
            f"A table of {n:,} pairs, with more to come,",
            BYTES_PER_PAIR * n,
            way_out="Or write them to a file with write_co_engagement, which keeps none; more shared contents "
            "(min_contents) or a smaller window make fewer.",
        )
        return part

    return counted
