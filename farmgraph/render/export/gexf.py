"""The network as GEXF, for Gephi."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from farmgraph.detect.clusters import Clusters
from farmgraph.render.export.network import Network, colour, is_known, network, unique_ids, xml

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gexf xmlns="http://www.gexf.net/1.2draft" xmlns:viz="http://www.gexf.net/1.2draft/viz" version="1.2">\n'
    " <meta>\n  <creator>farmgraph</creator>\n </meta>\n"
    ' <graph defaultedgetype="undirected" mode="static">\n'
)
_NODE_TYPES = {
    "cluster": "integer",
    "clusters": "string",
    "verdict": "string",
    "n_clusters": "integer",
    "score": "double",
    "n_interactions": "integer",
    "degree": "integer",
}
_EDGE_TYPES = {"n_contents": "integer", "clusters": "string"}


def write_gexf(
    clusters: Clusters,
    evidence: pd.DataFrame,
    pairs: pd.DataFrame,
    path: str | Path,
    *,
    accounts: pd.DataFrame | None = None,
    positions: Mapping[str, tuple[float, float]] | None = None,
) -> None:
    """Write the members of all clusters and their links as GEXF 1.2, for Gephi and networkx.

    Parameters
    ----------
    clusters : Clusters
        Every member becomes one node, however many clusters it is in.
    evidence : pandas.DataFrame
        ``cluster`` and ``verdict``, strongest first.
    pairs : pandas.DataFrame
        ``cluster``, ``account_a``, ``account_b``, ``n_contents``, ``weight``. A pair that is
        listed for several clusters becomes one edge with the largest of its numbers.
    path : str or Path
        The file to write. It holds no date: the same input gives the same bytes.
    accounts : pandas.DataFrame, optional
        ``account`` and ``n_interactions``; without it nodes have no ``n_interactions``.
    positions : mapping of str to (float, float), optional
        Where the report's map draws an account, in map units with y downwards. An account that it
        does not draw has no position.

    Raises
    ------
    UsageError
        If a pair names an account that is in no cluster.

    Notes
    -----
    Nodes have ``cluster`` (the strongest of theirs, with its ``verdict`` and their ``score`` in it), ``clusters``
    (numbers joined by ``;``), ``n_clusters``, ``n_interactions``, ``degree``, and for Gephi size, colour (by verdict)
    and position. Characters that XML 1.0 forbids are replaced by visible code points; names that become equal by
    that get a number, so ids are the names wherever possible.
    """
    whole = network(clusters, evidence, pairs, accounts=accounts, positions=positions)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(_HEAD)
        file.writelines(_declared("node", [name for name in _NODE_TYPES if name in whole.nodes], _NODE_TYPES))
        file.writelines(_declared("edge", list(_EDGE_TYPES), _EDGE_TYPES))
        ids = list(map(xml, unique_ids(whole.accounts)))
        file.writelines(_nodes(whole, ids))
        file.writelines(_edges(whole, ids))
        file.write(" </graph>\n</gexf>\n")


def _declared(of: str, names: list[str], types: Mapping[str, str]) -> Iterator[str]:
    yield f'  <attributes class="{of}" mode="static">\n'
    for i, name in enumerate(names):
        yield f'   <attribute id="{i}" title="{name}" type="{types[name]}"/>\n'
    yield "  </attributes>\n"


def _nodes(whole: Network, ids: list[str]) -> Iterator[str]:
    columns = [whole.nodes[name] for name in _NODE_TYPES if name in whole.nodes]
    yield f'  <nodes count="{len(whole.accounts)}">\n'
    for i, name in enumerate(ids):
        values = "".join(
            f'<attvalue for="{key}" value="{xml(column[i])}"/>'
            for key, column in enumerate(columns)
            if is_known(column[i])
        )
        red, green, blue = colour(whole.nodes["verdict"][i])
        place = whole.places[i]
        at = f'\n    <viz:position x="{place[0]!r}" y="{place[1]!r}" z="0.0"/>' if place else ""
        yield (
            f'   <node id="{name}" label="{name}">\n    <attvalues>{values}</attvalues>\n'
            f'    <viz:color r="{red}" g="{green}" b="{blue}"/>\n    <viz:size value="{whole.sizes[i]!r}"/>{at}\n'
            "   </node>\n"
        )
    yield "  </nodes>\n"


def _edges(whole: Network, ids: list[str]) -> Iterator[str]:
    columns = [whole.edges[name] for name in ("weight", *_EDGE_TYPES)]
    yield f'  <edges count="{len(whole.a)}">\n'
    for i, (a, b, weight, n, joined) in enumerate(zip(whole.a, whole.b, *columns, strict=True)):
        yield (
            f'   <edge id="{i}" source="{ids[a]}" target="{ids[b]}" weight="{weight!r}"><attvalues>'
            f'<attvalue for="0" value="{n}"/><attvalue for="1" value="{joined}"/></attvalues></edge>\n'
        )
    yield "  </edges>\n"
