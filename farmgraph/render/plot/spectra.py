"""Figures of published detectors, CatchSync and fBox: where every account of a log stands by their measures."""

from typing import TYPE_CHECKING, Any

import numpy as np

from farmgraph.errors import UsageError
from farmgraph.evidence.weigh import Evidence
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.render.plot.common import BLUE, INK, clusters_of, graph_of, new_axes, tidy, titled
from farmgraph.render.plot.methods import lowest_synchronicity, reconstructed_degrees, synchronicities
from farmgraph.runtime import whole_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["reconstructed_degree", "synchronicity_normality"]

DOT = "#B4B4B4"
"""Ordinary accounts: pale, so that marked ones stand out in grey print too."""

PLACES = 140
"""Accounts closer than this part of the axis share a mark, which keeps the file small."""

FLOOR = 1e-3
"""Reconstructed degrees below are drawn here, as a logarithmic axis has no zero."""


def synchronicity_normality(
    graph: BipartiteGraph, clusters: Any = None, *, min_contents: int = 3, ax: "Axes | None" = None
) -> "Axes":
    """Draw how alike the contents of each account are, over how usual they are: the plot of CatchSync.

    Parameters
    ----------
    graph : BipartiteGraph
        What `farmgraph.bipartite` returned.
    clusters : Clusters or Evidence, optional
        Whose members are marked: of Evidence those of clusters with the verdict lockstep, of Clusters all.
    min_contents : int
        Accounts with fewer contents are left out, 1 or more: with one content synchronicity is 1 by definition.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        Normality across, synchronicity up; the least synchronicity that is possible as a line, and dashed the
        threshold of CatchSync: that limit plus the mean and three standard deviations of the drawn accounts' distance
        to it; it is left out above 1.
        Marks grow with the logarithm of the number of accounts there. Nothing is shown or saved.

    Raises
    ------
    UsageError
        If an argument cannot be used, or no account has as many contents.

    Notes
    -----
    Contents lie on a grid of in-degree and authority (HITS), see
    `farmgraph.render.plot.methods.synchronicities`; two are close where they share a cell. A high
    account acts on contents that are alike to an unusual degree, whether or not anybody acts with it: CatchSync
    looks at accounts one by one. Accounts that also act normally come down, and farms whose contents differ in
    size are not seen. It says nothing about times. O(edges) per iteration of HITS.

    References
    ----------
    Jiang, Cui, Beutel, Faloutsos & Yang, CatchSync: Catching Synchronized Behavior in Large Directed Graphs,
    KDD 2014.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> log = pd.DataFrame([(u, p) for u in "abcdef" for p in "pqrs"] + [("x", "p")], columns=["user", "page"])
    >>> from farmgraph.render.plot.spectra import synchronicity_normality
    >>> synchronicity_normality(fg.bipartite(fg.read(log))).get_ylabel().splitlines()
    ['synchronicity', "(mean closeness among the account's contents)"]
    """
    graph = graph_of(graph)
    whole_number(min_contents, name="min_contents", least=1)
    marked, name = _marked(graph, clusters)
    shown = _enough_contents(graph, min_contents)
    found = synchronicities(graph.account_starts, graph.account_contents, graph.n_contents)
    x, y = found.normality, found.synchronicity
    lowest = lowest_synchronicity(x[shown], n_cells=found.n_cells, background=found.background)
    distance = y[shown] - lowest
    ax = new_axes(ax, 7.4, 4.6)
    _draw_marks(ax, x, y, shown, marked, name)
    across = np.linspace(x[shown].min(), x[shown].max(), 200)
    parabola = lowest_synchronicity(across, n_cells=found.n_cells, background=found.background)
    threshold = parabola + distance.mean() + 3 * distance.std()
    ax.plot(across, parabola, color=INK, linewidth=1.2, label="least possible")
    # Nothing can lie above 1, where the line would only squeeze the rest.
    ax.plot(
        across,
        np.where(threshold <= 1, threshold, np.nan),
        color=INK,
        linewidth=1,
        linestyle=(0, (5, 3)),
        label="CatchSync's threshold",
    )
    ax.set_ylim(min(0.0, parabola.min()) - 0.03, 1.05)
    ax.set_xlabel("normality\n(mean closeness of the account's contents to all contents)")
    ax.set_ylabel("synchronicity\n(mean closeness among the account's contents)")
    _finish(ax, _left_out(graph, shown, min_contents))
    return ax


