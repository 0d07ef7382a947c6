"""GEXF and GraphML, read back by other programs' libraries and held against the tables they were made of."""

import dataclasses
from itertools import pairwise

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from render.planted import HOSTILE, planted

import farmgraph as fg
from farmgraph.errors import UsageError
from farmgraph.render.export import write_gexf, write_graphml
from farmgraph.render.names import xml_safe
from farmgraph.render.report.summary import positions

WRITERS = {"gexf": write_gexf, "graphml": write_graphml}
COLOURS = {
    "lockstep": (0, 114, 178),  # 0072B2
    "undetermined": (217, 138, 0),  # D98A00
    "same audience": (176, 87, 138),  # B0578A
    "too little data": (123, 133, 143),  # 7B858F
}


def read_with_networkx(path):
    graph = nx.read_gexf(path) if path.suffix == ".gexf" else nx.read_graphml(path)
    return flat(graph)


def flat(graph):
    nodes = {}
    for name, values in graph.nodes(data=True):
        viz = values.pop("viz", {})
        place = {axis: viz["position"][axis] for axis in "xy"} if "position" in viz else {}
        colour = {part: viz["color"][part] for part in "rgb"} if "color" in viz else {}
        size = {"size": viz["size"]} if "size" in viz else {}
        nodes[name] = values | place | colour | size
    edges = {}
    for a, b, values in graph.edges(data=True):
        assert frozenset((a, b)) not in edges
        edges[frozenset((a, b))] = {key: value for key, value in values.items() if key != "id"}
    return nodes, edges


def read_with_igraph(path):
    # igraph reads GraphML, but has no reader for GEXF: that goes through networkx.
    if path.suffix == ".gexf":
        graph = igraph.Graph.from_networkx(nx.read_gexf(path))
    else:
        graph = igraph.Graph.Read_GraphML(str(path))
    # The label, for igraph writes an ampersand in an id as its number.
    names = graph.vs["label"]
    nodes = {}
    for vertex in graph.vs:
        values = {key: value for key, value in vertex.attributes().items() if value is not None}
        viz = values.pop("viz", {})
        values |= {"size": viz["size"], **viz["color"], **viz.get("position", {})} if viz else {}
        nodes[vertex["label"]] = {
            k: v for k, v in values.items() if v == v and k not in ("id", "_nx_name", "a", "z")
        }
    edges = {
        frozenset((names[edge.source], names[edge.target])): {
            k: v for k, v in edge.attributes().items() if k != "id"
        }
        for edge in graph.es
    }
    return nodes, edges


READERS = {"networkx": read_with_networkx, "igraph": read_with_igraph}


def shown(name):
    return xml_safe(name) or "⟨empty⟩"


def expected(clusters, evidence, pairs, accounts, places):
    """What the files must hold, worked out row by row."""
    verdicts = dict(zip(evidence["cluster"], evidence["verdict"], strict=True))
    n_interactions = dict(zip(accounts["account"], accounts["n_interactions"], strict=True))
    edges = {}
    for row in pairs.itertuples():
        key = frozenset((shown(row.account_a), shown(row.account_b)))
        known = edges.setdefault(key, {"weight": 0.0, "n_contents": 0, "clusters": []})
        known["weight"] = max(known["weight"], row.weight)
        known["n_contents"] = max(known["n_contents"], row.n_contents)
        known["clusters"].append(row.cluster)
    for known in edges.values():
        known["clusters"] = ";".join(str(c) for c in sorted(known["clusters"]))
    nodes = {}
    for row in clusters.members.itertuples():
        name = shown(row.account)
        node = nodes.setdefault(name, {"label": name, "clusters": []})
        node["clusters"].append(int(row.cluster))
        # Clusters are numbered by strength.
        if row.cluster == min(node["clusters"]):
            node |= {"cluster": row.cluster, "score": row.score, "verdict": verdicts[row.cluster]}
        node["n_interactions"] = n_interactions[row.account]
        if row.account in places:
            x, y = places[row.account]
            node |= {"x": x, "y": -y}
    for name, node in nodes.items():
        own = sorted(node["clusters"])
        degree = sum(name in key for key in edges)
        node |= {"clusters": ";".join(map(str, own)), "n_clusters": len(own), "degree": degree}
        node |= dict(zip("rgb", COLOURS[node["verdict"]], strict=True))
        node["size"] = round(4 + degree**0.5, 3)
    return nodes, edges


@pytest.fixture(scope="module")
def real():
    case = fg.investigate(fg.datasets.load("german_elections"), draws=99)
    return case.clusters, case.evidence, case.pairs, case.accounts, positions(case.summary)


