"""Who acted when: every action of a cluster, and how one content filled up."""

from typing import TYPE_CHECKING, Any

import numpy as np

from farmgraph.detect.clusters import Clusters
from farmgraph.errors import UsageError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME
from farmgraph.render.plot import common
from farmgraph.render.plot.common import Chosen
from farmgraph.render.raster import COLOURS, OTHER_COLOUR, Raster, number_places, prepare

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from farmgraph.evidence.weigh import Evidence

_LINE = 9
"""Height of one line of numbers above a raster, points."""

_DAY = 86_400.0
"""Seconds that an axis of times since members began has at least: the same scale for one burst and another."""

_UNEQUAL = 10
"""How many times the smaller total the larger one may be before a running total is drawn in shares."""


def raster(
    graph: BipartiteGraph,
    clusters: "Clusters | Evidence",
    *,
    cluster: int = 1,
    since_began: bool = False,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw who of a cluster acted when: one row per account, one tick per action.

    A burst shows as vertical bars, a dripped order as loose bands, a fan club as scatter. The
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
    since_began : bool
        Draw the time since members began on each content, a tenth of them having come, instead of the date.
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
    Rows are sorted by each account's median time since the cluster's first action on a content. At most 200
    accounts and 2,000 actions are drawn; the title says what was left out. Time since members began stands on a
    scale of cube roots, on which minutes can be seen beside days; who came before stands at the left edge. It has a day
    at least: whoever comes together every time makes a narrow column at the left.

    Examples
    --------
    >>> import farmgraph as fg
    >>> graph = fg.bipartite(fg.datasets.load("coordination_toolkit_fixture"))
    >>> clusters = fg.leiden(fg.co_engagement(graph, min_contents=1), min_accounts=2)
    >>> fg.plot.raster(graph, clusters).get_xlabel()
    'time (UTC)'
    """
    chosen = common.choose(graph, clusters, cluster)
    prepared = _prepared(graph, chosen)
    ax = common.new_axes(ax, 8, 4.5)
    lines = 0
    if prepared.kind == "matrix":
        _draw_matrix(ax, prepared)
    elif since_began:
        _draw_lags(ax, prepared, chosen)
    else:
        lines = _draw_times(ax, prepared)
    common.name_rows(ax, prepared.accounts, "account")
    common.tidy(ax)
    # The title stands above all lines of numbers, however many there are.
    common.set_title(ax, _title(prepared, cluster), _cut(prepared), pad=6 + _LINE * lines + 2 * (lines > 0))
    return ax


def running_total(
    graph: BipartiteGraph,
    clusters: "Clusters | Evidence",
    *,
    cluster: int = 1,
    content: str | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw how many members had acted on one content by when, beside everybody else.

    Bought likes arrive in steps, others one by one.

    Parameters
    ----------
    graph : BipartiteGraph
        Where the clusters were found.
    clusters : Clusters or Evidence
        What a detector or `farmgraph.weigh` returned.
    cluster : int
        Which cluster, by its number.
    content : str, optional
        Any content of the graph; by default the one of the cluster with most members.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        Solid: members. Dashed: all other accounts. Nothing is shown or saved.

    Raises
    ------
    UsageError
        If graph or clusters is something else, or there is no such cluster or content.

    Notes
    -----
    An account counts from its first action on the content on. Actions without a time are left out, and the title
    says how many accounts that were. Where one total is more than ten times the other, both are drawn as shares of
    their own total, or the smaller one would lie flat on the axis; the legend has the numbers.

    Examples
    --------
    >>> import farmgraph as fg
    >>> graph = fg.bipartite(fg.datasets.load("coordination_toolkit_fixture"))
    >>> clusters = fg.leiden(fg.co_engagement(graph, min_contents=1), min_accounts=2)
    >>> fg.plot.running_total(graph, clusters).get_ylabel()
    'accounts so far'
    """
    chosen = common.choose(graph, clusters, cluster)
    ax = common.new_axes(ax, 6, 3.5)
    ax.set_xlabel("time (UTC)")
    ax.set_ylabel("accounts so far")
    common.tidy(ax, grid="y")
    if content is None and not len(chosen.contents):
        common.set_title(ax, f"Cluster {cluster}")
        common.say(ax, "The cluster has no content that two members share.")
        return ax
    code = _code_of(graph, content) if content is not None else int(chosen.contents[0])
    rows = slice(graph.content_starts[code], graph.content_starts[code + 1])
    who, when = graph.content_accounts[rows], graph.content_times[rows]
    accounts, first = np.unique(who, return_index=True)
    first_time = when[first]
    timed = first_time != NO_TIME
    name = str(graph.names_of_contents(np.array([code]))[0])
    untimed = int((~timed).sum())
    cut = [f"{common.counted(untimed, 'account')} without a time left out"] if untimed and timed.any() else []
    common.set_title(ax, f"Cluster {cluster}: {common.plain(name, 40)}", cut)
    if not timed.any():
        common.say(ax, "No action on this content has a time.")
        return ax
    mine = np.isin(accounts, chosen.accounts)
    _draw_totals(ax, np.sort(first_time[mine & timed]), np.sort(first_time[~mine & timed]))
    return ax


def _draw_totals(ax: "Axes", members: np.ndarray, others: np.ndarray) -> None:
    from matplotlib.ticker import MaxNLocator

    both = np.concatenate([members, others])
    low, high = int(both.min()), int(both.max())
    margin = max((high - low) // 50, MICROSECONDS)
    dashed: dict[str, Any] = {"color": common.DARK, "linestyle": "--", "linewidth": 1.3}
    solid: dict[str, Any] = {"color": common.BLUE, "linestyle": "-", "linewidth": 1.8}
    fewer, more = sorted((len(members), len(others)))
    in_shares = 0 < _UNEQUAL * fewer < more
    for times, label, look in ((others, "everybody else", dashed), (members, "members", solid)):
        at = np.concatenate([[low - margin], times, [high + margin]]).astype("datetime64[us]")
        totals = np.concatenate([[0], np.arange(1, len(times) + 1), [len(times)]])
        totals = totals / len(times) if in_shares else totals
        ax.plot(at, totals, drawstyle="steps-post", label=f"{label}: {len(times):,}", **look)
    ax.set_xlim(*np.array([low - margin, high + margin]).astype("datetime64[us]"))
    ax.set_ylim(0, 1.08 * (1 if in_shares else more))
    if in_shares:
        ax.set_ylabel("accounts so far (share of own total)")
        ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    else:
        ax.yaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    common.date_axis(ax.xaxis)
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], labels[::-1], frameon=False, fontsize="small", loc="best")


