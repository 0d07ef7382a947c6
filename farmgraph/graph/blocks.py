"""What a block of accounts and contents is worth: gains, prices and the cost of description.

A block says: these accounts act on these contents more often than expected. It is worth
its log-likelihood ratio, O ln(O / E) - (O - E) nats for O edges where E were expected, and
it costs what it takes to name its accounts and contents. Detectors search with these
functions and the evidence judges clusters from any source by the same measure.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.core import MIN_SHARED
from farmgraph.graph.layout import count_neighbours, group_order
from farmgraph.graph.topics import DENSE, Topics, edge_rates, pair_counts

MIN_ACCOUNTS = 5
MIN_CONTENTS = 3
LARGEST_HELD = 0.5


@dataclass(frozen=True, eq=False)
class Expectation:
    """A graph with its topics, arranged so that blocks can be priced quickly.

    Attributes
    ----------
    graph : BipartiteGraph
    topics : Topics
    account_degrees, content_degrees : numpy.ndarray
        int64 distinct neighbours.
    content_starts, content_accounts : numpy.ndarray
        CSR from contents to their distinct accounts (int32, ascending).
    """

    graph: BipartiteGraph
    topics: Topics
    account_degrees: np.ndarray
    content_degrees: np.ndarray
    content_starts: np.ndarray
    content_accounts: np.ndarray


def expectation(graph: BipartiteGraph, topics: Topics) -> Expectation:
    """Arrange a graph and its topics for pricing blocks; O(edges)."""
    starts, positions = group_order(graph.account_contents, np.arange(graph.n_edges), graph.n_contents)
    return Expectation(
        graph,
        topics,
        graph.account_degrees,
        graph.content_degrees,
        starts,
        graph.edge_accounts[positions],
    )


def gain(observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return O ln(O / E) - (O - E) in nats where O exceeds E, otherwise 0.

    Examples
    --------
    >>> gain(np.array([10.0, 1.0]), np.array([1.0, 2.0])).round(3).tolist()  # 10 ln 10 - 9
    [14.026, 0.0]
    """
    observed, expected = np.asarray(observed, float), np.maximum(expected, 1e-12)
    worth = observed * np.log(np.maximum(observed, 1e-12) / expected) - (observed - expected)
    return np.where(observed > expected, worth, 0.0)


def price(chosen: int, available: int) -> float:
    """Return the nats that naming one more of `available` costs where `chosen` are named."""
    chosen = max(chosen, 1)
    return float(np.log(max((available - chosen) / chosen, 1.0)))


def log_choices(chosen: int, available: int) -> float:
    """Return ln of the number of ways to choose: the nats that it takes to name a set."""
    return float(gammaln(available + 1) - gammaln(chosen + 1) - gammaln(available - chosen + 1))


@dataclass(frozen=True, eq=False)
class Background:
    """What the rest of the log says about a block.

    Attributes
    ----------
    edges : numpy.ndarray
        int64 positions of the block's edges in `account_contents`, ascending.
    n_of_account, n_of_content : numpy.ndarray
        int64 edges of each of its accounts and contents.
    rates : numpy.ndarray
        omega by (topic of account, topic of content).
    own_left_out : bool
        Whether the block's own edges were left out of rates and degrees.
    """

    edges: np.ndarray
    n_of_account: np.ndarray
    n_of_content: np.ndarray
    rates: np.ndarray
    own_left_out: bool

    @property
    def density(self) -> float:
        """Share of the block's cells that hold an edge."""
        return len(self.edges) / max(len(self.n_of_account) * len(self.n_of_content), 1)

    def degrees(self, degrees: np.ndarray, n_inside: np.ndarray) -> np.ndarray:
        """Return degrees without edges inside, one added so that nobody is expected to do nothing at all."""
        return degrees - n_inside + 1.0 if self.own_left_out else degrees.astype(float)


def background(accounts: np.ndarray, contents: np.ndarray, model: Expectation) -> Background:
    """Return what a block (ascending int32 codes) is compared with.

    The block's own edges are left out, so that it cannot explain itself, unless it is loose enough to be a
    topic (`farmgraph.graph.topics.DENSE`) and holds more than half of its topics' edges: then the rest of
    the topic is too small to speak, and a whole topic would look like a block in its own absence.
    """
    topics, graph = model.topics, model.graph
    edges = inside_edges(accounts, contents, graph)
    of_account, of_content = graph.edge_accounts[edges], graph.account_contents[edges]
    removed = pair_counts(topics.of_account[of_account], topics.of_content[of_content], topics.n_topics)
    held = float((removed**2).sum() / max((removed * topics.edges).sum(), 1.0))
    too_dense = len(edges) > DENSE * len(accounts) * len(contents)
    left_out = held <= LARGEST_HELD or too_dense
    remaining = topics.edges - removed if left_out else topics.edges
    return Background(
        edges=edges,
        n_of_account=np.bincount(np.searchsorted(accounts, of_account), minlength=len(accounts)),
        n_of_content=np.bincount(np.searchsorted(contents, of_content), minlength=len(contents)),
        rates=edge_rates(remaining, topics.edges.sum()),
        own_left_out=left_out,
    )


