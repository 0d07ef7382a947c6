"""Overlap: do the accounts meet on more contents than their interests explain?"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from farmgraph.graph.background import Expectation, background
from farmgraph.graph.blocks import expected_edges
from farmgraph.graph.topics import DENSE

LARGEST_HELD = 0.5


@dataclass(frozen=True)
class Overlap:
    """Overlap of one cluster.

    Attributes
    ----------
    n_edges : int
        Distinct account-content pairs inside.
    density : float
        Their share of all possible pairs.
    expected : float
        Pairs expected from activity, popularity and topic, learnt without the cluster's own pairs.
    ratio : float
        n_edges / expected.
    ratio_low : float
        Lower end of its 95 % interval.
    n_outside : int
        What the members do elsewhere: pairs outside the cluster that the expectation rests on.
    interest_known : bool
        False where the cluster is most of its topic, so that the rest cannot tell what interest explains.
    """

    n_edges: int
    density: float
    expected: float
    ratio: float
    ratio_low: float
    n_outside: int
    interest_known: bool


def overlap(accounts: np.ndarray, contents: np.ndarray, model: Expectation) -> Overlap:
    """Compare the pairs inside a cluster with what interest explains.

    Parameters
    ----------
    accounts, contents : numpy.ndarray
        int32 codes, ascending, at least one each.
    model : Expectation

    Returns
    -------
    Overlap

    Notes
    -----
    The cluster's own edges are taken out before degrees and rates are computed, so that a farm cannot
    explain itself. One edge is added to each degree: an account that does nothing else is expected
    to do next to nothing, never nothing at all. Where a loose cluster is most of its topic (more than half of
    the topic's edges), the rest of the topic is too small to tell what interest explains: `interest_known` is then
    False, and the times have to speak.

    The interval takes the pairs inside as Poisson and the expectation as resting on `n_outside` Poisson pairs
    (exact limits of Garwood 1936). Where members do nothing else it is wide, and `ratio_low` is what can be
    claimed. It ignores the uncertainty of the topics themselves.
    """
    rest = background(accounts, contents, model)
    n_edges, cells = len(rest.edges), len(accounts) * len(contents)
    expected = expected_edges(accounts, contents, model, rest)
    n_outside = int(model.account_degrees[accounts].sum()) - n_edges
    support = n_outside + len(accounts)
    low = chi2.ppf(0.025, 2 * n_edges) / 2 if n_edges else 0.0
    expected_high = min(expected * chi2.ppf(0.975, 2 * (support + 1)) / 2 / support, cells)
    return Overlap(
        n_edges=n_edges,
        density=rest.density,
        expected=expected,
        ratio=n_edges / expected,
        ratio_low=float(low / expected_high),
        n_outside=n_outside,
        interest_known=rest.held <= LARGEST_HELD or rest.density > DENSE,
    )
