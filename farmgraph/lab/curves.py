"""Curves of the laboratory: the frontier of detection and the calibration of p-values, drawn onto given Axes."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from farmgraph.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHADES = ("#08306B", "#0072B2", "#56B4E9", "#E69F00", "#D55E00")
"""One colour per participation, from everybody to hardly anybody; the markers tell them apart in grey."""
MARKERS = "os^Dv"
GREY, PALE = "#6A6A6A", "#E3E3E3"
MOST = 50
MISSED = 1.35 * MOST
"""Height at which farms stand that 50 contents did not suffice for."""


def frontier_curves(table: pd.DataFrame, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the smallest farm that was found, by size and participation, with the limit beside it.

    Parameters
    ----------
    table : pandas.DataFrame
        Of a `farmgraph.Frontier`: columns ``n_accounts, participation, n_contents, limit``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        Accounts across, contents up, both logarithmic: lower is better. Lines with markers are what was found, dashed
        lines of the same colour the limit. A size at which 50 contents did not suffice has a hollow marker at the top.

    Raises
    ------
    UsageError
        If a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"n_accounts": [5, 10], "participation": 1.0, "n_contents": [6.0, 3.0], "limit": [4, 2]})
    >>> frontier_curves(table).get_xlabel()
    'accounts of the farm'
    """
    _require(table, ("n_accounts", "participation", "n_contents", "limit"))
    from matplotlib import pyplot as plt
    from matplotlib.lines import Line2D
    from matplotlib.ticker import NullFormatter

    if ax is None:
        _, ax = plt.subplots(figsize=(6.5, 4.5), layout="constrained")
    for place, (share, part) in enumerate(table.groupby("participation", sort=False)):
        look: dict[str, Any] = {"color": SHADES[place % len(SHADES)], "linewidth": 1.5}
        mark = MARKERS[place % len(MARKERS)]
        ax.plot(
            part["n_accounts"],
            part["n_contents"],
            marker=mark,
            label=f"{100 * share:g} % of the orders",
            **look,
        )
        limit = part["limit"].clip(lower=1).where(part["limit"] <= 1.3 * MOST)
        ax.plot(part["n_accounts"], limit, "--", alpha=0.7, **look)
        missed = part[part["n_contents"].isna()]
        # Side by side, since all of them stand at the top.
        shift = 1 + 0.04 * (place - 2)
        height = np.full(len(missed), MISSED)
        ax.plot(missed["n_accounts"] * shift, height, mark, color=look["color"], markerfacecolor="white")
    ax.axhline(1.16 * MOST, color=PALE, linewidth=1)
    ax.set_xscale("log")
    ax.set_yscale("log")
    sizes, heights = sorted(table["n_accounts"].unique()), (1, 2, 3, 5, 10, 20, 50, MISSED)
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.set_yticks(heights, [f"> {MOST}" if height == MISSED else str(height) for height in heights])
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_formatter(NullFormatter())
    ax.set_ylim(0.9, 1.6 * MOST)
    ax.set_xlim(0.75 * min(sizes), 1.15 * max(sizes))
    ax.set_xlabel("accounts of the farm")
    ax.set_ylabel("contents, fewest that suffice")
    ax.grid(color=PALE, linewidth=0.6)
    handles, labels = ax.get_legend_handles_labels()
    limit_line = Line2D([], [], color=GREY, linestyle="--")
    ax.legend(
        [*handles, limit_line],
        [*labels, "limit"],
        frameon=False,
        fontsize="small",
        loc="upper left",
        bbox_to_anchor=(1, 1),
    )
    return ax


def reliability_curve(table: pd.DataFrame, *, label: str = "", ax: "Axes | None" = None) -> "Axes":
    """Draw how often p-values fall below each level, beside how often they should.

    Parameters
    ----------
    table : pandas.DataFrame
        What `farmgraph.lab.pooled.reliability` returned.
    label : str
        Name of the curve in the legend.
    ax : matplotlib.axes.Axes, optional
        Where to draw, also a second curve; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        Both axes logarithmic, exact 95 % intervals as bars. On the diagonal the p-values are calibrated, above it too
        small.

    Raises
    ------
    UsageError
        If a column is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from farmgraph.lab.pooled import reliability
    >>> reliability_curve(reliability(np.linspace(0.005, 0.995, 100))).get_xlabel()
    'p-value'
    """
    _require(table, ("level", "observed", "low", "high"))
    from matplotlib import pyplot as plt

    first = ax is None
    if ax is None:
        _, ax = plt.subplots(figsize=(4.5, 4.5), layout="constrained")
    if first:
        ax.plot([1e-3, 1], [1e-3, 1], "--", color=GREY, linewidth=1, label="calibrated")
    shown = table[table["level"] > 0]
    place = len(ax.containers)
    observed = shown["observed"].clip(lower=1e-4)
    ax.errorbar(
        shown["level"],
        observed,
        yerr=[observed - shown["low"].clip(lower=1e-4), shown["high"] - observed],
        fmt=MARKERS[place % len(MARKERS)],
        color=SHADES[(1 + 2 * place) % len(SHADES)],
        markersize=4,
        linewidth=1,
        label=label or None,
    )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(0.8e-3, 1.2)
    ax.set_ylim(0.8e-3, 1.2)
    ax.set_xlabel("p-value")
    ax.set_ylabel("share of groups with a p-value so small or smaller")
    ax.grid(color=PALE, linewidth=0.6)
    ax.legend(frameon=False, fontsize="small", loc="lower right")
    return ax


def _require(table: pd.DataFrame, columns: tuple[str, ...]) -> None:
    missing = [name for name in columns if name not in table]
    if missing:
        raise UsageError(
            f"The table has the columns {list(table.columns)}; expected {missing[0]!r} among them."
        )
