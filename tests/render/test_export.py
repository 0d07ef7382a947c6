import csv
import dataclasses
from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from render.planted import HOSTILE, planted

from farmgraph.errors import UsageError
from farmgraph.render.export import write_csv, write_gexf
from farmgraph.render.names import xml_safe


def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(tmp_path):
    cells = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "a=1", "1-1", ""]
    write_csv(pd.DataFrame({"account": cells, "n": range(-1, 8)}), tmp_path / "t.csv")
    with open(tmp_path / "t.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows[1:]] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@SUM(A1)",
        "'\tx",
        "'\rx",
        "a=1",
        "1-1",
        "",
    ]
    assert rows[1][1] == "-1"


def test_numbers_times_and_gaps(tmp_path):
    table = pd.DataFrame(
        {
            "x": [0.1, -2.5e-9, np.nan],
            "inf": [np.inf, -np.inf, 1.0],
            "t": pd.to_datetime(["2025-03-01T00:00:00Z", "2025-03-01T00:00:00.25Z", None], format="ISO8601"),
            "flag": [True, False, True],
            "text": pd.Series(["a,b", 'say "x"', None], dtype=object),
        }
    )
    before = table.copy()
    write_csv(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == (
        b"x,inf,t,flag,text\n"
        b'0.1,inf,2025-03-01T00:00:00Z,True,"a,b"\n'
        b'-2.5e-09,-inf,2025-03-01T00:00:00.250000Z,False,"say ""x"""\n'
        b",1.0,,True,\n"
    )
    pd.testing.assert_frame_equal(table, before)


def test_hostile_cells_read_back(tmp_path):
    write_csv(pd.DataFrame({"account": pd.Series(HOSTILE, dtype=object)}), tmp_path / "t.csv")
    with open(tmp_path / "t.csv", newline="", encoding="utf-8") as file:
        back = [row[0] for row in csv.reader(file)][1:]
    for found, name in zip(back, HOSTILE, strict=True):
        if "\ud800" in name:
            assert found == "lone \\ud800 surrogate \\udfff"
        else:
            assert found == ("'" + name if name[0] in "=+-@\t\r" else name)


@pytest.fixture
def network():
    log = planted(names=HOSTILE)
    clusters = log["clusters"]
    rows = []
    for cluster in clusters.ids:
        accounts = clusters.accounts_of(cluster)
        rows += [(cluster, a, b, 3, 1.5) for a, b in pairwise(accounts)]
    pairs = pd.DataFrame(
        rows, columns=["cluster", "account_a", "account_b", "n_contents", "weight"], dtype=object
    )
    return clusters, log["evidence"], pairs


def test_gexf_reads_back_as_it_was(network, tmp_path):
    clusters, evidence, pairs = network
    place = {clusters.accounts_of(1)[0]: (10.0, 20.0)}
    write_gexf(clusters, evidence, pairs, tmp_path / "n.gexf", positions=place)
    graph = nx.read_gexf(tmp_path / "n.gexf")
    members = clusters.members
    assert set(graph) == {xml_safe(a) for a in members["account"]}
    ends = zip(pairs["account_a"], pairs["account_b"], strict=True)
    ends = zip(pairs["account_a"], pairs["account_b"], strict=True)
    expected = {frozenset((xml_safe(a), xml_safe(b))) for a, b in ends}
    assert {frozenset(edge) for edge in graph.edges} == expected
    account = xml_safe(clusters.accounts_of(1)[0])
    node = graph.nodes[account]
    assert (node["clusters"], node["verdict"], node["n_clusters"]) == ("1", "lockstep", 1)
    assert node["degree"] == graph.degree(account)
    assert node["viz"]["position"] == {"x": 10.0, "y": -20.0, "z": 0.0}
    assert {data["weight"] for _, _, data in graph.edges(data=True)} == {1.5}
    assert {data["n_contents"] for _, _, data in graph.edges(data=True)} == {3}


def test_gexf_is_the_same_each_time_and_holds_no_date(network, tmp_path):
    clusters, evidence, pairs = network
    write_gexf(clusters, evidence, pairs, tmp_path / "a.gexf")
    write_gexf(clusters, evidence, pairs.iloc[::-1], tmp_path / "b.gexf")
    text = (tmp_path / "a.gexf").read_bytes()
    assert text == (tmp_path / "b.gexf").read_bytes()
    assert b"lastmodified" not in text
    assert not [c for c in text.decode() if ord(c) < 32 and c not in "\n"]


def test_an_account_in_two_clusters_is_one_node(tmp_path):
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
    write_gexf(clusters, log["evidence"], pairs, tmp_path / "n.gexf")
    graph = nx.read_gexf(tmp_path / "n.gexf")
    assert graph.nodes[a]["clusters"] == "1;3"
    assert graph.nodes[a]["verdict"] == "lockstep"
    # The larger of 4 and 6, of 0.5 and 0.25.
    data = graph.edges[a, b]
    assert (data["clusters"], data["n_contents"], data["weight"]) == ("1;3", 6, 0.5)


def test_names_that_become_equal_stay_two_nodes(tmp_path):
    log = planted(names=["a\x00", "a⟨U+0000⟩", "b"])
    write_gexf(log["clusters"], log["evidence"], _no_pairs(), tmp_path / "n.gexf")
    graph = nx.read_gexf(tmp_path / "n.gexf")
    assert {"a⟨U+0000⟩", "a⟨U+0000⟩ (2)"} <= set(graph)
    assert len(graph) == log["clusters"].members["account"].nunique()


def test_pairs_of_strangers_are_refused(tmp_path):
    log = planted()
    pairs = pd.DataFrame(
        {"cluster": [1], "account_a": ["x"], "account_b": ["y"], "n_contents": [1], "weight": [1.0]}
    )
    with pytest.raises(UsageError, match="'x', which is in no cluster"):
        write_gexf(log["clusters"], log["evidence"], pairs, tmp_path / "n.gexf")


def _no_pairs():
    return pd.DataFrame(columns=["cluster", "account_a", "account_b", "n_contents", "weight"])
