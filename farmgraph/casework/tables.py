"""The tables of a case: accounts, contents, and the rows behind every claim.

Rows are matched, counted and put in order by integer codes. Names are made of them last, of the rows that are kept: the
log's dictionaries hold the names of all its accounts, which are many more.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from farmgraph.detect.clusters import Clusters
from farmgraph.graph.background import edges_from
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.layout import counted, grouped
from farmgraph.interactions.schema import NO_TIME
from farmgraph.memory import claim

if TYPE_CHECKING:
    from farmgraph.interactions.table import Interactions

BYTES_PER_ROW = 600
"""Memory that a row on a cluster's content takes at most: in tables with names, in their copies, and in the summary of
the report, which is made of them."""
SLICE = 1 << 20
"""Rows, or cells of a product, that are looked at together: what is made on the way stays small."""
MAX_NETWORK_PAIRS = 100_000
ROW_COLUMNS = ("account", "content", "time", "action", "source", "line")
ACCOUNT_COLUMNS = ("account", "cluster", "verdict", "score", "n_interactions", "n_in_cluster", "gap_s")
CONTENT_COLUMNS = ("content", "n_accounts", "n_suspect", "suspect_share", "clusters")


def action_rows(log: "Interactions", graph: BipartiteGraph, clusters: Clusters) -> pd.DataFrame:
    """Return every row of the log on any content of any cluster, bystanders included, in the order of the log.

    Where names of contents were made comparable, the names as the log has them stand beside them in `raw_content`.
    """
    codes = np.unique(graph.codes_of_contents(clusters.contents["content"].unique()))
    rows = np.sort(graph.content_rows[edges_from(codes, graph.content_starts)])
    claim("Gathering the rows behind the clusters", BYTES_PER_ROW * len(rows))
    columns = [name for name in (*ROW_COLUMNS, "raw_content") if name in log.table.schema.names]
    table = log.table.select(columns).take(pa.array(rows))
    for column in columns:
        if column in ("account", "content", "source", "raw_content"):
            place = table.schema.get_field_index(column)
            table = table.set_column(place, column, _spelled_out(table[column]))
    frame = table.to_pandas()
    frame["action"] = frame["action"].astype("object")
    return frame


def _spelled_out(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of codes as names in one piece.

    Slice by slice, because names of many rows are more than a text column with short offsets holds.
    """
    pieces = [
        piece.slice(low, SLICE).cast(pa.string()).cast(pa.large_string())
        for piece in column.chunks
        for low in range(0, len(piece), SLICE)
    ]
    return pa.chunked_array([pa.concat_arrays(pieces)] if pieces else [], pa.large_string())


def _places(names: pd.Series, among: pa.Array) -> np.ndarray:
    """Return the place (int32) of each name among others; -1 where it is not one of them."""
    places: np.ndarray = pc.fill_null(pc.index_in(_texts(names), value_set=among), -1).to_numpy()
    return places


def _texts(names: pd.Series) -> "pa.Array | pa.ChunkedArray":
    return pa.array(names, pa.large_string())


def cluster_rows(actions: pd.DataFrame, clusters: Clusters) -> pd.DataFrame:
    """Return the members' rows on their cluster's contents, one copy per cluster, by cluster and time."""
    rows, cluster = _inside(actions, clusters)
    sources = actions["source"].take(rows)
    known = pc.unique(_texts(sources))
    source = _places(sources, known.take(pc.array_sort_indices(known)))
    time, line = _microseconds(actions["time"].take(rows)), actions["line"].to_numpy()[rows]
    order = np.lexsort((line, source, time, cluster))
    table = actions.take(rows[order]).reset_index(drop=True)
    table.insert(0, "cluster", cluster[order])
    return table


