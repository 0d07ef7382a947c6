"""The numbers of published detectors, CatchSync and fBox, and of the adjacency matrix: arrays in, arrays out."""

from typing import Any, NamedTuple

import numpy as np

__all__ = [
    "GridCloseness",
    "authorities",
    "lowest_synchronicity",
    "reconstructed_degrees",
    "shared_contents",
    "synchronicities",
]

AUTHORITY_FLOOR = 2.0**-20
"""Relative to the largest; what lies below is one cell of the grid: its digits depend on when iteration stops."""

SMALL_MATRIX = 250_000
"""Cells up to which a matrix is decomposed in full."""


def _biadjacency(account_starts: np.ndarray, account_contents: np.ndarray, n_contents: int) -> Any:
    """Return the 0/1 matrix of accounts and contents (scipy.sparse.csr_array, float64)."""
    from scipy.sparse import csr_array

    shape = (len(account_starts) - 1, n_contents)
    return csr_array((np.ones(len(account_contents)), account_contents, account_starts), shape=shape)


def shared_contents(
    account_starts: np.ndarray, account_contents: np.ndarray, accounts: np.ndarray
) -> np.ndarray:
    """Count the contents that each two of some accounts have in common.

    Parameters
    ----------
    account_starts, account_contents : numpy.ndarray
        As in `farmgraph.graph.bipartite.BipartiteGraph`.
    accounts : numpy.ndarray
        Integer codes, shape (n,).

    Returns
    -------
    numpy.ndarray
        int64, shape (n, n), symmetric; on the diagonal the contents of the account itself.

    Notes
    -----
    Memory 8 n^2 bytes; time grows with the sum over contents of the square of the chosen accounts on them.

    Examples
    --------
    >>> shared_contents(np.array([0, 2, 3]), np.array([0, 1, 1]), np.array([1, 0])).tolist()
    [[1, 1], [1, 2]]
    """
    n_contents = int(account_contents.max(initial=-1)) + 1
    rows = _biadjacency(account_starts, account_contents, n_contents)[np.asarray(accounts, np.int64)]
    return np.asarray((rows @ rows.T).toarray(), np.int64).reshape(len(accounts), len(accounts))


def authorities(
    account_starts: np.ndarray,
    account_contents: np.ndarray,
    n_contents: int,
    *,
    tolerance: float = 1e-10,
    max_iterations: int = 1_000,
) -> np.ndarray:
    """Compute the authority of every content (HITS), relative to the largest.

    Parameters
    ----------
    account_starts, account_contents : numpy.ndarray
        As in `farmgraph.graph.bipartite.BipartiteGraph`.
    n_contents : int
    tolerance : float
        Iteration stops where no authority changes by more, relative to the largest.
    max_iterations : int

    Returns
    -------
    numpy.ndarray
        float64 in [0, 1], shape (n_contents,).

    Notes
    -----
    Power iteration from the in-degrees, so that the result does not depend on chance, even where several parts of
    the graph tie. O(edges) per iteration. Contents that are not connected to the strongest part tend to 0.

    References
    ----------
    Kleinberg, Authoritative sources in a hyperlinked environment, Journal of the ACM 46, 1999.

    Examples
    --------
    >>> authorities(np.array([0, 2, 3]), np.array([0, 1, 1]), 2).round(3).tolist()
    [0.618, 1.0]
    """
    matrix = _biadjacency(account_starts, account_contents, n_contents)
    back = matrix.T.tocsr()
    authority = np.bincount(account_contents, minlength=n_contents).astype(np.float64)
    authority /= authority.max(initial=1.0)
    for _ in range(max_iterations):
        before, authority = authority, back @ (matrix @ authority)
        authority = authority / max(authority.max(initial=0.0), np.finfo(np.float64).tiny)
        if np.abs(authority - before).max(initial=0.0) <= tolerance:
            break
    return authority


class GridCloseness(NamedTuple):
    """What `synchronicities` returns."""

    synchronicity: np.ndarray
    """float64, shape (n_accounts,): mean closeness among the contents of the account; NaN without contents."""
    normality: np.ndarray
    """float64, shape (n_accounts,): mean closeness of the account's contents to all contents."""
    n_cells: int
    """Cells of the grid that hold a content."""
    background: float
    """Mean closeness of all contents to all contents."""


