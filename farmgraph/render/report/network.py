"""Who moved with whom inside a cluster: pairs counted by contents, thinned and laid out."""

import math
import random

import numpy as np

from farmgraph.interactions.schema import MICROSECONDS, NO_TIME
from farmgraph.render.report.islands import packed_discs
from farmgraph.render.report.shapes import Network

HOUR_S = 3_600.0


def meetings(
    who: np.ndarray, what: np.ndarray, time: np.ndarray, *, n: int, within_s: float | None
) -> np.ndarray:
    """Count on how many contents each two accounts met.

    Parameters
    ----------
    who, what, time : numpy.ndarray
        int64, shape (n_actions,): account (0..n - 1), content and microseconds (``NO_TIME`` where missing).
    n : int
        Number of accounts.
    within_s : float, optional
        Two accounts met where their first actions on a content lie at most so many seconds apart; None
        counts every content that both acted on, at whatever time.

    Returns
    -------
    numpy.ndarray
        int64, shape (n, n), symmetric with a diagonal of 0. O(n ** 2) for each content.

    Examples
    --------
    >>> seconds = np.array([0, 5, 60]) * 1_000_000
    >>> meetings(np.array([0, 1, 2]), np.zeros(3, int), seconds, n=3, within_s=10).tolist()
    [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    """
    counts = np.zeros((n, n), np.int64)
    if within_s is not None:
        timed = time != NO_TIME
        who, what, time = who[timed], what[timed], time[timed]
    order = np.lexsort((time, who, what))
    who, what, time = who[order], what[order], time[order]
    first = np.ones(len(who), bool)
    first[1:] = (who[1:] != who[:-1]) | (what[1:] != what[:-1])
    who, what, time = who[first], what[first], time[first]
    for rows in np.split(np.arange(len(what)), np.flatnonzero(np.diff(what)) + 1):
        here = who[rows]
        near: np.ndarray | int = 1
        if within_s is not None:
            near = np.abs(time[rows][:, None] - time[rows]) <= within_s * MICROSECONDS
        counts[np.ix_(here, here)] += near
    np.fill_diagonal(counts, 0)
    return counts


def network_of(counts: np.ndarray, *, within_s: float | None, most: int, seed: int) -> Network:
    """Thin and lay out the network of one cluster.

    Parameters
    ----------
    counts : numpy.ndarray
        What `meetings` returned.
    within_s : float, optional
        As given there.
    most : int
        Links to keep: first those that hold the parts together at every least number of contents (a maximum spanning
        forest, at most n - 1), whatever `most` is, then the strongest.
    seed : int
        Of the layout.
    """
    a, b = np.nonzero(np.triu(counts, 1))
    n = counts[a, b]
    kept = _strongest(a, b, n, counts, most)
    least = np.unique(n)
    places = _places(a[kept], b[kept], n[kept], len(counts), seed)
    strongest = counts.max(axis=1, initial=0)
    return {
        "within_s": within_s,
        "x": [round(float(x), 4) for x in places[:, 0]],
        "y": [round(float(y), 4) for y in places[:, 1]],
        "a": a[kept].tolist(),
        "b": b[kept].tolist(),
        "n": n[kept].tolist(),
        "least": least.tolist(),
        "links": [int((n >= k).sum()) for k in least],
        "joined": [int((strongest >= k).sum()) for k in least],
        "n_links": len(n),
    }


def partners(counts: np.ndarray) -> list[tuple[int, int]]:
    """Return each account with the one it met on most contents, as distinct pairs a < b.

    Examples
    --------
    >>> partners(np.array([[0, 2, 1], [2, 0, 0], [1, 0, 0]]))
    [(0, 1), (0, 2)]
    """
    if not len(counts):
        return []
    best = counts.argmax(axis=1)
    met = counts[np.arange(len(counts)), best] > 0
    return sorted({(min(i, j), max(i, j)) for i, j in enumerate(best.tolist()) if met[i]})


def _strongest(a: np.ndarray, b: np.ndarray, n: np.ndarray, counts: np.ndarray, most: int) -> np.ndarray:
    """Return positions of the links to keep, most contents first."""
    by_strength = np.lexsort((b, a, -n))
    part = list(range(len(counts)))

    def root(i: int) -> int:
        while part[i] != i:
            part[i] = part[part[i]]
            i = part[i]
        return i

    holds = np.zeros(len(n), bool)
    for link in by_strength.tolist():
        one, other = root(int(a[link])), root(int(b[link]))
        if one != other:
            part[one] = other
            holds[link] = True
    chosen = np.lexsort((b, a, -n, ~holds))[: max(most, int(holds.sum()))]
    return chosen[np.lexsort((b[chosen], a[chosen], -n[chosen]))]


def _places(a: np.ndarray, b: np.ndarray, n: np.ndarray, n_nodes: int, seed: int) -> np.ndarray:
    """Place accounts in the unit square: each connected part by itself, the parts side by side."""
    import igraph

    graph = igraph.Graph(n_nodes, np.column_stack([a, b]).tolist())
    graph.es["weight"] = np.sqrt(n).tolist()
    every = sorted(graph.connected_components(), key=lambda part: (-len(part), part))
    parts = [part for part in every if len(part) > 1]
    radii = [np.sqrt(len(part)) + 0.4 for part in parts]
    places = np.zeros((n_nodes, 2))
    for part, centre, radius in zip(parts, packed_discs(radii), radii, strict=True):
        places[part] = np.array(centre) + _disc(graph.induced_subgraph(part), seed) * radius * 0.9
    alone = [part[0] for part in every if len(part) == 1]
    places[alone] = _rows_below(places[[i for part in parts for i in part]], len(alone))
    low, high = places.min(axis=0, initial=0.0), places.max(axis=0, initial=1e-9)
    # One scale for both directions, or discs would become ovals; what is left over stays free on both sides.
    return 0.5 + (places - (low + high) / 2) / max(float((high - low).max()), 1e-9)


def _rows_below(places: np.ndarray, n: int) -> np.ndarray:
    """Return places for n accounts without a link: in rows below the others."""
    low, high = (places.min(axis=0), places.max(axis=0)) if len(places) else (np.zeros(2), np.zeros(2))
    width = max(float(high[0] - low[0]), math.sqrt(n))
    columns = max(int(width), 1)
    k = np.arange(n)
    held = np.minimum(columns, n)
    x = (low[0] + high[0]) / 2 + (k % columns - (held - 1) / 2) * width / columns
    return np.column_stack([x, high[1] + 1.5 + k // columns])


def _disc(part, seed: int) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Return places of one connected part within the unit disc."""
    import igraph

    igraph.set_random_number_generator(random.Random(seed))
    try:
        layout = part.layout_fruchterman_reingold(weights="weight", niter=300, grid=False)
    finally:
        igraph.set_random_number_generator(random)
    places = np.array(layout.coords, dtype=float)
    places -= np.median(places, axis=0)
    radius = np.hypot(places[:, 0], places[:, 1])
    # A few accounts with one weak link are pushed far out; they would shrink all the others.
    usual = max(float(np.quantile(radius, 0.8)), 1e-9)
    pulled = np.where(radius > usual, usual * (1 + np.log(np.maximum(radius / usual, 1))), radius)
    places *= (pulled / np.maximum(radius, 1e-9))[:, None]
    return places / max(float(pulled.max()), 1e-9)
