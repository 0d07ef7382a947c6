"""What all figures share: colours, names, axes of time, and which cluster is drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from farmgraph.detect.clusters import Clusters
from farmgraph.errors import UsageError
from farmgraph.evidence.weigh import Evidence
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.render.names import visible
from farmgraph.runtime import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

BLUE, VERMILION, GREY, DARK, PALE, INK = "#0072B2", "#D55E00", "#8A8A8A", "#4A4A4A", "#E3E3E3", "#1B1F24"
"""Of the Okabe-Ito palette and greys: members are blue, everybody else is grey, and dashed where it is a line."""

LOOKS = {
    "lockstep": ("o", BLUE),
    "undetermined": ("^", "#D98A00"),
    "same audience": ("s", "#B0578A"),
    "too little data": ("x", "#7B858F"),
}
"""Marker and colour of each verdict, the colours as in the report: never colour alone."""

MOST_NAMES = 40
LINE = 64
"""Characters in one line of a title."""
TICK = 38.0
"""Room for the text of one tick, points."""

DURATIONS = (
    *((1, "1 s"), (3, "3 s"), (10, "10 s"), (30, "30 s")),
    *((60, "1 min"), (120, "2 min"), (300, "5 min"), (600, "10 min"), (1_800, "30 min")),
    *((3_600, "1 h"), (10_800, "3 h"), (21_600, "6 h"), (43_200, "12 h")),
    *(
        (86_400, "1 day"),
        (172_800, "2 days"),
        (345_600, "4 days"),
        (604_800, "1 week"),
        (1_209_600, "2 weeks"),
    ),
    *((2_419_200, "4 weeks"), (7_257_600, "12 weeks"), (31_536_000, "1 year"), (315_360_000, "10 years")),
)
ROUND = (1, 10, 60, 600, 3_600, 86_400, 604_800, 2_419_200, 31_536_000, 315_360_000)
"""Durations that are named first, where there is no room for all."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """One cluster and what its members did on its contents.

    Attributes
    ----------
    cluster : int
    accounts, contents : numpy.ndarray
        int32 codes in the graph: accounts strongest first, contents with most members first.
    who, what : numpy.ndarray
        int64, shape (n_actions,): position in `accounts` and in `contents`, sorted by content and time.
    time : numpy.ndarray
        int64 microseconds since 1970 UTC, ``NO_TIME`` where missing.
    """

    cluster: int
    accounts: np.ndarray
    contents: np.ndarray
    who: np.ndarray
    what: np.ndarray
    time: np.ndarray


def graph_of(graph: Any) -> BipartiteGraph:
    """Return the graph, or raise UsageError that says what was given instead."""
    return require(graph, BipartiteGraph, way_out="Give the graph first: fg.bipartite(log).")


def clusters_of(clusters: Any) -> Clusters:
    """Return the clusters of what a detector or `farmgraph.weigh` returned."""
    return require(
        clusters.clusters if isinstance(clusters, Evidence) else clusters,
        Clusters,
        way_out="Give what a detector such as fg.lockstep(graph) returned, or what fg.weigh returned.",
    )


def choose(graph: Any, clusters: Any, cluster: int) -> Chosen:
    """Return one cluster of the graph; UsageError where there is none of that number. O(rows of the graph).

    Without contents, those that two members or more acted on count.
    """
    graph, found = graph_of(graph), clusters_of(clusters)
    if cluster not in found.ids:
        there = ", ".join(str(c) for c in found.ids[:20]) or "none at all"
        more = f" and {len(found) - 20:,} more" if len(found) > 20 else ""
        raise UsageError(f"There is no cluster {cluster!r}; the clusters are: {there}{more}.")
    accounts = graph.codes_of_accounts(found.accounts_of(cluster))
    contents = graph.codes_of_contents(found.contents_of(cluster))
    if not len(contents):
        members = np.zeros(graph.n_accounts, bool)
        members[accounts] = True
        edges = members[graph.edge_accounts]
        held = np.bincount(graph.account_contents[edges], minlength=graph.n_contents)
        ranked = np.argsort(-held, kind="stable")
        contents = ranked[held[ranked] >= 2].astype(np.int32)
    account_place, content_place = np.full(graph.n_accounts, -1), np.full(graph.n_contents, -1)
    account_place[accounts], content_place[contents] = np.arange(len(accounts)), np.arange(len(contents))
    what = np.repeat(content_place, np.diff(graph.content_starts))
    who = account_place[graph.content_accounts]
    inside = (who >= 0) & (what >= 0)
    return Chosen(int(cluster), accounts, contents, who[inside], what[inside], graph.content_times[inside])


def verdicts_of(clusters: Any) -> dict[int, str] | None:
    """Return the verdict of each cluster, strongest first; None where clusters were not weighed."""
    if not isinstance(clusters, Evidence):
        return None
    table = clusters.table
    return dict(zip(table["cluster"].tolist(), table["verdict"].tolist(), strict=True))


def new_axes(ax: "Axes | None", width: float, height: float) -> "Axes":
    """Return the given Axes, or those of a new figure of this size in inches."""
    if ax is None:
        from matplotlib import pyplot as plt

        return plt.subplots(figsize=(width, height), layout="constrained")[1]
    if not (hasattr(ax, "plot") and hasattr(ax, "set_xlabel")):
        raise UsageError(
            f"ax is a {type(ax).__name__}; expected matplotlib Axes. Leave it out, or use plt.subplots()[1]."
        )
    return ax


def plain(name: object, limit: int = 24) -> str:
    r"""Return a name that matplotlib shows as it is: a dollar sign would begin a formula.

    Examples
    --------
    >>> print(plain("pay$pay$"))
    pay\$pay\$
    """
    return visible(name, limit, say_length=False).replace("$", r"\$")


def set_title(ax: "Axes", title: str, cut: Sequence[str] = (), *, pad: float | None = None) -> None:
    """Set the title, and say in it what is not drawn: in a line of its own where one would be too long."""
    left_out = f"({', '.join(cut)})" if cut else ""
    gap = "\n" if len(title) + len(left_out) > LINE else " "
    ax.set_title(f"{title}{gap}{left_out}".strip(), fontsize="medium", loc="left", pad=pad)


def titled(ax: "Axes", *parts: str) -> None:
    """Put a title over the left end, each part on a line of its own; empty parts are left out."""
    ax.set_title("\n".join(part for part in parts if part), fontsize="medium", loc="left")


def say(ax: "Axes", text: str) -> None:
    """Say inside empty Axes why they are empty."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=DARK, wrap=True)
    ax.set_xticks([])
    ax.set_yticks([])