def _code_of(graph: BipartiteGraph, content: str) -> int:
    import pyarrow.compute as pc

    # Arrow holds no lone surrogates, and so does no graph.
    asked = str(content).encode("utf-8", "replace").decode()
    code = pc.index(graph.content_names, asked).as_py() if asked == content else -1
    if code < 0:
        some = ", ".join(repr(name) for name in graph.content_names[:3].to_pylist())
        raise UsageError(
            f"There is no content {content!r}; expected one of the graph, such as {some}. "
            "Leave content= out for the one with most members."
        )
    return int(code)


def _prepared(graph: BipartiteGraph, chosen: Chosen) -> Raster:
    accounts = graph.names_of_accounts(chosen.accounts)
    contents = graph.names_of_contents(chosen.contents)
    return prepare(
        accounts[chosen.who].tolist(),
        contents[chosen.what].tolist(),
        chosen.time,
        accounts=accounts.tolist(),
        contents=contents.tolist(),
    )


def _draw_times(ax: "Axes", prepared: Raster) -> int:
    """Draw actions by date; return how many lines of numbers stand above."""
    from matplotlib import dates

    _draw_ticks(ax, prepared, prepared.time.astype("datetime64[us]"))
    gap = max(1.0, (int(prepared.time.max()) - int(prepared.time.min())) / 45)
    places = number_places(prepared.time, prepared.row, prepared.content, gap=gap)
    for slot, at, band in places:
        ax.annotate(
            str(slot + 1),
            (dates.date2num(np.datetime64(int(at), "us")), 1.0),
            xytext=(0, 2 + _LINE * band),
            xycoords=ax.get_xaxis_transform(),
            textcoords="offset points",
            ha="center",
            fontsize="x-small",
        )
    common.date_axis(ax.xaxis)
    ax.set_xlabel("time (UTC)")
    return max((band + 1 for _, _, band in places), default=0)