def _inside(actions: pd.DataFrame, clusters: Clusters) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of rows and the cluster of each, wherever a member acts on a content of the cluster."""
    members, contents = clusters.members, clusters.contents
    names, whats = pc.unique(_texts(members["account"])), pc.unique(_texts(contents["content"]))
    account = _places(actions["account"], names)
    member = _places(members["account"], names)
    numbers = np.unique(members["cluster"].to_numpy())
    of_member = np.searchsorted(numbers, members["cluster"].to_numpy())
    starts, of_member = grouped(member, of_member, len(names))
    n_clusters = np.diff(starts)
    of_content, content = _keys(contents["cluster"], _places(contents["content"], whats), numbers)
    # Looked up by hash: the pairs of clusters and contents are few among all that there could be.
    keys = pd.Index(of_content * len(whats) + content)
    found = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    for part in _slices(len(actions)):
        row = np.flatnonzero(account[part] >= 0) + part.start
        content = _places(actions["content"].take(row), whats)
        which = of_member[edges_from(account[row], starts)]
        n_each = n_clusters[account[row]]
        row = np.repeat(row, n_each)
        kept = keys.get_indexer(which * len(whats) + np.repeat(content, n_each)) >= 0
        found.append((row[kept], numbers[which[kept]]))
    rows, cluster = (np.concatenate(some) for some in zip(*found, strict=True))
    return rows, cluster


def _slices(n: int) -> Iterator[slice]:
    for low in range(0, n, SLICE):
        yield slice(low, min(low + SLICE, n))


def _microseconds(times: pd.Series) -> np.ndarray:
    """Return times as int64, missing ones last."""
    stamps = times.dt.tz_localize(None).to_numpy()
    return np.where(np.isnat(stamps), NO_TIME, stamps.view(np.int64))


def account_table(
    graph: BipartiteGraph, clusters: Clusters, evidence: pd.DataFrame, rows: pd.DataFrame
) -> pd.DataFrame:
    """Return one row per account and cluster, with what the account did in the whole log and inside.

    `rows` are those that `cluster_rows` returns, in its order. `gap_s` is the account's median distance, in seconds, to
    the nearest other member on the cluster's contents, each account's first action on a content counted; NaN where no
    other member acted, or times are missing.
    """
    table = clusters.members.copy()
    table["verdict"] = table["cluster"].map(evidence.set_index("cluster")["verdict"])
    n_rows = counted(graph.content_accounts, graph.n_accounts)
    table["n_interactions"] = n_rows[graph.codes_of_accounts(table["account"].to_numpy())]
    names = pc.unique(_texts(table["account"]))
    keys, pair = np.unique(
        table["cluster"].to_numpy() * len(names) + _places(table["account"], names), return_inverse=True
    )
    of_row = np.searchsorted(keys, rows["cluster"].to_numpy() * len(names) + _places(rows["account"], names))
    table["n_in_cluster"] = np.bincount(of_row, minlength=len(keys))[pair]
    table["gap_s"] = _gaps(rows, of_row).reindex(pair).to_numpy()
    return table[list(ACCOUNT_COLUMNS)]


def _gaps(rows: pd.DataFrame, pair: np.ndarray) -> pd.Series:
    """Return the typical distance, in seconds, to the nearest other member, by pair of a cluster and an account."""
    whats = pc.unique(_texts(rows["content"]))
    content, time = _places(rows["content"], whats), _microseconds(rows["time"])
    # Rows come by time within a cluster, so the first of those alike is the first in time.
    first = ~pd.Series(pair * len(whats) + content).duplicated().to_numpy() & (time != NO_TIME)
    content, time, pair, cluster = content[first], time[first], pair[first], rows["cluster"].to_numpy()[first]
    order = np.lexsort((content, cluster))
    content, time, pair, cluster = content[order], time[order], pair[order], cluster[order]
    step = np.full(len(time) + 1, NO_TIME)
    step[1:-1] = np.where((np.diff(content) == 0) & (np.diff(cluster) == 0), np.diff(time), NO_TIME)
    nearest = np.minimum(step[:-1], step[1:])
    met = nearest < NO_TIME
    seconds = pd.Series(nearest[met].view("m8[us]")).dt.total_seconds()
    return seconds.groupby(pair[met], sort=False).median()


def content_table(graph: BipartiteGraph, clusters: Clusters, evidence: pd.DataFrame) -> pd.DataFrame:
    """Return, for each content of a cluster, how many accounts acted on it and how many of them are suspect.

    A suspect account is one in a cluster with the verdict lockstep. All is counted in the graph, which has each pair of
    an account and a content once.
    """
    lockstep = evidence.loc[evidence["verdict"] == "lockstep", "cluster"]
    suspects = clusters.members.loc[clusters.members["cluster"].isin(lockstep), "account"].unique()
    edges = edges_from(graph.codes_of_accounts(suspects), graph.account_starts)
    n_suspect = np.bincount(graph.account_contents[edges], minlength=graph.n_contents)
    ordered = clusters.contents.sort_values("cluster")
    code = graph.codes_of_contents(ordered["content"].to_numpy())
    order = np.argsort(code, kind="stable")
    codes, starts = np.unique(code[order], return_index=True)
    numbers = [str(number) for number in ordered["cluster"].to_numpy()[order].tolist()]
    cuts = pairwise([*starts.tolist(), len(numbers)])
    # Without a content there is nothing to join, and the column stays one of numbers.
    text = "str" if numbers else ordered["cluster"].dtype
    table = pd.DataFrame(
        {
            "content": pd.Series(graph.names_of_contents(codes), dtype="str"),
            "n_accounts": graph.content_degrees[codes],
            "n_suspect": n_suspect[codes],
            "suspect_share": n_suspect[codes] / graph.content_degrees[codes],
            "clusters": pd.Series([";".join(numbers[low:high]) for low, high in cuts], dtype=text),
        }
    )
    table = table.sort_values(["suspect_share", "n_accounts", "content"], ascending=[False, False, True])
    return table[list(CONTENT_COLUMNS)].reset_index(drop=True)


def pair_table(graph: BipartiteGraph, clusters: Clusters) -> pd.DataFrame:
    """Return the pairs of members that share a content of their cluster at any time.

    `n_contents` counts shared contents of the cluster, `weight` is their Jaccard index among them.
    """
    codes, names = _by_name(graph, graph.codes_of_accounts(clusters.members["account"].unique()))
    numbers = np.unique(np.array(clusters.ids, np.int64))
    cluster, member = _keys(clusters.members["cluster"], _places(clusters.members["account"], names), numbers)
    inside = _contents_inside(graph, clusters, numbers, cluster, codes[member])
    a, b, shared = _pairs_sharing(inside, np.bincount(cluster, minlength=len(numbers))[cluster])
    degree = np.diff(inside.indptr)
    weight = shared / (degree[a] + degree[b] - shared)
    # Pairs come by cluster and names already, and stay so where weights are equal.
    order = np.lexsort((-weight, cluster[a]))
    a, b = a[order], b[order]
    n_pairs = np.bincount(cluster[a], minlength=len(numbers))
    # Names are objects where a cluster has no pair, as they are where there is no cluster.
    text = "str" if len(numbers) and n_pairs.min() else "object"
    return pd.DataFrame(
        {
            "cluster": np.repeat(numbers, n_pairs),
            "account_a": pd.Series(names.take(pa.array(member[a])), dtype="str").astype(text),
            "account_b": pd.Series(names.take(pa.array(member[b])), dtype="str").astype(text),
            "n_contents": shared[order],
            "weight": weight[order],
        }
    )


def _by_name(graph: BipartiteGraph, codes: np.ndarray) -> tuple[np.ndarray, pa.Array]:
    """Return codes of accounts in the order of their names, and the names."""
    names = graph.account_names.take(pa.array(codes)).cast(pa.large_string())
    order = pc.array_sort_indices(names)
    return codes[order.to_numpy()], names.take(order)


def strongest_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs that a case's network holds: at most 100,000, those with the most contents.

    Programs that draw networks do not open many more. Ties go to the stronger cluster, then by weight and name.
    """
    if len(pairs) <= MAX_NETWORK_PAIRS:
        return pairs
    kept = np.sort(np.argsort(-pairs["n_contents"].to_numpy(), kind="stable")[:MAX_NETWORK_PAIRS])
    return pairs.iloc[kept].reset_index(drop=True)


