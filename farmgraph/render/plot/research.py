"""Figures for papers about a whole log: who of the clusters shares what, and how degrees are distributed."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from farmgraph.errors import UsageError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.render.plot.common import (
    BLUE,
    GREY,
    INK,
    clusters_of,
    graph_of,
    new_axes,
    shades,
    tidy,
    titled,
)
from farmgraph.render.plot.measures import complementary_distribution
from farmgraph.render.plot.methods import shared_contents
from farmgraph.render.plot.spectra import reconstructed_degree, synchronicity_normality
from farmgraph.render.plot.trust import precision_recall, sweep
from farmgraph.runtime import whole_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "adjacency",
    "degrees",
    "precision_recall",
    "reconstructed_degree",
    "sweep",
    "synchronicity_normality",
]


def adjacency(
    graph: BipartiteGraph, clusters: Any, *, max_accounts: int = 1_500, ax: "Axes | None" = None
) -> "Axes":
    """Draw how many contents each two members of the clusters share: a matrix, sorted by cluster.

    Parameters
    ----------
    graph : BipartiteGraph
        Where the clusters were found.
    clusters : Clusters or Evidence
        What a detector or `farmgraph.weigh` returned.
    max_accounts : int
        Most accounts drawn, 2 or more; those of the first clusters, strongest first, are kept.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        One row and column per account, colour by the logarithm of the shared contents, white for none, and grey on
        the diagonal. Clusters are framed and those with room are numbered. The title says what was cut. Nothing is
        shown or saved.

    Raises
    ------
    UsageError
        If an argument cannot be used, or there are no clusters.

    Notes
    -----
    Dark blocks on the diagonal are clusters, dark blocks beside it are clusters with contents in common. An account
    that is in several clusters stands in its first, and the title says how many do. All contents of the log count,
    whenever the accounts acted. Memory 8 max_accounts^2 bytes. The cells are embedded as a picture with one pixel
    per cell, the rest is vector.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> log = pd.DataFrame([(u, p) for u in "abcdef" for p in "pqrs"] + [("x", "p")], columns=["user", "page"])
    >>> graph = fg.bipartite(fg.read(log))
    >>> from farmgraph.render.plot.research import adjacency
    >>> adjacency(graph, fg.leiden(fg.co_engagement(graph))).get_title("left")
    '6 accounts in 1 cluster'
    """
    graph, found = graph_of(graph), clusters_of(clusters)
    whole_number(max_accounts, name="max_accounts", least=2)
    members = found.members.drop_duplicates("account")
    if not len(members):
        raise UsageError(
            "There are no clusters; expected one at least. Loosen the options of the detector, or draw "
            "fg.plot.degrees(graph), which needs none."
        )
    members = members.sort_values("cluster", kind="stable")
    kept = members.head(max_accounts)
    cells = shared_contents(
        graph.account_starts, graph.account_contents, graph.codes_of_accounts(kept["account"].tolist())
    )
    ax = new_axes(ax, 6.4, 5.6)
    _draw_shared(ax, cells)
    _frame_clusters(ax, kept["cluster"].to_numpy())
    ax.set_xlabel("account (sorted by cluster)")
    ax.set_ylabel("cluster")
    titled(ax, *_adjacency_title(found.members, members, kept))
    return ax


def _draw_shared(ax: "Axes", cells: np.ndarray) -> None:
    from matplotlib.colors import LogNorm

    off = cells.copy()
    np.fill_diagonal(off, 0)
    # Without the palest end of the scale: one shared content must be told from none.
    blues = shades("Blues", 0.25, 1).with_extremes(bad="white")
    top = max(int(off.max(initial=1)), 2)
    image = ax.imshow(
        np.ma.masked_less(off, 1), norm=LogNorm(1, top), cmap=blues, interpolation="none", aspect="equal"
    )
    n = len(cells)
    ax.plot([-0.5, n - 0.5], [-0.5, n - 0.5], color=GREY, linewidth=0.6)
    bar = ax.figure.colorbar(image, ax=ax, label="contents that both acted on (number)", shrink=0.8)
    ticks = sorted(
        {t for t in (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1_000) if t < 0.8 * top} | {top}
    )
    bar.set_ticks(ticks, labels=[f"{t:,}" for t in ticks])
    bar.minorticks_off()
    bar.outline.set_visible(False)


def _frame_clusters(ax: "Axes", cluster: np.ndarray) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    ids, starts, sizes = np.unique(cluster, return_index=True, return_counts=True)
    squares = [Rectangle((s - 0.5, s - 0.5), n, n) for s, n in zip(starts, sizes, strict=True)]
    ax.add_collection(PatchCollection(squares, facecolor="none", edgecolor=INK, linewidth=0.9))
    middles, last = starts + sizes / 2 - 0.5, -np.inf
    named = []
    for place, number in zip(middles, ids, strict=True):
        # Numbers of tiny clusters would lie on each other.
        if place - last >= len(cluster) / 28:
            named.append((place, str(number)))
            last = place
    ax.set_yticks([p for p, _ in named], [t for _, t in named], fontsize="small")
    ax.tick_params(axis="y", length=2)


def _adjacency_title(everything: pd.DataFrame, members: pd.DataFrame, kept: pd.DataFrame) -> list[str]:
    n, n_kept = everything["cluster"].nunique(), kept["cluster"].nunique()
    spoken = "1 cluster" if n == 1 else f"{n:,} clusters"
    parts = [f"{len(members):,} account{'' if len(members) == 1 else 's'} in {spoken}"]
    if len(kept) < len(members):
        parts = [f"The first {len(kept):,} of {len(members):,} accounts, in {n_kept:,} of {spoken}"]
    n_several = int((everything.groupby("account")["cluster"].nunique() > 1).sum())
    if n_several:
        verbs = (
            "is in several clusters and stands in its"
            if n_several == 1
            else "are in several and stand in their"
        )
        parts.append(f"({n_several:,} {verbs} first)")
    return parts


def degrees(graph: BipartiteGraph, *, ax: "Axes | None" = None) -> "Axes":
    r"""Draw the degree distributions of accounts and contents: the share that has at least so many.

    Parameters
    ----------
    graph : BipartiteGraph
        What `farmgraph.bipartite` returned.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        Both axes logarithmic; accounts as a blue line, contents as a dashed black one, labelled beside the lines.
        Nothing is shown or saved.

    Raises
    ------
    UsageError
        If graph is something else.

    Notes
    -----
    Complementary cumulative distributions, so that nothing depends on bins. Degrees count distinct pairs of an
    account and a content. Nothing is fitted: a straight line is not evidence of a power law. O(n log n).

    References
    ----------
    Clauset, Shalizi & Newman, Power-law distributions in empirical data, SIAM Review 51, 2009.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> log = fg.read(pd.DataFrame({"user": ["a", "b", "a"], "page": ["p", "p", "q"]}))
    >>> from farmgraph.render.plot.research import degrees
    >>> ax = degrees(fg.bipartite(log))
    >>> [text.get_text() for text in ax.texts]
    ['2 accounts\nmedian 1.5', '2 contents\nmedian 1.5']
    """
    graph = graph_of(graph)
    ax = new_axes(ax, 6.4, 4.2)
    ax.set_xscale("log")
    ax.set_yscale("log")
    lines = []
    looks: tuple[tuple[str, np.ndarray, dict[str, Any]], ...] = (
        ("accounts", graph.account_degrees, {"color": BLUE, "linewidth": 2, "linestyle": "-"}),
        ("contents", graph.content_degrees, {"color": INK, "linewidth": 1.6, "linestyle": (0, (5, 2))}),
    )
    for name, values, look in looks:
        at, share = complementary_distribution(values)
        # All have at least the smallest degree.
        ax.plot(np.append(1, at), np.append(1, share), drawstyle="steps-pre", label=name, **look)
        lines.append((f"{len(values):,} {name}\nmedian {np.median(values):,.10g}", at, share, look["color"]))
    _label_lines(ax, lines)
    ax.set_xlabel("degree (distinct contents of an account, or accounts of a content)")
    ax.set_ylabel("share that has at least this degree")
    tidy(ax, grid="both")
    return ax


def _label_lines(ax: "Axes", lines: list[tuple[str, np.ndarray, np.ndarray, Any]]) -> None:
    """Write on the right line's right and on the left line's left, at the height where both still run."""
    height = np.sqrt(max(share.min() for _, _, share, _ in lines))
    places = [at[np.flatnonzero(share >= height)[-1]] for _, at, share, _ in lines]
    for (text, *_, colour), place, other in zip(lines, places, places[::-1], strict=True):
        left = place < other or (place == other and colour == BLUE)
        ax.annotate(
            text,
            (place, height),
            (-8 if left else 8, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="top" if left else "bottom",
            color=colour,
            fontsize="small",
        )
