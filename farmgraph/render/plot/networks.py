"""Who moved with whom: the network of one cluster, and the map of all."""

from typing import TYPE_CHECKING

import numpy as np

from farmgraph.detect.clusters import Clusters
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.render.plot import common
from farmgraph.render.plot.common import Chosen
from farmgraph.runtime import microseconds, whole_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from farmgraph.evidence.weigh import Evidence

MOST_ACCOUNTS, MOST_LINKS, MOST_CLUSTERS, NUMBERED = 500, 1_500, 50, 10


def network(
    graph: BipartiteGraph,
    clusters: "Clusters | Evidence",
    *,
    cluster: int = 1,
    within: float | str | None = "1h",
    least: int | None = None,
    seed: int = 0,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw who of a cluster acted on the same contents at about the same time.

    Parameters
    ----------
    graph : BipartiteGraph
        Where the clusters were found.
    clusters : Clusters or Evidence
        What a detector or `farmgraph.weigh` returned.
    cluster : int
        Which cluster, by its number.
    within : float or str, optional
        Two accounts are linked by each content of the cluster on which their first actions lie no further apart than
        this: seconds or a text such as ``"10min"``. None: at any time, as in a log without times.
    least : int, optional
        Draw links of so many contents or more, 1 or more. By default the least number of two or more at which less than
        a third of all pairs are linked, or else two: as in the report.
    seed : int
        Of the layout.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        A dot per account, a line per link, darker and wider for more contents. Up to 15 accounts are named. Nothing
        is shown or saved.

    Raises
    ------
    UsageError
        If graph or clusters is something else, there is no cluster of that number, or an option cannot be used.

    Notes
    -----
    Fruchterman-Reingold, each connected part by itself, accounts without a link in rows below; distances between parts
    mean nothing. At most 500 accounts, the strongest, and 1,500 links are drawn, each account's strongest link first;
    the title says what was left out.

    Examples
    --------
    >>> import farmgraph as fg
    >>> graph = fg.bipartite(fg.datasets.load("coordination_toolkit_fixture"))
    >>> clusters = fg.leiden(fg.co_engagement(graph, min_contents=1), min_accounts=2)
    >>> fg.plot.network(graph, clusters, within="1min").get_title("left")
    'Cluster 1: 2 accounts, 1 link'
    """
    from farmgraph.render.report.network import meetings, network_of

    chosen = common.choose(graph, clusters, cluster)
    whole_number(seed, name="seed", least=0)
    wanted = None if least is None else whole_number(least, name="least", least=1)
    within_s = None if within is None else microseconds(within, name="within") / 1e6
    if not graph.has_times:
        within_s = None
    n = min(len(chosen.accounts), MOST_ACCOUNTS)
    kept = chosen.who < n
    counts = meetings(chosen.who[kept], chosen.what[kept], chosen.time[kept], n=n, within_s=within_s)
    least = _first_least(counts) if wanted is None else wanted
    counts[counts < least] = 0
    drawn = network_of(counts, within_s=within_s, most=MOST_LINKS, seed=seed)
    ax = common.new_axes(ax, 6, 5)
    places = np.column_stack([drawn["x"], drawn["y"]])
    number = np.array(drawn["n"], np.int64)
    when = (
        "at any time"
        if within_s is None
        else f"within {within if isinstance(within, str) else f'{within:g} s'}"
    )
    if len(number):
        _draw_links(ax, places, np.array(drawn["a"]), np.array(drawn["b"]), number, f"contents shared {when}")
    joined = counts.any(axis=1)
    x, y = places.T
    ax.scatter(
        x[joined], y[joined], s=_dot(n), color=common.INK, edgecolors="white", linewidths=0.5, zorder=3
    )
    ax.scatter(
        x[~joined], y[~joined], s=_dot(n), color="white", edgecolors=common.DARK, linewidths=0.8, zorder=3
    )
    if n <= 15:
        for name, place in zip(graph.names_of_accounts(chosen.accounts), places, strict=True):
            ax.annotate(common.plain(name), place, (4, 4), textcoords="offset points", fontsize="x-small")
    total = drawn["n_links"]
    links = f"{len(number):,} of {total:,} links" if len(number) < total else common.counted(total, "link")
    accounts = f"{n:,} of {len(chosen.accounts):,}" if n < len(chosen.accounts) else f"{n:,}"
    alone = int((~joined).sum())
    cut = [f"{alone:,} not linked, hollow"] if alone else []
    cut += [f"links of {least} or more contents"] if least > 1 else []
    common.set_title(ax, f"Cluster {cluster}: {accounts} account{'' if n == 1 else 's'}, {links}", cut)
    ax.set_xlabel("accounts with more contents in common lie closer together (no unit)", fontsize="small")
    _bare(ax)
    return ax


def _first_least(counts: np.ndarray) -> int:
    pairs = counts[np.triu_indices(len(counts), 1)]
    stops = [int(n) for n in np.unique(pairs) if n >= 2]
    few = (n for n in stops if (pairs >= n).sum() < len(pairs) / 3)
    return next(few, stops[0] if stops else 1)


def map(
    graph: BipartiteGraph, clusters: "Clusters | Evidence", *, seed: int = 0, ax: "Axes | None" = None
) -> "Axes":
    """Draw all accounts of a log: clusters as islands, everybody else as the sea around them.

    Parameters
    ----------
    graph : BipartiteGraph
        Where the clusters were found.
    clusters : Clusters or Evidence
        What a detector or `farmgraph.weigh` returned; evidence gives order, colours and marks by verdict.
    seed : int
        Of the layout inside islands.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        A dot per account and cluster, lines to the member that it shares most contents of the cluster with, numbers
        at the ten strongest islands. Nothing is shown or saved.

    Raises
    ------
    UsageError
        If graph or clusters is something else, or seed is out of range.

    Notes
    -----
    An account of two clusters has a dot on both islands, which lie side by side; other distances between islands, and
    places in the sea, mean nothing. At most 50 clusters and 5,000 dots are drawn; the title says what was left out.

    Examples
    --------
    >>> import farmgraph as fg
    >>> graph = fg.bipartite(fg.datasets.load("fraudar_example"))
    >>> fg.plot.map(graph, fg.leiden(fg.co_engagement(graph))).get_title("left")
    '1 cluster with 20 of 500 accounts'
    """
    from farmgraph.render.report import islands

    graph, found = common.graph_of(graph), common.clusters_of(clusters)
    whole_number(seed, name="seed", least=0)
    ax = common.new_axes(ax, 8, 5.9)
    verdicts = common.verdicts_of(clusters)
    order = list(verdicts or found.ids)[:MOST_CLUSTERS]
    everyone = {cluster: found.accounts_of(cluster) for cluster in order}
    n_in_clusters = found.members["account"].nunique()
    n_others = graph.n_accounts - n_in_clusters
    room = max(islands.MAX_DOTS - n_others, islands.MAX_DOTS // 2)
    share = min(1.0, room / max(sum(len(who) for who in everyone.values()), 1))
    sizes = {cluster: max(1, int(len(who) * share)) for cluster, who in everyone.items()}
    links = {c: _partners(common.choose(graph, found, c), sizes[c]) for c in order}
    places = [(c, islands.island(links[c], sizes[c], seed=seed)) for c in order]
    n_sea = min(n_others, max(islands.MAX_DOTS - sum(sizes.values()), 0))
    laid = islands.lay_out(places, n_sea, relatives=_relatives(everyone))
    _draw_map(ax, laid, links, verdicts)
    cut = [f"{n_sea:,} of {n_others:,} others drawn"] if n_sea < n_others else []
    cut += [f"{share:.0%} of members drawn"] if share < 1 else []
    cut += [f"{len(order):,} of {len(found):,} clusters drawn"] if len(order) < len(found) else []
    n_clusters = common.counted(len(found), "cluster")
    common.set_title(ax, f"{n_clusters} with {n_in_clusters:,} of {graph.n_accounts:,} accounts", cut)
    ax.set_xlabel(
        "distances mean nothing, but islands with accounts in common lie side by side",
        fontsize="small",
        labelpad=20,
    )
    _bare(ax)
    return ax


def _draw_links(
    ax: "Axes", places: np.ndarray, a: np.ndarray, b: np.ndarray, number: np.ndarray, label: str
) -> None:
    from matplotlib.collections import LineCollection
    from matplotlib.ticker import MaxNLocator

    order = np.argsort(number, kind="stable")  # the strongest on top
    segments = np.stack([places[a[order]], places[b[order]]], axis=1)
    low, high = int(number.min()), int(number.max())
    strength = (number[order] - low) / max(high - low, 1)
    lines = LineCollection(
        list(segments),
        array=number[order],
        cmap=common.shades("Blues", 0.35, 1.0),
        linewidths=(0.5 + 0.9 * strength) * (1 if len(number) < 300 else 0.7),
        zorder=2,
    )
    lines.set_clim(low - 0.5 * (low == high), high + 0.5 * (low == high))
    ax.add_collection(lines)
    common.colour_bar(ax, lines, label).locator = MaxNLocator(integer=True, nbins=6)


def _draw_map(
    ax: "Axes", laid: dict, links: dict[int, list[tuple[int, int]]], verdicts: dict[int, str] | None
) -> None:
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    size = max(1.5, 0.42 * laid["dot"])
    sea = laid["others"]
    ax.plot(sea["xs"], sea["ys"], ".", color="#ADADAD", markersize=max(2.0, 0.9 * size), markeredgewidth=0)
    shown: dict[str, tuple[str, str]] = {}
    for rank, island in enumerate(laid["islands"]):
        cluster = island["cluster"]
        word = "members" if verdicts is None else verdicts[cluster]
        shown[word] = marker, colour = common.LOOKS.get(word, ("o", common.BLUE))
        dots = np.column_stack([island["xs"], island["ys"]])
        if links[cluster]:
            ends = dots[np.array(links[cluster])]
            ax.add_collection(LineCollection(list(ends), colors=colour, linewidths=0.4, alpha=0.5))
        edge = 0.6 if marker == "x" else 0
        ax.plot(*dots.T, marker, color=colour, markersize=size, markeredgewidth=edge)
        if rank < NUMBERED:
            ax.annotate(
                f"{cluster}",
                (island["x"], island["y"] - island["radius"]),
                (0, 1),
                textcoords="offset points",
                ha="center",
                fontsize="small",
                fontweight="bold",
                color=common.INK,
            )
    ax.set_xlim(0, laid["width"])
    ax.set_ylim(laid["height"], 0)
    ax.set_aspect("equal")
    words = [word for word in ("members", *common.LOOKS) if word in shown]
    handles = [
        Line2D([], [], linestyle="none", marker=shown[w][0], color=shown[w][1], markersize=5) for w in words
    ]
    handles.append(Line2D([], [], linestyle="none", marker=".", color="#BDBDBD", markersize=5))
    ax.legend(
        handles,
        [*words, "in no cluster"],
        frameon=False,
        fontsize="small",
        loc="upper left",
        bbox_to_anchor=(0, 0),
        ncols=len(words) + 1,
        borderaxespad=0.2,
        handletextpad=0.2,
    )


def _partners(chosen: Chosen, n: int) -> list[tuple[int, int]]:
    """Return each account with the one it met on most contents, within an hour in a log with times."""
    from farmgraph.interactions.schema import NO_TIME
    from farmgraph.render.report.network import HOUR_S, meetings, partners

    kept = chosen.who < n
    who, what, time = chosen.who[kept], chosen.what[kept], chosen.time[kept]
    within_s = HOUR_S if (time != NO_TIME).any() else None
    return partners(meetings(who, what, time, n=n, within_s=within_s))


def _relatives(everyone: dict[int, list[str]]) -> dict[int, int]:
    """Return, for each cluster that shares accounts with a stronger one, the one it shares most with."""
    before: list[tuple[int, set[str]]] = []
    found = {}
    for cluster, names in everyone.items():
        own = set(names)
        n, best = max(((len(own & theirs), -i) for i, (_, theirs) in enumerate(before)), default=(0, 0))
        if n:
            found[cluster] = before[-best][0]
        before.append((cluster, own))
    return found


def _dot(n: int) -> float:
    """Return the area of a dot, square points: smaller where there are many."""
    return float(np.clip(2_400 / max(n, 1), 9, 45))


def _bare(ax: "Axes") -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
