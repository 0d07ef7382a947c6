"""Where the map draws accounts: one island per cluster in a sea of accounts that are in none.

Islands that share accounts lie side by side; otherwise the distance between islands and the place in the
sea mean nothing. Inside an island, accounts that met on the same contents lie close together.
"""

import math
import random
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

WIDTH, HEIGHT = 1_000.0, 580.0
"""Size of the map, in its own units."""

MAX_DOTS = 5_000
_MARGIN = 14.0
_LABEL = (104.0, 36.0)
_LABELLED = 10
"""Islands, strongest first, that have room for a label; the others' are shown where there is room by chance."""

_SLOWEST_LAYOUT = 1_500
_PITCHES = [16.0 * 0.92**k for k in range(36)]
"""Distances of accounts on an island that are tried, from the largest."""

_GOLDEN = math.pi * (3 - math.sqrt(5))


def island(links: Sequence[tuple[int, int]], n_accounts: int, *, seed: int) -> np.ndarray:
    """Place the accounts of one cluster inside the unit disc.

    Parameters
    ----------
    links : sequence of (int, int)
        Pairs of accounts (``0..n_accounts - 1``) that should lie close together.
    n_accounts : int
        Size of the cluster.
    seed : int
        Of the layout. igraph's source of randomness is given back afterwards.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_accounts, 2). Fruchterman-Reingold, spread so that the disc is filled evenly;
        a spiral in the given order where that would be slow (more than 1,500 accounts) or pointless.

    Examples
    --------
    >>> island([], 1, seed=0).tolist()
    [[0.0, 0.0]]
    """
    if n_accounts < 3 or not len(links) or n_accounts > _SLOWEST_LAYOUT:
        return _spiral(n_accounts)
    import igraph

    graph = igraph.Graph(n_accounts, links)
    igraph.set_random_number_generator(random.Random(seed))
    try:
        layout = graph.layout_fruchterman_reingold(niter=300, grid=False)
    finally:
        igraph.set_random_number_generator(random)
    places = np.array(layout.coords, dtype=float)
    places -= np.median(places, axis=0)
    radius = np.hypot(places[:, 0], places[:, 1])
    # Accounts without a link are pushed far out. The order by distance and the direction are kept,
    # the distances are spread so that the island is filled evenly.
    rank = np.empty(n_accounts)
    rank[np.argsort(radius, kind="stable")] = np.arange(n_accounts)
    filled = np.sqrt((rank + 0.5) / n_accounts)
    return places * (filled / np.where(radius == 0, 1, radius))[:, None]


def lay_out(
    islands: Sequence[tuple[int, np.ndarray]], n_others: int, *, relatives: Mapping[int, int] | None = None
) -> dict[str, Any]:
    """Pack islands, strongest first, as large as they fit on the map, and fill the sea around them.

    Parameters
    ----------
    islands : sequence of (int, numpy.ndarray)
        Cluster number and places in the unit disc, shape (n, 2).
    n_others : int
        Number of dots in the sea.
    relatives : mapping of int to int, optional
        For a cluster, the earlier one beside which it should lie.

    Returns
    -------
    dict
        ``width``, ``height`` and ``dot`` (diameter) in map units; ``islands``: for each
        ``cluster``, ``x``, ``y`` (centre), ``radius``, ``xs``, ``ys``; ``others``: ``xs``, ``ys``.
    """
    place_of = {cluster: i for i, (cluster, _) in enumerate(islands)}
    near = [place_of.get((relatives or {}).get(cluster, -1)) for cluster, _ in islands]
    sizes = [len(places) for _, places in islands]

    def fits(pitch: float) -> bool:
        low, high = _bounds(*_packed(sizes, near, pitch))
        return bool(((high - low) <= (WIDTH - 2 * _MARGIN, HEIGHT - 2 * _MARGIN)).all())

    pitch = _PITCHES[min(bisect_left(_PITCHES, True, key=fits), len(_PITCHES) - 1)]
    centres, radii = _packed(sizes, near, pitch)
    low, high = _bounds(centres, radii)
    # Where not even the smallest pitch fits, everything is shrunk.
    shrink = min(1.0, *((WIDTH, HEIGHT) / np.maximum(high - low, 1e-9)))
    radii = [radius * shrink for radius in radii]
    middle = np.array([WIDTH, HEIGHT]) / 2
    centres = [tuple((np.array(c) - (low + high) / 2) * shrink + middle) for c in centres]
    sea = _sea(n_others, centres, radii)
    drawn = []
    for (cluster, places), centre, radius in zip(islands, centres, radii, strict=True):
        xs, ys = (places * radius * 0.92 + centre).T if len(places) else ([], [])
        drawn.append(
            {
                "cluster": int(cluster),
                "x": _tenth(centre[0]),
                "y": _tenth(centre[1]),
                "radius": _tenth(radius),
            }
            | {"xs": _tenths(xs), "ys": _tenths(ys)}
        )
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "dot": _tenth(min(8.0, max(1.8, 0.85 * pitch * shrink))),
        "islands": drawn,
        "others": {"xs": _tenths(sea[:, 0]), "ys": _tenths(sea[:, 1])},
    }


def _spiral(n: int) -> np.ndarray:
    """Return n places in the unit disc, evenly spread, the first in the middle."""
    k = np.arange(n)
    radius = np.sqrt(k / max(n - 1, 1))
    return np.column_stack([radius * np.cos(k * _GOLDEN), radius * np.sin(k * _GOLDEN)])


