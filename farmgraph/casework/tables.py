"""The tables of a case: accounts, contents, and the rows behind every claim."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from farmgraph.detect.clusters import Clusters, codes_by_cluster
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.memory import claim

if TYPE_CHECKING:
    from farmgraph.interactions.table import Interactions

BYTES_PER_ROW = 600
"""Memory that a row on a cluster's content takes at most, in tables with names and in their copies."""
MAX_NETWORK_PAIRS = 100_000
ROW_COLUMNS = ("account", "content", "time", "action", "source", "line")
ACCOUNT_COLUMNS = ("account", "cluster", "verdict", "score", "n_interactions", "n_in_cluster", "gap_s")
CONTENT_COLUMNS = ("content", "n_accounts", "n_suspect", "suspect_share", "clusters")


def action_rows(log: "Interactions", graph: BipartiteGraph, clusters: Clusters) -> pd.DataFrame:
    """Return every row of the log on any content of any cluster, bystanders included, in the order of the log.

    Where names of contents were made comparable, the names as the log has them stand beside them in `raw_content`.
    """
    codes = np.unique(graph.codes_of_contents(clusters.contents["content"].unique()))
    wanted = np.zeros(graph.n_contents, bool)
    wanted[codes] = True
    rows = np.sort(graph.content_rows[np.repeat(wanted, np.diff(graph.content_starts))])
    claim("Gathering the rows behind the clusters", BYTES_PER_ROW * len(rows))
    columns = [name for name in (*ROW_COLUMNS, "raw_content") if name in log.table.schema.names]
    table = log.table.select(columns).take(rows).to_pandas()
    for column in ("account", "content", "action", "source", "raw_content"):
        if column in columns:
            table[column] = table[column].astype("str" if column != "action" else "object")
    return table


def cluster_rows(actions: pd.DataFrame, clusters: Clusters) -> pd.DataFrame:
    """Return the members' rows on their cluster's contents, one copy per cluster, by cluster and time."""
    members = clusters.members[["cluster", "account"]]
    contents = clusters.contents[["cluster", "content"]]
    rows = actions.merge(members, on="account").merge(contents, on=["cluster", "content"])
    rows = rows.sort_values(["cluster", "time", "source", "line"], kind="stable", ignore_index=True)
    return rows[["cluster", *actions.columns]]


def account_table(
    graph: BipartiteGraph, clusters: Clusters, evidence: pd.DataFrame, rows: pd.DataFrame
) -> pd.DataFrame:
    """Return one row per account and cluster, with what the account did in the whole log and inside.

    `gap_s` is the account's median distance, in seconds, to the nearest other member on the cluster's contents,
    each account's first action on a content counted; NaN where no other member acted, or times are missing.
    """
    table = clusters.members.copy()
    table["verdict"] = table["cluster"].map(evidence.set_index("cluster")["verdict"])
    n_all = np.bincount(graph.content_accounts, minlength=graph.n_accounts)
    table["n_interactions"] = n_all[graph.codes_of_accounts(table["account"].to_numpy())]
    inside = rows.groupby(["cluster", "account"], sort=False).size()
    index = pd.MultiIndex.from_frame(table[["cluster", "account"]])
    table["n_in_cluster"] = inside.reindex(index, fill_value=0).to_numpy()
    table["gap_s"] = _gaps(rows).reindex(index).to_numpy()
    return table[list(ACCOUNT_COLUMNS)]


def _gaps(rows: pd.DataFrame) -> pd.Series:
    """Return each account's typical distance to the nearest other member: seconds by (cluster, account)."""
    timed = rows.dropna(subset="time")
    first = timed.groupby(["cluster", "content", "account"], as_index=False, sort=False)["time"].min()
    first = first.sort_values(["cluster", "content", "time", "account"], kind="stable")
    on_content = first.groupby(["cluster", "content"], sort=False)["time"]
    steps = pd.concat([on_content.diff(), -on_content.diff(-1)], axis=1).min(axis=1)
    seconds = steps.dt.total_seconds().groupby([first["cluster"], first["account"]], sort=False)
    return seconds.median()


