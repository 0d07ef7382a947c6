"""Community detection: the one place that calls igraph's and leidenalg's algorithms.

igraph's C Leiden is ten times as fast and has modularity and CPM; leidenalg has the other
objectives. Both get their edges in one order and their randomness from a seed alone, so the
same graph gives the same communities however its edges were listed.
"""

import contextlib
import random
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from farmgraph.errors import UsageError

OBJECTIVES = ("modularity", "cpm", "rb", "surprise", "significance")
"""What `partition` can optimise."""

_WITHOUT_RESOLUTION = ("surprise", "significance")
_one_at_a_time = threading.Lock()


def partition(
    n_vertices: int,
    edges_a: np.ndarray,
    edges_b: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    objective: str = "modularity",
    resolution: float = 1.0,
    seed: int = 0,
    n_iterations: int = -1,
) -> np.ndarray:
    """Divide the vertices of an undirected graph into communities with the Leiden algorithm.

    Parameters
    ----------
    n_vertices : int
        Vertices are ``0 .. n_vertices - 1``.
    edges_a, edges_b : numpy.ndarray
        Integer, shape (n_edges,): the ends of each edge, in any order, each edge once.
    weights : numpy.ndarray, optional
        float64, shape (n_edges,), 0 or more; 1 for every edge by default.
    objective : {"modularity", "cpm", "rb", "surprise", "significance"}
        ``modularity``: (1 / 2m) sum over pairs of the same community of
        A_ij - resolution k_i k_j / 2m. ``cpm``: sum of A_ij - resolution. ``rb``: modularity
        times 2m, by leidenalg. ``surprise`` and ``significance``: without a resolution;
        ``significance`` ignores the weights.
    resolution : float
        Above 0; higher means more and smaller communities.
    seed : int
        Same input and seed, same result.
    n_iterations : int
        1 or more, or -1 to go on until nothing improves.

    Returns
    -------
    numpy.ndarray
        int32, shape (n_vertices,): communities numbered by size, largest first, ties by
        smallest vertex. A vertex without edges is a community of its own.

    Raises
    ------
    UsageError
        If an option cannot be used.

    Notes
    -----
    About linear in the edges per iteration: igraph takes some 5 s for 2.5 million edges,
    leidenalg four to five times as long. Python's own random state is left alone. Finds a good
    partition, not provably the best one.

    References
    ----------
    Traag, Waltman & van Eck, From Louvain to Leiden, Scientific Reports 9:5233, 2019.

    Examples
    --------
    >>> a, b = np.array([0, 0, 1, 3, 3, 4, 2]), np.array([1, 2, 2, 4, 5, 5, 3])
    >>> partition(6, a, b, seed=1).tolist()  # two triangles and a bridge
    [0, 0, 0, 1, 1, 1]
    """
    return partitions(
        n_vertices,
        edges_a,
        edges_b,
        weights,
        objective=objective,
        resolutions=(resolution,),
        seed=seed,
        n_iterations=n_iterations,
    )[0]


def partitions(
    n_vertices: int,
    edges_a: np.ndarray,
    edges_b: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    objective: str = "modularity",
    resolutions: Sequence[float] = (1.0,),
    seed: int = 0,
    n_iterations: int = -1,
) -> list[np.ndarray]:
    """Do what `partition` does at several resolutions; the graph, half of the work, is built once.

    Examples
    --------
    >>> a, b = np.array([0, 0, 1, 3, 3, 4, 2]), np.array([1, 2, 2, 4, 5, 5, 3])
    >>> [found.tolist() for found in partitions(6, a, b, resolutions=(0.1, 1.0), seed=1)]
    [[0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1]]
    """
    if objective not in OBJECTIVES:
        raise UsageError(f"objective is {objective!r}; expected one of {', '.join(OBJECTIVES)}.")
    for resolution in resolutions:
        _check_resolution(objective, resolution)
    if n_iterations != -1 and n_iterations < 1:
        raise UsageError(
            f"n_iterations is {n_iterations!r}; expected 1 or more, or -1 to go on until stable."
        )
    if weights is not None and not (np.isfinite(weights).all() and (np.asarray(weights) >= 0).all()):
        raise UsageError(
            "A weight is negative, infinite or not a number; expected finite weights of 0 or more."
        )
    given = np.ones(len(edges_a)) if weights is None else np.asarray(weights, np.float64)
    low, high = np.minimum(edges_a, edges_b), np.maximum(edges_a, edges_b)
    order = np.lexsort((given, high, low))
    order = order[given[order] > 0]
    if not len(order):
        return [np.arange(n_vertices, dtype=np.int32) for _ in resolutions]
    edges, kept = np.column_stack((low[order], high[order])).astype(np.int64), given[order]
    work = _by_igraph if objective in ("modularity", "cpm") else _by_leidenalg
    found = work(n_vertices, edges, kept.tolist(), objective, resolutions, seed, n_iterations)
    return [renumbered(one) for one in found]


