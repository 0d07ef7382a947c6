"""Kernels that price and settle blocks: what the rest of the log says, what is worth naming, until nothing changes.

Arrays in, arrays out. A search looks at hundreds of thousands of small sets, so a whole set is settled in one call,
and what is touched is proportional to the edges of its accounts and contents. `blocks` and `background` say what it
all means.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from farmgraph.graph.layout import neighbours
from farmgraph.graph.topics import SMOOTHING

MIN_ACCOUNTS = 5
MIN_CONTENTS = 3
LEAST_SHARED = 2
"""Contents of a block that a member acts on, at least: one alone is no overlap."""
MAX_ROUNDS = 20
ROUNDS = 8
MOST_MORE = 4.0
_NOBODY = 1e-12


class Model(NamedTuple):
    """The arrays of an `Expectation`."""

    account_starts: np.ndarray
    account_contents: np.ndarray
    content_starts: np.ndarray
    content_accounts: np.ndarray
    account_degrees: np.ndarray
    content_degrees: np.ndarray
    account_topics: np.ndarray
    content_topics: np.ndarray
    topic_edges: np.ndarray


class Scratch(NamedTuple):
    """Masks and counters by code, all zero before and after."""

    is_account: np.ndarray
    is_content: np.ndarray
    account_counter: np.ndarray
    content_counter: np.ndarray


class Rest(NamedTuple):
    """What the rest of the log says about a block, as in `Background`."""

    of_account: np.ndarray
    of_content: np.ndarray
    activity: np.ndarray
    popularity: np.ndarray
    rates: np.ndarray
    density: float
    held: float


@njit(nogil=True, cache=True)
def settled(accounts, model, scratch):  # type: ignore[no-untyped-def]
    """Choose contents for the accounts and accounts for the contents in turns until nothing changes.

    Returns (accounts, contents), both empty where too few are left.
    """
    nobody, contents = accounts[:0], np.empty(0, np.int32)
    visited = [accounts]
    for _ in range(MAX_ROUNDS):
        rest = rest_without(accounts, contents, model, scratch)
        contents = contents_for(accounts, contents, rest, model, scratch)
        if len(contents) < MIN_CONTENTS:
            return nobody, contents[:0]
        rest = rest_without(accounts, contents, model, scratch)
        accounts = accounts_for(accounts, contents, rest, model, scratch)
        if len(accounts) < MIN_ACCOUNTS:
            return nobody, contents[:0]
        for known in visited:
            if np.array_equal(known, accounts):
                return accounts, contents
        visited.append(accounts)
    return accounts, contents


@njit(nogil=True, cache=True)
def contents_for(accounts, contents, rest, model, scratch):  # type: ignore[no-untyped-def]
    """Return the contents (ascending) that are worth naming for a block of these accounts, now with `contents`."""
    least = max(min(LEAST_SHARED, len(accounts)), 1)
    found, n = neighbours(
        model.account_starts, model.account_contents, accounts, least, scratch.content_counter
    )
    expected = _expected(
        found,
        n,
        model.content_degrees,
        model.content_topics,
        contents,
        rest.popularity,
        rest.of_content,
        _by_rates(rest.of_account, rest.activity, rest.rates),
        len(accounts),
    )
    keep = worth_naming(worth(n, expected, rest.density * len(accounts)), len(model.content_degrees))
    if len(contents) == 0 and not keep.any():
        # Where a block is nearly all there is, its own edges explain it until they are left out: begin
        # with what most of the accounts share.
        keep = n > len(accounts) / 2
    return found[keep]


@njit(nogil=True, cache=True)
def accounts_for(accounts, contents, rest, model, scratch):  # type: ignore[no-untyped-def]
    """Return the accounts (ascending) that are worth naming for a block of these contents, now with `accounts`."""
    least = max(min(LEAST_SHARED, len(contents)), 1)
    found, n = neighbours(
        model.content_starts, model.content_accounts, contents, least, scratch.account_counter
    )
    gains, _ = worth_of_accounts(found, n, accounts, contents, rest, model)
    return found[worth_naming(gains, len(model.account_degrees))]


@njit(nogil=True, cache=True)
def worth_of_accounts(candidates, n_inside, accounts, contents, rest, model):  # type: ignore[no-untyped-def]
    """Return the nats that each candidate (ascending) gains, and how many of the contents are expected of it."""
    expected = _expected(
        candidates,
        n_inside,
        model.account_degrees,
        model.account_topics,
        accounts,
        rest.activity,
        rest.of_account,
        _by_rates(rest.of_content, rest.popularity, rest.rates.T),
        len(contents),
    )
    return worth(n_inside, expected, rest.density * len(contents)), expected


@njit(nogil=True, cache=True)
def _by_rates(topics, weights, rates):  # type: ignore[no-untyped-def]
    """Return for each topic of the other side what all of this side's nodes together give it."""
    k = len(rates)
    of_topic, total = np.zeros(k), np.zeros(k)
    for i in range(len(topics)):
        of_topic[topics[i]] += weights[i]
    for i in range(k):
        for j in range(k):
            total[j] += of_topic[i] * rates[i, j]
    return total


