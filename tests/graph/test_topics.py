"""Topics: votes against plain counting, and parts of a large log against the whole."""

from collections import Counter
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import log_of

from farmgraph import bipartite
from farmgraph.graph import topics as module
from farmgraph.graph.topics import topics
from farmgraph.graph.votes import vote

EDGES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), min_size=1, max_size=40)


@settings(deadline=None)
@given(
    EDGES,
    st.lists(st.integers(-1, 2), min_size=5, max_size=5),
    st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_votes_against_counting_them(edges, other_labels, lost):
    nodes, others = (np.array(ends, np.int32) for ends in zip(*edges, strict=True))
    labels = np.array([-1, 0, 1, 2, 0, 1], np.int32)
    new = vote(labels, np.array(lost), nodes, np.array(other_labels, np.int32), others, 3)
    for node in range(6):
        named = Counter(other_labels[o] for n, o in edges if n == node and other_labels[o] >= 0)
        # Ties go to the first topic.
        expected = min(named, key=lambda t: (-named[t], t)) if lost[node] and named else labels[node]
        assert new[node] == expected


def two_circles(n_accounts=600, n_contents=60, each=8):
    """Two circles of accounts, each with contents of its own; one action in 33 goes to the other circle."""
    rng = np.random.default_rng(3)
    rows = []
    for account in range(2 * n_accounts):
        home = account % 2
        for _ in range(each):
            circle = home if rng.random() < 0.97 else 1 - home
            rows.append((f"a{account}", f"c{circle}-{rng.integers(n_contents)}", 0))
    return bipartite(log_of(rows))


def test_a_part_of_a_large_log_shows_the_topics_of_the_whole():
    graph = two_circles()
    # Random circles are loose: at the usual resolution they fall into many parts.
    with patch.multiple(module, MOST_EDGES=graph.n_edges // 4, RESOLUTION=1.0):
        found = topics(graph)
    assert found.n_topics == 2
    home = np.array([int(name.as_py()[1:]) % 2 for name in graph.account_names])
    circle = np.array([int(name.as_py()[1]) for name in graph.content_names])
    first = found.of_account[0] != home[0]
    # Of eight actions four or more have to go astray: 70 x .03^4, less than one account in 10,000.
    assert ((found.of_account != home) == first).mean() > 0.99
    assert ((found.of_content != circle) == first).all()
    assert found.edges.sum() == graph.n_edges
