"""Pictures of simulated logs: whether farms look like farms, and crowds like crowds."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from farmgraph.errors import UsageError
from farmgraph.graph.bipartite import BipartiteGraph, bipartite
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME
from farmgraph.interactions.table import Interactions
from farmgraph.lab.scenarios import Simulation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INSIDE, OUTSIDE = "#0072B2", "#9A9A9A"
HOUR_S, DAY_S = 3_600, 86_400
PANELS = (
    "who acted when",
    "hours since first visitor",
    "hour of the day (UTC)",
    "day of the log",
    "activity",
    "popularity",
)
MOST_ROWS = 60


def portraits(simulation: Simulation, *, groups: Sequence[str] | None = None) -> "Figure":
    """Draw one line of panels per planted group.

    Parameters
    ----------
    simulation : Simulation
    groups : sequence of str, optional
        Names of groups; by default the first of each kind.

    Returns
    -------
    matplotlib.figure.Figure
        Per group, blue for its members on its targets, grey for what it is compared with: (1) each member's actions
        over the log, one row per account (60 at most); (2) for each target, hours since its first visitor, members
        above, other visitors below; (3) actions by hour of the day and (4) by day, members on targets beside everybody;
        (5) share of accounts with more than so many contents, members beside everybody; (6) share of contents with more
        than so many accounts, targets beside all.

    Raises
    ------
    UsageError
        If there is no such group.

    Examples
    --------
    >>> import farmgraph as fg
    >>> made = fg.simulate("burst", n_rows=5_000, copies=1)
    >>> len(portraits(made).axes)
    6
    """
    from matplotlib import pyplot as plt

    known = simulation.labels.groups
    chosen = known.drop_duplicates("kind")["group"].tolist() if groups is None else list(groups)
    unknown = [g for g in chosen if g not in set(known["group"])]
    if unknown or not chosen:
        raise UsageError(
            f"There is no group {unknown[0] if unknown else None!r}; the log has {', '.join(known['group']) or 'none'}."
        )
    graph = bipartite(simulation.log)
    figure, axes = plt.subplots(
        len(chosen), len(PANELS), figsize=(17, 2.1 * len(chosen) + 0.5), layout="constrained", squeeze=False
    )
    for line, group in zip(axes, chosen, strict=True):
        _portrait(line, graph, simulation, group)
    for ax, title in zip(axes[0], PANELS, strict=True):
        ax.set_title(title, fontsize="medium")
    return figure


def _portrait(line: "Sequence[Axes]", graph: BipartiteGraph, simulation: Simulation, group: str) -> None:
    members = graph.codes_of_accounts(_present(graph.account_names, simulation.labels.accounts_of(group)))
    targets = graph.codes_of_contents(_present(graph.content_names, simulation.labels.contents_of(group)))
    of_row = np.repeat(np.arange(graph.n_contents), np.diff(graph.content_starts))
    is_member = np.isin(graph.content_accounts, members)
    on_target = np.isin(of_row, targets)
    inside, others = is_member & on_target, ~is_member & on_target
    hours = graph.content_times / (HOUR_S * MICROSECONDS)
    hours = hours - np.floor(hours.min() / 24) * 24
    first = np.full(graph.n_contents, np.inf)
    np.minimum.at(first, of_row, hours)
    rank = {int(account): place for place, account in enumerate(members)}
    rows = np.array([rank[int(a)] for a in graph.content_accounts[inside]])
    step = max(1, -(-len(members) // MOST_ROWS))
    drawn = rows % step == 0
    line[0].plot(hours[inside][drawn] / 24, rows[drawn] // step, "|", color=INSIDE, markersize=3)
    kind = simulation.labels.groups.set_index("group").loc[group, "kind"]
    more = kind.partition(", ")[2]
    line[0].set_ylabel(
        f"{group}{f' ({more})' if more else ''}\n{len(members)} accounts x {len(targets)}", fontsize="small"
    )
    spot = {int(c): place for place, c in enumerate(targets)}
    for mask, colour, shift in ((others, OUTSIDE, 0.2), (inside, INSIDE, -0.2)):
        lag = np.maximum((hours - first[of_row])[mask], 1 / 60)
        places = [spot[int(c)] + shift for c in of_row[mask]]
        line[1].plot(lag, places, "|", color=colour, markersize=3, alpha=0.6)
    line[1].set_xscale("log")
    _share(line[2], hours[inside] % 24, hours % 24, np.arange(25))
    _share(line[3], hours[inside] / 24, hours / 24, np.arange(np.ceil(hours.max() / 24) + 1))
    tail(line[4], graph.account_degrees, color=OUTSIDE)
    tail(line[4], graph.account_degrees[members], color=INSIDE)
    tail(line[5], graph.content_degrees, color=OUTSIDE)
    tail(line[5], graph.content_degrees[targets], color=INSIDE)
    for ax in line:
        ax.tick_params(labelsize="x-small")


def _present(known: Any, wanted: set[str]) -> list[str]:
    return sorted(wanted & set(known.to_pylist()))


def _share(ax: "Axes", inside: np.ndarray, everybody: np.ndarray, edges: np.ndarray) -> None:
    for values, colour in ((everybody, OUTSIDE), (inside, INSIDE)):
        counts = np.histogram(values, edges)[0]
        ax.stairs(counts / max(counts.sum(), 1), edges, color=colour, fill=colour == OUTSIDE, alpha=0.9)


def tail(ax: "Axes", values: np.ndarray, **style: Any) -> None:
    """Draw the share of values that are at least x, both axes logarithmic."""
    ordered = np.sort(values[values > 0])
    if len(ordered):
        first = np.flatnonzero(np.diff(ordered, prepend=0))
        # A single value makes no step: show it as a dot.
        look = {"marker": "."} if len(first) == 1 else {}
        ax.step(ordered[first], 1 - first / len(ordered), where="pre", **look, **style)
    ax.set_xscale("log")
    ax.set_yscale("log")


def marginals(logs: Mapping[str, Interactions], *, seed: int = 0) -> "Figure":
    """Draw real logs beside simulated crowds of the same size.

    Parameters
    ----------
    logs : mapping of str to Interactions
        Real logs with times, by name. For each a crowd with as many rows, accounts, contents and days is simulated.
    seed : int

    Returns
    -------
    matplotlib.figure.Figure
        One line per log: contents per account, accounts per content, hours since the content's first visitor, seconds
        between an account's own actions (share of values that are at least so large), hour of the day, day of the week.
        Blue is real, orange the crowd.

    Raises
    ------
    UsageError
        If a log has no times.

    Examples
    --------
    >>> import farmgraph as fg
    >>> real = {"retweets": fg.datasets.load("russian_coord_tweets")}
    >>> len(marginals(real).axes)
    6
    """
    from matplotlib import pyplot as plt

    from farmgraph.lab.scenarios import simulate

    titles = (
        "contents per account",
        "accounts per content",
        "hours since first visitor",
        "s between own actions",
        "hour of the day (UTC)",
        "day of the week",
    )
    figure, axes = plt.subplots(
        len(logs), len(titles), figsize=(17, 2.6 * len(logs) + 0.5), layout="constrained", squeeze=False
    )
    for line, (name, log) in zip(axes, logs.items(), strict=True):
        real = bipartite(log)
        if not real.has_times or log.time_range is None:
            raise UsageError(f"The log {name!r} has no times; expected a log with times.")
        days = int(np.clip((log.time_range[1] - log.time_range[0]).days + 1, 14, 1_000))
        crowd = simulate(
            "crowd",
            n_rows=max(real.n_edges, 1_000),
            n_accounts=max(real.n_accounts, 20),
            n_contents=max(real.n_contents, 20),
            n_days=days,
            seed=seed,
        )
        for graph, colour, who in ((real, "#0072B2", "real"), (bipartite(crowd.log), "#D55E00", "simulated")):
            _marginals(line, graph, color=colour, label=who)
        line[0].set_ylabel(f"{name}\n{real.n_interactions:,} rows", fontsize="small")
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(title, fontsize="medium")
    axes[0, 0].legend(frameon=False, fontsize="small")
    return figure


def _marginals(line: "Sequence[Axes]", graph: BipartiteGraph, **style: Any) -> None:
    of_row = np.repeat(np.arange(graph.n_contents), np.diff(graph.content_starts))
    known = graph.content_times != NO_TIME
    seconds, of_row, who = (
        graph.content_times[known] // MICROSECONDS,
        of_row[known],
        graph.content_accounts[known],
    )
    first = np.full(graph.n_contents, np.iinfo(np.int64).max)
    np.minimum.at(first, of_row, seconds)
    tail(line[0], graph.account_degrees, **style)
    tail(line[1], graph.content_degrees, **style)
    lags = (seconds - first[of_row]) / HOUR_S
    tail(line[2], np.maximum(lags[lags > 0], 0.01), **style)
    order = np.lexsort((seconds, who))
    gaps = np.diff(seconds[order])[np.diff(who[order]) == 0]
    tail(line[3], np.maximum(gaps, 1), **style)
    hour = np.bincount(seconds // HOUR_S % 24, minlength=24)
    # Day 0 of 1970 was a Thursday; Monday comes first here.
    weekday = np.bincount((seconds // DAY_S + 3) % 7, minlength=7)
    for ax, counts in ((line[4], hour), (line[5], weekday)):
        ax.stairs(counts / counts.sum(), **style)
        ax.set_ylim(0)
    for ax in line:
        ax.tick_params(labelsize="x-small")
