"""Stand-ins for what other tools do: the procedures of four families of studies, written plainly.

Each is the *procedure* (which pairs are linked, where the network is cut, that its connected components are
the groups), not a copy of a program to the last row. Where the two differ, the docstring says so.
"""

from farmgraph.detect.clusters import Clusters
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.coengagement import co_engagement
from farmgraph.lab.networks import (
    MAX_PAIR_EVENTS,
    above_quantile,
    frequent,
    from_quantile,
    most_similar,
    pairs_in_bins,
)
from farmgraph.runtime import whole_number


def count_in_window(
    graph: BipartiteGraph,
    *,
    window: float | str = "60s",
    min_weight: int = 2,
    max_pair_events: int = MAX_PAIR_EVENTS,
    threads: int | None = None,
) -> Clusters:
    """Link accounts that often act within a window, as users of coordination-network-toolkit do.

    Parameters
    ----------
    graph : BipartiteGraph
    window : float or str, default "60s"
        Seconds, or a text such as ``"10min"``; it slides and is inclusive.
    min_weight : int, default 2
        Contents on which two accounts must have come together to be linked, 1 or more.
    max_pair_events : int
        As in `farmgraph.co_engagement`.
    threads : int, optional
        The result does not depend on it.

    Returns
    -------
    Clusters
        Connected components of at least three accounts. ``values`` is the sum of their weights, ``score``
        the share of the other members that an account is linked to; contents are left empty.

    Raises
    ------
    BudgetError
        If there are too many pair events.
    UsageError
        If an option cannot be used, or no row has a time.

    Notes
    -----
    The tool counts messages in each direction; here a weight is the number of distinct contents, whichever came
    first. The defaults are the tool's. It leaves the network to its user; pairs that are linked to nobody else
    are left out here, since most of them are chance.

    References
    ----------
    Graham, QUT Digital Observatory, coordination-network-toolkit.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> from farmgraph.lab.standins import count_in_window
    >>> rows = [(who, page, at + 5 * i) for page, at in (("p", 0), ("q", 900)) for i, who in enumerate("abc")]
    >>> log = fg.read(pd.DataFrame([*rows, ("d", "p", 7)], columns=["account", "content", "time"]))
    >>> sorted(count_in_window(fg.bipartite(log)).accounts_of(1))
    ['a', 'b', 'c']
    """
    whole_number(min_weight, name="min_weight", least=1)
    pairs = co_engagement(
        graph, window=window, min_contents=min_weight, max_pair_events=max_pair_events, threads=threads
    )
    return frequent(pairs, min_weight)


def count_quantile(
    graph: BipartiteGraph,
    *,
    window: float | str = "10s",
    min_participation: int = 2,
    edge_weight: float = 0.5,
    max_pair_events: int = MAX_PAIR_EVENTS,
    threads: int | None = None,
) -> Clusters:
    """Link accounts that act within a window and cut at a quantile of the weights, as CooRTweet does.

    Parameters
    ----------
    graph : BipartiteGraph
    window : float or str, default "10s"
        Seconds, or a text such as ``"10min"``; it slides and is inclusive.
    min_participation : int, default 2
        Rows that an account must have, and of a pair at least one account within the window of others.
    edge_weight : float, default 0.5
        Pairs stay whose weight is strictly above this quantile of all weights, in [0, 1).
    max_pair_events, threads : int
        As in `count_in_window`.

    Returns
    -------
    Clusters
        As from `count_in_window`.

    Raises
    ------
    BudgetError
        If there are too many pair events.
    UsageError
        If an option cannot be used, or no row has a time.

    Notes
    -----
    Quantiles interpolate linearly (type 7 of R). The defaults are the tool's. It counts pairs of rows; here a
    weight is the number of distinct contents, which differs only where somebody acts on one content twice. Lone
    pairs of accounts are left out.

    References
    ----------
    Righetti & Balluff, CooRTweet: Coordinated Networks Detection on Social Media, R package.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> from farmgraph.lab.standins import count_quantile
    >>> rows = [(who, page, at + i) for page, at in (("p", 0), ("q", 900)) for i, who in enumerate("abc")]
    >>> rows += [(who, "r", 5_000) for who in "adef"] + [(who, "s", 9_000 * i) for i, who in enumerate("def")]
    >>> log = fg.read(pd.DataFrame(rows, columns=["account", "content", "time"]))
    >>> sorted(count_quantile(fg.bipartite(log)).accounts_of(1))
    ['a', 'b', 'c']
    """
    pairs = co_engagement(
        graph, window=window, min_contents=1, max_pair_events=max_pair_events, threads=threads
    )
    return above_quantile(pairs, min_participation=min_participation, edge_weight=edge_weight)