def content_table(
    graph: BipartiteGraph, clusters: Clusters, evidence: pd.DataFrame, actions: pd.DataFrame
) -> pd.DataFrame:
    """Return, for each content of a cluster, how many accounts acted on it and how many of them are suspect.

    A suspect account is one in a cluster with the verdict lockstep.
    """
    lockstep = evidence.loc[evidence["verdict"] == "lockstep", "cluster"]
    suspects = clusters.members.loc[clusters.members["cluster"].isin(lockstep), "account"].unique()
    seen = actions[["account", "content"]].drop_duplicates()
    joined = (
        clusters.contents.sort_values(["content", "cluster"])
        .groupby("content", sort=False)["cluster"]
        .agg(lambda numbers: ";".join(map(str, numbers)))
    )
    table = pd.DataFrame({"content": joined.index, "clusters": joined.to_numpy()})
    table["n_accounts"] = graph.content_degrees[graph.codes_of_contents(table["content"].to_numpy())]
    n_suspect = seen.loc[seen["account"].isin(suspects)].groupby("content").size()
    table["n_suspect"] = n_suspect.reindex(table["content"], fill_value=0).to_numpy()
    table["suspect_share"] = table["n_suspect"] / table["n_accounts"]
    table = table.sort_values(["suspect_share", "n_accounts", "content"], ascending=[False, False, True])
    return table[list(CONTENT_COLUMNS)].reset_index(drop=True)


def pair_table(graph: BipartiteGraph, clusters: Clusters) -> pd.DataFrame:
    """Return the pairs of members that share a content of their cluster at any time.

    `n_contents` counts shared contents of the cluster, `weight` is their Jaccard index among them.
    """
    parts = []
    whom, what = clusters.members, clusters.contents
    members = codes_by_cluster(
        clusters.ids, whom["cluster"], graph.codes_of_accounts(whom["account"].to_numpy())
    )
    named = codes_by_cluster(
        clusters.ids, what["cluster"], graph.codes_of_contents(what["content"].to_numpy())
    )
    for cluster in clusters.ids:
        accounts, contents = members[cluster], named[cluster]
        a, b, shared, weight = pairs_within(graph, accounts, contents)
        names_a, names_b = graph.names_of_accounts(a), graph.names_of_accounts(b)
        swap = names_a > names_b
        names_a[swap], names_b[swap] = names_b[swap], names_a[swap]
        parts.append(
            pd.DataFrame(
                {
                    "cluster": cluster,
                    "account_a": names_a,
                    "account_b": names_b,
                    "n_contents": shared,
                    "weight": weight,
                }
            )
        )
    columns = ["cluster", "account_a", "account_b", "n_contents", "weight"]
    if not parts:
        kinds = dict(zip(columns, ("int64", "object", "object", "int64", "float64"), strict=True))
        return pd.DataFrame({c: pd.Series(dtype=kind) for c, kind in kinds.items()})
    table = pd.concat(parts, ignore_index=True)
    order = ["cluster", "weight", "account_a", "account_b"]
    return table.sort_values(order, ascending=[True, False, True, True], ignore_index=True)


def strongest_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs that a case's network holds: at most 100,000, those with the most contents.

    Programs that draw networks do not open many more. Ties go to the stronger cluster, then by weight and name.
    """
    if len(pairs) <= MAX_NETWORK_PAIRS:
        return pairs
    kept = np.sort(np.argsort(-pairs["n_contents"].to_numpy(), kind="stable")[:MAX_NETWORK_PAIRS])
    return pairs.iloc[kept].reset_index(drop=True)


def pairs_within(
    graph: BipartiteGraph, accounts: np.ndarray, contents: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return pairs of a block's accounts (codes a, b), the contents of the block that they share, and Jaccard."""
    from farmgraph.graph.blocks import inside_edges

    edges = inside_edges(accounts, contents, graph)
    rows = np.searchsorted(accounts, graph.edge_accounts[edges])
    columns = np.searchsorted(contents, graph.account_contents[edges])
    shape = (len(accounts), len(contents))
    inside = sparse.csr_matrix((np.ones(len(edges), np.int64), (rows, columns)), shape=shape)
    shared = sparse.triu(inside @ inside.T, k=1).tocoo()
    degree = np.asarray(inside.sum(axis=1)).ravel()
    weight = shared.data / (degree[shared.row] + degree[shared.col] - shared.data)
    return accounts[shared.row], accounts[shared.col], shared.data, weight
