"""Figures for papers: drawn by matplotlib onto a given Axes, never shown."""

from typing import TYPE_CHECKING

import numpy as np

from farmgraph.detect.clusters import Clusters
from farmgraph.errors import UsageError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.render.names import visible
from farmgraph.render.raster import COLOURS, OTHER_COLOUR, Raster, number_places, prepare
from farmgraph.runtime import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from farmgraph.evidence.weigh import Evidence

__all__ = ["raster"]

MAX_LABELS = 40


def __dir__() -> list[str]:
    return sorted(__all__)


def raster(
    graph: BipartiteGraph, clusters: "Clusters | Evidence", *, cluster: int = 1, ax: "Axes | None" = None
) -> "Axes":
    """Draw who of a cluster acted when: one row per account, one tick per action.

    A burst shows as vertical bars, a dripped order as diagonals, a fan club as scatter. The
    first seven contents have a colour each and a number in the legend, the rest is grey. Where
    no action has a time, an account x content matrix is drawn instead and its title says so.

    Parameters
    ----------
    graph : BipartiteGraph
        Where the clusters were found.
    clusters : Clusters or Evidence
        What a detector or `farmgraph.weigh` returned. Without contents, those that two members or
        more acted on count.
    cluster : int
        Which cluster, by its number.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        With labels, units and a legend. Nothing is shown or saved.

    Raises
    ------
    UsageError
        If graph or clusters is something else, or there is no cluster of that number.

    Notes
    -----
    At most 200 accounts and 2,000 actions are drawn; the title says what was left out.
    """
    require(
        graph, BipartiteGraph, way_out="Give the graph first: fg.plot.raster(fg.bipartite(log), clusters)."
    )
    found = require(
        getattr(clusters, "clusters", clusters),
        Clusters,
        way_out="Give what a detector such as fg.lockstep(graph) returned, or what fg.weigh returned.",
    )
    if cluster not in found.ids:
        there = ", ".join(str(c) for c in found.ids) or "none at all"
        raise UsageError(f"There is no cluster {cluster}; the clusters are: {there}.")
    from matplotlib import pyplot as plt

    prepared = _prepared(graph, found, cluster)
    if ax is None:
        _, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
    if prepared.kind == "times":
        _draw_times(ax, prepared)
    else:
        _draw_matrix(ax, prepared)
    _label_rows(ax, prepared)
    # Two lines of numbers fit under the title.
    ax.set_title(_title(prepared, cluster), fontsize="medium", loc="left", pad=22)
    return ax


def _prepared(graph: BipartiteGraph, clusters: Clusters, cluster: int) -> Raster:
    accounts, contents = clusters.accounts_of(cluster), clusters.contents_of(cluster)
    members = np.zeros(graph.n_accounts, bool)
    members[graph.codes_of_accounts(accounts)] = True
    content_of_row = np.repeat(np.arange(graph.n_contents), np.diff(graph.content_starts))
    of_member = members[graph.content_accounts]
    if contents:
        wanted = np.zeros(graph.n_contents, bool)
        wanted[graph.codes_of_contents(contents)] = True
    else:
        edges = members[graph.edge_accounts]
        shared = np.bincount(graph.account_contents[edges], minlength=graph.n_contents)
        ranked = np.argsort(-shared, kind="stable")
        chosen = ranked[shared[ranked] >= 2]
        wanted = shared >= 2
        contents = graph.names_of_contents(chosen).tolist()
    rows = np.flatnonzero(of_member & wanted[content_of_row])
    return prepare(
        graph.names_of_accounts(graph.content_accounts[rows]).tolist(),
        graph.names_of_contents(content_of_row[rows]).tolist(),
        graph.content_times[rows],
        accounts=accounts,
        contents=contents,
    )


def _draw_times(ax: "Axes", prepared: Raster) -> None:
    from matplotlib import dates

    if not prepared.n_drawn:
        return
    when = prepared.time.astype("datetime64[us]")
    height = min(6.0, max(1.5, 240 / max(len(prepared.accounts), 1)))
    for slot in [-1, *range(min(len(prepared.contents), len(COLOURS)))]:
        chosen = prepared.content >= len(COLOURS) if slot < 0 else prepared.content == slot
        if not chosen.any():
            continue
        # Grey comes first, so that it lies below, and last in the legend by its number.
        label = "other contents" if slot < 0 else f"{slot + 1}  {_plain(prepared.contents[slot])}"
        ax.plot(
            when[chosen],
            prepared.row[chosen],
            linestyle="none",
            marker="|",
            markersize=height,
            markeredgewidth=1.1,
            color=OTHER_COLOUR if slot < 0 else COLOURS[slot],
            label=label,
        )
    low, high = int(prepared.time.min()), int(prepared.time.max())
    gap = max(1.0, (high - low) / 45)
    for slot, at, band in number_places(prepared.time, prepared.row, prepared.content, gap=gap):
        place = (dates.date2num(np.datetime64(int(at), "us")), 1.0)
        ax.annotate(
            str(slot + 1),
            place,
            xytext=(0, 2 + 9 * band),
            xycoords=ax.get_xaxis_transform(),
            textcoords="offset points",
            ha="center",
            fontsize="x-small",
        )
    locator = dates.AutoDateLocator()
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    ax.set_xlabel("time (UTC)")
    ax.grid(axis="x", color="#E3E3E3", linewidth=0.6)
    ax.set_axisbelow(True)
    handles, labels = ax.get_legend_handles_labels()
    if handles and labels[0] == "other contents":
        handles, labels = [*handles[1:], handles[0]], [*labels[1:], labels[0]]
    ax.legend(handles, labels, loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize="small")


def _draw_matrix(ax: "Axes", prepared: Raster) -> None:
    n_columns = int(prepared.content.max()) + 1 if prepared.n_drawn else 1
    cells = np.zeros((max(len(prepared.accounts), 1), n_columns))
    cells[prepared.row, prepared.content] = 1
    ax.pcolormesh(
        np.arange(n_columns + 1) + 0.5, np.arange(len(cells) + 1) - 0.5, cells, cmap="Blues", vmax=1.3
    )
    ax.set_xlabel("content (number, most accounts first)")


def _label_rows(ax: "Axes", prepared: Raster) -> None:
    n = len(prepared.accounts)
    step = max(1, -(-n // MAX_LABELS))
    places = np.arange(0, n, step)
    ax.set_yticks(places, [_plain(prepared.accounts[i]) for i in places], fontsize="x-small")
    ax.set_ylim(n - 0.5, -0.5)
    ax.set_ylabel("account" if step == 1 else f"account (one in {step} is named)")


def _plain(name: str) -> str:
    """Return a name that matplotlib shows as it is: a dollar sign would begin a formula."""
    return visible(name, 24, say_length=False).replace("$", r"\$")


def _title(prepared: Raster, cluster: int) -> str:
    title = f"Cluster {cluster}"
    if prepared.kind == "matrix":
        title += ": no times in the log, so accounts x contents"
    cut = []
    if len(prepared.accounts) < prepared.n_accounts:
        cut.append(f"{len(prepared.accounts):,} of {prepared.n_accounts:,} accounts")
    timed = prepared.n_actions - prepared.n_without_time
    if prepared.kind == "times" and prepared.n_drawn < timed:
        cut.append(f"{prepared.n_drawn:,} of {timed:,} actions")
    if prepared.kind == "times" and prepared.n_without_time:
        cut.append(f"{prepared.n_without_time:,} without a time left out")
    return f"{title} ({', '.join(cut)})" if cut else title
