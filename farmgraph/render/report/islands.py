"""Where the map draws accounts: one island per cluster in a sea of accounts that are in none.

Islands that share accounts lie side by side; otherwise the distance between islands and the place in the
sea mean nothing. Inside an island, accounts that met on the same contents lie close together.
"""

import math
import random
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

WIDTH = 1_000.0
"""Map units; the height follows from what there is to draw."""

MAX_DOTS = 5_000
_MAX_HEIGHT = 620.0
_LABEL = (104.0, 34.0)
_PITCH = 7.5
_SLOWEST_LAYOUT = 1_500
_SCALES = [1.6 * 0.9**k for k in range(26)]
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
    """Pack islands, strongest first, and fill the sea around them.

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
    # The largest of the scales that fits: the smaller one is, the more surely it does.
    tried: dict[float, _Plan] = {}

    def fits(scale: float) -> bool:
        tried[scale] = _plan(islands, near, n_others, scale)
        return tried[scale].width <= WIDTH and tried[scale].height <= _MAX_HEIGHT

    scale = _SCALES[min(bisect_left(_SCALES, True, key=fits), len(_SCALES) - 1)]
    plan = tried.get(scale) or _plan(islands, near, n_others, scale)
    low, width, height = plan.low, plan.width, plan.height
    centres, radii, sea = plan.centres, plan.radii, plan.sea
    shrink = min(1.0, WIDTH / width)
    shift = np.array([(WIDTH - width * shrink) / 2, 0]) - low * shrink
    drawn = []
    for (cluster, places), centre, radius in zip(islands, centres, radii, strict=True):
        middle = np.array(centre) * shrink + shift
        xs, ys = (places * radius * 0.92 * shrink + middle).T if len(places) else ([], [])
        drawn.append(
            {
                "cluster": int(cluster),
                "x": _tenth(middle[0]),
                "y": _tenth(middle[1]),
                "radius": _tenth(radius * shrink),
            }
            | {"xs": _tenths(xs), "ys": _tenths(ys)}
        )
    sea = sea * shrink + shift
    return {
        "width": WIDTH,
        "height": _tenth(height * shrink),
        "dot": _tenth(min(6.5, max(1.8, 4.6 * scale))),
        "islands": drawn,
        "others": {"xs": _tenths(sea[:, 0]), "ys": _tenths(sea[:, 1])},
    }


class _Plan(NamedTuple):
    radii: list[float]
    centres: list[tuple[float, float]]
    sea: np.ndarray
    low: np.ndarray
    width: float
    height: float


def _plan(
    islands: Sequence[tuple[int, np.ndarray]], near: Sequence[int | None], n_others: int, scale: float
) -> _Plan:
    """Lay everything out at one scale, wherever that reaches."""
    radii = [scale * (_PITCH * math.sqrt(len(places)) + 6) for _, places in islands]
    centres = _packed(radii, near)
    sea = _sea(n_others, centres, radii, spacing=8.5 * scale)
    low, high = _bounds(sea, _boxes(centres, radii))
    width, height = high - low
    return _Plan(radii, centres, sea, low, float(width), float(height))


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


def _packed(radii: Sequence[float], near: Sequence[int | None]) -> list[tuple[float, float]]:
    """Put each island at the first free place of a wide spiral; one with a relative, as near to that as can be."""
    k = np.arange(6_000)
    reach = 9 * np.sqrt(k)
    # The map is wider than high, and so is the spiral.
    xs, ys = 1.35 * reach * np.cos(k * 0.31), 0.75 * reach * np.sin(k * 0.31)
    centres: dict[int, tuple[float, float]] = {}
    for i in _families(near):
        half, radius, relative = max(radii[i], _LABEL[0] / 2) + 8, radii[i], near[i]
        free = np.ones(len(k), bool)
        for left, top, right, bottom in _boxes(list(centres.values()), [radii[j] for j in centres]):
            apart = (xs + half < left) | (xs - half > right)
            apart |= (ys + radius + 8 < top) | (ys - radius - _LABEL[1] - 8 > bottom)
            free &= apart
        # Places of the spiral stand in the order of their distance from its middle.
        away = k if relative is None else np.hypot(xs - centres[relative][0], ys - centres[relative][1])
        place = int(np.argmin(np.where(free, away, np.inf))) if free.any() else len(k) - 1
        centres[i] = (float(xs[place]), float(ys[place]))
    return [centres[i] for i in range(len(radii))]


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


def _boxes(centres: Sequence[tuple[float, float]], radii: Sequence[float]) -> np.ndarray:
    """Return left, top, right and bottom of each island with its label on top, shape (n, 4)."""
    boxes = []
    for (x, y), radius in zip(centres, radii, strict=True):
        half = max(radius, _LABEL[0] / 2) + 8
        boxes.append((x - half, y - radius - _LABEL[1] - 8, x + half, y + radius + 8))
    return np.array(boxes).reshape(-1, 4)


def _sea(
    n: int, centres: Sequence[tuple[float, float]], radii: Sequence[float], *, spacing: float
) -> np.ndarray:
    """Return the first n places of a flat spiral that lie on no island and under no label."""
    if not n:
        return np.empty((0, 2))
    boxes = _boxes(centres, radii)
    middle = (boxes[:, :2].min(axis=0) + boxes[:, 2:].max(axis=0)) / 2 if len(boxes) else np.zeros(2)
    covered = float(((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).sum())
    k = np.arange(int(n + 2.5 * covered / spacing**2) + 50)
    reach = spacing * np.sqrt(k / math.pi)
    xs, ys = middle[0] + 1.35 * reach * np.cos(k * _GOLDEN), middle[1] + reach / 1.35 * np.sin(k * _GOLDEN)
    free = np.ones(len(k), bool)
    for (x, y), radius in zip(centres, radii, strict=True):
        free &= np.hypot(xs - x, ys - y) > radius + 10
        label_bottom = y - radius
        beside = np.abs(xs - x) > _LABEL[0] / 2 + 4
        free &= beside | (ys > label_bottom) | (ys < label_bottom - _LABEL[1] - 6)
    return np.column_stack([xs, ys])[free][:n]


def _bounds(sea: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    corners = np.vstack([sea, boxes[:, :2], boxes[:, 2:]])
    if not len(corners):
        return np.zeros(2), np.array([WIDTH, 60.0])
    return corners.min(axis=0) - 6, corners.max(axis=0) + 6


def _tenth(value: float) -> float:
    return round(float(value), 1)


def _tenths(values: Any) -> list[float]:
    return [_tenth(v) for v in values]