@pytest.fixture(scope="module")
def hostile():
    log = planted(names=HOSTILE)
    clusters = log["clusters"]
    rows = []
    for cluster in clusters.ids:
        accounts = clusters.accounts_of(cluster)
        rows += [(cluster, a, b, i % 7 + 1, 1 / (i + 1)) for i, (a, b) in enumerate(pairwise(accounts))]
    columns = ["cluster", "account_a", "account_b", "n_contents", "weight"]
    pairs = pd.DataFrame(rows, columns=columns, dtype=object)
    members = clusters.members
    accounts = members[["account"]].assign(n_interactions=np.arange(len(members)) + 3)
    # The last ten have no place: what the map does not draw has none.
    places = {account: (i / 3, 7.0 + i) for i, account in enumerate(members["account"].tolist()[:-10])}
    return clusters, log["evidence"], pairs, accounts, places


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("format", WRITERS)
@pytest.mark.parametrize("what", ["real", "hostile"])
def test_everything_reads_back(request, tmp_path, what, format, reader):
    clusters, evidence, pairs, accounts, places = request.getfixturevalue(what)
    path = tmp_path / f"n.{format}"
    WRITERS[format](clusters, evidence, pairs, path, accounts=accounts, positions=places)
    nodes, edges = READERS[reader](path)
    wanted_nodes, wanted_edges = expected(clusters, evidence, pairs, accounts, places)
    # Exact names: those of the real log need no change, of the planted ones only where XML forbids a character.
    assert set(nodes) == set(wanted_nodes)
    if what == "real":
        assert set(nodes) == set(clusters.members["account"])
    else:
        unchanged = {name for name in clusters.members["account"] if shown(name) == name}
        assert unchanged <= set(nodes)
        assert len(unchanged) >= len(set(clusters.members["account"])) - 4
    for name, node in wanted_nodes.items():
        assert nodes[name] == node, name
    assert edges == wanted_edges


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_the_same_each_time_and_no_date(hostile, tmp_path, write):
    clusters, evidence, pairs, accounts, places = hostile
    write(clusters, evidence, pairs, tmp_path / "a", accounts=accounts, positions=places)
    write(clusters, evidence, pairs.iloc[::-1], tmp_path / "b", accounts=accounts, positions=places)
    text = (tmp_path / "a").read_bytes()
    assert text == (tmp_path / "b").read_bytes()
    assert b"lastmodified" not in text
    assert not [c for c in text.decode() if ord(c) < 32 and c not in "\n"]


@pytest.mark.parametrize("format", WRITERS)
def test_an_account_in_two_clusters_is_one_node(tmp_path, format):
    log = planted()
    clusters = log["clusters"]
    a, b = clusters.accounts_of(1)[:2]
    again = pd.DataFrame({"cluster": [3, 3], "account": [a, b], "score": [0.5, 0.5]})
    clusters = dataclasses.replace(clusters, members=pd.concat([clusters.members, again], ignore_index=True))
    pairs = pd.DataFrame(
        {
            "cluster": [1, 3],
            "account_a": [a, b],
            "account_b": [b, a],
            "n_contents": [4, 6],
            "weight": [0.5, 0.25],
        }
    )
    WRITERS[format](clusters, log["evidence"], pairs, tmp_path / f"n.{format}")
    nodes, edges = read_with_networkx(tmp_path / f"n.{format}")
    assert (nodes[a]["clusters"], nodes[a]["cluster"], nodes[a]["verdict"]) == ("1;3", 1, "lockstep")
    assert nodes[a]["score"] != 0.5
    assert "n_interactions" not in nodes[a]
    assert "x" not in nodes[a]
    # The larger of 4 and 6, of 0.5 and 0.25.
    assert edges == {frozenset((a, b)): {"clusters": "1;3", "n_contents": 6, "weight": 0.5}}


def test_the_strongest_cluster_is_the_one_of_the_strongest_verdict(tmp_path):
    log = planted()
    clusters = log["clusters"]
    account = clusters.accounts_of(3)[0]
    again = pd.DataFrame({"cluster": [1], "account": [account], "score": [0.25]})
    clusters = dataclasses.replace(clusters, members=pd.concat([clusters.members, again], ignore_index=True))
    evidence = log["evidence"].iloc[::-1]
    write_graphml(clusters, evidence, _no_pairs(), tmp_path / "n.graphml")
    node = read_with_networkx(tmp_path / "n.graphml")[0][account]
    assert (node["cluster"], node["verdict"], node["score"], node["clusters"]) == (1, "lockstep", 0.25, "1;3")


@pytest.mark.parametrize("format", WRITERS)
def test_names_that_become_equal_stay_two_nodes(tmp_path, format):
    log = planted(names=["a\x00", "a⟨U+0000⟩", "b"])
    WRITERS[format](log["clusters"], log["evidence"], _no_pairs(), tmp_path / f"n.{format}")
    nodes, edges = read_with_networkx(tmp_path / f"n.{format}")
    assert {"a⟨U+0000⟩", "a⟨U+0000⟩ (2)"} <= set(nodes)
    assert len(nodes) == log["clusters"].members["account"].nunique()
    assert edges == {}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_pairs_of_strangers_are_refused(tmp_path, write):
    log = planted()
    pairs = pd.DataFrame(
        {"cluster": [1], "account_a": ["x"], "account_b": ["y"], "n_contents": [1], "weight": [1.0]}
    )
    with pytest.raises(UsageError, match="'x', which is in no cluster"):
        write(log["clusters"], log["evidence"], pairs, tmp_path / "n")
    assert not (tmp_path / "n").exists()


@pytest.mark.parametrize("format", WRITERS)
def test_no_cluster_at_all(tmp_path, format):
    case = fg.investigate(pd.DataFrame({"account": ["a", "b"], "content": ["p", "q"], "time": [1, 2]}))
    WRITERS[format](
        case.clusters, case.evidence, case.pairs, tmp_path / f"n.{format}", accounts=case.accounts
    )
    assert read_with_networkx(tmp_path / f"n.{format}") == ({}, {})


def _no_pairs():
    return pd.DataFrame(columns=["cluster", "account_a", "account_b", "n_contents", "weight"])
