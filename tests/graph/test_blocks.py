import numpy as np
import pytest
from logs import log_of
from planted import planted_log

from farmgraph import bipartite
from farmgraph.graph import blocks
from farmgraph.graph.topics import topics


def model_of(log):
    graph = bipartite(log_of(log))
    return blocks.expectation(graph, topics(graph))


@pytest.fixture(scope="module")
def crowd():
    return model_of(
        planted_log(n_rows=20_000, n_accounts=1_500, n_contents=600)[["account", "content", "time"]]
    )


def test_gain_by_hand():
    # 10 observed where 1 was expected: 10 ln 10 - 9 = 14.0259; fewer than expected is worth nothing.
    assert blocks.gain(np.array([10.0, 1.0]), np.array([1.0, 5.0])) == pytest.approx([14.0259, 0], abs=1e-4)


def test_prices_by_hand():
    # Naming 2 of 5 takes ln 10 nats; one more where 2 of 5 are named costs ln(3 / 2).
    assert blocks.log_choices(2, 5) == pytest.approx(np.log(10))
    assert blocks.price(2, 5) == pytest.approx(np.log(1.5))
    assert blocks.price(5, 5) == 0


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
    rest = blocks.background(accounts, contents, model)
    assert rest.own_left_out
    assert blocks.expected_edges(accounts, contents, model, rest) == pytest.approx(1)


def test_a_loose_block_that_is_most_of_its_topic_stays_in():
    # Everybody acts on one of five contents: density 1 / 5 of all cells, so it might be a topic.
    model = model_of([(f"u{a}", f"c{a % 5}", 0) for a in range(20)])
    rest = blocks.background(np.arange(20, dtype=np.int32), np.arange(5, dtype=np.int32), model)
    assert not rest.own_left_out


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


def test_background_leaves_the_block_out(crowd):
    accounts = np.arange(100, 110, dtype=np.int32)
    contents = np.arange(20, 40, dtype=np.int32)
    rest = blocks.background(accounts, contents, crowd)
    assert rest.own_left_out
    # Any edge inside raises degrees and rates, so without the block's edges less is expected.
    assert len(rest.edges) > len(accounts)
    with_own = blocks.Background(rest.edges, rest.n_of_account, rest.n_of_content, crowd.topics.rates, False)
    assert blocks.expected_edges(accounts, contents, crowd, rest) < blocks.expected_edges(
        accounts, contents, crowd, with_own
    )
