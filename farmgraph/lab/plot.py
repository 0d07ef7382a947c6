"""Figures of the laboratory: drawn by matplotlib onto given Axes, never shown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from farmgraph.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["comparison", "scenarios"]

BLUE, GREY, PALE, INK = "#0072B2", "#6A6A6A", "#E3E3E3", "#222222"
SIDES = {"default": "default setting", "best": "best setting, chosen with the labels"}
NEEDED = ("scenario", "method", "default", "best", "f1")
TEXT_COLUMNS = (24, 66, 98)
"""Points to the right of the axes."""


def __dir__() -> list[str]:
    return sorted(__all__)


def comparison(summary: pd.DataFrame, *, ax: "Axes | None" = None) -> "Axes":
    """Draw how well each method did: F1 at its default setting and at its best.

    Parameters
    ----------
    summary : pandas.DataFrame
        The summary of what `farmgraph.compare` returned.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        A row per method, the default hollow and the best filled, their figures and the best setting in words
        beside it. Where no account of the log is positive there is no F1 and no best, and the accounts that were
        flagged falsely at the default are drawn instead. Nothing is shown or saved.

    Notes
    -----
    The best setting is chosen with the labels in hand: an upper bound.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> from farmgraph.lab import plot
    >>> log = pd.DataFrame([(u, p) for u in "abcdef" for p in "pqrs"] + [("x", "p")], columns=["user", "page"])
    >>> found = fg.compare(log, pd.DataFrame({"account": list("abcdef")}), methods="FRAUDAR")
    >>> plot.comparison(found.summary).get_xlabel()
    'F1 over accounts'
    """
    from matplotlib import pyplot as plt

    rows = summary
    if ax is None:
        _, ax = plt.subplots(figsize=figure_size(len(rows)), layout="constrained")
    by_f1 = rows["best_f1"].notna().any() or rows["best_n_false"].isna().all()
    # Without F1 there is no best setting either.
    name, sides = ("f1", tuple(SIDES)) if by_f1 else ("n_false", ("default",))
    places = np.arange(len(rows))
    ends = [rows[f"{side}_{name}"].astype("float64").to_numpy() for side in sides]
    ax.hlines(places, ends[0], ends[-1], color=GREY, linewidth=1.2, zorder=2)
    hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgewidth": 1.6, "markersize": 10}
    filled: dict[str, Any] = {"markersize": 6}
    for side, values, look in zip(sides, ends, (hollow, filled), strict=False):
        ax.plot(values, places, "o", color=BLUE, label=SIDES[side], zorder=3, clip_on=False, **look)
    _write_figures(ax, rows, name, sides)
    ax.set_yticks(places, rows["method"])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0, pad=8)
    if by_f1:
        ax.set_xlim(0, 1)
        ax.set_xlabel("F1 over accounts")
    else:
        ax.set_xlim(0, max(1.0, 1.05 * np.nanmax(np.append(np.concatenate(ends), 0))))
        ax.set_xlabel("accounts flagged falsely (number; this log has none to find)")
    ax.grid(axis="x", color=PALE, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False, fontsize="small")
    return ax


def figure_size(n_methods: int) -> tuple[float, float]:
    """Return width and height, in inches, of a figure of `comparison`."""
    return 9.0, 1.3 + 0.36 * n_methods


def _write_figures(ax: "Axes", rows: pd.DataFrame, name: str, sides: tuple[str, ...]) -> None:
    """Write the figures beside the plot: a column for each side, and the last side's setting."""
    columns = list(zip(TEXT_COLUMNS, [*["center"] * len(sides), "left"], strict=False))
    look: dict[str, Any] = {"textcoords": "offset points", "annotation_clip": False, "fontsize": "small"}
    titles = (*sides, "best setting" if len(sides) > 1 else "setting")
    for (x, align), title in zip(columns, titles, strict=True):
        ax.annotate(title, (1, 1), (x, 7), xycoords="axes fraction", ha=align, color=GREY, **look)
    look |= {"xycoords": ax.get_yaxis_transform(), "va": "center", "color": INK}
    for place, row in enumerate(rows.to_dict("records")):
        figures = [row[f"{side}_{name}"] for side in sides]
        shown = ["–" if pd.isna(f) else f"{f:.2f}" if name == "f1" else f"{f:,.0f}" for f in figures]
        for (x, align), text in zip(columns, (*shown, shown_setting(row)), strict=True):
            ax.annotate(text, (1, place), (x, 0), ha=align, **look)


def shown_setting(row: dict[str, Any]) -> str:
    """Return the best setting of a row of the summary, or why no setting was run."""
    return str(row["best_note"].partition(":")[0] or row["best_setting"])


