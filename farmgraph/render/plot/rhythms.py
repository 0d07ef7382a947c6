"""When members act: by hour of the week, and how long until the next of them."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from farmgraph.detect.clusters import Clusters
from farmgraph.errors import UsageError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME
from farmgraph.render.plot import common
from farmgraph.runtime import spoken_duration, whole_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from farmgraph.evidence.weigh import Evidence

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
BINS_PER_DECADE = 3


def hours(
    graph: BipartiteGraph,
    clusters: "Clusters | Evidence",
    *,
    cluster: int = 1,
    zone: str = "UTC",
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw at which hours of the week the members of a cluster acted on its contents.

    Shifts and timers leave nights and week-ends empty, or fill them evenly.

    Parameters
    ----------
    graph : BipartiteGraph
        Where the clusters were found.
    clusters : Clusters or Evidence
        What a detector or `farmgraph.weigh` returned.
    cluster : int
        Which cluster, by its number.
    zone : str
        By whose clocks: an IANA name such as ``"Europe/Berlin"``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        Seven rows of 24 cells, darker for more actions, with their number where there is room. Nothing is shown or
        saved.

    Raises
    ------
    UsageError
        If graph or clusters is something else, or there is no such cluster or zone.

    Notes
    -----
    Every action counts, repeats included; summer time is the zone's own. Actions without a time are left out, and
    the title says how many.

    Examples
    --------
    >>> import farmgraph as fg
    >>> graph = fg.bipartite(fg.datasets.load("coordination_toolkit_fixture"))
    >>> clusters = fg.leiden(fg.co_engagement(graph, min_contents=1), min_accounts=2)
    >>> fg.plot.hours(graph, clusters, zone="Europe/Berlin").get_xlabel()
    'hour of the day (Europe/Berlin)'
    """
    chosen = common.choose(graph, clusters, cluster)
    clock = _zone(zone)
    ax = common.new_axes(ax, 8, 2.9)
    ax.set_xlabel(f"hour of the day ({zone})")
    ax.set_ylabel("day of the week")
    known = chosen.time != NO_TIME
    n, untimed = int(known.sum()), int((~known).sum())
    cut = [f"{untimed:,} without a time left out"] if untimed and n else []
    common.set_title(ax, f"Cluster {cluster}: {common.counted(n, 'action')} of members", cut)
    if not n:
        common.say(ax, "No action of this cluster has a time.")
        return ax
    from matplotlib.ticker import MaxNLocator

    week = _week(chosen.time[known], clock)
    drawn = ax.pcolormesh(
        np.arange(25),
        np.arange(8) - 0.5,
        np.ma.masked_equal(week, 0),
        cmap=common.shades("Blues", 0.15, 1.0),
        vmin=0,
        vmax=max(int(week.max()), 2),
        edgecolors="white",
        linewidth=1,
    )
    ax.set_facecolor("#F3F5F7")
    cell = common.points_wide(ax) / 24
    if cell > 4.4 * len(str(week.max())) + 1:
        for (day, hour), count in np.ndenumerate(week):
            if count:
                colour = "white" if count > 0.5 * week.max() else common.INK
                ax.text(hour + 0.5, day, f"{count}", ha="center", va="center", fontsize=6.5, color=colour)
    bar = common.colour_bar(ax, drawn, "actions in the hour")
    bar.locator = MaxNLocator(integer=True, nbins=5)
    every = 3 if 3 * cell > common.TICK else 6
    ax.set_xticks(range(0, 25, every), [f"{hour:02}:00" for hour in range(0, 25, every)])
    ax.set_yticks(range(7), DAYS)
    ax.set_ylim(6.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines[:].set_visible(False)
    return ax


def gaps(
    graph: BipartiteGraph,
    clusters: "Clusters | Evidence",
    *,
    cluster: int = 1,
    seed: int = 0,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw how long members were from the nearest other member, beside as many other visitors.

    Parameters
    ----------
    graph : BipartiteGraph
        Where the clusters were found.
    clusters : Clusters or Evidence
        What a detector or `farmgraph.weigh` returned.
    cluster : int
        Which cluster, by its number.
    seed : int
        Of the draws of other visitors.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        Solid: members. Dashed: others on the same contents. Upright lines are the medians. Nothing is shown or saved.

    Raises
    ------
    UsageError
        If graph or clusters is something else, there is no cluster of that number, or seed is out of range.

    Notes
    -----
    Each account counts with its first action on a content. A larger crowd stands closer by itself: so on each
    content as many others are drawn as there are members (all where there are fewer), 20 times over. Shares are of
    each side's own waits. Waits below a second stand in the first bar. The median of the others differs from
    ``gap_others_s`` of `farmgraph.weigh` by chance, the draws being others.

    Examples
    --------
    >>> import farmgraph as fg
    >>> graph = fg.bipartite(fg.datasets.load("coordination_toolkit_fixture"))
    >>> clusters = fg.leiden(fg.co_engagement(graph, min_contents=1), min_accounts=2)
    >>> fg.plot.gaps(graph, clusters).get_ylabel()
    'share of waits (%)'
    """
    chosen = common.choose(graph, clusters, cluster)
    whole_number(seed, name="seed", least=0)
    ax = common.new_axes(ax, 6, 3.5)
    ax.set_xlabel("wait to the nearest other on the same content (logarithmic)")
    ax.set_ylabel("share of waits (%)")
    common.set_title(ax, f"Cluster {cluster}")
    common.tidy(ax, grid="y")
    members, others, n_others = _waits(graph, chosen, seed)
    if not len(members):
        common.say(ax, "No two members came to the same content at known times.")
        return ax
    ax.set_xscale("log")
    exponents = np.arange(np.ceil(BINS_PER_DECADE * np.log10(max(members.max(), others.max(initial=1), 2))))
    edges = 10 ** (np.append(exponents, len(exponents)) / BINS_PER_DECADE)
    share = _shares(members, edges)
    label = f"members: {common.counted(len(members), 'wait')}"
    ax.stairs(share, edges, fill=True, color=common.BLUE, label=label)
    top = share.max()
    if len(others):
        share = _shares(others, edges)
        ax.stairs(
            share,
            edges,
            color=common.DARK,
            linestyle="--",
            linewidth=1.4,
            label=f"other visitors: {common.counted(n_others, 'wait')}",
        )
        top = max(top, share.max())
    else:
        ax.plot([], [], " ", label="nobody else came at known times")
    ax.set_ylim(0, 1.5 * top)
    # The room above holds texts; no share is so large.
    ax.set_yticks([tick for tick in ax.get_yticks() if 0 <= tick <= min(1.1 * top, 100)])
    ax.set_xlim(1, edges[-1])
    _mark_median(ax, members, "members", 0.82, color=common.INK, linestyle="-")
    if len(others):
        # Below the other text, and on that side of its line where the members' line is not.
        left = np.median(others) < np.median(members)
        _mark_median(ax, others, "others", 0.735, left=bool(left), color=common.DARK, linestyle="--")
    ax.set_xticks(*common.duration_ticks(1, edges[-1], np.log, least=common.TICK / common.points_wide(ax)))
    ax.minorticks_off()
    ax.legend(frameon=False, fontsize="small", loc="upper left", ncols=2, borderaxespad=0.1)
    return ax


def _zone(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError, TypeError, AttributeError):
        raise UsageError(
            f"zone is {zone!r}; expected the name of a time zone, such as 'UTC', 'Europe/Berlin' or 'Asia/Dhaka'."
        ) from None


def _week(times: np.ndarray, clock: ZoneInfo) -> np.ndarray:
    """Count times by day of the week (Monday first) and hour, by the given clocks: int64, shape (7, 24)."""
    import pandas as pd

    local = pd.to_datetime(times, unit="us", utc=True).tz_convert(clock)
    at = local.day_of_week.to_numpy() * 24 + local.hour.to_numpy()
    return np.bincount(at, minlength=168).reshape(7, 24)


def _waits(graph: BipartiteGraph, chosen: common.Chosen, seed: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return waits in seconds of members, of others (all draws), and how many of the latter there are in one draw."""
    from farmgraph.evidence.rhythm import REPEATS, gaps_of_as_many, nearest_gaps
    from farmgraph.render.report.comparison import crowd_of

    crowd = crowd_of(graph, chosen.accounts, np.sort(chosen.contents))
    rng = np.random.default_rng([seed, chosen.cluster])
    none = [np.empty(0, np.int64)]
    members = [nearest_gaps(times) for times in crowd.members]
    others = [
        gaps_of_as_many(theirs, len(mine), REPEATS, rng)
        for mine, theirs in zip(crowd.members, crowd.others, strict=True)
    ]
    pooled = np.concatenate(none + members), np.concatenate(none + others)
    return pooled[0] / MICROSECONDS, pooled[1] / MICROSECONDS, len(pooled[1]) // REPEATS


def _shares(waits: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the share of waits in each bin, per cent; what lies outside belongs to the bin at that end."""
    at = np.clip(np.searchsorted(edges, waits, "right") - 1, 0, len(edges) - 2)
    return np.asarray(100 * np.bincount(at, minlength=len(edges) - 1) / len(waits))


def _mark_median(
    ax: "Axes", waits: np.ndarray, word: str, height: float, *, left: bool = False, color: str, linestyle: str
) -> None:
    """Draw an upright line at the median and write it beside the line, where there is room for that."""
    median = float(np.median(waits))
    at = max(median, 1.0)
    ax.axvline(at, ymax=height + 0.06, color=color, linestyle=linestyle, linewidth=1.2)
    share = np.log(at) / np.log(ax.get_xlim()[1])
    left = share > 0.6 or (left and share > 0.45)
    ax.annotate(
        f"half of {word} within {spoken_duration(median)}",
        (at, height),
        xytext=(-4 if left else 4, 0),
        xycoords=ax.get_xaxis_transform(),
        textcoords="offset points",
        ha="right" if left else "left",
        fontsize="small",
        color=color,
    )
