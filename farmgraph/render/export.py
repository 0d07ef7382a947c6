"""Tables and networks for other programs: CSV that spreadsheets cannot execute, GEXF for Gephi."""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd

from farmgraph.detect.clusters import Clusters
from farmgraph.errors import UsageError
from farmgraph.render.names import xml_safe

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_QUOTED = re.compile('[,"\r\n]')
_GEXF = "http://www.gexf.net/1.2draft"
_VIZ = "http://www.gexf.net/1.2draft/viz"
_VERDICTS = ("lockstep", "undetermined", "same audience", "too little data")


def write_csv(table: pd.DataFrame, path: str | Path) -> None:
    r"""Write a table as CSV: UTF-8, LF, the same bytes for the same table.

    Text cells that a spreadsheet would execute (they begin with ``= + - @``, a tab or a carriage
    return) get a leading apostrophe; numbers never do. Floats are written with the fewest digits
    that read back exactly, times as ISO 8601 in UTC with ``Z``, missing values as nothing. Lone
    surrogates, which UTF-8 cannot hold, become ``\udXXX``. The index is not written.

    Parameters
    ----------
    table : pandas.DataFrame
        It is not changed.
    path : str or Path
        The file to write.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_csv(pd.DataFrame({"account": ["=1+1"], "gap": [-0.5]}), Path(folder, "t.csv"))
    ...     Path(folder, "t.csv").read_text()
    "account,gap\n'=1+1,-0.5\n"
    """
    columns = [[_cell(value) for value in table.iloc[:, i].tolist()] for i in range(table.shape[1])]
    with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        file.write(_line([_cell(str(name)) for name in table.columns]))
        file.writelines(_line(cells) for cells in zip(*columns, strict=True))