def _draw_lags(ax: "Axes", prepared: Raster, chosen: Chosen) -> None:
    """Draw actions by the time since members began on the same content; earlier ones stand at the left edge."""
    lags = (prepared.time - _beginnings(chosen)[prepared.content]) / MICROSECONDS
    high = max(float(lags.max()), _DAY)
    margin = 0.012 * np.cbrt(high)
    _draw_ticks(ax, prepared, np.where(lags < 0, -((margin / 2) ** 3), lags))
    ax.set_xscale("function", functions=(np.cbrt, lambda x: np.power(x, 3)))
    ax.set_xlim(-(margin**3), (np.cbrt(high) + margin) ** 3)
    ax.set_xticks(
        *common.duration_ticks(0, high, np.cbrt, least=common.TICK / common.points_wide(ax), zero=True)
    )
    ax.set_xlabel("time since members began on the content (scale of cube roots)")


def _beginnings(chosen: Chosen) -> np.ndarray:
    """Return when members began on each content (int64): when a tenth of them had come.

    The very first one says little: a single early account would move everybody else.
    """
    known = chosen.time != NO_TIME
    order = np.lexsort((chosen.time[known], chosen.what[known], chosen.who[known]))
    who, what, time = (column[known][order] for column in (chosen.who, chosen.what, chosen.time))
    first = np.r_[True, (who[1:] != who[:-1]) | (what[1:] != what[:-1])][: len(who)]
    began = np.full(len(chosen.contents), NO_TIME, np.int64)
    for content in np.unique(what):
        visits = np.sort(time[first & (what == content)])
        began[content] = visits[len(visits) // 10]
    return began


def _draw_ticks(ax: "Axes", prepared: Raster, x: np.ndarray) -> None:
    height = min(6.0, max(1.5, 240 / max(len(prepared.accounts), 1)))
    for slot in [-1, *range(min(len(prepared.contents), len(COLOURS)))]:
        chosen = prepared.content >= len(COLOURS) if slot < 0 else prepared.content == slot
        if not chosen.any():
            continue
        # Grey comes first, so that it lies below, and last in the legend by its number.
        label = "other contents" if slot < 0 else f"{slot + 1}  {common.plain(prepared.contents[slot])}"
        ax.plot(
            x[chosen],
            prepared.row[chosen],
            linestyle="none",
            marker="|",
            markersize=height,
            markeredgewidth=1.1,
            color=OTHER_COLOUR if slot < 0 else COLOURS[slot],
            label=label,
        )
    ax.grid(axis="x", color=common.PALE, linewidth=0.6)
    handles, labels = ax.get_legend_handles_labels()
    if handles and labels[0] == "other contents":
        handles, labels = [*handles[1:], handles[0]], [*labels[1:], labels[0]]
    ax.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(1, 1),
        frameon=False,
        fontsize="small",
        markerscale=7 / height,
    )


def _draw_matrix(ax: "Axes", prepared: Raster) -> None:
    n_columns = int(prepared.content.max()) + 1 if prepared.n_drawn else 1
    cells = np.zeros((max(len(prepared.accounts), 1), n_columns))
    cells[prepared.row, prepared.content] = 1
    ax.pcolormesh(
        np.arange(n_columns + 1) + 0.5, np.arange(len(cells) + 1) - 0.5, cells, cmap="Blues", vmax=1.3
    )
    ax.set_xlabel("content (number, most accounts first)")


def _title(prepared: Raster, cluster: int) -> str:
    title = f"Cluster {cluster}"
    return f"{title}: no times in the log, so accounts x contents" if prepared.kind == "matrix" else title


def _cut(prepared: Raster) -> list[str]:
    cut = []
    if len(prepared.accounts) < prepared.n_accounts:
        cut.append(f"{len(prepared.accounts):,} of {prepared.n_accounts:,} accounts")
    timed = prepared.n_actions - prepared.n_without_time
    if prepared.kind == "times" and prepared.n_drawn < timed:
        cut.append(f"{prepared.n_drawn:,} of {timed:,} actions")
    if prepared.kind == "times" and prepared.n_without_time:
        cut.append(f"{prepared.n_without_time:,} without a time left out")
    return cut
