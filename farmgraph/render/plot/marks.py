"""One mark each: the accounts of a cluster, and the clusters of an investigation."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from farmgraph.detect.clusters import Clusters
from farmgraph.errors import UsageError
from farmgraph.evidence.verdict import Thresholds
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME
from farmgraph.render.plot import common
from farmgraph.runtime import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from farmgraph.evidence.weigh import Evidence

MOST_ACCOUNTS, MOST_NUMBERS = 60, 15
VERMILION_TEXT = "#B34E00"
"""Darker than the marks: text has to be read."""

UPWARDS = (-20, -10, -5, 0, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)
SMALLEST = 0.05
NEEDED = ("cluster", "verdict", "overlap_ratio", "overlap_ratio_low", "synchrony_z")


def accounts(
    graph: BipartiteGraph,
    clusters: "Clusters | Evidence",
    *,
    cluster: int = 1,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw, for each account of a cluster, how much of it the account did and how close it came to others.

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
        A row per account, strongest first. Filled circles: the score, on the lower axis. Hollow diamonds: the
        median wait to the nearest other member, on the upper axis, which is logarithmic. Nothing is shown or saved.

    Raises
    ------
    UsageError
        If graph or clusters is something else, or there is no cluster of that number.

    Notes
    -----
    The score is that of `Clusters.members`. A wait is counted on each content of the cluster, from the account's first
    action there; accounts without a time, or alone on their contents, have no diamond. Waits below a second stand at a
    second. At most 60 accounts are drawn; the title says so.

    Examples
    --------
    >>> import farmgraph as fg
    >>> graph = fg.bipartite(fg.datasets.load("coordination_toolkit_fixture"))
    >>> clusters = fg.leiden(fg.co_engagement(graph, min_contents=1), min_accounts=2)
    >>> [label.get_text() for label in fg.plot.accounts(graph, clusters).get_yticklabels()]
    ['uid2', 'uid3']
    """
    chosen = common.choose(graph, clusters, cluster)
    found = common.clusters_of(clusters)
    n = min(len(chosen.accounts), MOST_ACCOUNTS)
    ax = common.new_axes(ax, 6, 1.3 + 0.13 * max(n, 8))
    scores = found.members.loc[found.members["cluster"] == cluster, "score"].to_numpy(float)[:n]
    places = np.arange(n)
    names = [common.plain(name) for name in graph.names_of_accounts(chosen.accounts[:n])]
    ax.hlines(places, 0, 1, color=common.PALE, linewidth=0.6, zorder=1)
    ax.plot(scores, places, "o", color=common.BLUE, markersize=4.5, label="score", clip_on=False, zorder=3)
    ax.set_yticks(places, names, fontsize="x-small")
    ax.set_ylim(max(n, 1) - 0.3, -0.7)
    ax.set_xlim(0, 1)
    meaning = (
        "share of the cluster's contents"
        if _has_contents(found, cluster)
        else "share of the other members linked"
    )
    ax.set_xlabel(f"● score: {meaning}", color=common.BLUE)
    ax.set_ylabel("account")
    common.tidy(ax)
    cut = [f"{n:,} of {len(chosen.accounts):,} accounts, strongest first"] if n < len(chosen.accounts) else []
    waits = np.maximum(_median_waits(chosen)[:n], 1.0)
    if np.isfinite(waits).any():
        _draw_waits(ax, waits, places)
    elif not graph.has_times:
        cut.append("no times in the log")
    common.set_title(ax, f"Cluster {cluster}", cut)
    return ax


