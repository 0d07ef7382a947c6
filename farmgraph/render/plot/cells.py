"""Who acted on what: one cluster's accounts by its contents."""

from typing import TYPE_CHECKING, Any

import numpy as np

from farmgraph.detect.clusters import Clusters
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.interactions.schema import NO_TIME
from farmgraph.render.plot import common
from farmgraph.render.plot.common import Chosen
from farmgraph.render.raster import MAX_ACCOUNTS, MAX_CONTENTS, prepare

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from farmgraph.evidence.weigh import Evidence


def matrix(
    graph: BipartiteGraph,
    clusters: "Clusters | Evidence",
    *,
    cluster: int = 1,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw which account of a cluster acted on which of its contents, and when.

    A farm is a solid block whose columns have one colour each.

    Parameters
    ----------
    graph : BipartiteGraph
        Where the clusters were found.
    clusters : Clusters or Evidence
        What a detector or `farmgraph.weigh` returned.
    cluster : int
        Which cluster, by its number.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        Columns stand in order of their members' median time. Colour is the date of the account's first action,
        dark to light, with a bar beside it; white is never. Nothing is shown or saved.

    Raises
    ------
    UsageError
        If graph or clusters is something else, or there is no cluster of that number.

    Notes
    -----
    Rows are those of `raster`. At most 200 accounts and 60 contents are drawn, those with most of the other; the title
    says what was left out. An action without a time is pale blue. Where no action has one, all cells are blue and
    columns stand by their number of members.

    Examples
    --------
    >>> import farmgraph as fg
    >>> graph = fg.bipartite(fg.datasets.load("coordination_toolkit_fixture"))
    >>> clusters = fg.leiden(fg.co_engagement(graph, min_contents=1), min_accounts=2)
    >>> fg.plot.matrix(graph, clusters).get_title("left")
    'Cluster 1: 4 of 4 cells filled'
    """
    chosen = common.choose(graph, clusters, cluster)
    ax = common.new_axes(ax, 7, 4.5)
    names = graph.names_of_accounts(chosen.accounts)
    rows = _rows(chosen, names)
    filled, first = _first_times(chosen, rows, min(len(chosen.contents), MAX_CONTENTS))
    columns = _in_order_of_time(filled, first)
    filled, first = filled[:, columns], first[:, columns]
    n_rows, n_columns = filled.shape
    common.name_rows(ax, names[rows].tolist(), "account")
    _name_columns(
        ax, graph.names_of_contents(chosen.contents[columns]).tolist(), timed=bool((first >= 0).any())
    )
    cut = []
    if n_rows < len(chosen.accounts):
        cut.append(f"{n_rows:,} of {len(chosen.accounts):,} accounts")
    if n_columns < len(chosen.contents):
        cut.append(f"{n_columns:,} of {len(chosen.contents):,} contents")
    untimed = int((filled & (first < 0)).sum())
    if untimed and (first >= 0).any():
        cut.append(f"{common.counted(untimed, 'cell')} without a time, pale blue")
    common.set_title(
        ax, f"Cluster {cluster}: {int(filled.sum()):,} of {filled.size:,} cells filled", cut, pad=6
    )
    if not filled.any():
        common.say(ax, "The cluster has no content that two members share.")
        return ax
    # Lines between cells would hide thin ones.
    edges: dict[str, Any] = {"edgecolors": "white", "linewidth": 0.6} if max(filled.shape) <= 60 else {}
    at = np.arange(n_columns + 1) - 0.5, np.arange(n_rows + 1) - 0.5
    if (first >= 0).any():
        _draw_dates(ax, at, first, edges)
        bare = filled & (first < 0)
        if bare.any():
            ax.pcolormesh(*at, np.ma.masked_where(~bare, bare), cmap="Blues", vmin=0, vmax=3.5, **edges)
    else:
        ax.pcolormesh(*at, np.ma.masked_where(~filled, filled), cmap="Blues", vmin=0, vmax=1.3, **edges)
    ax.tick_params(length=0)
    return ax


def _rows(chosen: Chosen, names: np.ndarray) -> list[int]:
    """Return positions of accounts in the order of the raster's rows."""
    ids = [str(i) for i in range(len(names))]
    contents = [str(i) for i in range(len(chosen.contents))]
    # Numbers instead of names, since the order of ties should be that of names; so they are numbered by name.
    rank = np.argsort(np.argsort(names, kind="stable"), kind="stable")
    width = len(str(len(names)))
    ids = [f"{rank[i]:0{width}}" for i in range(len(names))]
    raster = prepare(
        [ids[i] for i in chosen.who],
        [contents[i] for i in chosen.what],
        chosen.time,
        accounts=ids,
        contents=contents,
        max_accounts=MAX_ACCOUNTS,
    )
    place = {name: i for i, name in enumerate(ids)}
    return [place[name] for name in raster.accounts]


def _first_times(chosen: Chosen, rows: list[int], n_columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which cells are filled, and the first time in each, -1 where there is none."""
    row = np.full(len(chosen.accounts), -1)
    row[rows] = np.arange(len(rows))
    inside = (row[chosen.who] >= 0) & (chosen.what < n_columns)
    who, what, time = row[chosen.who[inside]], chosen.what[inside], chosen.time[inside]
    first = np.full((len(rows), n_columns), NO_TIME)
    filled = np.zeros(first.shape, bool)
    filled[who, what] = True
    np.minimum.at(first, (who, what), time)
    return filled, np.where(first == NO_TIME, -1, first)


def _in_order_of_time(filled: np.ndarray, first: np.ndarray) -> np.ndarray:
    middles = [np.median(column[column >= 0]) if (column >= 0).any() else np.inf for column in first.T]
    return np.lexsort((-filled.sum(axis=0), np.array(middles)))


def _name_columns(ax: "Axes", names: list[str], *, timed: bool) -> None:
    step = max(1, -(-len(names) // 30))
    places = np.arange(0, len(names), step)
    ax.set_xticks(
        places,
        [common.plain(names[i], 18) for i in places],
        fontsize="x-small",
        rotation=60,
        ha="right",
        rotation_mode="anchor",
    )
    order = "in order of time" if timed else "most accounts first"
    ax.set_xlabel(f"content, {order}" if step == 1 else f"content, {order} (one in {step} is named)")
    ax.set_xlim(-0.5, max(len(names), 1) - 0.5)


def _draw_dates(
    ax: "Axes", at: tuple[np.ndarray, np.ndarray], first: np.ndarray, edges: dict[str, Any]
) -> None:
    from matplotlib import dates

    days = dates.date2num(np.where(first < 0, 0, first).astype("datetime64[us]"))
    # Of the yellow end only what stands out from white paper.
    drawn = ax.pcolormesh(
        *at, np.ma.masked_where(first < 0, days), cmap=common.shades("cividis", 0, 0.94), **edges
    )
    bar = common.colour_bar(ax, drawn, "first action (UTC)")
    common.full_dates(bar, float(days[first >= 0].min()), float(days[first >= 0].max()))
