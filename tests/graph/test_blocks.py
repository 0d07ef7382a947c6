from dataclasses import replace
from itertools import combinations
from math import comb, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import log_of
from planted import planted_log
from scipy.stats import chi2_contingency

from farmgraph import bipartite
from farmgraph.graph import blocks
from farmgraph.graph.background import background, expectation
from farmgraph.graph.topics import topics


def model_of(log):
    graph = bipartite(log_of(log))
    return expectation(graph, topics(graph))


def codes(model, accounts, contents):
    graph = model.graph
    return np.sort(graph.codes_of_accounts(accounts)), np.sort(graph.codes_of_contents(contents))


@pytest.fixture(scope="module")
def crowd():
    return model_of(
        planted_log(n_rows=20_000, n_accounts=1_500, n_contents=600)[["account", "content", "time"]]
    )


def test_gain_by_hand():
    # 10 observed where 1 was expected: 10 ln 10 - 9 = 14.0259; fewer than expected is worth nothing.
    assert blocks.gain(np.array([10.0, 1.0]), np.array([1.0, 5.0])) == pytest.approx([14.0259, 0], abs=1e-4)


def test_naming_by_hand():
    # Of 5 there are 10 choices of two and one each of none and of all.
    assert blocks.log_choices(np.array([0, 2, 5]), 5) == pytest.approx([0, np.log(10), 0])


def test_inside_edges_against_a_set(crowd):
    graph = crowd.graph
    rng = np.random.default_rng(0)
    for _ in range(20):
        accounts = np.sort(rng.choice(graph.n_accounts, 30, replace=False)).astype(np.int32)
        contents = np.sort(rng.choice(graph.n_contents, 20, replace=False)).astype(np.int32)
        pairs = zip(graph.edge_accounts, graph.account_contents, strict=True)
        expected = [i for i, (a, c) in enumerate(pairs) if a in accounts and c in contents]
        assert blocks.inside_edges(accounts, contents, graph).tolist() == expected


def test_one_topic_is_the_degree_model():
    # One topic of m = 30 edges: omega = (30 + 1/2) / (30 * 30 + 30 / 2) = 1 / 30, whatever the smoothing.
    model = model_of([(f"u{a}", f"c{c}", 0) for a in range(6) for c in range(5)])
    assert model.topics.n_topics == 1
    assert model.topics.rates == pytest.approx(np.array([[1 / 30]]))


def test_a_block_that_is_all_there_is_cannot_explain_itself():
    # Six accounts on five contents and nothing else. Its edges left out, degrees are 1 and omega is
    # (1/2) / (30 / 2) = 1 / 30: one edge is expected in its thirty cells.
    model = model_of([(f"u{a}", f"c{c}", 0) for a in range(6) for c in range(5)])
    accounts, contents = np.arange(6, dtype=np.int32), np.arange(5, dtype=np.int32)
    rest = background(accounts, contents, model)
    assert rest.held == 1
    assert blocks.expected_edges(accounts, contents, model, rest) == pytest.approx(1)


def test_expected_edges_add_up(crowd):
    # Over everything the degree-corrected model expects as many edges as there are (smoothing adds less than 1 %).
    graph = crowd.graph
    d = np.bincount(crowd.topics.of_account, weights=crowd.account_degrees)
    n = np.bincount(crowd.topics.of_content, weights=crowd.content_degrees, minlength=len(d))
    assert d @ crowd.topics.rates @ n == pytest.approx(graph.n_edges, rel=0.01)