def evidence(weighed: "Evidence | pd.DataFrame", *, ax: "Axes | None" = None) -> "Axes":
    """Draw the evidence for all clusters: overlap beyond interest across, synchrony up.

    Parameters
    ----------
    weighed : Evidence or pandas.DataFrame
        What `farmgraph.weigh` returned, or its table; columns used: ``cluster, verdict, overlap_ratio,
        overlap_ratio_low, synchrony_z``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        A mark per cluster, its shape and colour by verdict, with a line down to the lower end of the overlap's 95 %
        interval. Dashed lines are thresholds. Up to 15 clusters, the first of the table, are numbered where there
        is room. Nothing is shown or saved.

    Raises
    ------
    UsageError
        If it is neither, or a column is missing.

    Notes
    -----
    Overlap is on a logarithmic scale; synchrony is linear up to 5 and logarithmic beyond. The threshold of overlap is
    for the lower end. That of synchrony is lower where members are most of the visitors, and at 5 where others are at
    least ten times as far apart: two of the lines are drawn, and a verdict needs more than these two numbers (see
    `farmgraph.weigh`). Clusters whose timing was not tested stand at the lower margin, those from which nothing was
    expected at the right one. Clusters without an overlap are left out; the title says so.

    Examples
    --------
    >>> import farmgraph as fg
    >>> graph = fg.bipartite(fg.datasets.load("fraudar_example"))
    >>> weighed = fg.weigh(fg.lockstep(graph), graph, draws=99)
    >>> fg.plot.evidence(weighed).get_ylabel()
    'synchrony (z, standard deviations)'
    """
    table = require(
        getattr(weighed, "table", weighed),
        pd.DataFrame,
        way_out="Give what fg.weigh(clusters, graph) returned, or its table.",
    )
    missing = [name for name in NEEDED if name not in table]
    if missing:
        raise UsageError(
            f"The table has the columns {list(table.columns)}; expected {missing[0]!r} among them. "
            "Give what fg.weigh(clusters, graph) returned."
        )
    limits = getattr(weighed, "thresholds", None) or Thresholds()
    ax = common.new_axes(ax, 6.5, 4.5)
    ax.set_xlabel("overlap: pairs found / expected from interest (95 % interval's lower end)")
    ax.set_ylabel("synchrony (z, standard deviations)")
    common.tidy(ax)
    drawn = table[table["overlap_ratio"].notna()].reset_index(drop=True)
    left_out = len(table) - len(drawn)
    cut = [f"{left_out:,} without an overlap left out"] if left_out else []
    common.set_title(ax, common.counted(len(table), "cluster"), cut, pad=24 if len(drawn) else None)
    if not len(drawn):
        common.say(ax, "There are no clusters to draw.")
        return ax
    x, low, z = _places(drawn, limits)
    _scale(ax, limits, drawn, x, low, z)
    for word, (marker, colour) in list(common.LOOKS.items())[::-1]:
        mine = (drawn["verdict"] == word).to_numpy()
        if mine.any():
            ax.hlines(z[mine], low[mine], x[mine], color=colour, linewidth=0.9, alpha=0.7, zorder=2)
            label = f"{word} ({int(mine.sum()):,})"
            look: dict[str, Any] = {"markersize": 6, "markeredgewidth": 1.4 if marker == "x" else 0.5}
            edge = colour if marker == "x" else "white"
            ax.plot(
                x[mine], z[mine], marker, color=colour, markeredgecolor=edge, label=label, zorder=3, **look
            )
    _number(ax, drawn["cluster"].tolist(), x, z)
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(
        handles[::-1],
        labels[::-1],
        frameon=False,
        fontsize="small",
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=4,
        borderaxespad=0.1,
        columnspacing=1.2,
        handletextpad=0.2,
    )
    return ax


def _has_contents(found: Clusters, cluster: int) -> bool:
    return bool((found.contents["cluster"] == cluster).any())


def _median_waits(chosen: common.Chosen) -> np.ndarray:
    """Return each account's median wait to the nearest other member, seconds; NaN where there is none."""
    from farmgraph.evidence.rhythm import nearest_gaps

    waits = np.full(len(chosen.accounts), np.nan)
    known = chosen.time != NO_TIME
    who, what, time = chosen.who[known], chosen.what[known], chosen.time[known]
    order = np.lexsort((time, who, what))
    who, what, time = who[order], what[order], time[order]
    first = np.ones(len(who), bool)
    first[1:] = (who[1:] != who[:-1]) | (what[1:] != what[:-1])
    who, what, time = who[first], what[first], time[first]
    order = np.lexsort((who, time, what))
    who, what, time = who[order], what[order], time[order]
    gaps = np.full(len(who), np.nan)
    for rows in np.split(np.arange(len(what)), np.flatnonzero(np.diff(what)) + 1):
        if len(rows) > 1:
            gaps[rows] = nearest_gaps(time[rows]) / MICROSECONDS
    medians = pd.Series(gaps).groupby(who).median()
    waits[medians.index.to_numpy(int)] = medians.to_numpy()
    return waits


def _draw_waits(ax: "Axes", waits: np.ndarray, places: np.ndarray) -> None:
    upper = ax.twiny()
    upper.set_xscale("log")
    known = np.isfinite(waits)
    upper.plot(
        waits[known],
        places[known],
        "D",
        markerfacecolor="white",
        markeredgecolor=common.VERMILION,
        markeredgewidth=1.1,
        markersize=4.2,
        label="wait",
        clip_on=False,
        zorder=4,
    )
    high = 1.3 * max(float(waits[known].max()), 60.0)
    upper.set_xlim(1, high)
    upper.set_xticks(*common.duration_ticks(1, high, np.log, least=common.TICK / common.points_wide(ax)))
    upper.minorticks_off()
    upper.set_xlabel("◇ median wait to the nearest other member (logarithmic)", color=VERMILION_TEXT)
    upper.spines["right"].set_visible(False)
    ax.spines["top"].set_visible(True)