def scenarios(table: pd.DataFrame, *, axes: "Sequence[Axes] | None" = None) -> "np.ndarray":
    """Draw F1 of every method in every scenario: at the defaults, and at the best settings.

    Parameters
    ----------
    table : pandas.DataFrame
        Tables of comparisons, one below the other, with a column ``scenario``; columns used: ``scenario, method,
        default, best, f1`` and, where it is there, ``n_false``. Rows of several logs of one scenario are averaged.
    axes : two matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    numpy.ndarray
        The two Axes. Scenarios and methods come in the order of the table. Where a scenario has nothing to
        find there is no F1: the number of accounts that were flagged falsely stands there, on grey. A dash means
        that the method was not run. Nothing is shown or saved.

    Raises
    ------
    UsageError
        If a column is missing, or `axes` are not two.

    Notes
    -----
    Averages leave out logs without a figure.

    Examples
    --------
    >>> import pandas as pd
    >>> from farmgraph.lab import plot
    >>> rows = [("farms", "A", True, True, 0.9, 3), ("nothing planted", "A", True, True, None, 12)]
    >>> table = pd.DataFrame(rows, columns=["scenario", "method", "default", "best", "f1", "n_false"])
    >>> left, right = plot.scenarios(table)
    >>> [text.get_text() for text in left.texts]
    ['.90', '12 false']
    """
    missing = [name for name in NEEDED if name not in table]
    if missing:
        raise UsageError(
            f"The table has the columns {list(table.columns)}; expected {missing[0]!r} among them."
        )
    from matplotlib import pyplot as plt

    rows, columns = pd.unique(table["scenario"]), pd.unique(table["method"])
    if axes is None:
        size = (3.2 + 1.35 * len(columns), 2.2 + 0.36 * len(rows))
        _, axes = plt.subplots(1, 2, figsize=size, layout="constrained", sharey=True)
    panels = np.asarray(axes, dtype=object).ravel()
    if len(panels) != 2:
        raise UsageError(f"axes are {len(panels)}; expected two, for the default and the best settings.")
    for ax, (side, title) in zip(panels, SIDES.items(), strict=True):
        cells = table[table[side].astype(bool)].groupby(["scenario", "method"], sort=False)
        index = pd.MultiIndex.from_product([rows, columns])
        shape = (len(rows), len(columns))
        f1, n_false = (
            cells[name].mean().reindex(index).astype("float64").to_numpy().reshape(shape)
            if name in table
            else np.full(shape, np.nan)
            for name in ("f1", "n_false")
        )
        _draw_cells(ax, f1, np.where(np.isnan(f1), n_false, np.nan))
        ax.set_xticks(range(len(columns)), columns, rotation=40, ha="left", rotation_mode="anchor")
        ax.set_yticks(range(len(rows)), rows)
        ax.tick_params(length=0, labeltop=True, labelbottom=False)
        ax.set_xlabel(f"F1 over accounts, {title}")
        if ax is panels[0] and np.isnan(f1[~np.isnan(n_false)]).any():
            ax.set_xlabel(
                f"{ax.get_xlabel()}\n(grey: nothing to find; accounts flagged falsely, mean per log)"
            )
    return panels


def _draw_cells(ax: "Axes", f1: np.ndarray, n_false: np.ndarray) -> None:
    """Colour and label the cells of one panel: blue for F1, grey for falsely flagged accounts."""
    from matplotlib import colormaps
    from matplotlib.colors import LinearSegmentedColormap

    blues = LinearSegmentedColormap.from_list("blues", colormaps["Blues"](np.linspace(0.03, 0.95, 128)))
    edges = [np.arange(n + 1) - 0.5 for n in f1.shape[::-1]]
    lines: dict[str, Any] = {"edgecolors": "white", "linewidth": 1.5}
    ax.pcolormesh(*edges, np.ma.masked_invalid(f1), cmap=blues, vmin=0, vmax=1, **lines)
    # On a scale of its own: none is white, and a thousand as dark as it gets.
    darkness = np.log1p(n_false) / np.log1p(1_000)
    ax.pcolormesh(
        *edges, np.ma.masked_invalid(np.minimum(darkness, 1)), cmap="Greys", vmin=0, vmax=2.4, **lines
    )
    for (row, column), value in np.ndenumerate(f1):
        number = n_false[row, column]
        look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": "small", "color": INK}
        if not np.isnan(value):
            shown = f"{value:.2f}".removeprefix("0")
            look["color"] = "white" if value > 0.6 else INK
        elif not np.isnan(number):
            shown = f"{number:,.0f} false"
            look |= {"style": "italic", "fontsize": "x-small"}
        else:
            shown = "–"
        ax.text(column, row, shown, **look)
    ax.set_ylim(len(f1) - 0.5, -0.5)
    ax.spines[:].set_visible(False)
