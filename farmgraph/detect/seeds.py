"""Where to look for blocks: communities of near accounts, and parts of the log that hang together with nothing else.

A seed is a guess. It costs little where it is wrong, since settling it takes milliseconds, but a block that no seed
leads to is not found.
"""

from collections.abc import Iterator

import numpy as np

from farmgraph.graph.background import Expectation
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.blocks import MIN_ACCOUNTS
from farmgraph.graph.communities import partitions
from farmgraph.graph.components import connected_components
from farmgraph.graph.nearest import Links, nearest_in_time, nearest_mutual, with_two_shared
from farmgraph.graph.times import Times
from farmgraph.graph.topics import DENSE

RESOLUTIONS = (1.0, 20.0)
"""Coarse and fine; the fine one is for up to `MANY_ACCOUNTS` and grows with the accounts beyond."""
MANY_ACCOUNTS = 100_000
LEAST_SEED = 3
"""Accounts of a seed: of six workers three may be among each other's nearest, and bring in the others."""


def seeds(
    model: Expectation, times: Times, *, seed: int, threads: int | None = None
) -> tuple[list[np.ndarray], list[str]]:
    """Return sets of accounts to begin with.

    Parameters
    ----------
    model : Expectation
    times : Times
        Of the same graph.
    seed : int
        Seed of the community searches.
    threads : int, optional

    Returns
    -------
    seeds : list of numpy.ndarray
        int32 codes, ascending, at least 3 each; none twice.
    notes : list of str
        What was skipped.

    Notes
    -----
    Leiden communities of accounts that are near by surprise, and of accounts that are near in time, at resolutions 1
    and 20; and dense connected components. What modularity takes for one community grows with the whole, and a group
    has to come out alike in a larger log: beyond 100,000 accounts the 20 grows in proportion. There, accounts with one
    content in common are no longer linked: chance alone makes so many such links in a large log that groups drown in
    them, and most of a group's members share more.
    """
    near, notes = nearest_mutual(model, threads=threads)
    links = [near]
    if times.known:
        links.append(nearest_in_time(model, times, threads=threads))
    n = model.graph.n_accounts
    found: dict[bytes, np.ndarray] = {}
    for link in links:
        vertices = np.arange(n, dtype=np.int32)
        if n > MANY_ACCOUNTS:
            vertices, link = linked(n, with_two_shared(link, model.graph))
        for members in communities(vertices, link, fine=max(1.0, n / MANY_ACCOUNTS), seed=seed):
            found.setdefault(members.tobytes(), members)
    for members in dense_components(model.graph):
        found.setdefault(members.tobytes(), members)
    return list(found.values()), notes


def communities(vertices: np.ndarray, links: Links, *, fine: float, seed: int) -> Iterator[np.ndarray]:
    """Yield the communities of at least 3 at each resolution; the fine one is `fine` times as fine as usual."""
    resolutions = (RESOLUTIONS[0], RESOLUTIONS[1] * fine)
    found = partitions(len(vertices), *links, resolutions=resolutions, seed=seed, n_iterations=2)
    for membership in found:
        order = np.argsort(membership, kind="stable")
        for members in np.split(vertices[order], np.cumsum(np.bincount(membership))[:-1]):
            if len(members) >= LEAST_SEED:
                yield np.sort(members)


def linked(n: int, links: Links) -> tuple[np.ndarray, Links]:
    """Return the accounts (int32) that hang together with two others or more, and their links, as places among them.

    Accounts of one component stand side by side, so that a search that goes from one to the next finds them in the
    cache.
    """
    a, b, weights = links
    component = connected_components(n, a, b)
    # Components are numbered by size, so that the small ones come last.
    n_large = int((np.bincount(component, minlength=1) >= LEAST_SEED).sum())
    vertices = np.argsort(component, kind="stable")[: int((component < n_large).sum())].astype(np.int32)
    place = np.full(n, -1, np.int32)
    place[vertices] = np.arange(len(vertices), dtype=np.int32)
    kept = place[a] >= 0
    return vertices, (place[a[kept]], place[b[kept]], weights[kept])


def dense_components(graph: BipartiteGraph) -> list[np.ndarray]:
    """Return parts of the log that hang together with nothing else and are dense: in them nothing is a surprise."""
    n = graph.n_accounts
    apart = connected_components(n + graph.n_contents, graph.edge_accounts, n + graph.account_contents)
    n_accounts = np.bincount(apart[:n], minlength=apart.max() + 1)
    n_contents = np.bincount(apart[n:], minlength=apart.max() + 1)
    n_edges = np.bincount(apart[graph.edge_accounts], minlength=apart.max() + 1)
    dense = (n_accounts >= MIN_ACCOUNTS) & (n_edges > DENSE * n_accounts * n_contents)
    return [np.flatnonzero(apart[:n] == c).astype(np.int32) for c in np.flatnonzero(dense)]
