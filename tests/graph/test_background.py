"""What the rest of a log says about a block: its own cells have no say in it."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import log_of

from farmgraph import bipartite
from farmgraph.graph.background import background, edges_from, expectation, scratch_for
from farmgraph.graph.blockkernels import MOST_MORE, rates_with_a_hole, tally
from farmgraph.graph.blocks import expected_edges
from farmgraph.graph.topics import SMOOTHING, Topics, edge_rates, pair_counts


def model_of(rows, topic_of_account=None, topic_of_content=None):
    """Arrange a log whose topics are given by name; everybody is of one topic without."""
    graph = bipartite(log_of([(a, c, 0) for a, c in rows]))

    def topic(names, of):
        return np.array([of[n] if of else 0 for n in names.to_pylist()], np.int32)

    accounts = topic(graph.account_names, topic_of_account)
    contents = topic(graph.content_names, topic_of_content)
    k = int(max(accounts.max(), contents.max())) + 1
    edges = pair_counts(accounts, contents, graph.edge_accounts, graph.account_contents, k)
    return expectation(graph, Topics(accounts, contents, edges, edge_rates(edges, edges.sum())))


def block_of(model, accounts, contents):
    graph = model.graph
    codes = graph.codes_of_accounts(list(accounts)), graph.codes_of_contents(list(contents))
    return np.sort(codes[0]), np.sort(codes[1])


def random_rows(rng, n_accounts, n_contents, share):
    """Return random pairs of accounts a0, a1, ... and contents c0, c1, ..., each there with the same chance."""
    cells = rng.random((n_accounts, n_contents)) < share
    return [(f"a{i}", f"c{j}") for i, j in zip(*np.nonzero(cells), strict=True)]


def test_a_farm_that_is_a_topic_of_its_own_is_taken_apart():
    # Topic 0: u0 to u9 on p0 to p4. Topic 1: v0 to v9 on q0 to q4. Topic 2: six workers on four orders, and nothing
    # else. w0 to w2 do p0 and p1 beside it, w3 does q0, w4 does p0 and q0 (a tie: the first), w5 nothing. x0 was
    # visited by u0, x1 by v0 and v1 and u1, nobody else came to x2 and x3.
    rows = [*product([f"u{i}" for i in range(10)], [f"p{j}" for j in range(5)])]
    rows += product([f"v{i}" for i in range(10)], [f"q{j}" for j in range(5)])
    workers, orders = [f"w{i}" for i in range(6)], [f"x{j}" for j in range(4)]
    rows += product(workers, orders)
    rows += [*product(workers[:3], ["p0", "p1"]), ("w3", "q0"), ("w4", "p0"), ("w4", "q0")]
    rows += [("u0", "x0"), ("v0", "x1"), ("v1", "x1"), ("u1", "x1")]
    letters = {"u": 0, "p": 0, "v": 1, "q": 1, "w": 2, "x": 2}
    topic = {name: letters[name[0]] for row in rows for name in row}
    model = model_of(rows, topic, topic)
    accounts, contents = block_of(model, workers, orders)
    rest = background(accounts, contents, model)
    assert len(rest.edges) == 24
    graph = model.graph
    of_account = dict(zip(graph.names_of_accounts(accounts), rest.of_account.tolist(), strict=True))
    of_content = dict(zip(graph.names_of_contents(contents), rest.of_content.tolist(), strict=True))
    assert of_account == {"w0": 0, "w1": 0, "w2": 0, "w3": 1, "w4": 0, "w5": 2}
    assert of_content == {"x0": 0, "x1": 1, "x2": 2, "x3": 2}
    # Every edge outside, counted anew under the new topics, is what the rates are fitted to.
    of_accounts, of_contents = model.topics.of_account.copy(), model.topics.of_content.copy()
    of_accounts[accounts], of_contents[contents] = rest.of_account, rest.of_content
    outside = np.setdiff1d(np.arange(graph.n_edges), rest.edges)
    who, what = graph.edge_accounts[outside], graph.account_contents[outside]
    table = pair_counts(of_accounts, of_contents, who, what, 3)
    of_members = np.bincount(of_accounts[who[np.isin(who, accounts)]], minlength=3).astype(float)
    of_orders = np.bincount(of_contents[what[np.isin(what, contents)]], minlength=3).astype(float)
    fitted, _, _ = rates_with_a_hole(table, of_members, of_orders, float(graph.n_edges))
    assert rest.rates == pytest.approx(fitted)
    # With its own edges the topic explains all 24. Without them the workers do 8 edges elsewhere and the orders get 4.
    own = model.topics.edges[2, 2] / np.outer(model.topics.edges.sum(1), model.topics.edges.sum(0))[2, 2]
    d, n = model.account_degrees[accounts].sum(), model.content_degrees[contents].sum()
    assert d * own * n == pytest.approx(24)
    assert expected_edges(accounts, contents, model, rest) < 8


def test_those_who_do_nothing_else_stand_alone():
    # One edge is added to what nobody does: activity 1 and popularity 1 for a block that hangs on nothing.
    rows = [*product("abcdef", "12345"), *product("uvwxyz", "67890")]
    model = model_of(rows)
    accounts, contents = block_of(model, "abcdef", "12345")
    rest = background(accounts, contents, model)
    assert rest.activity.tolist() == [1] * 6
    assert rest.popularity.tolist() == [1] * 5
    # The 30 edges of the others give (30 + 1/2) / (30 x 30 + 60 / 2) per unit.
    assert rest.rates == pytest.approx(np.array([[30.5 / 930]]))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(2, 6))
def test_the_blocks_own_cells_have_no_say(seed, n_accounts, n_contents):
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, 60, 40, 0.2)
    members, targets = [f"a{i}" for i in range(n_accounts)], [f"c{j}" for j in range(n_contents)]
    outside = [(a, c) for a, c in rows if a not in members or c not in targets]
    # All must still be there when the block is empty, or the logs would differ in more than the block.
    outside += [*product(members, ["c39"]), *product(["a59"], targets)]
    topic = {f"{kind}{i}": i % 3 for kind in "ac" for i in range(60)}
    found = []
    for inside in ([], [(a, c) for a, c in product(members, targets) if rng.random() < 0.5]):
        model = model_of(outside + inside, topic, topic)
        accounts, contents = block_of(model, members, targets)
        rest = background(accounts, contents, model)
        assert len(rest.edges) == len(inside)
        found.append(
            (
                dict(zip(model.graph.names_of_accounts(accounts), rest.activity, strict=True)),
                dict(zip(model.graph.names_of_contents(contents), rest.popularity, strict=True)),
                expected_edges(accounts, contents, model, rest),
            )
        )
    # Only the smoothing knows how many edges there are in all: at most 18 more beside some 480.
    for empty, filled in zip(*found, strict=True):
        assert filled == pytest.approx(empty, rel=0.01)


def rank_one(rng, k, largest):
    """Return a log that is exactly what its topics expect: (rates, activity, popularity, shares inside the block).

    The numbers of edges by topic are the activity and the popularity themselves: the rates w times the popularity B of
    all contents, sum over l of w[k, l] B[l], are 1, and so are those of the activity of all accounts.
    """
    edges = rng.uniform(0.5, 1.5, (k, k)) * 1e9
    activity, popularity = edges.sum(1), edges.sum(0)
    return edges / np.outer(activity, popularity), activity, popularity, *rng.uniform(0, largest, (2, k))


def with_a_hole(rates, activity, popularity, of_accounts, of_contents):
    """Take a block out that holds these shares of each topic's activity and popularity, and fit the rest."""
    a, b = of_accounts * activity, of_contents * popularity
    rest = rates * (np.outer(activity, popularity) - np.outer(a, b))
    # What members do elsewhere: a on the popularity outside the block, and the same for the contents.
    elsewhere, elsewhere_n = a * (rates @ (popularity - b)), b * ((activity - a) @ rates)
    fitted, more_d, more_n = rates_with_a_hole(rest, elsewhere, elsewhere_n, activity.sum())
    return fitted, elsewhere * more_d / a, elsewhere_n * more_n / b


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_what_the_hole_hides_is_recovered(seed, k):
    # Without the block a member does its activity times 1 - the share of its interests inside; the factor is the
    # inverse of that. 1e9 edges a cell, so that half an edge of smoothing does not count. For blocks of at most 30 % of
    # a topic eight turns come within one in ten thousand.
    log = rank_one(np.random.default_rng(seed), k, 0.3)
    fitted, activity, popularity = with_a_hole(*log)
    assert fitted == pytest.approx(log[0], rel=1e-4)
    assert activity == pytest.approx(np.ones(k), rel=1e-4)
    assert popularity == pytest.approx(np.ones(k), rel=1e-4)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_one_topic_with_a_hole_by_hand(share):
    # m edges, accounts with `share` of the activity and contents with `share` of the popularity: share^2 m inside.
    # Left out, the members do share (1 - share) m elsewhere; plainly that expects
    # share^2 (1 - share)^2 m^2 / ((1 - share^2) m), a third of what is inside for a share of one half.
    m = 1e9
    rest, elsewhere = np.array([[m * (1 - share**2)]]), np.array([m * share * (1 - share)])
    rates, more_d, more_n = rates_with_a_hole(rest, elsewhere, elsewhere, m)
    expected = (elsewhere * more_d * rates[0] * elsewhere * more_n)[0]
    assert expected == pytest.approx(share**2 * m, rel=0.03)
    plain = (elsewhere * elsewhere / rest[0])[0]
    assert plain == pytest.approx(share**2 * m * (1 - share) / (1 + share))