def test_topics_are_large(crowd):
    sizes = np.bincount(crowd.topics.of_account)
    assert len(sizes) > 1
    assert sizes.min() >= 100


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.floats(-3, 12, allow_nan=False), min_size=1, max_size=9),
    st.integers(0, 60),
)
def test_worth_naming_against_every_choice(worth, others):
    worth, available = np.array(worth), len(worth) + others
    chosen = blocks.worth_naming(worth, available)

    def total(of):
        return sum(worth[i] for i in of) - log(comb(available, len(of)))

    gains = [i for i in range(len(worth)) if worth[i] > 0]
    every = [total(of) for k in range(1, len(gains) + 1) for of in combinations(gains, k)]
    # Where something gains, something is named. What gains nothing is no candidate, not even where naming all of
    # them would be cheaper than naming half.
    assert set(np.flatnonzero(chosen)) <= set(gains)
    assert chosen.any() == bool(gains)
    if gains:
        assert total(np.flatnonzero(chosen)) == pytest.approx(max(every), abs=1e-9)


def test_many_are_worth_naming_where_one_is_not():
    # Naming one of 100 costs ln 100 = 4.6 nats, naming forty of them ln C(100, 40) = 64.8, or 1.6 each.
    assert blocks.worth_naming(np.full(40, 2.5), 100).sum() == 40
    # Naming all of ten costs nothing, any fewer something.
    assert blocks.worth_naming(np.full(10, 0.1), 10).all()


@pytest.fixture(scope="module")
def ring():
    """Six workers on five orders, each once elsewhere; a ring of 30 others; u0 also did two orders and u1 one."""
    rows = [(f"u{i}", f"c{(i + j) % 30}", 0) for i in range(30) for j in range(3)]
    rows += [(f"w{i}", f"x{j}", 0) for i in range(6) for j in range(5)]
    rows += [(f"w{i}", f"c{i}", 0) for i in range(6)]
    return model_of([*rows, ("u0", "x0", 0), ("u0", "x1", 0), ("u1", "x2", 0)])


WORKERS, ORDERS = [f"w{i}" for i in range(6)], [f"x{i}" for i in range(5)]


def test_account_worth_by_hand(ring):
    # 129 edges. The block of w0 to w4 on all orders holds 25 of 25 cells, so a member does 5 of them. Without it
    # about 104 edges are left, each rate is about 1 / 104, and the orders' popularity is 5 (w5) + 3 (u0, u1) + 5
    # (one each) = 13, a little more for what is hidden. w5 does 1 + 1 elsewhere: 26 / 104 = 1/4 expected, and
    # 5 ln(5 / (1/4)) - (5 - 1/4) = 10.2. u0 does 3 + 1 elsewhere: 1/2 expected, 2 ln(5 / (1/2)) - 4.5 = 0.1.
    # u1 with one order: ln 10 - 4.5 = -2.2.
    accounts, contents = codes(ring, WORKERS[:5], ORDERS)
    rest = background(accounts, contents, ring)
    assert rest.density == 1
    candidates = ring.graph.codes_of_accounts(["w5", "u0", "u1"])
    worth, expected = blocks.account_worth(candidates, np.array([5, 2, 1]), accounts, contents, ring, rest)
    assert worth == pytest.approx([10.2, 0.1, -2.2], abs=0.15)
    assert expected[:2] == pytest.approx([0.25, 0.5], rel=0.1)


def test_accounts_of_a_block_by_hand(ring):
    # w5 joins: 10.2 nats against ln C(36, 6) - ln C(36, 5) = ln(31 / 6) = 1.6. u0, worth 0.1 with its two orders, and
    # u1 stay out, and u9, who did none of them, leaves.
    accounts, contents = codes(ring, [*WORKERS[:5], "u9"], ORDERS)
    found = blocks.accounts_of(accounts, contents, ring)
    assert sorted(ring.graph.names_of_accounts(found)) == WORKERS
    assert (np.diff(found) > 0).all()


def test_contents_of_a_block_by_hand(ring):
    # Of six workers one did c0, the orders were done by all: from nothing, from too few and with one too many.
    accounts, _ = codes(ring, WORKERS, ORDERS)
    for present in ([], ORDERS[:4], [*ORDERS, "c0"]):
        _, contents = codes(ring, WORKERS, present)
        found = blocks.contents_of(accounts, contents, ring)
        assert sorted(ring.graph.names_of_contents(found)) == ORDERS
        assert (np.diff(found) > 0).all()


