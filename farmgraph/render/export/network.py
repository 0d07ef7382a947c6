"""The network of a case, as every format writes it: members as nodes, the pairs of members as edges."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from farmgraph.detect.clusters import Clusters
from farmgraph.errors import UsageError
from farmgraph.render.names import xml_safe

COLOURS = {
    "lockstep": (0x00, 0x72, 0xB2),
    "undetermined": (0xD9, 0x8A, 0x00),
    "same audience": (0xB0, 0x57, 0x8A),
    "too little data": (0x7B, 0x85, 0x8F),
}
"""Red, green and blue of each verdict, strongest first: the colours of the report."""

_LAST = "too little data"
_ESCAPES = str.maketrans(
    # Line ends and tabs as references: otherwise a reader makes spaces of them.
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)


@dataclass(frozen=True, eq=False)
class Network:
    """Nodes and edges of a case, column by column.

    Attributes
    ----------
    accounts : list of str
        Exact names, ascending by code points; the columns of nodes are parallel to it.
    nodes : dict of str to list
        ``cluster`` (the strongest of the account's clusters), ``clusters`` (all, joined by ``;``), ``verdict`` and
        ``score`` in the strongest, ``n_clusters``, ``n_interactions`` (only where it is known), ``degree``.
    sizes : list of float
        Diameters to draw: 4 and the root of the degree.
    places : list of (float, float) or None
        Where the report's map draws the account, but with y upwards; None where it does not.
    a, b : list of int
        Ends of the edges: positions in `accounts`, a < b, in ascending order.
    edges : dict of str to list
        ``weight``, ``n_contents``, ``clusters``.
    """

    accounts: list[str]
    nodes: dict[str, list[Any]]
    sizes: list[float]
    places: list[tuple[float, float] | None]
    a: list[int]
    b: list[int]
    edges: dict[str, list[Any]]


def network(
    clusters: Clusters,
    evidence: pd.DataFrame,
    pairs: pd.DataFrame,
    *,
    accounts: pd.DataFrame | None = None,
    positions: Mapping[str, tuple[float, float]] | None = None,
) -> Network:
    """Put nodes and edges together.

    Parameters
    ----------
    clusters : Clusters
        Every member becomes one node, however many clusters it is in.
    evidence : pandas.DataFrame
        ``cluster`` and ``verdict``, strongest first.
    pairs : pandas.DataFrame
        ``cluster``, ``account_a``, ``account_b``, ``n_contents``, ``weight``. A pair that is
        listed for several clusters becomes one edge with the largest of its numbers.
    accounts : pandas.DataFrame, optional
        ``account`` and ``n_interactions``; without it nodes have no ``n_interactions``.
    positions : mapping of str to (float, float), optional
        Where the report's map draws an account, in map units with y downwards.

    Raises
    ------
    UsageError
        If a pair names an account that is in no cluster.

    Notes
    -----
    Linear, but for sorting.
    """
    members = clusters.members
    # Dicts and sorted lists, not pandas: it cannot group text with lone surrogates.
    own: dict[str, list[tuple[int, float]]] = {}
    columns = (members[name].tolist() for name in ("account", "cluster", "score"))
    for account, cluster, score in zip(*columns, strict=True):
        own.setdefault(account, []).append((int(cluster), float(score)))
    names = sorted(own)
    code = {name: i for i, name in enumerate(names)}
    verdicts = dict(zip(evidence["cluster"].tolist(), evidence["verdict"].tolist(), strict=True))
    strength = {c: (_rank(verdict), i) for i, (c, verdict) in enumerate(verdicts.items())}
    weakest = (len(COLOURS), len(strength))
    best = [min(own[name], key=lambda one: (strength.get(one[0], weakest), one[0])) for name in names]
    a, b, edges = _edges(pairs, code)
    degree = np.bincount(np.array([a, b], np.int64).ravel(), minlength=len(names)).tolist()
    nodes: dict[str, list[Any]] = {
        "cluster": [cluster for cluster, _ in best],
        "clusters": [";".join(map(str, sorted({c for c, _ in own[name]}))) for name in names],
        "verdict": [verdicts.get(cluster, _LAST) for cluster, _ in best],
        "n_clusters": [len({c for c, _ in own[name]}) for name in names],
        "score": [score for _, score in best],
        "degree": degree,
    }
    if accounts is not None:
        rows = dict(zip(accounts["account"].tolist(), accounts["n_interactions"].tolist(), strict=True))
        nodes["n_interactions"] = [rows.get(name) for name in names]
    drawn = positions or {}
    places = [(float(drawn[n][0]), -float(drawn[n][1])) if n in drawn else None for n in names]
    return Network(names, nodes, [round(4 + math.sqrt(d), 3) for d in degree], places, a, b, edges)


def to_networkx(whole: Network) -> Any:
    """Return the network as a networkx graph: nodes by their exact names, with what the files hold besides.

    Returns
    -------
    networkx.Graph
        Nodes have the columns of `Network.nodes` and, where the map draws them, ``x`` and ``y`` (upwards); edges have
        ``weight``, ``n_contents`` and ``clusters``. What is missing is absent.
    """
    import networkx as nx

    graph = nx.Graph()
    for i, account in enumerate(whole.accounts):
        place = whole.places[i]
        values = {name: column[i] for name, column in whole.nodes.items() if is_known(column[i])}
        graph.add_node(account, **values, **({} if place is None else {"x": place[0], "y": place[1]}))
    keys = list(whole.edges)
    for a, b, *given in zip(whole.a, whole.b, *whole.edges.values(), strict=True):
        graph.add_edge(whole.accounts[a], whole.accounts[b], **dict(zip(keys, given, strict=True)))
    return graph


def colour(verdict: str) -> tuple[int, int, int]:
    """Return red, green and blue of a verdict."""
    return COLOURS.get(verdict, COLOURS[_LAST])


def is_known(value: Any) -> bool:
    """Tell whether there is a value to write: not None, not NaN."""
    return value is not None and value == value


def xml(value: Any) -> str:
    r"""Return a value as text of an element or an attribute: forbidden characters made visible, the rest escaped.

    Examples
    --------
    >>> xml("a\x00<b>\n")
    'a⟨U+0000⟩&lt;b&gt;&#10;'
    """
    if isinstance(value, float):
        return repr(value)
    return xml_safe(value).translate(_ESCAPES) if isinstance(value, str) else str(value)


def unique_ids(accounts: Iterable[str]) -> list[str]:
    r"""Return an id for each account: its name, made fit for XML and numbered where two became equal.

    Examples
    --------
    >>> unique_ids(["a\x00", "b", "a⟨U+0000⟩"])
    ['a⟨U+0000⟩ (2)', 'b', 'a⟨U+0000⟩']
    """
    accounts = list(accounts)
    # igraph takes no empty id.
    safe = {name: xml_safe(name) or "⟨empty⟩" for name in accounts}
    # Names that need no change come first: they keep their own name whatever others turn into.
    taken: set[str] = set()
    ids: dict[str, str] = {}
    for account in sorted(accounts, key=lambda name: (safe[name] != name, name)):
        wanted, number = safe[account], 1
        while wanted in taken:
            number += 1
            wanted = f"{safe[account]} ({number})"
        taken.add(wanted)
        ids[account] = wanted
    return [ids[account] for account in accounts]


def _edges(pairs: pd.DataFrame, code: Mapping[str, int]) -> tuple[list[int], list[int], dict[str, list[Any]]]:
    """Return the ends of the distinct pairs as positions, ascending, and what they are worth."""
    try:
        ends = [[code[name] for name in pairs[column].tolist()] for column in ("account_a", "account_b")]
    except KeyError as error:
        raise UsageError(f"pairs names the account {error.args[0]!r}, which is in no cluster.") from None
    first, second = np.sort(np.array(ends, np.int64).reshape(2, -1), axis=0)
    cluster = np.array(pairs["cluster"].tolist(), np.int64)
    n_contents = np.array(pairs["n_contents"].tolist(), np.int64)
    weight = np.array(pairs["weight"].tolist(), np.float64)
    order = np.lexsort((cluster, second, first))
    first, second, cluster = first[order], second[order], cluster[order]
    changed = (np.diff(first) != 0) | (np.diff(second) != 0)
    starts = np.flatnonzero(np.concatenate(([True], changed))) if len(order) else order
    joined = list(map(str, cluster[starts].tolist()))
    lengths = np.diff(np.append(starts, len(order)))
    for i in np.flatnonzero(lengths > 1).tolist():
        together = cluster[starts[i] : starts[i] + lengths[i]].tolist()
        joined[i] = ";".join(map(str, dict.fromkeys(together)))
    if not len(order):
        return [], [], {"weight": [], "n_contents": [], "clusters": []}
    most = np.maximum.reduceat(n_contents[order], starts)
    heaviest = np.maximum.reduceat(weight[order], starts)
    edges = {"weight": heaviest.tolist(), "n_contents": most.tolist(), "clusters": joined}
    return first[starts].tolist(), second[starts].tolist(), edges


def _rank(verdict: str) -> int:
    known = list(COLOURS)
    return known.index(verdict) if verdict in known else len(known)
