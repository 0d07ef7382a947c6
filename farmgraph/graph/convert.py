"""Graphs as other libraries' objects: networkx, igraph, scipy."""

from typing import Any

import numpy as np
import pandas as pd

from farmgraph.errors import UsageError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.coengagement import CoEngagement
from farmgraph.interactions.schema import NO_TIME


def to_networkx(graph: BipartiteGraph | CoEngagement) -> Any:
    """Convert to an undirected networkx graph.

    Parameters
    ----------
    graph : BipartiteGraph or CoEngagement

    Returns
    -------
    networkx.Graph
        Of a BipartiteGraph: nodes ``("account", name)`` and ``("content", name)``, because an account
        and a content may have the same name, with the attributes ``name`` and ``bipartite`` (0
        for accounts, 1 for contents); edges with ``weight`` (number of interactions) and
        ``first_time`` (pandas.Timestamp, UTC; absent where no interaction has a time).
        Of a CoEngagement: nodes are names, only those in a pair; edges with ``weight`` and
        ``n_contents``.

    Raises
    ------
    UsageError
        If the object is of another type.

    Notes
    -----
    Linear, but networkx takes about a kilobyte per edge: for more than a million edges use
    `to_igraph` or `to_scipy`. Further attributes of pairs are in `CoEngagement.describe`.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> log = fg.read(pd.DataFrame({"account": ["x", "x", "y"], "content": ["x", "x", "x"], "time": [0, 5, 9]}))
    >>> g = to_networkx(fg.bipartite(log))
    >>> g.edges[("account", "x"), ("content", "x")]
    {'weight': 2, 'first_time': Timestamp('1970-01-01 00:00:00+0000', tz='UTC')}
    """
    import networkx as nx

    converted = nx.Graph()
    if isinstance(graph, CoEngagement):
        rows = graph.pairs[["account_a", "account_b", "weight", "n_contents"]].itertuples(
            index=False, name=None
        )
        converted.add_edges_from((a, b, {"weight": w, "n_contents": n}) for a, b, w, n in rows)
        return converted
    _require_bipartite(graph)
    accounts = [("account", name) for name in graph.account_names.to_pylist()]
    contents = [("content", name) for name in graph.content_names.to_pylist()]
    converted.add_nodes_from((node, {"name": node[1], "bipartite": 0}) for node in accounts)
    converted.add_nodes_from((node, {"name": node[1], "bipartite": 1}) for node in contents)
    a, c, counts, first = _edges(graph)
    for u, v, n, when in zip(a.tolist(), c.tolist(), counts.tolist(), _stamps(first), strict=True):
        attributes = {"weight": n} if when is None else {"weight": n, "first_time": when}
        converted.add_edge(accounts[u], contents[v], **attributes)
    return converted


def to_igraph(graph: BipartiteGraph | CoEngagement) -> Any:
    """Convert to an undirected igraph graph.

    Parameters
    ----------
    graph : BipartiteGraph or CoEngagement

    Returns
    -------
    igraph.Graph
        Of a BipartiteGraph: vertices ``0 .. n_accounts - 1`` are the accounts by code, contents
        follow; vertex attributes ``name`` (str; an account and a content may share one) and ``type``
        (False for accounts, True for contents, as igraph's bipartite functions expect), edge
        attributes ``weight`` (interactions) and ``first_time`` (pandas.Timestamp, UTC, or None).
        Of a CoEngagement: a vertex per account in a pair, in the order of their codes, with
        ``name``; edges in the order of ``.pairs`` with ``weight`` and ``n_contents``.

    Raises
    ------
    UsageError
        If the object is of another type.

    Notes
    -----
    Linear.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> log = fg.read(pd.DataFrame({"account": ["x", "y"], "content": ["p", "p"]}))
    >>> g = to_igraph(fg.bipartite(log))
    >>> sorted(g.vs["name"]), g.is_bipartite(), g.es["weight"]
    (['p', 'x', 'y'], True, [1, 1])
    """
    import igraph

    if isinstance(graph, CoEngagement):
        codes, ends = np.unique(np.concatenate((graph.codes_a, graph.codes_b)), return_inverse=True)
        edges = ends.reshape(2, -1).T.astype(np.int64)
        converted = igraph.Graph(n=len(codes), edges=np.ascontiguousarray(edges))
        converted.vs["name"] = graph.graph.names_of_accounts(codes).tolist()
        converted.es["weight"] = graph.pairs["weight"].tolist()
        converted.es["n_contents"] = graph.pairs["n_contents"].tolist()
        return converted
    _require_bipartite(graph)
    a, c, counts, first = _edges(graph)
    edges = np.column_stack((a, c)).astype(np.int64) + np.array([0, graph.n_accounts])
    converted = igraph.Graph(n=graph.n_accounts + graph.n_contents, edges=edges)
    converted.vs["name"] = graph.account_names.to_pylist() + graph.content_names.to_pylist()
    converted.vs["type"] = [False] * graph.n_accounts + [True] * graph.n_contents
    converted.es["weight"] = counts.tolist()
    converted.es["first_time"] = _stamps(first)
    return converted


def to_scipy(graph: BipartiteGraph | CoEngagement) -> Any:
    """Convert to a sparse matrix.

    Parameters
    ----------
    graph : BipartiteGraph or CoEngagement

    Returns
    -------
    scipy.sparse.csr_array
        Of a BipartiteGraph: shape (n_accounts, n_contents), int64 number of interactions. Of a
        CoEngagement: shape (n_accounts, n_accounts), symmetric, float64 weights, with a row for
        every account of its graph. Rows and columns are codes: names are in
        ``graph.account_names`` and ``graph.content_names``.

    Raises
    ------
    UsageError
        If the object is of another type.

    Notes
    -----
    Linear. Times are not kept.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> log = fg.read(pd.DataFrame({"account": ["x", "y", "y"], "content": ["p"] * 3, "time": [1, 2, 3]}))
    >>> to_scipy(fg.bipartite(log)).toarray().tolist()
    [[2], [1]]
    """
    from scipy.sparse import csr_array

    if isinstance(graph, CoEngagement):
        n = graph.graph.n_accounts
        weights = graph.pairs["weight"].to_numpy(np.float64)
        rows = np.concatenate((graph.codes_a, graph.codes_b))
        columns = np.concatenate((graph.codes_b, graph.codes_a))
        return csr_array((np.concatenate((weights, weights)), (rows, columns)), shape=(n, n))
    _require_bipartite(graph)
    a, c, counts, _ = _edges(graph)
    return csr_array((counts, (a, c)), shape=(graph.n_accounts, graph.n_contents))


def _require_bipartite(graph: object) -> None:
    if not isinstance(graph, BipartiteGraph):
        raise UsageError(f"Got a {type(graph).__name__}; expected a BipartiteGraph or a CoEngagement.")


def _edges(graph: BipartiteGraph) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return account, content, interactions and first time (int64 microseconds) of each distinct edge."""
    contents = np.repeat(np.arange(graph.n_contents), np.diff(graph.content_starts))
    keys = graph.content_accounts.astype(np.int64) * graph.n_contents + contents
    order = np.argsort(keys, kind="stable")  # keeps the order of time
    ordered = keys[order]
    first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    counts = np.diff(np.append(first, len(keys)))
    return graph.edge_accounts, graph.account_contents, counts, graph.content_times[order[first]]


def _stamps(times: np.ndarray) -> list[pd.Timestamp | None]:
    stamps = pd.to_datetime(np.where(times == NO_TIME, 0, times), unit="us", utc=True)
    return [None if t == NO_TIME else s for t, s in zip(times.tolist(), stamps, strict=True)]
