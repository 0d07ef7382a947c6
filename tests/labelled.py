"""Labels, clusters and evidence for tests, without a log: groups and members in."""

import pandas as pd

import farmgraph as fg
from farmgraph.lab.labels import Labels


def labels_of(groups):
    rows = [(*group, account) for group, accounts in groups.items() for account in accounts]
    members = pd.DataFrame(rows, columns=["group", "kind", "label", "account"], dtype="str")
    return Labels(members, pd.DataFrame({"group": [], "content": []}, dtype="str"))


def clusters_of(members):
    rows = [(c, account, score) for c, scores in members.items() for account, score in scores.items()]
    table = pd.DataFrame(rows, columns=["cluster", "account", "score"])
    table = table.astype({"cluster": "int64", "account": "str", "score": "float64"})
    contents = pd.DataFrame({"cluster": [], "content": [], "n_accounts": []})
    values = pd.Series(1.0, index=pd.Index(list(members), dtype="int64"))
    return fg.Clusters(table, contents, values, "by hand")


def evidence_of(members, verdicts):
    table = pd.DataFrame({"cluster": list(verdicts), "verdict": list(verdicts.values())})
    return fg.Evidence(table, clusters_of(members))
