"""Small graphs for the tests of the research figures and of their numbers."""

import numpy as np
import pandas as pd

import farmgraph as fg
from farmgraph.detect.clusters import Clusters


def graph_from(rows, columns=("user", "page")):
    return fg.bipartite(fg.read(pd.DataFrame(rows, columns=columns)))


def random_graph(seed, *, n_accounts=40, n_contents=25, n_rows=260):
    rng = np.random.default_rng(seed)
    who, what = rng.zipf(1.4, n_rows) % n_accounts, rng.zipf(1.5, n_rows) % n_contents
    return graph_from([(f"u{a}", f"p{c}") for a, c in zip(who, what, strict=True)])


def matrix_of(graph):
    matrix = np.zeros((graph.n_accounts, graph.n_contents))
    matrix[graph.edge_accounts, graph.account_contents] = 1
    return matrix


def lists_of(graph):
    return graph.account_starts, graph.account_contents


def clusters_from(groups):
    members = pd.DataFrame(
        [(i, a, 1.0) for i, accounts in groups.items() for a in accounts],
        columns=["cluster", "account", "score"],
    ).astype({"cluster": "int64", "account": "str", "score": "float64"})
    contents = pd.DataFrame({"cluster": [], "content": [], "n_accounts": []})
    return Clusters(members, contents, pd.Series(1.0, index=list(groups), dtype=float), "by hand")
