import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import log_of
from planted import planted_log

from farmgraph import InputError, UsageError, bipartite
from farmgraph.interactions.schema import NO_TIME

ROWS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("pqrs"), st.none() | st.integers(0, 50)),
    min_size=1,
    max_size=40,
)


def rows_of(graph):
    accounts = graph.names_of_accounts(graph.content_accounts)
    contents = graph.names_of_contents(np.repeat(np.arange(graph.n_contents), np.diff(graph.content_starts)))
    times = [None if t == NO_TIME else t / 1e6 for t in graph.content_times]
    return list(zip(accounts, contents, times, strict=True))


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_every_row_comes_back(rows):
    graph = bipartite(log_of(rows))
    key = lambda row: tuple(map(str, row))  # noqa: E731
    assert sorted(rows_of(graph), key=key) == sorted(rows, key=key)
    edges = set(
        zip(
            graph.names_of_accounts(graph.edge_accounts),
            graph.names_of_contents(graph.account_contents),
            strict=True,
        )
    )
    assert edges == {(a, c) for a, c, _ in rows}


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_lists_are_sorted(rows):
    graph = bipartite(log_of(rows))
    for low, high in zip(graph.content_starts[:-1], graph.content_starts[1:], strict=True):
        keys = list(zip(graph.content_times[low:high], graph.content_accounts[low:high], strict=True))
        assert keys == sorted(keys)
    for low, high in zip(graph.account_starts[:-1], graph.account_starts[1:], strict=True):
        assert (np.diff(graph.account_contents[low:high]) > 0).all()


def test_counts_by_hand():
    # a acts twice on p: 3 rows, 2 edges; p has the accounts a and b.
    graph = bipartite(log_of([("a", "p", 1), ("a", "p", 9), ("b", "p", None)]))
    assert (graph.n_interactions, graph.n_edges, graph.n_accounts, graph.n_contents) == (3, 2, 2, 1)
    assert graph.content_degrees.tolist() == [2]
    assert graph.content_times.tolist() == [1_000_000, 9_000_000, NO_TIME]


def test_codes_owe_nothing_to_names_order_or_week():
    log = planted_log(n_rows=3_000, n_accounts=300, n_contents=200)[["account", "content", "time"]]
    other = log.sample(frac=1, random_state=3)
    other = pd.DataFrame(
        {
            "account": [name[::-1] for name in other["account"]],
            "content": ["x" + name for name in other["content"]],
            "time": other["time"] + 5 * 7 * 86_400,
        }
    )
    one, two = bipartite(log_of(log)), bipartite(log_of(other))
    assert np.array_equal(one.content_accounts, two.content_accounts)
    assert np.array_equal(one.account_contents, two.account_contents)
    renamed = [name[::-1] for name in one.names_of_accounts(np.arange(one.n_accounts))]
    degrees = one.account_degrees
    told_apart = degrees > 2  # accounts with one or two actions may have a twin
    assert [renamed[i] for i in np.flatnonzero(told_apart)] == [
        two.names_of_accounts(np.array([i]))[0] for i in np.flatnonzero(told_apart)
    ]


def test_chosen_actions():
    log = log_of([("a", "p", 1, "like"), ("b", "p", 2, "share"), ("c", "p", 3, None)])
    assert bipartite(log, actions=["like"]).n_interactions == 1
    with pytest.raises(UsageError, match=r"'view'; the log has \['like', 'share'\]"):
        bipartite(log, actions=["view"])


def test_nothing_to_use():
    with pytest.raises(InputError, match="None of the 0 rows can be used"):
        bipartite(log_of([]))


def test_unknown_names_are_named():
    graph = bipartite(log_of([("a", "p", 1)]))
    with pytest.raises(InputError, match=r"1 account\(s\) are not in the graph, the first is 'z'"):
        graph.codes_of_accounts(["a", "z"])