def tidy(ax: "Axes", *, grid: str = "") -> None:
    """Take away what carries nothing: the box, and all lines but those of the given axis ("x", "y" or "both")."""
    ax.spines[["top", "right"]].set_visible(False)
    if grid:
        ax.grid(axis=grid, color=PALE, linewidth=0.6)  # type: ignore[arg-type, unused-ignore]
    ax.set_axisbelow(True)


def name_rows(ax: "Axes", names: Sequence[str], word: str) -> None:
    """Name the rows of accounts from the top down, at most 40 of them."""
    step = max(1, -(-len(names) // MOST_NAMES))
    places = range(0, len(names), step)
    ax.set_yticks(places, [plain(names[i]) for i in places], fontsize="x-small")
    ax.set_ylim(max(len(names), 1) - 0.5, -0.5)
    ax.set_ylabel(word if step == 1 else f"{word} (one in {step} is named)")


def date_axis(axis: Any) -> None:
    """Label an axis of time in UTC, whatever zone the user's settings name."""
    from datetime import UTC

    from matplotlib import dates

    locator = dates.AutoDateLocator(tz=UTC)
    axis.set_major_locator(locator)
    axis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=UTC))


def points_wide(ax: "Axes") -> float:
    """Return the width of the Axes in points, as far as it is known before the layout."""
    return float(ax.get_window_extent().width * 72 / ax.figure.dpi)


def duration_ticks(
    low: float, high: float, scale: Callable[[float], float], *, least: float = 0.1, zero: bool = False
) -> tuple[list[float], list[str]]:
    """Return places in seconds, and what to write there, so that no two texts touch.

    Parameters
    ----------
    low, high : float
        Ends of the axis, seconds.
    scale : callable
        What the axis does to seconds: evenly spaced on paper is what is evenly spaced after it.
    least : float
        Least distance of two ticks, as a share of the axis. Round durations have precedence.
    zero : bool
        Whether 0 is named, before all others.

    Examples
    --------
    >>> duration_ticks(5, 4_000, np.log, least=0.15)
    ([10, 60, 600, 3600], ['10 s', '1 min', '10 min', '1 h'])
    """
    room = least * (scale(high) - scale(low))
    named: dict[float, str] = {0: "0", **dict(DURATIONS)}
    kept: list[float] = [0] if zero else []
    for seconds in sorted(dict(DURATIONS), key=lambda s: (s not in ROUND, -s)):
        free = all(abs(scale(seconds) - scale(other)) >= room for other in kept)
        if low <= seconds <= high and free:
            kept.append(seconds)
    return sorted(kept), [named[seconds] for seconds in sorted(kept)]


def full_dates(bar: Any, low: float, high: float) -> None:
    """Label a colour bar of dates (matplotlib's days) with whole dates in UTC, as there is no room for an offset."""
    from datetime import UTC

    from matplotlib import dates

    bar.ax.yaxis.set_major_locator(dates.AutoDateLocator(tz=UTC, minticks=2, maxticks=6))
    form = "%-d %b %Y" if high - low > 3 else "%-d %b %Y\n%H:%M" if high - low > 0.01 else "%H:%M:%S"
    bar.ax.yaxis.set_major_formatter(dates.DateFormatter(form, tz=UTC))


def shades(name: str, low: float, high: float) -> "Colormap":
    """Return a part of one of matplotlib's colour maps, so that neither end is lost on white paper."""
    from matplotlib import colormaps
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(name, colormaps[name](np.linspace(low, high, 256)))


def colour_bar(ax: "Axes", drawn: Any, label: str) -> Any:
    """Put a colour bar beside the Axes, inside their own layout: nothing else in the figure moves."""
    place = ax.inset_axes((1.02, 0.0, 0.025, 1.0))
    bar = ax.figure.colorbar(drawn, cax=place, label=label)
    bar.outline.set_visible(False)
    return bar


def counted(n: int, word: str) -> str:
    """Say how many of something.

    Examples
    --------
    >>> counted(1, "account"), counted(1200, "account")
    ('1 account', '1,200 accounts')
    """
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"
