"""The tables of a case are what joining names row by row gives, however the log lies and whatever the names."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from farmgraph.casework import tables
from farmgraph.detect.clusters import Clusters
from farmgraph.graph.bipartite import bipartite
from farmgraph.interactions.schema import REJECTED_COLUMNS
from farmgraph.interactions.table import Interactions, Source

ODD = ["", " a", "a", "Z", "é", "😀", "\uffff", "NaN", "None", "a\x00b"]


def make_log(rng, *, n=300, two_pieces=False):
    """Return a log with odd names, repeated pairs, missing times and actions, and rows of three files mixed."""
    frame = pd.DataFrame(
        {
            "account": rng.choice([*ODD, *(f"u{i}" for i in range(15))], n),
            "content": rng.choice([*ODD, *(f"c{i}" for i in range(5))], n),
            "time": rng.integers(0, 40, n) * 1_500_000,
            "action": rng.choice(["like", "share"], n),
            "source": rng.choice(["b.csv", "a.csv", "c.csv"], n),
            "line": rng.integers(1, n // 2, n),
        }
    ).astype({"account": object, "content": object, "source": object})
    missing = pa.array(rng.random(n) < 0.2)
    columns = {name: pa.array(frame[name].tolist()) for name in frame}
    columns["time"] = pa.compute.if_else(missing, None, columns["time"]).cast(pa.timestamp("us", tz="UTC"))
    columns["action"] = pa.compute.if_else(missing, None, columns["action"])
    columns["raw_content"] = pa.array([f"{name}/raw" for name in frame["content"]])
    for name in ("account", "content", "action", "source", "raw_content"):
        columns[name] = columns[name].dictionary_encode()
    table = pa.table(columns)
    if two_pieces:
        whole = [table.slice(0, n // 2), table.slice(n // 2)]
        first = pa.table({name: pa.array(whole[0][name].to_pylist(), table[name].type) for name in columns})
        table = pa.concat_tables([first, whole[1]])
    return Interactions(table, pd.DataFrame(columns=list(REJECTED_COLUMNS)), (Source("x", 0, "", n, n),))


def make_clusters(rng, log, n_clusters):
    """Return clusters that overlap in accounts and contents, and their verdicts."""
    accounts, contents = (
        np.unique(log.table[c].cast(pa.string()).to_pylist()) for c in ("account", "content")
    )
    whom = {c: rng.permutation(accounts)[: int(rng.integers(4, 12))] for c in range(1, n_clusters + 1)}
    what = {c: rng.permutation(contents)[: int(rng.integers(4, 9))] for c in range(1, n_clusters + 1)}
    members = pd.DataFrame(
        [(c, name, 0.5) for c in whom for name in whom[c]], columns=["cluster", "account", "score"]
    ).astype({"cluster": "int64", "account": "str", "score": "float64"})
    named = pd.DataFrame(
        [(c, name, 3) for c in what for name in what[c]], columns=["cluster", "content", "n_accounts"]
    ).astype({"cluster": "int64", "content": "str", "n_accounts": "int64"})
    numbers = list(range(1, n_clusters + 1))
    values = pd.Series(np.ones(n_clusters), index=pd.Index(numbers, dtype="int64"))
    evidence = pd.DataFrame(
        {"cluster": numbers, "verdict": ["lockstep", "unclear", "lockstep", "unclear"][:n_clusters]}
    )
    return Clusters(members, named, values, "test"), evidence


def plain(frame):
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


@pytest.fixture(params=[0, 1, 2], ids=["one piece", "two pieces", "small slices"])
def gathered(request, monkeypatch):
    rng = np.random.default_rng(request.param)
    log = make_log(rng, two_pieces=request.param == 1)
    if request.param == 2:
        monkeypatch.setattr(tables, "SLICE", 7)
    clusters, evidence = make_clusters(rng, log, 4)
    return log, bipartite(log), clusters, evidence


def test_rows_are_those_of_the_log_in_its_order(gathered):
    log, graph, clusters, _ = gathered
    actions = tables.action_rows(log, graph, clusters)
    wanted = set(clusters.contents["content"])
    assert plain(actions) == [row for row in plain(log.to_pandas()) if row["content"] in wanted]
    assert [str(kind) for kind in actions.dtypes] == [
        *("str", "str", "datetime64[us, UTC]", "object", "str", "int64", "str")
    ]


def test_rows_of_clusters_come_by_cluster_time_source_and_line(gathered):
    log, graph, clusters, _ = gathered
    actions = tables.action_rows(log, graph, clusters)
    inside = []
    for cluster in clusters.ids:
        whom, what = set(clusters.accounts_of(cluster)), set(clusters.contents_of(cluster))
        rows = [row for row in plain(actions) if row["account"] in whom and row["content"] in what]
        rows.sort(key=lambda row: (row["time"] is None, row["time"] or 0, row["source"], row["line"]))
        inside += [{"cluster": cluster, **row} for row in rows]
    assert plain(tables.cluster_rows(actions, clusters)) == inside


def test_accounts_are_counted_in_the_log_and_inside(gathered):
    log, graph, clusters, evidence = gathered
    rows = tables.cluster_rows(tables.action_rows(log, graph, clusters), clusters)
    table = tables.account_table(graph, clusters, evidence, rows)
    everything = log.table["account"].cast(pa.string()).to_pylist()
    for row in table.itertuples():
        own = rows[rows["cluster"] == row.cluster]
        assert row.n_interactions == everything.count(row.account)
        assert row.n_in_cluster == (own["account"] == row.account).sum()
        first = own.dropna(subset="time").groupby(["content", "account"])["time"].min().reset_index()
        mine, others = first[first["account"] == row.account], first[first["account"] != row.account]
        met = mine.merge(others, on="content")
        gaps = (met["time_x"] - met["time_y"]).abs().groupby(met["content"]).min().dt.total_seconds()
        np.testing.assert_equal(row.gap_s, gaps.median())


def test_contents_count_accounts_and_suspects(gathered):
    log, graph, clusters, evidence = gathered
    actions = tables.action_rows(log, graph, clusters)
    table = tables.content_table(graph, clusters, evidence)
    suspects = {name for cluster in (1, 3) for name in clusters.accounts_of(cluster)}
    for row in table.itertuples():
        acted = set(actions.loc[actions["content"] == row.content, "account"])
        assert (row.n_accounts, row.n_suspect) == (len(acted), len(acted & suspects))
        assert row.suspect_share == row.n_suspect / row.n_accounts
        assert row.clusters == ";".join(
            str(c) for c in clusters.ids if row.content in clusters.contents_of(c)
        )
    assert sorted(table["content"]) == sorted(clusters.contents["content"].unique())
    order = [(-row.suspect_share, -row.n_accounts, row.content) for row in table.itertuples()]
    assert order == sorted(order)


def test_pairs_share_contents_of_their_cluster(gathered):
    log, graph, clusters, _ = gathered
    edges = set(
        zip(*(log.table[c].cast(pa.string()).to_pylist() for c in ("account", "content")), strict=True)
    )
    expected = []
    for cluster in clusters.ids:
        names = sorted(clusters.accounts_of(cluster))
        acted = {a: {c for c in clusters.contents_of(cluster) if (a, c) in edges} for a in names}
        pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if acted[a] & acted[b]]
        weighed = [(a, b, len(acted[a] & acted[b]), len(acted[a] | acted[b])) for a, b in pairs]
        weighed.sort(key=lambda pair: (-pair[2] / pair[3], pair[0], pair[1]))
        expected += [(cluster, a, b, shared, shared / either) for a, b, shared, either in weighed]
    table = tables.pair_table(graph, clusters)
    assert list(table.itertuples(index=False, name=None)) == expected


def test_no_cluster_gives_empty_tables():
    rng = np.random.default_rng(0)
    log = make_log(rng)
    graph = bipartite(log)
    clusters, evidence = make_clusters(rng, log, 0)
    actions = tables.action_rows(log, graph, clusters)
    rows = tables.cluster_rows(actions, clusters)
    accounts = tables.account_table(graph, clusters, evidence, rows)
    contents = tables.content_table(graph, clusters, evidence)
    made = (actions, rows, accounts, contents, tables.pair_table(graph, clusters))
    assert [len(table) for table in made] == [0] * 5
    assert list(rows.columns) == ["cluster", *actions.columns]
