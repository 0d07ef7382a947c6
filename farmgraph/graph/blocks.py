"""What a block of accounts and contents is worth: gains, prices and the cost of description.

A block says: these accounts act on these contents more often than expected. It is worth
its log-likelihood ratio, O ln(O / E) - (O - E) nats for O edges where E were expected, and
it costs what it takes to name its accounts and contents. Detectors search with these
functions and the evidence judges clusters from any source by the same measure.
"""

import numpy as np
from scipy.special import gammaln, xlogy

from farmgraph.graph import blockkernels as kernels
from farmgraph.graph.background import Background, Expectation, scratch_for
from farmgraph.graph.bipartite import BipartiteGraph

MIN_ACCOUNTS, MIN_CONTENTS, LEAST_SHARED = kernels.MIN_ACCOUNTS, kernels.MIN_CONTENTS, kernels.LEAST_SHARED


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


def log_choices(chosen: "int | np.ndarray", available: int) -> np.ndarray:
    """Return ln of the number of ways to choose: the nats that it takes to name a set.

    Examples
    --------
    >>> log_choices(2, 4).round(3).tolist()  # ln 6
    1.792
    """
    chosen = np.asarray(chosen)
    return np.asarray(gammaln(available + 1) - gammaln(chosen + 1) - gammaln(available - chosen + 1))


def worth_naming(worth: np.ndarray, available: int) -> np.ndarray:
    """Choose the candidates that are worth most beyond what it costs to name them.

    Parameters
    ----------
    worth : numpy.ndarray
        Nats that each candidate gains.
    available : int
        How many there are to choose from, those that are no candidates included.

    Returns
    -------
    numpy.ndarray
        bool: the k most valuable candidates, k such that the sum of their worth less ln C(available, k) is largest. At
        least one where any gains anything: whether the whole is worth its cost is asked of the block.

    Notes
    -----
    Naming one more costs about ln((available - k) / k), the less the more are named: many candidates, none of which
    is worth its price alone, may be so together.

    Examples
    --------
    Two of ten cost ln 45 = 3.8 together, though the first alone costs ln 10 = 2.3:

    >>> worth_naming(np.array([2.2, 2.2, 0.1]), 10).tolist()
    [True, True, False]
    """
    chosen: np.ndarray = kernels.worth_naming(np.asarray(worth, np.float64), available)
    return chosen


def settled(accounts: np.ndarray, model: Expectation) -> tuple[np.ndarray, np.ndarray]:
    """Grow a set of accounts into a block that stands still.

    Parameters
    ----------
    accounts : numpy.ndarray
        int32 codes, ascending.
    model : Expectation

    Returns
    -------
    accounts, contents : numpy.ndarray
        int32 codes, ascending; both empty where fewer than 5 accounts or 3 contents are left on the way.

    Notes
    -----
    `contents_of` and `accounts_of` in turns, until the accounts are some that were seen before, at most 20 rounds.
    One call into compiled code, so that threads do not wait for each other.
    """
    block: tuple[np.ndarray, np.ndarray] = kernels.settled(accounts, model.arrays, scratch_for(model.graph))
    return block


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
        Those that are worth naming (`worth_naming`). With contents, the gain compares the block's own
        density with the expectation; without, each content's own count (and where that finds nothing, what
        more than half of the accounts share).
    """
    arrays, scratch = model.arrays, scratch_for(model.graph)
    rest = kernels.rest_without(accounts, contents, arrays, scratch)
    found: np.ndarray = kernels.contents_for(accounts, contents, rest, arrays, scratch)
    return found


def accounts_of(accounts: np.ndarray, contents: np.ndarray, model: Expectation) -> np.ndarray:
    """Return the accounts (ascending codes) that belong to a block of these contents, now held by `accounts`."""
    arrays, scratch = model.arrays, scratch_for(model.graph)
    rest = kernels.rest_without(accounts, contents, arrays, scratch)
    found: np.ndarray = kernels.accounts_for(accounts, contents, rest, arrays, scratch)
    return found


def account_worth(
    candidates: np.ndarray,
    n_inside: np.ndarray,
    accounts: np.ndarray,
    contents: np.ndarray,
    model: Expectation,
    rest: Background,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the nats that each candidate gains as a member of a block, and how often it is expected there anyway.

    `n_inside` is on how many of the block's contents each of them acts.
    """
    known = kernels.Rest(**{name: getattr(rest, name) for name in kernels.Rest._fields})
    gains: tuple[np.ndarray, np.ndarray] = kernels.worth_of_accounts(
        candidates, n_inside, accounts, contents, known, model.arrays
    )
    return gains


def inside_edges(accounts: np.ndarray, contents: np.ndarray, graph: BipartiteGraph) -> np.ndarray:
    """Return the positions (int64, ascending) in `account_contents` of the edges inside a block."""
    is_content = scratch_for(graph).is_content
    edges: np.ndarray = kernels.edges_inside(
        accounts, contents, graph.account_starts, graph.account_contents, is_content
    )
    return edges


def expected_edges(accounts: np.ndarray, contents: np.ndarray, model: Expectation, rest: Background) -> float:
    """Return the edges expected inside a block, at most one per cell."""
    k = model.topics.n_topics
    activity = np.bincount(rest.of_account, weights=rest.activity, minlength=k)
    popularity = np.bincount(rest.of_content, weights=rest.popularity, minlength=k)
    return float(min(activity @ rest.rates @ popularity, len(accounts) * len(contents)))


def block_value(
    n_edges: int, expected: float, n_accounts: int, n_contents: int, graph: BipartiteGraph
) -> float:
    """Return the worth of a block in nats, less the nats that it takes to name its accounts and contents."""
    worth = gain(np.array([n_edges]), np.array([expected]))[0]
    cost = log_choices(n_accounts, graph.n_accounts) + log_choices(n_contents, graph.n_contents)
    return float(worth - cost)


def value_given_totals(
    accounts: np.ndarray, contents: np.ndarray, model: Expectation, rest: Background
) -> float:
    """Return the worth of a block where its accounts' and contents' totals, own edges included, are given.

    What members do elsewhere is little if the block was chosen to hold most of what they do, so that any busy
    accounts and popular contents look like a block beside it. This is the likelihood-ratio test of the table
    (members or not) x (its contents or not) with fixed totals, less the cost of description: strict where members
    do nothing else.
    """
    k, n_edges, n_all = model.topics.n_topics, len(rest.edges), model.graph.n_edges
    d, n = model.account_degrees[accounts], model.content_degrees[contents]
    activity = np.bincount(rest.of_account, weights=d, minlength=k)
    popularity = np.bincount(rest.of_content, weights=n, minlength=k)
    of_accounts, of_contents = float(d.sum()), float(n.sum())
    expected = min(float(activity @ rest.rates @ popularity), 0.95 * of_accounts, 0.95 * of_contents)

    def table(inside: float) -> np.ndarray:
        others = n_all - of_accounts - of_contents + inside
        return np.array([inside, of_accounts - inside, of_contents - inside, max(others, 0.0)])

    seen = table(n_edges)
    worth = 0.0
    if n_edges > expected:
        worth = float(xlogy(seen, seen / np.maximum(table(expected), 1e-9)).sum())
    cost = log_choices(len(accounts), model.graph.n_accounts) + log_choices(
        len(contents), model.graph.n_contents
    )
    return worth - float(cost)
