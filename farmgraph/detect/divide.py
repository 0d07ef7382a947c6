"""Dividing: is one block really several that share accounts?

A broker's workers serve several customers. Each customer's contents have a staff of their own, and the staffs
overlap, so that growing a block from one of them draws in the others. A block is divided where saying who works on
which contents takes fewer nats than saying that everybody works on all of them.
"""

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from farmgraph.graph.blocks import MIN_ACCOUNTS, MIN_CONTENTS, log_choices

MOST_PARTS = 8
ROUNDS = 10
MOST_CONTENTS, MOST_CELLS = 2_000, 20_000_000
"""Blocks with more are left as they are."""


def divisible(n_accounts: int, n_contents: int) -> bool:
    """Say whether a block is large enough to have parts and small enough to be looked at."""
    large = n_contents > MOST_CONTENTS or n_accounts * n_contents > MOST_CELLS
    return not large and n_accounts >= MIN_ACCOUNTS and n_contents >= 2 * MIN_CONTENTS


def divide(cells: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Find the parts of a block, once.

    Parameters
    ----------
    cells : numpy.ndarray
        bool, shape (accounts, contents): who acted on what.

    Returns
    -------
    list of (numpy.ndarray, numpy.ndarray)
        Rows and columns of each part; parts share no column and may share rows. Empty where dividing saves nothing.

    Notes
    -----
    Contents are grouped by who acts on them (average linkage over the correlation of their columns, activity and
    popularity left out) into 2 to 8 groups. For each group every account is in or out, whichever explains its
    actions better, at one rate for those in and one for those out. The parts save sum O ln(O / E) nats, E from the
    accounts' and contents' totals inside the block, and cost the naming of the accounts in each part, ln C(n, in),
    and of each content's group, ln(number of groups). The division that saves most is returned if it saves
    anything. Time O(accounts x contents^2) of one matrix product, memory 16 bytes per pair of contents.

    Examples
    --------
    Two teams of 20 that share ten workers, each on five contents of its own:

    >>> cells = np.zeros((30, 10), bool)
    >>> cells[:20, :5] = cells[10:, 5:] = True
    >>> [(rows.size, columns.tolist()) for rows, columns in divide(cells)]
    [(20, [0, 1, 2, 3, 4]), (20, [5, 6, 7, 8, 9])]
    """
    by_account, by_content = cells.sum(1).astype(float), cells.sum(0).astype(float)
    if not divisible(*cells.shape) or not (by_content > 0).all():
        return []
    numbers = cells.astype(float)
    tree = linkage(_distances(numbers, by_account, by_content), method="average")
    best, most = None, 0.0
    for k in range(2, MOST_PARTS + 1):
        group = fcluster(tree, k, "maxclust") - 1
        chosen, saved = _staff(numbers, group, by_account, by_content)
        if saved > most:
            best, most = (group, chosen), saved
    if best is None:
        return []
    group, chosen = best
    return [(np.flatnonzero(chosen[:, g]), np.flatnonzero(group == g)) for g in range(group.max() + 1)]


def _distances(cells: np.ndarray, by_account: np.ndarray, by_content: np.ndarray) -> np.ndarray:
    """Return 1 - correlation of the columns, each less what the totals expect, as linkage wants it."""
    total = by_content.sum()
    # Whole numbers up to here, so that the sums are exact in whatever order they are taken.
    together, weighted = cells.T @ cells, cells.T @ by_account
    shared = np.outer(by_content, weighted) / total
    covariance = (
        together - shared - shared.T + np.outer(by_content, by_content) * (by_account @ by_account) / total**2
    )
    spread = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
    rows, columns = np.triu_indices(len(spread), 1)
    correlation = covariance[rows, columns] / (spread[rows] * spread[columns])
    return np.round(np.clip(1 - correlation, 0, 2), 9)


def _staff(
    cells: np.ndarray, group: np.ndarray, by_account: np.ndarray, by_content: np.ndarray
) -> tuple[np.ndarray, float]:
    """Choose the accounts (bool, accounts x groups) of each group of contents, and return the nats saved."""
    n_groups = int(group.max()) + 1
    if n_groups < 2:
        return np.ones((len(cells), 1), bool), 0.0
    of_group = (group[:, None] == np.arange(n_groups)).astype(float)
    observed = cells @ of_group
    expected = np.outer(by_account, by_content @ of_group) / by_content.sum()
    chosen = observed > expected
    for _ in range(ROUNDS):
        inside, outside = _rate(observed, expected, chosen), _rate(observed, expected, ~chosen)
        better = observed * np.log(inside / outside) > expected * (inside - outside)
        better |= inside <= outside
        if (better == chosen).all():
            break
        chosen = better
    with_shared = _with_shared(observed, of_group.sum(0), chosen)
    saved = max(_saved(observed, expected, chosen), _saved(observed, expected, with_shared))
    return with_shared, saved - len(group) * float(np.log(n_groups))


def _with_shared(observed: np.ndarray, size: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Add to each group the accounts that act on it as its staff do: who works for all looks busy, not chosen."""

    def density(members: np.ndarray) -> np.ndarray:
        n_cells = members.sum(0) * size
        return np.clip((observed * members).sum(0) / np.maximum(n_cells, 1), 1e-6, 1 - 1e-6)

    inside, outside = density(chosen), density(~chosen)
    like_staff = observed * np.log(inside / outside)
    like_staff += (size - observed) * np.log((1 - inside) / (1 - outside))
    return chosen | ((like_staff > 0) & (inside > outside))


def _saved(observed: np.ndarray, expected: np.ndarray, chosen: np.ndarray) -> float:
    """Return the nats that this choice of accounts saves, less those that it takes to name it."""
    saved = _nats(observed, expected, chosen) + _nats(observed, expected, ~chosen)
    return saved - float(log_choices(chosen.sum(0), len(chosen)).sum())


def _rate(observed: np.ndarray, expected: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return O / E over the chosen accounts of each group, above 0."""
    return np.maximum((observed * chosen).sum(0), 0.5) / np.maximum((expected * chosen).sum(0), 1e-9)


def _nats(observed: np.ndarray, expected: np.ndarray, chosen: np.ndarray) -> float:
    """Return sum O ln(O / E) over groups; the terms O - E cancel between those in and those out."""
    o, e = (observed * chosen).sum(0), (expected * chosen).sum(0)
    return float((o * np.log(np.maximum(o, 1e-9) / np.maximum(e, 1e-9)))[o > 0].sum())