def packed_discs(radii: Sequence[float]) -> list[tuple[float, float]]:
    """Put each disc at the first free place of an ever wider spiral around the first one.

    Examples
    --------
    >>> packed_discs([2.0])
    [(0.0, 0.0)]
    """
    centres: list[tuple[float, float]] = []
    k = np.arange(4_000)
    # A hundred steps around the first disc, whatever the unit.
    reach = max(radii, default=1.0) * np.sqrt(k) / 6
    xs, ys = 1.3 * reach * np.cos(k * _GOLDEN), reach * np.sin(k * _GOLDEN) / 1.3
    for radius in radii:
        free = np.ones(len(k), bool)
        for (x, y), other in zip(centres, radii, strict=False):
            free &= np.hypot(xs - x, ys - y) >= radius + other
        place = int(np.argmax(free)) if free.any() else len(k) - 1
        centres.append((float(xs[place]), float(ys[place])))
    return centres


def _packed(
    sizes: Sequence[int], near: Sequence[int | None], pitch: float
) -> tuple[list[tuple[float, float]], list[float]]:
    """Put each island at the first free place of a wide spiral; one with a relative, as near to that as can be.

    Returns centres and radii. The strongest islands keep room for their label above them.
    """
    radii = [pitch * (0.56 * math.sqrt(n) + 0.5) for n in sizes]
    k = np.arange(4_000)
    reach = max(7.0, 0.8 * pitch) * np.sqrt(k)
    # The map is wider than high, and so is the spiral.
    xs, ys = 1.3 * reach * np.cos(k * _GOLDEN), 0.78 * reach * np.sin(k * _GOLDEN)
    centres: dict[int, tuple[float, float]] = {}
    gap = 0.5 * pitch + 6
    for i in _families(near):
        relative = near[i]
        free = np.ones(len(k), bool)
        for j, (x, y) in centres.items():
            free &= np.hypot(xs - x, ys - y) >= radii[i] + radii[j] + gap
            free &= ~_covers(xs, ys, radii[i], x, y - radii[j], j) & ~_covers(
                x, y, radii[j], xs, ys - radii[i], i
            )
        # Places of the spiral stand in the order of their distance from its middle.
        away = k if relative is None else np.hypot(xs - centres[relative][0], ys - centres[relative][1])
        place = int(np.argmin(np.where(free, away, np.inf))) if free.any() else len(k) - 1
        centres[i] = (float(xs[place]), float(ys[place]))
    return [centres[i] for i in range(len(radii))], radii


def _covers(x: Any, y: Any, radius: float, left: Any, top: Any, i: int) -> Any:
    """Whether a disc at x, y covers the label that island `i` has above its top; weak islands have none."""
    if i >= _LABELLED:
        return np.zeros(np.broadcast(x, left).shape, bool)
    aside = np.maximum(np.abs(x - left) - _LABEL[0] / 2, 0)
    above = np.maximum(np.maximum(y - top, top - _LABEL[1] - y), 0)
    return np.hypot(aside, above) < radius


def _families(near: Sequence[int | None]) -> list[int]:
    """Return the order of placing: after each island those that belong beside it, before others take the room."""
    children: dict[int | None, list[int]] = {}
    for i, relative in enumerate(near):
        children.setdefault(relative, []).append(i)
    order: list[int] = []
    waiting = children.get(None, [])[::-1]
    while waiting:
        order.append(waiting.pop())
        waiting += children.get(order[-1], [])[::-1]
    return order


def _sea(n: int, centres: Sequence[tuple[float, float]], radii: Sequence[float]) -> np.ndarray:
    """Return n places that fill the map evenly and lie on no island.

    Notes
    -----
    The first free places of a sequence of low discrepancy (multiples of the inverse powers of the
    plastic number, https://en.wikipedia.org/wiki/Low-discrepancy_sequence#Additive_recurrence).
    """
    if not n:
        return np.empty((0, 2))
    k = np.arange(1, 6 * n + 2_000)
    xs, ys = (k * 0.7548776662466927) % 1 * (WIDTH - 12) + 6, (k * 0.5698402909980532) % 1 * (HEIGHT - 12) + 6
    free = np.ones(len(k), bool)
    for (x, y), radius in zip(centres, radii, strict=True):
        free &= np.hypot(xs - x, ys - y) > radius + 7
    return np.column_stack([xs, ys])[free][:n]


def _bounds(centres: Sequence[tuple[float, float]], radii: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners of everything, labels of the strongest islands included."""
    if not centres:
        return np.zeros(2), np.zeros(2)
    at, reach = np.array(centres), np.array(radii)[:, None]
    low, high = at - reach, at + reach
    low[:_LABELLED, 1] -= _LABEL[1]
    low[:_LABELLED, 0] = np.minimum(low[:_LABELLED, 0], at[:_LABELLED, 0] - _LABEL[0] / 2)
    high[:_LABELLED, 0] = np.maximum(high[:_LABELLED, 0], at[:_LABELLED, 0] + _LABEL[0] / 2)
    return low.min(axis=0), high.max(axis=0)


def _tenth(value: float) -> float:
    return round(float(value), 1)


def _tenths(values: Any) -> list[float]:
    return [_tenth(v) for v in values]
