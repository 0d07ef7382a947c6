"""Kernels that let the edges of a bipartite graph vote: which topic most of them lead to, which topics meet."""

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def vote(labels, lost, nodes, other_labels, others, n_topics):  # type: ignore[no-untyped-def]
    """Give each lost node the topic that most of its edges name, ties to the first; those without a vote keep theirs.

    `nodes` and `others` are the two ends of each edge; a label of -1 is no topic. Returns new labels.
    """
    place = np.full(len(labels), -1, np.int32)
    n_lost = 0
    for node in range(len(labels)):
        if lost[node]:
            place[node] = n_lost
            n_lost += 1
    counts = np.zeros((n_lost, n_topics), np.int32)
    for i in range(len(nodes)):
        row, topic = place[nodes[i]], other_labels[others[i]]
        if row >= 0 and topic >= 0:
            counts[row, topic] += 1
    new = labels.copy()
    for node in range(len(labels)):
        row = place[node]
        if row >= 0:
            best = 0
            for topic in range(n_topics):
                if counts[row, topic] > best:
                    best = counts[row, topic]
                    new[node] = topic
    return new


@njit(nogil=True, cache=True)
def count_pairs(account_topics, content_topics, edge_accounts, edge_contents, n_topics):  # type: ignore[no-untyped-def]
    """Count edges by (topic of account, topic of content): float64."""
    counts = np.zeros((n_topics, n_topics))
    for i in range(len(edge_accounts)):
        counts[account_topics[edge_accounts[i]], content_topics[edge_contents[i]]] += 1
    return counts