@njit(nogil=True, cache=True)
def _expected(nodes, n, degrees, topics, block, of_block, topics_of_block, rate_of_topic, most):  # type: ignore[no-untyped-def]
    """Return how many edges are expected of each node: what the background says of the block's own, else its degree.

    `nodes` may come in any order.
    """
    expected = np.empty(len(nodes))
    for i in range(len(nodes)):
        node = nodes[i]
        elsewhere, topic = degrees[node] - n[i] + 1.0, topics[node]
        place = np.searchsorted(block, node)
        if place < len(block) and block[place] == node:
            elsewhere, topic = of_block[place], topics_of_block[place]
        expected[i] = min(elsewhere * rate_of_topic[topic], most)
    return expected


@njit(nogil=True, cache=True)
def worth(observed, expected, now):  # type: ignore[no-untyped-def]
    """Return what each candidate gains at the block's present rate `now`, or at its own where there is no block yet."""
    gains = np.zeros(len(observed))
    for i in range(len(observed)):
        seen, awaited = float(observed[i]), max(expected[i], _NOBODY)
        rate = now if now != 0 else seen
        if seen > awaited:
            gains[i] = seen * np.log(rate / awaited) - (rate - awaited)
    return gains


@njit(nogil=True, cache=True)
def worth_naming(gains, available):  # type: ignore[no-untyped-def]
    """Choose the k most valuable candidates, k such that their worth less ln C(available, k) is largest."""
    chosen = np.zeros(len(gains), np.bool_)
    gaining = np.flatnonzero(gains > 0)
    order = gaining[np.argsort(-gains[gaining], kind="mergesort")]
    total, best, n_best = 0.0, -np.inf, 0
    for k in range(1, len(order) + 1):
        # ln C(available, k) is ln C(available, k - 1) and the price of one more.
        total += gains[order[k - 1]] - np.log((available - k + 1) / k)
        if total > best:
            best, n_best = total, k
    chosen[order[:n_best]] = True
    return chosen


@njit(nogil=True, cache=True)
def rest_without(accounts, contents, model, scratch):  # type: ignore[no-untyped-def]
    """Return what the rest of the log says about a block: a `Rest`."""
    removed, votes_of_account, votes_of_content = tally(accounts, contents, model, scratch)
    of_account, of_content = model.account_topics[accounts], model.content_topics[contents]
    new_account, new_content = _voted(votes_of_account, of_account), _voted(votes_of_content, of_content)
    rest = model.topic_edges - removed
    d = _moved(rest, of_account, new_account, votes_of_account)
    n = _moved(rest.T, of_content, new_content, votes_of_content)
    rates, more_d, more_n = rates_with_a_hole(
        rest,
        _totals(new_account, d, len(rest)),
        _totals(new_content, n, len(rest)),
        model.topic_edges.sum(),
    )
    n_cells = len(accounts) * len(contents)
    return Rest(
        new_account,
        new_content,
        d * more_d[new_account] + 1.0,
        n * more_n[new_content] + 1.0,
        rates,
        removed.sum() / max(n_cells, 1),
        (removed**2).sum() / max((removed * model.topic_edges).sum(), 1.0),
    )