def _places(table: pd.DataFrame, limits: Thresholds) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where each cluster stands, and the lower end of its line; margins are made for what has no place."""
    ratio = table["overlap_ratio"].to_numpy(float)
    low = table["overlap_ratio_low"].to_numpy(float)
    z = table["synchrony_z"].to_numpy(float)
    right = 4 * max(ratio[np.isfinite(ratio)].max(initial=0), limits.beyond_interest)
    # Zero has no place on a logarithmic scale.
    x = np.maximum(np.where(np.isinf(ratio), right, ratio), SMALLEST)
    low = np.where(np.isfinite(low), np.maximum(low, SMALLEST), x)
    bottom = min(float(np.nanmin(np.append(z, 0.0))), 0.0) - 3.0
    return x, np.minimum(low, x), np.where(np.isnan(z), bottom, z)


def _scale(
    ax: "Axes", limits: Thresholds, drawn: pd.DataFrame, x: np.ndarray, low: np.ndarray, z: np.ndarray
) -> None:
    """Set scales and ticks, and draw the thresholds with what they are."""
    from matplotlib.ticker import NullLocator

    ax.set_xscale("log")
    ax.set_yscale("symlog", linthresh=5, linscale=0.8)
    left, right = min(0.8, 0.7 * float(low.min())), 1.5 * max(float(x.max()), 2 * limits.beyond_interest)
    bottom, top = float(z.min()) - 1.0, 1.4 * max(float(z.max()), limits.z)
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
    infinite, untested = np.isinf(drawn["overlap_ratio"]), drawn["synchrony_z"].isna()
    across = [n for n in 10.0 ** np.arange(-2, 9) if left <= n <= right / (5 if infinite.any() else 1)]
    up = [n for n in UPWARDS if bottom + 2.5 * untested.any() < n <= top]
    texts = [f"{n:,g}" for n in across], [f"{n:,}" for n in up]
    ax.set_xticks([*across, *x[infinite][:1]], [*texts[0], *["none\nexpected"] * bool(infinite.any())])
    ax.set_yticks([*up, *z[untested][:1]], [*texts[1], *["not tested"] * bool(untested.any())])
    ax.yaxis.set_minor_locator(NullLocator())
    line: dict[str, Any] = {"linestyle": "--", "linewidth": 0.9, "zorder": 1}
    text: dict[str, Any] = {"textcoords": "offset points", "fontsize": "x-small", "color": common.DARK}
    ax.axvline(limits.beyond_interest, color=common.DARK, **line)
    ax.annotate(
        f"lower end {limits.beyond_interest:g}",
        (limits.beyond_interest, 1),
        (-3, -3),
        xycoords=ax.get_xaxis_transform(),
        rotation=90,
        ha="right",
        va="top",
        **text,
    )
    for at, colour, words in (
        (limits.z, common.DARK, f"z = {limits.z:g}"),
        (
            limits.z_close,
            common.GREY,
            f"z = {limits.z_close:g}, if others are\n{limits.closeness_close:g} x as far apart",
        ),
    ):
        ax.axhline(at, color=colour, **line)
        ax.annotate(words, (1, at), (3, 0), xycoords=ax.get_yaxis_transform(), va="center", **text)


def _number(ax: "Axes", clusters: list[int], x: np.ndarray, z: np.ndarray) -> None:
    """Write the numbers of the first clusters, but none where it would touch another number or a mark."""
    pixels = ax.transData.transform(np.column_stack([x, z]))
    at = ax.transAxes.inverted().transform(pixels)
    placed: list[int] = []
    for i in range(len(clusters)):
        away = np.abs(at[placed] - at[i])
        # The number stands to the upper right of its mark, where no other mark should be.
        right, up = (at - at[i]).T
        covered = (right > 0.005) & (right < 0.05) & (up > -0.005) & (up < 0.05)
        apart = (away[:, 0] > 0.045) | (away[:, 1] > 0.03)
        if len(placed) < MOST_NUMBERS and apart.all() and not covered.any():
            ax.annotate(
                str(clusters[i]), (x[i], z[i]), (4, 3), textcoords="offset points", fontsize="x-small"
            )
            placed.append(i)