def reconstructed_degree(
    graph: BipartiteGraph,
    clusters: Any = None,
    *,
    rank: int = 25,
    seed: int = 0,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw how much of each account's degree the strongest singular vectors reconstruct: the plot of fBox.

    Parameters
    ----------
    graph : BipartiteGraph
        What `farmgraph.bipartite` returned.
    clusters : Clusters or Evidence, optional
        Whose members are marked: of Evidence those of clusters with the verdict lockstep, of Clusters all.
    rank : int
        Singular vectors kept, 1 or more. Where the matrix has fewer, all are taken and the title says so.
    seed : int
        Of the vector that the search for singular vectors begins with.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        Degree across, reconstructed degree up, both logarithmic; full reconstruction as a line. Marks grow with the
        logarithm of the number of accounts there. Nothing is shown or saved.

    Raises
    ------
    UsageError
        If an argument cannot be used.

    Notes
    -----
    The reconstructed degree is the squared length of the account's row of U S, which equals its degree where all
    singular vectors are kept. Small attacks that keep away from the popular contents hardly show in the strongest
    vectors and lie far below accounts of the same degree; a large farm has a vector of its own and lies near
    the line. Ordinary accounts with unusual tastes lie low as well: a low mark alone shows nothing. About
    O(rank (edges + rank accounts)) per iteration of ARPACK. The same seed gives the same figure.

    References
    ----------
    Shah, Beutel, Gallagher & Faloutsos, Spotting Suspicious Link Behavior with fBox: An Adversarial Perspective,
    ICDM 2014.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> log = pd.DataFrame([(u, p) for u in "abcdef" for p in "pqrs"] + [("x", "p")], columns=["user", "page"])
    >>> from farmgraph.render.plot.spectra import reconstructed_degree
    >>> reconstructed_degree(fg.bipartite(fg.read(log)), rank=1).get_xlabel()
    'degree (distinct contents of the account)'
    """
    graph = graph_of(graph)
    whole_number(rank, name="rank", least=1)
    whole_number(seed, name="seed", least=0)
    marked, name = _marked(graph, clusters)
    most = min(graph.n_accounts, graph.n_contents)
    found = reconstructed_degrees(
        graph.account_starts, graph.account_contents, graph.n_contents, rank=rank, seed=seed
    )
    degree = graph.account_degrees.astype(np.float64)
    drawn = np.maximum(found, FLOOR)
    ax = new_axes(ax, 7.4, 4.6)
    ax.set_xscale("log")
    ax.set_yscale("log")
    _draw_marks(ax, degree, drawn, np.ones(len(degree), bool), marked, name)
    ends = np.array([degree.min(), max(degree.max(), degree.min() + 1)])
    ax.plot(ends, ends, color=INK, linewidth=1.2, label="reconstructed in full", zorder=1)
    ax.set_xlabel("degree (distinct contents of the account)")
    vectors = "1 singular vector" if min(rank, most) == 1 else f"{min(rank, most):,} singular vectors"
    ax.set_ylabel(f"degree reconstructed from {vectors}")
    notes = []
    if rank > most:
        notes.append(f"rank {rank:,} reduced to {most:,}, all that the matrix has")
    if (found < FLOOR).any():
        n_below = int((found < FLOOR).sum())
        notes.append(f"{n_below:,} account{' is' if n_below == 1 else 's are'} below {FLOOR:g}, drawn there")
    _finish(ax, "; ".join(notes))
    return ax


def _marked(graph: BipartiteGraph, clusters: Any) -> tuple[np.ndarray, str]:
    """Return which accounts are marked (bool, by code), and what they are called in the legend."""
    marked = np.zeros(graph.n_accounts, bool)
    if clusters is None:
        return marked, ""
    found = clusters_of(clusters)
    members, name = found.members, "in a cluster"
    if isinstance(clusters, Evidence):
        chosen = clusters.table.loc[clusters.table["verdict"] == "lockstep", "cluster"]
        members, name = members[members["cluster"].isin(chosen)], "in a lockstep cluster"
    if len(members):
        marked[graph.codes_of_accounts(members["account"].tolist())] = True
    return marked, name


def _enough_contents(graph: BipartiteGraph, min_contents: int) -> np.ndarray:
    shown = graph.account_degrees >= min_contents
    if not shown.any():
        raise UsageError(
            f"No account has {min_contents:,} contents or more, the busiest has "
            f"{int(graph.account_degrees.max(initial=0)):,}; expected one at least. Choose a smaller min_contents."
        )
    return np.asarray(shown)


def _left_out(graph: BipartiteGraph, shown: np.ndarray, min_contents: int) -> str:
    n = graph.n_accounts - int(shown.sum())
    return (
        f"{n:,} account{'' if n == 1 else 's'} with fewer than {min_contents:,} contents left out"
        if n
        else ""
    )


def _draw_marks(
    ax: "Axes", x: np.ndarray, y: np.ndarray, shown: np.ndarray, marked: np.ndarray, name: str
) -> None:
    """Draw ordinary accounts as pale dots and, above them, marked ones as blue triangles."""
    looks = (
        (shown & ~marked, "other accounts" if name else "accounts", "o", DOT),
        (shown & marked, name, "^", BLUE),
    )
    largest = 1
    for chosen, label, marker, colour in looks:
        if chosen.any():
            (at, up), counts = _places(x[chosen], y[chosen], logarithmic=ax.get_xscale() == "log")
            largest = max(largest, int(counts.max()))
            label = f"{label} ({int(chosen.sum()):,})"
            ax.scatter(
                at, up, _areas(counts), color=colour, marker=marker, linewidth=0, label=label, zorder=3
            )
    if largest > 1:
        # A handle for the legend only: what the size of a mark means.
        label = f"{largest:,} accounts in one place"
        ax.scatter([], [], _areas(np.array([largest])), color=DOT, marker="o", linewidth=0, label=label)


def _areas(counts: np.ndarray) -> np.ndarray:
    """Return the areas of marks, in square points."""
    return np.asarray(13 + 8 * np.log2(counts))


def _places(x: np.ndarray, y: np.ndarray, *, logarithmic: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return places (2, n) where accounts stand and how many stand there."""
    points = np.vstack((np.log(x), np.log(y)) if logarithmic else (x, y))
    low = points.min(axis=1, keepdims=True)
    step = (points.max(axis=1, keepdims=True) - low) / PLACES
    cell = np.rint((points - low) / np.where(step > 0, step, 1)).astype(np.int64)
    _, first, counts = np.unique(cell, axis=1, return_index=True, return_counts=True)
    # The first account of a place stands for all, so that no mark lies where there is no account.
    return np.vstack((x[first], y[first])), counts


def _finish(ax: "Axes", note: str) -> None:
    tidy(ax, grid="both")
    if note:
        titled(ax, note)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize="small")