def _check_resolution(objective: str, resolution: float) -> None:
    if not 0 < resolution < float("inf"):
        raise UsageError(f"resolution is {resolution!r}; expected a number above 0.")
    if objective in _WITHOUT_RESOLUTION and resolution != 1:
        raise UsageError(f"resolution is {resolution!r}, but {objective} has none; leave it out.")


def bipartite_communities(
    edges_accounts: np.ndarray,
    edges_contents: np.ndarray,
    n_accounts: int,
    n_contents: int,
    *,
    resolution: float = 1.0,
    seed: int = 0,
    n_iterations: int = 2,
) -> tuple[np.ndarray, np.ndarray]:
    """Divide accounts and contents together: Leiden with plain modularity on the bipartite edges.

    Parameters
    ----------
    edges_accounts, edges_contents : numpy.ndarray
        Integer codes, shape (n_edges,), of each distinct edge.
    n_accounts, n_contents : int
    resolution : float
        As in `partition`.
    seed : int
    n_iterations : int
        As in `partition`. Two give coarse communities; going on until nothing improves took more than
        twenty times as long on a million edges without clear communities.

    Returns
    -------
    of_accounts, of_contents : numpy.ndarray
        int32 community of each account and of each content, numbered together, largest first.

    Raises
    ------
    UsageError
        If the resolution cannot be used.

    Notes
    -----
    Plain modularity expects (K_A + K_C)^2 / 4m edges in a community whose accounts have K_A
    edges in total and whose contents have K_C; Barber's bipartite modularity expects K_A K_C / m.
    They agree where the two are equal, and plain modularity leaves fewer lopsided communities.

    Examples
    --------
    >>> a, b = bipartite_communities(np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 2, 3]), 3, 4)
    >>> a.tolist(), b.tolist()
    ([0, 0, 1], [0, 0, 1, 1])
    """
    contents = np.asarray(edges_contents, np.int64) + n_accounts
    of_all = partition(
        n_accounts + n_contents,
        edges_accounts,
        contents,
        resolution=resolution,
        seed=seed,
        n_iterations=n_iterations,
    )
    return of_all[:n_accounts], of_all[n_accounts:]


def renumbered(membership: np.ndarray) -> np.ndarray:
    """Give groups numbers by size, largest first, ties by smallest vertex (int32).

    Examples
    --------
    >>> renumbered(np.array([7, 2, 2, 5, 5])).tolist()
    [2, 0, 0, 1, 1]
    """
    _, first, group, sizes = np.unique(membership, return_index=True, return_inverse=True, return_counts=True)
    number = np.empty(len(sizes), np.int32)
    number[np.lexsort((first, -sizes))] = np.arange(len(sizes), dtype=np.int32)
    return number[group]


def _by_igraph(
    n_vertices: int,
    edges: np.ndarray,
    weights: list[float],
    objective: str,
    resolutions: Sequence[float],
    seed: int,
    n_iterations: int,
) -> Iterator[np.ndarray]:
    import igraph

    graph = igraph.Graph(n=n_vertices, edges=edges)
    for resolution in resolutions:
        with _seeded_igraph(seed):
            found = graph.community_leiden(
                objective_function="modularity" if objective == "modularity" else "CPM",
                weights=weights,
                resolution=resolution,
                n_iterations=n_iterations,
            )
        yield np.asarray(found.membership)


@contextlib.contextmanager
def _seeded_igraph(seed: int) -> Iterator[None]:
    """Let igraph draw from a private generator: it uses Python's global one otherwise."""
    import igraph

    with _one_at_a_time:
        igraph.set_random_number_generator(_Draws(seed))
        try:
            yield
        finally:
            igraph.set_random_number_generator(random)


class _Draws:
    """Draws of `random.Random`, without looking its methods up for each: that took a fifth of the search."""

    def __init__(self, seed: int) -> None:
        drawn = random.Random(seed)
        self.random, self.getrandbits = drawn.random, drawn.getrandbits
        self.randint, self.gauss = drawn.randint, drawn.gauss


def _by_leidenalg(
    n_vertices: int,
    edges: np.ndarray,
    weights: list[float],
    objective: str,
    resolutions: Sequence[float],
    seed: int,
    n_iterations: int,
) -> Iterator[np.ndarray]:
    import igraph
    import leidenalg

    graph = igraph.Graph(n=n_vertices, edges=edges)
    kinds = {
        "rb": leidenalg.RBConfigurationVertexPartition,
        "surprise": leidenalg.SurpriseVertexPartition,
        "significance": leidenalg.SignificanceVertexPartition,
    }
    for resolution in resolutions:
        options: dict[str, Any] = {} if objective == "significance" else {"weights": weights}
        if objective not in _WITHOUT_RESOLUTION:
            options["resolution_parameter"] = resolution
        # Its generator takes 31 bits.
        found = leidenalg.find_partition(
            graph, kinds[objective], n_iterations=n_iterations, seed=seed % (2**31 - 1), **options
        )
        yield np.asarray(found.membership)
