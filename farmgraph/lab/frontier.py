"""The frontier of detection: the smallest farm that a method finds nine times in ten, and the limit beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from farmgraph.detect.clusters import Clusters
from farmgraph.errors import UsageError
from farmgraph.evidence.weigh import Evidence
from farmgraph.graph.bipartite import BipartiteGraph, bipartite
from farmgraph.graph.blocks import gain, log_choices
from farmgraph.graph.core import core, part
from farmgraph.lab.groups import Group
from farmgraph.lab.labels import Labels
from farmgraph.lab.methods import method_named
from farmgraph.lab.pooled import FOUND, share_interval
from farmgraph.lab.scenarios import simulate
from farmgraph.runtime import progress, whole_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Find = Callable[[BipartiteGraph], "Clusters | Evidence"]

SIZES = (5, 7, 10, 15, 25, 50, 100, 200)
PARTICIPATIONS = (1.0, 0.5, 0.25, 0.1, 0.05)
LADDER = (3, 5, 8, 12, 20, 32, 50)
"""Contents of the farms that are tried first, from the smallest to the largest."""
FEWEST, MOST = LADDER[0], LADDER[-1]

LIMIT_LOGS = 10
ROWS_PER_ACCOUNT, ROWS_PER_CONTENT = 5, 8
"""About as in the real logs that come with the package."""

COUNTED = ("lockstep", "undetermined")
"""Verdicts that count as found."""

COLUMNS = (
    *("n_accounts", "participation", "n_contents", "limit", "limit_typical", "ratio"),
    *("share_found", "low", "high", "n_farms"),
)


@dataclass(frozen=True, eq=False)
class Frontier:
    """How small a farm may be.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per size and participation: ``n_accounts``, ``participation``, ``n_contents`` (the fewest orders at
        which enough farms were found; NaN where 50 do not suffice), ``limit`` (contents at which as large a share of
        such blocks is worth its description; NaN where none up to 400), ``limit_typical`` (the same for half of them),
        ``ratio`` (n_contents / limit, the limit being at least 3),
        ``share_found`` at n_contents (at 50 where n_contents is NaN) with its exact 95 % interval ``low``, ``high``,
        and ``n_farms`` planted there.
    method : str
        What searched.
    options : dict
        Everything else that makes the same table again.
    """

    table: pd.DataFrame
    method: str
    options: dict[str, Any]

    def figure(self, *, ax: "Axes | None" = None) -> "Axes":
        """Draw the curves, see `farmgraph.lab.curves.frontier_curves`."""
        from farmgraph.lab.curves import frontier_curves

        return frontier_curves(self.table, ax=ax)

    def __repr__(self) -> str:
        found = int(self.table["n_contents"].notna().sum())
        return f"<Frontier of {self.method}: {found} of {len(self.table)} kinds of farm found>"

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False))


def frontier(
    method: str | Find = "lockstep blocks alone",
    *,
    n_accounts: Sequence[int] = SIZES,
    participation: Sequence[float] = PARTICIPATIONS,
    n_rows: int = 20_000,
    n_farms: int = 30,
    share_found: float = 0.9,
    kind: str = "burst",
    seed: int = 0,
) -> Frontier:
    """Find the fewest orders at which a method finds farms of given size and participation.

    Parameters
    ----------
    method : str or callable
        Name of a method in `farmgraph.lab.methods.METHODS`, used at its default, or a function from a
        `BipartiteGraph` to `Clusters` or `Evidence`.
    n_accounts : sequence of int
        Sizes of farms.
    participation : sequence of float
        Shares of the orders that each worker takes, in (0, 1].
    n_rows : int
        Rows of each log, at least 20,000; a fifth as many accounts and an eighth as many contents.
    n_farms : int
        Farms to plant for each point, at least 10.
    share_found : float
        Share of the farms that must be found, in (0, 1).
    kind : str
        How orders are delivered, a kind of farm such as ``burst`` or ``own clock``.
    seed : int

    Returns
    -------
    Frontier

    Raises
    ------
    UsageError
        If there is no such method or kind, or an option is out of range.

    Notes
    -----
    A farm counts as found where a flagged cluster holds at least half of its accounts and consists of them to at
    least half. For methods with verdicts ``lockstep`` and ``undetermined`` both count: the question is whether the
    farm was seen at all. Workers are camouflaged.

    The number of orders climbs from 3 to 50 until enough farms are found, and is bisected between the last two steps.
    Each farm has a log of its own, so that a method that returns one cluster is not at a disadvantage; a large farm
    with many orders may be half of its log. A method may lose larger farms again: the table does not show that.
    `n_farms` = 30 tell 0.9 from 0.7, not from 0.85: see the interval. Workers that take no order do not count.

    The limit is where the block, known exactly, would just be worth its cost: O ln(O / E) - (O - E) =
    ln C(N, accounts) + ln C(M, contents), where O = participation x accounts x contents, E comes from the mean degrees
    of workers and targets outside the block, and N and M are the sizes of the log; degrees and sizes are those of the
    log's core (see `farmgraph.graph.core`). Farms differ: one with busy workers or popular targets needs more. So it
    is taken for each of ten logs that are searched, and `limit` is what `share_found` of them stay below: the same
    share of farms that the method has to find. It is a limit for methods that look at
    overlap alone, for what they can tell from chance; timing can reach below it, and no bound is proven.

    Examples
    --------
    >>> import farmgraph as fg
    >>> found = fg.frontier("lockstep blocks alone", n_accounts=(20,), participation=(1.0,), n_farms=10)
    >>> bool(found.table["n_contents"][0] <= 10)
    True
    """
    whole_number(n_farms, name="n_farms", least=10)
    whole_number(n_rows, name="n_rows", least=20_000)
    for size in n_accounts:
        whole_number(size, name="n_accounts", least=3)
    if not 0 < share_found < 1:
        raise UsageError(f"share_found is {share_found!r}; expected a share in (0, 1), such as 0.9.")
    if callable(method):
        find, name = method, getattr(method, "__name__", "function")
    else:
        find, name = method_named(method).run, method
    cells = [(size, share) for share in participation for size in n_accounts]
    rows = []
    for size, share in progress(cells, step="Looking for the smallest farms"):
        group = Group(kind, size, MOST, share, copies=1)
        rows.append(_cell(find, group, n_rows=n_rows, n_farms=n_farms, enough=share_found, seed=seed))
    options = {"n_rows": n_rows, "n_farms": n_farms, "share_found": share_found, "kind": kind, "seed": seed}
    return Frontier(pd.DataFrame(rows, columns=list(COLUMNS)), name, options)


def _cell(find: Find, group: Group, *, n_rows: int, n_farms: int, enough: float, seed: int) -> dict[str, Any]:
    """Bisect the number of contents of one size and participation."""
    tried: dict[int, int] = {}

    def works(n_contents: int) -> bool:
        if n_contents not in tried:
            tried[n_contents] = _n_found(find, replace(group, n_contents=n_contents), n_rows, n_farms, seed)
        return tried[n_contents] >= ceil(enough * n_farms - 1e-9)

    # More orders are not always easier to find, so climb to the first rung that works before bisecting.
    best = next((rung for rung in LADDER if works(rung)), None)
    low = max((rung for rung in LADDER if best and rung < best), default=FEWEST - 1)
    while best and best - low > 1:
        middle = (low + best) // 2
        low, best = (low, middle) if works(middle) else (middle, best)
    at = best or MOST
    planted = replace(group, n_contents=at)
    limits = [block_limit(planted, n_rows=n_rows, seed=seed + k) for k in range(min(n_farms, LIMIT_LOGS))]
    limit, typical = (_reached(limits, share) for share in (enough, 0.5))
    interval = share_interval(tried[at], n_farms)
    return {
        "n_accounts": group.n_accounts,
        "participation": group.participation,
        "n_contents": float(best) if best else np.nan,
        "limit": limit,
        "limit_typical": typical,
        "ratio": best / max(limit, FEWEST) if best else np.nan,
        "share_found": tried[at] / n_farms,
        "low": interval[0],
        "high": interval[1],
        "n_farms": n_farms,
    }


def _reached(limits: Sequence[float], share: float) -> float:
    """Return the smallest limit that this share of farms stays within; NaN counts as beyond all."""
    known = np.sort(np.nan_to_num(np.asarray(limits), nan=np.inf))
    found = float(known[ceil(share * len(known) - 1e-9) - 1])
    return found if np.isfinite(found) else float("nan")


def _n_found(find: Find, group: Group, n_rows: int, n_farms: int, seed: int) -> int:
    """Plant as many farms, each in a log of its own; return how many were found."""
    found = 0
    for number in range(n_farms):
        graph, labels = planted_graph(group, n_rows=n_rows, seed=seed + number)
        found += all(seen_groups(find(graph), labels).values())
    return found


def planted_graph(group: Group, *, n_rows: int, seed: int) -> tuple[BipartiteGraph, Labels]:
    """Return the graph of a log with this group planted into it, and the labels."""
    sizes = {"n_accounts": n_rows // ROWS_PER_ACCOUNT, "n_contents": n_rows // ROWS_PER_CONTENT}
    made = simulate(group, n_rows=n_rows, seed=seed, **sizes)
    return bipartite(made.log), made.labels


def seen_groups(found: "Clusters | Evidence", labels: Labels) -> dict[str, bool]:
    """Return for each group whether a flagged cluster is half made of it and holds half of it."""
    if isinstance(found, Evidence):
        clusters = found.clusters
        flagged = found.table.loc[found.table["verdict"].isin(COUNTED), "cluster"].tolist()
    else:
        clusters, flagged = found, found.ids
    members = [set(clusters.accounts_of(cluster)) for cluster in flagged]
    seen = {}
    for name in labels.groups["group"]:
        group = labels.accounts_of(name)
        seen[name] = any(len(group & m) >= FOUND * max(len(group), len(m)) for m in members)
    return seen


def block_limit(group: Group, *, n_rows: int, seed: int = 0) -> float:
    """Return the number of contents at which a block of this kind is worth its cost of description.

    Parameters
    ----------
    group : Group
        With the number of contents that the log is made with, in which degrees are measured.
    n_rows : int
        Rows of the log.
    seed : int
        Of that log.

    Returns
    -------
    float
        Between whole numbers by linear interpolation; NaN where no number up to 400 is enough.

    Examples
    --------
    Larger farms pay for themselves with fewer contents:

    >>> from farmgraph.lab.groups import Group
    >>> ten, forty = (block_limit(Group("burst", n, 10, 0.5), n_rows=20_000) for n in (10, 40))
    >>> bool(forty < ten)
    True
    """
    graph, labels = planted_graph(group, n_rows=n_rows, seed=seed)
    inner = part(graph, *core(graph)).graph
    degrees, visitors, n_edges = _outside(inner, labels)
    n = np.arange(1, 401)
    observed = group.participation * group.n_accounts * n
    expected = group.n_accounts * degrees * n * visitors / n_edges
    cost = np.array([log_choices(min(int(k), inner.n_contents), inner.n_contents) for k in n])
    value = gain(observed, expected) - log_choices(group.n_accounts, inner.n_accounts) - cost
    worth = np.flatnonzero(value > 0)
    if not len(worth):
        return float("nan")
    first = int(worth[0])
    if first == 0:
        return 1.0
    return float(n[first] - value[first] / (value[first] - value[first - 1]))


def _outside(graph: BipartiteGraph, labels: Labels) -> tuple[float, float, int]:
    """Return the mean degrees of members and of targets outside the block, and the edges outside it."""
    members = np.isin(
        graph.account_names.to_numpy(zero_copy_only=False), labels.members["account"].to_numpy(object)
    )
    targets = np.isin(
        graph.content_names.to_numpy(zero_copy_only=False), labels.targets["content"].to_numpy(object)
    )
    of_member, on_target = members[graph.edge_accounts], targets[graph.account_contents]
    outside = ~(of_member & on_target)
    degrees = (of_member & outside).sum() / max(members.sum(), 1)
    visitors = (on_target & outside).sum() / max(targets.sum(), 1)
    return float(degrees), float(visitors), int(outside.sum())