def test_smoothing_alone_where_nothing_is_left():
    # No edges outside: half an edge in half of all exposure, and the largest factors.
    rates, more_d, more_n = rates_with_a_hole(np.zeros((1, 1)), np.zeros(1), np.zeros(1), 30.0)
    assert rates == pytest.approx(np.array([[SMOOTHING / (SMOOTHING * 30)]]))
    assert (more_d[0], more_n[0]) == (MOST_MORE, MOST_MORE)


@pytest.mark.parametrize("seed", range(3))
def test_half_of_a_random_log_holds_what_it_should(seed):
    rng = np.random.default_rng(seed)
    model = model_of(random_rows(rng, 300, 240, 0.3))
    half = [f"a{i}" for i in range(150)], [f"c{j}" for j in range(120)]
    accounts, contents = block_of(model, *half)
    rest = background(accounts, contents, model)
    # 18,000 cells hold 5,400 +- 61 edges. The edge that is added to some 72 and 90 adds 2.5 %.
    expected = expected_edges(accounts, contents, model, rest)
    assert expected == pytest.approx(len(rest.edges), rel=0.06)
    d, n = model.account_degrees[accounts].sum(), model.content_degrees[contents].sum()
    inside, n_edges = len(rest.edges), model.graph.n_edges
    plain = (d - inside) * (n - inside) / (n_edges - inside)
    assert plain == pytest.approx(inside / 3, rel=0.1)