@njit(nogil=True, cache=True)
def tally(accounts, contents, model, scratch):  # type: ignore[no-untyped-def]
    """Count the edges of a block's accounts and contents: inside, and outside by the topic that they lead to.

    Returns the edges inside by (topic, topic), and votes of the edges outside, shapes (accounts, topics of contents)
    and (contents, topics of accounts); all float64.
    """
    k = len(model.topic_edges)
    removed = np.zeros((k, k))
    votes_of_account = np.zeros((len(accounts), k))
    votes_of_content = np.zeros((len(contents), k))
    # From here on nothing takes memory, so that nothing can fail before the masks are False again.
    for a in accounts:
        scratch.is_account[a] = True
    for c in contents:
        scratch.is_content[c] = True
    for row in range(len(accounts)):
        a = accounts[row]
        for i in range(model.account_starts[a], model.account_starts[a + 1]):
            c = model.account_contents[i]
            if scratch.is_content[c]:
                removed[model.account_topics[a], model.content_topics[c]] += 1
            else:
                votes_of_account[row, model.content_topics[c]] += 1
    for row in range(len(contents)):
        c = contents[row]
        for i in range(model.content_starts[c], model.content_starts[c + 1]):
            a = model.content_accounts[i]
            if not scratch.is_account[a]:
                votes_of_content[row, model.account_topics[a]] += 1
    for a in accounts:
        scratch.is_account[a] = False
    for c in contents:
        scratch.is_content[c] = False
    return removed, votes_of_account, votes_of_content


@njit(nogil=True, cache=True)
def _voted(votes, now):  # type: ignore[no-untyped-def]
    """Return for each node the topic that most votes name, ties to the first; the present one without votes."""
    new = now.copy()
    for row in range(len(votes)):
        most = 0.0
        for topic in range(votes.shape[1]):
            if votes[row, topic] > most:
                most, new[row] = votes[row, topic], topic
    return new


@njit(nogil=True, cache=True)
def _moved(rest, old, new, votes):  # type: ignore[no-untyped-def]
    """Move the votes of nodes from their old topics to the new ones in `rest`; return the votes of each node."""
    total = np.zeros(len(votes))
    for row in range(len(votes)):
        for topic in range(votes.shape[1]):
            rest[old[row], topic] -= votes[row, topic]
            rest[new[row], topic] += votes[row, topic]
            total[row] += votes[row, topic]
    return total


@njit(nogil=True, cache=True)
def _totals(topics, weights, k):  # type: ignore[no-untyped-def]
    total = np.zeros(k)
    for i in range(len(topics)):
        total[topics[i]] += weights[i]
    return total


@njit(nogil=True, cache=True)
def rates_with_a_hole(rest, of_block_accounts, of_block_contents, n_all):  # type: ignore[no-untyped-def]
    """Fit rates to edges outside a block: (rates, factor by topic for its accounts, factor for its contents).

    What a member does elsewhere is less than what it would do without the block, by the share of its interests that
    lies inside. Without the factors (quasi-independence, fitted in turns; at most 4) half of a random log would be
    expected to hold a third of the edges that it does.
    """
    k = len(rest)
    other_accounts, other_contents = np.zeros(k), np.zeros(k)
    for i in range(k):
        for j in range(k):
            other_accounts[i] += rest[i, j]
            other_contents[j] += rest[i, j]
    other_accounts -= of_block_accounts
    other_contents -= of_block_contents
    more_d, more_n, rates = np.ones(k), np.ones(k), np.zeros((k, k))
    for _ in range(ROUNDS):
        by_d, by_n = np.zeros(k), np.zeros(k)
        for i in range(k):
            for j in range(k):
                inside_d, inside_n = more_d[i] * of_block_accounts[i], more_n[j] * of_block_contents[j]
                exposure = (other_accounts[i] + inside_d) * (
                    other_contents[j] + inside_n
                ) - inside_d * inside_n
                rates[i, j] = (rest[i, j] + SMOOTHING) / (exposure + SMOOTHING * n_all)
                by_d[i] += rates[i, j] * other_contents[j]
                by_n[j] += other_accounts[i] * rates[i, j]
        for i in range(k):
            more_d[i] = 1 / min(max(by_d[i], 1 / MOST_MORE), 1.0)
            more_n[i] = 1 / min(max(by_n[i], 1 / MOST_MORE), 1.0)
    return rates, more_d, more_n


@njit(nogil=True, cache=True)
def edges_inside(accounts, contents, account_starts, account_contents, is_content):  # type: ignore[no-untyped-def]
    """Return the positions (int64, ascending) in `account_contents` of the edges inside a block."""
    n_edges = 0
    for a in accounts:
        n_edges += account_starts[a + 1] - account_starts[a]
    edges = np.empty(n_edges, np.int64)
    for c in contents:
        is_content[c] = True
    n = 0
    for a in accounts:
        for i in range(account_starts[a], account_starts[a + 1]):
            edges[n] = i
            n += is_content[account_contents[i]]
    for c in contents:
        is_content[c] = False
    return edges[:n].copy()