def _line(cells: Sequence[str]) -> str:
    # Not csv.writer: with LF at the ends of lines it leaves a lone carriage return unquoted, and readers
    # take that for the end of a row. A single empty cell is quoted, because an empty line is no row.
    quoted = ['"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell for cell in cells]
    return (",".join(quoted) if quoted != [""] else '""') + "\n"


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value if value.startswith(_FORMULA) else value
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    if isinstance(value, pd.Timestamp):
        utc = value.tz_localize("UTC") if value.tzinfo is None else value.tz_convert("UTC")
        return utc.tz_localize(None).isoformat() + "Z"
    if isinstance(value, np.generic):
        return _cell(value.item())
    if isinstance(value, bool | int):
        return str(value)
    return _cell(str(value))


def write_gexf(
    clusters: Clusters,
    evidence: pd.DataFrame,
    pairs: pd.DataFrame,
    path: str | Path,
    *,
    positions: Mapping[str, tuple[float, float]] | None = None,
) -> None:
    """Write the members of all clusters and their links as GEXF 1.2, for Gephi and networkx.

    Parameters
    ----------
    clusters : Clusters
        Every member becomes one node, however many clusters it is in.
    evidence : pandas.DataFrame
        At least ``cluster`` and ``verdict``.
    pairs : pandas.DataFrame
        ``cluster``, ``account_a``, ``account_b``, ``n_contents``, ``weight``. A pair that is
        listed for several clusters becomes one edge with the largest of its numbers.
    path : str or Path
        The file to write. It holds no date: the same input gives the same bytes.
    positions : mapping of str to (float, float), optional
        Where the report's map draws an account, in map units with y downwards.

    Raises
    ------
    UsageError
        If a pair names an account that is in no cluster.

    Notes
    -----
    Nodes have ``clusters`` (numbers joined by ``;``), ``verdict`` (the strongest of its clusters),
    ``n_clusters`` and ``degree``. Characters that XML 1.0 forbids are replaced by visible code
    points; names that become equal by that get a number, so ids are the names wherever possible.
    """
    members = clusters.members
    of_account: dict[str, list[int]] = {}
    for cluster, account in zip(members["cluster"].tolist(), members["account"].tolist(), strict=True):
        of_account.setdefault(account, []).append(int(cluster))
    edges = _edges(pairs, of_account)
    degree = dict.fromkeys(of_account, 0)
    for a, b in edges:
        degree[a] += 1
        degree[b] += 1
    verdicts = dict(zip(evidence["cluster"].tolist(), evidence["verdict"].tolist(), strict=True))
    accounts = sorted(of_account)
    ids = _unique_ids(accounts)

    ET.register_namespace("viz", _VIZ)
    root = ET.Element("gexf", {"xmlns": _GEXF, "version": "1.2"})
    meta = ET.SubElement(root, "meta")
    ET.SubElement(meta, "creator").text = "farmgraph"
    graph = ET.SubElement(root, "graph", {"defaultedgetype": "undirected", "mode": "static"})
    _declare(
        graph,
        "node",
        [("clusters", "string"), ("verdict", "string"), ("n_clusters", "integer"), ("degree", "integer")],
    )
    _declare(graph, "edge", [("clusters", "string"), ("n_contents", "integer")])
    nodes = ET.SubElement(graph, "nodes", {"count": str(len(accounts))})
    for account in accounts:
        own = sorted(of_account[account])
        node = ET.SubElement(nodes, "node", {"id": ids[account], "label": ids[account]})
        verdict = min((verdicts.get(c, "too little data") for c in own), key=_rank)
        _values(node, [_joined(own), verdict, len(own), degree[account]])
        ET.SubElement(node, f"{{{_VIZ}}}size", {"value": repr(round(4 + math.sqrt(degree[account]), 3))})
        if positions and account in positions:
            x, y = positions[account]
            # Gephi's y axis points up, the map's points down.
            ET.SubElement(
                node, f"{{{_VIZ}}}position", {"x": repr(float(x)), "y": repr(-float(y)), "z": "0.0"}
            )
    drawn = ET.SubElement(graph, "edges", {"count": str(len(edges))})
    for i, (a, b) in enumerate(sorted(edges)):
        shared, n_contents, weight = edges[a, b]
        attributes = {"id": str(i), "source": ids[a], "target": ids[b], "weight": repr(float(weight))}
        _values(ET.SubElement(drawn, "edge", attributes), [_joined(sorted(shared)), n_contents])
    ET.indent(root, " ")
    text = ET.tostring(root, encoding="unicode")
    Path(path).write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n', encoding="utf-8", newline="\n")


def _edges(
    pairs: pd.DataFrame, known: Mapping[str, Any]
) -> dict[tuple[str, str], tuple[set[int], int, float]]:
    edges: dict[tuple[str, str], tuple[set[int], int, float]] = {}
    columns = [pairs[name].tolist() for name in ("cluster", "account_a", "account_b", "n_contents", "weight")]
    for cluster, a, b, n_contents, weight in zip(*columns, strict=True):
        for account in (a, b):
            if account not in known:
                raise UsageError(f"pairs names the account {account!r}, which is in no cluster.")
        key = (min(a, b), max(a, b))
        own, most, heaviest = edges.get(key, (set(), 0, -math.inf))
        edges[key] = (own | {int(cluster)}, max(most, int(n_contents)), max(heaviest, float(weight)))
    return edges


def _unique_ids(accounts: list[str]) -> dict[str, str]:
    """Return an id for each account: its name, made fit for XML and numbered where two became equal."""
    # Names that need no change come first: they keep their own name whatever others turn into.
    taken: set[str] = set()
    ids: dict[str, str] = {}
    for account in sorted(accounts, key=lambda name: (xml_safe(name) != name, name)):
        wanted = base = xml_safe(account)
        number = 1
        while wanted in taken:
            number += 1
            wanted = f"{base} ({number})"
        taken.add(wanted)
        ids[account] = wanted
    return ids


def _declare(graph: ET.Element, of: str, names: list[tuple[str, str]]) -> None:
    block = ET.SubElement(graph, "attributes", {"class": of, "mode": "static"})
    for i, (title, kind) in enumerate(names):
        ET.SubElement(block, "attribute", {"id": str(i), "title": title, "type": kind})


def _values(parent: ET.Element, values: list[Any]) -> None:
    block = ET.SubElement(parent, "attvalues")
    for i, value in enumerate(values):
        ET.SubElement(block, "attvalue", {"for": str(i), "value": xml_safe(str(value))})


def _joined(clusters: list[int]) -> str:
    return ";".join(str(c) for c in clusters)


def _rank(verdict: str) -> int:
    return _VERDICTS.index(verdict) if verdict in _VERDICTS else len(_VERDICTS)