def test_where_nothing_is_a_surprise_most_must_share_it():
    # Everybody of sixty does all of five orders, twenty do x5. Six of them, whose activity is 6 x (5 + 1) = 36, are
    # expected 36 (54 + 1) / 320 = 6.2 times on each order, so nothing gains. Two did x5, with 19 / 320 x 36 = 2.1
    # expected: no gain either, and fewer than half share it.
    rows = [(f"w{i}", f"x{j}", 0) for i in range(60) for j in range(5)]
    model = model_of([*rows, *((f"w{i}", "x5", 0) for i in range(20))])
    six, _ = codes(model, ["w0", "w1", "w20", "w21", "w22", "w23"], [])
    found = blocks.contents_of(six, np.empty(0, np.int32), model)
    assert sorted(model.graph.names_of_contents(found)) == ORDERS


def test_value_given_totals_is_half_of_g(crowd):
    # With the plain rate 1 / m the expectation is the product of the totals / m, which is what the G test of the
    # table (members or not) x (its contents or not) compares with; the log-likelihood ratio is G / 2.
    graph = crowd.graph
    accounts, contents = np.arange(40, dtype=np.int32), np.arange(200, 260, dtype=np.int32)
    rest = background(accounts, contents, crowd)
    k = crowd.topics.n_topics
    plain = replace(rest, rates=np.full((k, k), 1 / graph.n_edges))
    inside, d = len(rest.edges), crowd.account_degrees[accounts].sum()
    n = crowd.content_degrees[contents].sum()
    table = [[inside, d - inside], [n - inside, graph.n_edges - d - n + inside]]
    g = chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    cost = log(comb(graph.n_accounts, 40)) + log(comb(graph.n_contents, 60))
    assert blocks.value_given_totals(accounts, contents, crowd, plain) == pytest.approx(
        g / 2 - cost, rel=1e-9
    )


def test_value_given_totals_by_hand(ring):
    # The six workers did 36 of 129 edges, the five orders have 33, and 30 are the block's. The 99 others have a rate
    # of about 1 / 99 (half an edge and half of all exposure added), so 36 x 33 / 99 = 12 are expected:
    #         30 of 12, 6 of 24, 3 of 21 and 90 of 72: 30 ln 2.5 + 6 ln 1/4 + 3 ln 1/7 + 90 ln 1.25 = 33.4 nats,
    # less ln C(36, 6) + ln C(35, 5) = 14.48 + 12.69 = 27.2.
    accounts, contents = codes(ring, WORKERS, ORDERS)
    rest = background(accounts, contents, ring)
    assert rest.rates[0, 0] == pytest.approx(1 / 99, rel=0.01)
    assert blocks.value_given_totals(accounts, contents, ring, rest) == pytest.approx(6.2, abs=0.5)


def test_fewer_than_the_totals_expect_are_worth_nothing(ring):
    # The workers do nothing on c0 to c2: a deficit is unusual too, but no block. What is left is the cost.
    accounts, contents = codes(ring, WORKERS, ["c0", "c1", "c2"])
    rest = background(accounts, contents, ring)
    cost = blocks.log_choices(6, ring.graph.n_accounts) + blocks.log_choices(3, ring.graph.n_contents)
    assert len(rest.edges) <= 3
    deficit = replace(rest, edges=rest.edges[:0])
    assert blocks.value_given_totals(accounts, contents, ring, deficit) == pytest.approx(-cost)


def test_given_its_totals_a_busy_block_is_worth_less(crowd):
    # The busiest accounts on the most popular contents: by both measures not worth its description.
    accounts, contents = np.arange(20, dtype=np.int32), np.arange(20, dtype=np.int32)
    rest = background(accounts, contents, crowd)
    expected = blocks.expected_edges(accounts, contents, crowd, rest)
    assert blocks.block_value(len(rest.edges), expected, 20, 20, crowd.graph) < 0
    assert blocks.value_given_totals(accounts, contents, crowd, rest) < 0
