"""What figures of one cluster show, counted row by row, and what they drew."""

from collections import defaultdict

import numpy as np
import pandas as pd
from matplotlib.collections import QuadMesh


def members_rows(log, cluster):
    """Return the rows of a cluster as (account, content, seconds)."""
    rows = log["rows"][log["rows"]["cluster"] == cluster]
    seconds = [None if pd.isna(t) else t.timestamp() for t in rows["time"]]
    return list(zip(rows["account"], rows["content"], seconds, strict=True))


def first_actions(rows):
    first = {}
    for account, content, seconds in rows:
        if seconds is not None:
            first[account, content] = min(seconds, first.get((account, content), float("inf")))
    return first


def everything(log):
    """Return all rows of the log's graph, read back one by one."""
    graph = log["graph"]
    content = np.repeat(np.arange(graph.n_contents), np.diff(graph.content_starts))
    names = graph.names_of_accounts(graph.content_accounts), graph.names_of_contents(content)
    return list(zip(*names, (graph.content_times / 1e6).tolist(), strict=True))


def waits_by_account(first):
    """Return every wait to the nearest other member, by account."""
    found = defaultdict(list)
    for (account, content), at in first.items():
        others = [abs(at - t) for (a, c), t in first.items() if c == content and a != account]
        if others:
            found[account].append(min(others))
    return found


def meshes(ax):
    return [drawn for drawn in ax.collections if isinstance(drawn, QuadMesh)]