def test_how_much_of_its_topic_a_block_holds():
    # One topic: the block's edges are the share of all edges that it holds, whatever the weights.
    model = model_of(random_rows(np.random.default_rng(0), 100, 100, 0.2))
    assert model.topics.n_topics == 1
    for n in (20, 80):
        accounts, contents = block_of(model, [f"a{i}" for i in range(n)], [f"c{j}" for j in range(n)])
        rest = background(accounts, contents, model)
        assert rest.held == pytest.approx(len(rest.edges) / model.graph.n_edges)


def test_edges_from_by_hand():
    # Lists of 2, 0, 3 and 1 entries: those of nodes 2, 1 and 0 are 2 to 4, none, and 0 and 1.
    starts = np.array([0, 2, 2, 5, 6])
    assert edges_from(np.array([2, 1, 0]), starts).tolist() == [2, 3, 4, 0, 1]


def test_contents_list_their_accounts():
    rows = random_rows(np.random.default_rng(3), 20, 15, 0.3)
    model = model_of([*rows, *rows[:30]])
    graph = model.graph
    for code, name in enumerate(graph.content_names.to_pylist()):
        here = model.content_accounts[model.content_starts[code] : model.content_starts[code + 1]]
        assert sorted(graph.names_of_accounts(here)) == sorted(a for a, c in rows if c == name)
        assert (np.diff(here) > 0).all()


def test_masks_stay_false_where_memory_runs_out():
    # 2**24 topics squared are more bytes than there are addresses; the masks are the thread's, for the next block too.
    model = model_of([*product("abc", "xyz")])
    accounts, contents = block_of(model, "ab", "xy")
    scratch, arrays = scratch_for(model.graph), model.arrays
    too_many = arrays._replace(topic_edges=np.empty((1 << 24, 1)))
    with pytest.raises(MemoryError):
        tally(accounts, contents, too_many, scratch)
    assert not any(mask.any() for mask in scratch)
    inside, _, _ = tally(accounts, contents, arrays, scratch)
    assert inside.tolist() == [[4]]
    assert not any(mask.any() for mask in scratch)