def binned_shares(
    graph: BipartiteGraph,
    *,
    interval: float | str = "60s",
    quantile: float = 0.9,
    max_pair_events: int = MAX_PAIR_EVENTS,
) -> Clusters:
    """Link accounts by contents that they took up in crowded stretches of time, as CooRnet does.

    Parameters
    ----------
    graph : BipartiteGraph
    interval : float or str, default "60s"
        Width of the bins: seconds above 0, or a text such as ``"10min"``. The tool estimates it.
    quantile : float, default 0.9
        Pairs stay whose weight reaches this quantile of all weights, in [0, 1), and is 2 or more.
    max_pair_events : int
        As in `farmgraph.co_engagement`.

    Returns
    -------
    Clusters
        As from `count_in_window`.

    Raises
    ------
    BudgetError
        If there are too many pair events.
    UsageError
        If an option cannot be used, or no row has a time.

    Notes
    -----
    The life of each content is cut into bins from its first action on. A bin counts if it holds more than one
    account; all accounts in any such bin of a content share that content, whether or not in the same
    bin. A weight is the number of contents shared. The tool counts shares in a bin rather than accounts, and does
    not ask for a weight of 2 (where the quantile is 1, it keeps everything).

    References
    ----------
    Giglietto, Righetti & Marino, CooRnet: Detect coordinated link sharing behavior, R package.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> from farmgraph.lab.standins import binned_shares
    >>> rows = [(who, page, at + i) for page, at in (("p", 0), ("q", 900)) for i, who in enumerate("abc")]
    >>> log = fg.read(pd.DataFrame([*rows, ("d", "p", 70)], columns=["account", "content", "time"]))
    >>> sorted(binned_shares(fg.bipartite(log)).accounts_of(1))
    ['a', 'b', 'c']
    """
    network = pairs_in_bins(graph, interval=interval, max_pair_events=max_pair_events)
    return from_quantile(graph, *network, interval=interval, quantile=quantile)


def tfidf_similarity(
    graph: BipartiteGraph,
    *,
    share: float = 0.0001,
    min_contents: int = 2,
    max_pair_events: int = MAX_PAIR_EVENTS,
    threads: int | None = None,
) -> Clusters:
    """Link the most similar accounts by the TF-IDF cosine of their contents, as Pacheco et al. (2021) do.

    Parameters
    ----------
    graph : BipartiteGraph
        Times are not used.
    share : float, default 0.0001
        Share of the pairs that is kept, the most similar first, in (0, 1].
    min_contents : int, default 2
        Only pairs with so many contents in common count, 1 or more.
    max_pair_events, threads : int
        As in `count_in_window`.

    Returns
    -------
    Clusters
        As from `count_in_window`; ``values`` is the sum of the similarities.

    Raises
    ------
    BudgetError
        If there are too many pair events.
    UsageError
        If an option cannot be used.

    Notes
    -----
    Pairs stay whose similarity reaches the quantile 1 - share, so at a tie a few more. Studies of this kind leave
    out accounts with little activity; here pairs with fewer than `min_contents` contents in common are left out,
    because two accounts with the same single content would be as similar as can be. The similarity is the weight
    ``tfidf`` of `farmgraph.co_engagement`.

    References
    ----------
    Pacheco et al., Uncovering Coordinated Networks on Social Media, ICWSM 2021.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> from farmgraph.lab.standins import tfidf_similarity
    >>> rows = [(who, page) for page in "pq" for who in "abc"] + [(who, page) for page in "rs" for who in "abd"]
    >>> log = fg.read(pd.DataFrame([*rows, ("e", "t")], columns=["account", "content"]))
    >>> sorted(tfidf_similarity(fg.bipartite(log), share=0.5).accounts_of(1))
    ['a', 'b', 'c', 'd']
    """
    pairs = co_engagement(
        graph, weight="tfidf", min_contents=min_contents, max_pair_events=max_pair_events, threads=threads
    )
    return most_similar(pairs, share)