def _keys(clusters: pd.Series, codes: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return places of clusters among their numbers and codes with them, ascending, each once."""
    known = clusters.isin(numbers).to_numpy()
    width = int(codes.max(initial=0)) + 1
    keys = np.unique(np.searchsorted(numbers, clusters.to_numpy()[known]) * width + codes[known])
    return keys // width, keys % width


def _contents_inside(
    graph: BipartiteGraph, clusters: Clusters, numbers: np.ndarray, cluster: np.ndarray, accounts: np.ndarray
) -> sparse.csr_matrix:
    """Return which contents of its cluster each member acted on: ones, a row per member and cluster."""
    contents = graph.codes_of_contents(clusters.contents["content"].to_numpy())
    of_content, content = _keys(clusters.contents["cluster"], contents, numbers)
    keys = pd.Index(of_content * graph.n_contents + content)
    n_edges = graph.account_degrees[accounts]
    rows, columns = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for part in _cut(n_edges):
        row = np.repeat(np.arange(part.start, part.stop), n_edges[part])
        edges = edges_from(accounts[part], graph.account_starts)
        column = keys.get_indexer(cluster[row] * graph.n_contents + graph.account_contents[edges])
        rows.append(row[column >= 0].astype(np.int32))
        columns.append(column[column >= 0].astype(np.int32))
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (len(accounts), len(keys))
    return sparse.csr_matrix((np.ones(len(row), np.int32), (row, column)), shape=shape)


def _pairs_sharing(
    inside: sparse.csr_matrix, n_cells: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pairs of rows, the earlier one first, in their order, and the columns (int64) that they share.

    `n_cells` says how many other rows a row can share a column with at most.
    """
    other = inside.T.tocsr()
    parts = [(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int32))]
    for part in _cut(n_cells):
        product = inside[part] @ other
        product.sort_indices()
        later = sparse.triu(product, k=1 + part.start).tocoo()
        parts.append((later.row + np.int32(part.start), later.col, later.data))
    a, b, shared = (np.concatenate(some) for some in zip(*parts, strict=True))
    return a, b, shared.astype(np.int64)


def _cut(sizes: np.ndarray) -> Iterator[slice]:
    """Cut items of some sizes into slices of about `SLICE` in all; a larger item is one of its own."""
    which = np.cumsum(sizes) // SLICE
    starts = np.flatnonzero(np.diff(which, prepend=-1))
    for low, high in pairwise([*starts.tolist(), len(sizes)]):
        yield slice(low, high)