def synchronicities(
    account_starts: np.ndarray, account_contents: np.ndarray, n_contents: int
) -> GridCloseness:
    """Compute the synchronicity and normality of every account, as CatchSync defines them.

    Parameters
    ----------
    account_starts, account_contents : numpy.ndarray
        As in `farmgraph.graph.bipartite.BipartiteGraph`; every content has an account.
    n_contents : int

    Returns
    -------
    GridCloseness

    Notes
    -----
    Contents lie on a grid of log2 in-degree (rounded down) by log2 authority relative to the largest (rounded to the
    nearest, so that ties with the largest cannot fall apart); two contents are as close as 1 where they share a
    cell, else 0. With f the share of an account's contents in each cell and b the share of all contents,
    synchronicity is sum f^2 and normality sum f b. Pairs of a content with itself count, as in the paper: an
    account with one content has synchronicity 1. O(edges) besides `authorities`.

    References
    ----------
    Jiang, Cui, Beutel, Faloutsos & Yang, CatchSync: Catching Synchronized Behavior in Large Directed Graphs,
    KDD 2014.

    Examples
    --------
    >>> found = synchronicities(np.array([0, 2, 3]), np.array([0, 1, 1]), 2)  # two cells, one content in each
    >>> found.synchronicity.tolist(), found.normality.tolist(), found.n_cells, found.background
    ([0.5, 1.0], [0.5, 0.5], 2, 0.5)
    """
    from scipy.sparse import csr_array

    degrees = np.bincount(account_contents, minlength=n_contents)
    authority = np.maximum(authorities(account_starts, account_contents, n_contents), AUTHORITY_FLOOR)
    places = np.column_stack((np.frexp(degrees)[1], np.rint(np.log2(authority)).astype(np.int64)))
    cells, cell = np.unique(places, axis=0, return_inverse=True)
    n_accounts, n_cells = len(account_starts) - 1, len(cells)
    # Entries of one account and cell add up when duplicates are summed.
    columns = cell.ravel()[account_contents]
    counts = csr_array(
        (np.ones(len(columns)), columns, account_starts.copy()), shape=(n_accounts, n_cells), copy=True
    )
    counts.sum_duplicates()
    share_of_all = np.bincount(cell.ravel(), minlength=n_cells) / max(n_contents, 1)
    totals = np.diff(account_starts).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        synchronicity = np.asarray(counts.multiply(counts).sum(axis=1)).ravel() / totals**2
        normality = np.asarray(counts @ share_of_all).ravel() / totals
    return GridCloseness(synchronicity, normality, n_cells, float((share_of_all**2).sum()))


def lowest_synchronicity(normality: Any, *, n_cells: int, background: float) -> np.ndarray:
    """Return the least synchronicity that an account of some normality can have: a parabola.

    Parameters
    ----------
    normality : array of float
    n_cells : int
        Cells of the grid that hold a content, M.
    background : float
        Sum over cells of the squared share of all contents, s_b.

    Returns
    -------
    numpy.ndarray
        float64: (-M n^2 + 2 n - s_b) / (1 - M s_b), or 1 / M where all cells hold as many contents as each other.

    Notes
    -----
    Shares below 0 are allowed in its derivation, so that some values cannot be reached.

    References
    ----------
    Jiang et al., KDD 2014, Theorem 1.

    Examples
    --------
    >>> lowest_synchronicity([0.25, 0.5], n_cells=2, background=0.625).tolist()
    [1.0, 0.5]
    """
    n = np.asarray(normality, np.float64)
    curvature = 1 - n_cells * background
    if abs(curvature) < 1e-12:
        return np.full(n.shape, 1 / max(n_cells, 1))
    return np.asarray((-n_cells * n**2 + 2 * n - background) / curvature)


def reconstructed_degrees(
    account_starts: np.ndarray,
    account_contents: np.ndarray,
    n_contents: int,
    *,
    rank: int = 25,
    seed: int = 0,
) -> np.ndarray:
    """Compute how much of each account's degree the strongest singular vectors reconstruct.

    Parameters
    ----------
    account_starts, account_contents : numpy.ndarray
        As in `farmgraph.graph.bipartite.BipartiteGraph`.
    n_contents : int
    rank : int
        Singular vectors kept, 1 or more. With as many as the matrix has, every degree is reconstructed in full.
    seed : int
        Of the vector that the search begins with.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_accounts,): squared length of the account's row of U S, from 0 to its degree.

    Notes
    -----
    By scipy.sparse.linalg.svds (ARPACK), about O(rank (edges + rank accounts)) per iteration; small matrices are
    decomposed in full. Where the last singular value kept equals the first that is dropped, the choice between
    them is arbitrary and depends on `seed`.

    References
    ----------
    Shah, Beutel, Gallagher & Faloutsos, Spotting Suspicious Link Behavior with fBox, ICDM 2014.

    Examples
    --------
    >>> starts, contents = np.array([0, 2, 4, 5]), np.array([0, 1, 0, 1, 2])
    >>> reconstructed_degrees(starts, contents, 3, rank=1).round(6).tolist()
    [2.0, 2.0, 0.0]
    """
    matrix = _biadjacency(account_starts, account_contents, n_contents)
    least = min(matrix.shape)
    if rank >= least:
        return np.diff(account_starts).astype(np.float64)
    if matrix.shape[0] * matrix.shape[1] <= SMALL_MATRIX:
        left, values, _ = np.linalg.svd(matrix.toarray(), full_matrices=False)
        left, values = left[:, :rank], values[:rank]
    else:
        from scipy.sparse.linalg import svds

        start = np.random.default_rng(seed).standard_normal(least)
        left, values, _ = svds(matrix, k=rank, v0=start)
    return np.asarray(((left * values) ** 2).sum(axis=1))
