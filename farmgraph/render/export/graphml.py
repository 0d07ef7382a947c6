"""The network as GraphML, for Gephi, networkx, igraph and Cytoscape."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from farmgraph.detect.clusters import Clusters
from farmgraph.render.export.network import Network, colour, is_known, network, unique_ids, xml

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
_NODE_TYPES = {
    "label": "string",
    "cluster": "int",
    "clusters": "string",
    "verdict": "string",
    "n_clusters": "int",
    "score": "double",
    "n_interactions": "long",
    "degree": "int",
    # What Gephi takes for position, size and colour.
    **dict.fromkeys(("x", "y", "size"), "double"),
    **dict.fromkeys("rgb", "int"),
}
_EDGE_TYPES = {"weight": "double", "n_contents": "int", "clusters": "string"}


def write_graphml(
    clusters: Clusters,
    evidence: pd.DataFrame,
    pairs: pd.DataFrame,
    path: str | Path,
    *,
    accounts: pd.DataFrame | None = None,
    positions: Mapping[str, tuple[float, float]] | None = None,
) -> None:
    """Write the members of all clusters and their links as GraphML.

    Parameters
    ----------
    clusters, evidence, pairs, path, accounts, positions
        As for `farmgraph.render.export.gexf.write_gexf`; ids, attributes and their meaning are the same.

    Raises
    ------
    UsageError
        If a pair names an account that is in no cluster.

    Notes
    -----
    Position, size and colour are ordinary attributes of nodes: ``x``, ``y`` (upwards), ``size``, ``r``, ``g``, ``b``.
    igraph reads the account as the vertex attributes ``id`` and ``label``, and every number as a float.
    """
    whole = network(clusters, evidence, pairs, accounts=accounts, positions=positions)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(_HEAD)
        for of, types in (("node", _NODE_TYPES), ("edge", _EDGE_TYPES)):
            for name, kind in types.items():
                file.write(f' <key id="{of}-{name}" for="{of}" attr.name="{name}" attr.type="{kind}"/>\n')
        file.write(' <graph edgedefault="undirected">\n')
        ids = list(map(xml, unique_ids(whole.accounts)))
        file.writelines(_nodes(whole, ids))
        file.writelines(_edges(whole, ids))
        file.write(" </graph>\n</graphml>\n")


def _nodes(whole: Network, ids: list[str]) -> Iterator[str]:
    for i, name in enumerate(ids):
        values = {key: column[i] for key, column in whole.nodes.items() if is_known(column[i])}
        values |= dict(zip("xy", whole.places[i] or (), strict=False))
        values |= {"size": whole.sizes[i], **dict(zip("rgb", colour(values["verdict"]), strict=True))}
        texts = {"label": name} | {key: xml(value) for key, value in values.items()}
        data = "".join(f'<data key="node-{key}">{texts[key]}</data>' for key in _NODE_TYPES if key in texts)
        yield f'  <node id="{name}">{data}</node>\n'


def _edges(whole: Network, ids: list[str]) -> Iterator[str]:
    columns = [whole.edges[name] for name in _EDGE_TYPES]
    for a, b, weight, n, joined in zip(whole.a, whole.b, *columns, strict=True):
        yield (
            f'  <edge source="{ids[a]}" target="{ids[b]}"><data key="edge-weight">{weight!r}</data>'
            f'<data key="edge-n_contents">{n}</data><data key="edge-clusters">{joined}</data></edge>\n'
        )