def contents_of(accounts: np.ndarray, contents: np.ndarray, model: Expectation) -> np.ndarray:
    """Return the contents (ascending codes) that belong to a block of these accounts.

    Parameters
    ----------
    accounts : numpy.ndarray
        int32 codes, ascending.
    contents : numpy.ndarray
        int32 codes, ascending, of the contents that the block has now; may be empty.
    model : Expectation

    Returns
    -------
    numpy.ndarray
        Those whose gain exceeds the price of naming them. With contents, the gain compares the block's own
        density with the expectation; without, each content's own count (and where that finds nothing, what
        more than half of the accounts share).
    """
    graph, topics = model.graph, model.topics
    rest = background(accounts, contents, model)
    found, n = count_neighbours(graph.account_starts, graph.account_contents, accounts, graph.n_contents)
    weights = rest.degrees(model.account_degrees[accounts], rest.n_of_account)
    activity = np.bincount(topics.of_account[accounts], weights=weights, minlength=topics.n_topics)
    popularity = rest.degrees(model.content_degrees[found], n)
    expected = np.minimum(popularity * (activity @ rest.rates)[topics.of_content[found]], len(accounts))
    worth = _worth(n, expected, rest.density * len(accounts))
    keep = worth > price(max(len(contents), MIN_CONTENTS), graph.n_contents)
    keep &= n >= min(MIN_SHARED, len(accounts))
    if not len(contents) and not keep.any():
        # Where a block is nearly all there is, its own edges explain it until they are left out: begin
        # with what most of the accounts share.
        keep = n > len(accounts) / 2
    return np.sort(found[keep])


def accounts_of(accounts: np.ndarray, contents: np.ndarray, model: Expectation) -> np.ndarray:
    """Return the accounts (ascending codes) that belong to a block of these contents, now held by `accounts`."""
    graph, topics = model.graph, model.topics
    rest = background(accounts, contents, model)
    found, n = count_neighbours(model.content_starts, model.content_accounts, contents, graph.n_accounts)
    weights = rest.degrees(model.content_degrees[contents], rest.n_of_content)
    popularity = np.bincount(topics.of_content[contents], weights=weights, minlength=topics.n_topics)
    activity = rest.degrees(model.account_degrees[found], n)
    expected = np.minimum(activity * (rest.rates @ popularity)[topics.of_account[found]], len(contents))
    worth = _worth(n, expected, rest.density * len(contents))
    keep = worth > price(max(len(accounts), MIN_ACCOUNTS), graph.n_accounts)
    return np.sort(found[keep & (n >= min(MIN_SHARED, len(contents)))])


def _worth(observed: np.ndarray, expected: np.ndarray, now: float) -> np.ndarray:
    """Return the gain of each candidate at the block's present rate, or at its own where there is no block yet."""
    if now == 0:
        return gain(observed, expected)
    expected = np.maximum(expected, 1e-12)
    return np.where(observed > expected, observed * np.log(now / expected) - (now - expected), 0.0)


def inside_edges(accounts: np.ndarray, contents: np.ndarray, graph: BipartiteGraph) -> np.ndarray:
    """Return the positions (int64, ascending) in `account_contents` of the edges inside a block."""
    lengths = graph.account_degrees[accounts]
    first = np.repeat(graph.account_starts[accounts] - np.cumsum(lengths) + lengths, lengths)
    edges = first + np.arange(lengths.sum())
    return np.sort(edges[np.isin(graph.account_contents[edges], contents)])


def expected_edges(accounts: np.ndarray, contents: np.ndarray, model: Expectation, rest: Background) -> float:
    """Return the edges expected inside a block, at most one per cell."""
    topics = model.topics
    d = rest.degrees(model.account_degrees[accounts], rest.n_of_account)
    n = rest.degrees(model.content_degrees[contents], rest.n_of_content)
    activity = np.bincount(topics.of_account[accounts], weights=d, minlength=topics.n_topics)
    popularity = np.bincount(topics.of_content[contents], weights=n, minlength=topics.n_topics)
    return float(min(activity @ rest.rates @ popularity, len(accounts) * len(contents)))


def block_value(
    n_edges: int, expected: float, n_accounts: int, n_contents: int, graph: BipartiteGraph
) -> float:
    """Return the worth of a block in nats, less the nats that it takes to name its accounts and contents."""
    worth = float(gain(np.array([n_edges]), np.array([expected]))[0])
    return worth - log_choices(n_accounts, graph.n_accounts) - log_choices(n_contents, graph.n_contents)
