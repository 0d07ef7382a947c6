"""Blocks that are settled in compiled code, against the same formulas with numpy on a dense table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import log_of
from planted import planted_log

from farmgraph import bipartite
from farmgraph.graph import blocks
from farmgraph.graph.background import background, expectation, scratch_for
from farmgraph.graph.topics import Topics, edge_rates, pair_counts


def model_of(seed, k):
    """Make a random log with a dense corner and random topics."""
    rng = np.random.default_rng(seed)
    cells = rng.random((150, 100)) < 0.05
    cells[:12, :10] |= rng.random((12, 10)) < 0.9
    graph = bipartite(log_of([(f"a{i}", f"c{j}", 0) for i, j in np.argwhere(cells)]))
    of_account = rng.integers(k, size=graph.n_accounts).astype(np.int32)
    of_content = rng.integers(k, size=graph.n_contents).astype(np.int32)
    edges = pair_counts(of_account, of_content, graph.edge_accounts, graph.account_contents, k)
    return expectation(graph, Topics(of_account, of_content, edges, edge_rates(edges, edges.sum())))


def cells_of(model):
    cells = np.zeros((model.graph.n_accounts, model.graph.n_contents), bool)
    cells[model.graph.edge_accounts, model.graph.account_contents] = True
    return cells


def worth_by_hand(n, elsewhere, rate, size, density):
    """O ln(r / E) - (r - E) where O exceeds E: r is what the block's density gives, or O itself without a block."""
    expected = np.minimum(elsewhere * rate, size)
    now = density * size if density else n
    gains = np.where(n > expected, n * np.log(np.maximum(now, 1e-300) / expected) - (now - expected), 0)
    return np.where(n < min(2, size), 0, gains)


def named(gains, available, way_out=None):
    chosen = np.flatnonzero(blocks.worth_naming(gains, available))
    return chosen if len(chosen) or way_out is None else np.flatnonzero(way_out)


def contents_by_hand(model, accounts, contents):
    cells, rest, topics = cells_of(model), background(accounts, contents, model), model.topics
    n = cells[accounts].sum(0)
    elsewhere, topic = cells.sum(0) - n + 1.0, topics.of_content.copy()
    elsewhere[contents], topic[contents] = rest.popularity, rest.of_content
    activity = np.bincount(rest.of_account, weights=rest.activity, minlength=topics.n_topics)
    gains = worth_by_hand(n, elsewhere, (activity @ rest.rates)[topic], len(accounts), rest.density)
    return named(gains, len(n), None if len(contents) else n > len(accounts) / 2)


def accounts_by_hand(model, accounts, contents):
    cells, rest, topics = cells_of(model), background(accounts, contents, model), model.topics
    n = cells[:, contents].sum(1)
    elsewhere, topic = cells.sum(1) - n + 1.0, topics.of_account.copy()
    elsewhere[accounts], topic[accounts] = rest.activity, rest.of_account
    popularity = np.bincount(rest.of_content, weights=rest.popularity, minlength=topics.n_topics)
    gains = worth_by_hand(n, elsewhere, (rest.rates @ popularity)[topic], len(contents), rest.density)
    return named(gains, len(n))


def settled_by_hand(model, accounts):
    contents, visited = np.empty(0, np.int32), [accounts.tolist()]
    for _ in range(20):
        contents = contents_by_hand(model, accounts, contents).astype(np.int32)
        if len(contents) < 3:
            return [], []
        accounts = accounts_by_hand(model, accounts, contents).astype(np.int32)
        if len(accounts) < 5:
            return [], []
        if accounts.tolist() in visited:
            break
        visited.append(accounts.tolist())
    return accounts.tolist(), contents.tolist()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 12), st.integers(0, 8))
def test_each_side_is_chosen_as_by_hand(seed, k, n_accounts, n_contents):
    model, rng = model_of(seed, k), np.random.default_rng(seed)
    corner = np.sort(rng.choice(20, n_accounts, replace=False))
    accounts = np.sort(model.graph.codes_of_accounts([f"a{i}" for i in corner if f"a{i}" in names(model)]))
    contents = np.sort(rng.choice(model.graph.n_contents, n_contents, replace=False)).astype(np.int32)
    accounts = accounts.astype(np.int32)
    if len(accounts):
        found = blocks.contents_of(accounts, contents, model)
        assert found.tolist() == contents_by_hand(model, accounts, contents).tolist()
    if len(contents):
        found = blocks.accounts_of(accounts, contents, model)
        assert found.tolist() == accounts_by_hand(model, accounts, contents).tolist()


def names(model):
    return set(model.graph.account_names.to_pylist())


@pytest.mark.parametrize("k", [1, 3])
def test_blocks_settle_as_by_hand(k):
    n_settled = 0
    for seed in range(25):
        model = model_of(seed, k)
        some = [f"a{i}" for i in range(6) if f"a{i}" in names(model)]
        seeds = np.sort(model.graph.codes_of_accounts(some)).astype(np.int32)
        accounts, contents = blocks.settled(seeds, model)
        assert (accounts.tolist(), contents.tolist()) == settled_by_hand(model, seeds)
        n_settled += len(accounts) > 0
    # The corner is there to be found: otherwise two empty answers would be compared.
    assert n_settled > 10


def test_what_a_set_settles_to_stands_still():
    farms = {"farm": ("burst", 20, 12, 0.9)}
    rows = planted_log(n_rows=20_000, n_accounts=1_500, n_contents=600, farms=farms)
    graph = bipartite(log_of(rows[["account", "content", "time"]]))
    flat = np.zeros(graph.n_accounts, np.int32), np.zeros(graph.n_contents, np.int32)
    edges = np.array([[float(graph.n_edges)]])
    model = expectation(graph, Topics(*flat, edges, edge_rates(edges, edges.sum())))
    farm = rows.loc[rows["group"] == "farm", "account"].unique()
    seeds = np.sort(graph.codes_of_accounts(farm[:4])).astype(np.int32)
    accounts, contents = blocks.settled(seeds, model)
    assert len(accounts) > 4
    again = blocks.settled(accounts, model)
    assert (again[0].tolist(), again[1].tolist()) == (accounts.tolist(), contents.tolist())


def test_what_a_thread_keeps_is_zero_between_sets():
    # A large set, then a small one in the same thread: what the first left behind would be counted by the second.
    model = model_of(3, 2)
    everybody = np.arange(model.graph.n_accounts, dtype=np.int32)
    corner = np.sort(model.graph.codes_of_accounts([f"a{i}" for i in range(6)])).astype(np.int32)
    before = [some.tolist() for some in blocks.settled(corner, model)]
    blocks.settled(everybody, model)
    assert not any(kept.any() for kept in scratch_for(model.graph))
    assert [some.tolist() for some in blocks.settled(corner, model)] == before
