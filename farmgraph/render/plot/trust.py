"""Figures that tell how far to trust a result: how stable clusters are, how good a ranking is."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from farmgraph.errors import UsageError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.render.plot.common import GREY, INK, PALE, graph_of, new_axes, plain, shades, tidy
from farmgraph.render.plot.measures import (
    average_precision,
    clusters_by_setting,
    neighbour_stability,
    precision_recall_steps,
)
from farmgraph.render.raster import COLOURS
from farmgraph.runtime import microseconds, spoken_duration, whole_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["precision_recall", "sweep"]

WINDOWS = ("10s", "60s", "10min", "1h")
THRESHOLDS = (2, 3, 5, 8)
DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (1, 1.2)), (0, (6, 2, 1, 2)))
"""Curves of several rankings differ in these besides colour."""

MAX_MARKS = 30


def sweep(
    graph: BipartiteGraph,
    *,
    windows: Sequence[Any] = WINDOWS,
    thresholds: Sequence[int] = THRESHOLDS,
    seed: int = 0,
    ax: "Axes | None" = None,
) -> "Axes":
    r"""Draw what co-engagement clusters do as the window and the least number of shared contents change.

    Parameters
    ----------
    graph : BipartiteGraph
        What `farmgraph.bipartite` returned.
    windows : sequence of float, str or None
        Windows of `farmgraph.co_engagement`: seconds, texts such as ``"10min"``, or None for at any time. Drawn
        in ascending order.
    thresholds : sequence of int
        Values of its ``min_contents``, 1 or more. Drawn in ascending order.
    seed : int
        Of `farmgraph.leiden`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        A cell for every setting: how many accounts are in how many clusters, and as shade how like the clusters of
        the neighbouring settings they are. Hatched: no neighbour shares two accounts. Nothing is shown or saved.

    Raises
    ------
    UsageError
        If an option cannot be used, or there is a window but no row has a time.
    BudgetError
        If a window gives more pairs than `farmgraph.co_engagement` walks.

    Notes
    -----
    Stability is the adjusted Rand index, averaged over the settings above, below, left and right, among accounts
    that both have in a cluster: accounts that come or go show in the numbers alone. One co-engagement network per
    window and one run of Leiden per cell. Stable is not the same as true: a fan club is as stable as a farm.

    References
    ----------
    Hubert & Arabie, Comparing partitions, Journal of Classification 2, 1985.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> rows = [(u, p, 60 * i + j) for i, p in enumerate("pqrs") for j, u in enumerate("abcd")]
    >>> log = fg.read(pd.DataFrame(rows, columns=["user", "page", "time"]))
    >>> from farmgraph.render.plot.trust import sweep
    >>> ax = sweep(fg.bipartite(log), windows=(3, 5), thresholds=(2,))
    >>> [text.get_text() for text in ax.texts]
    ['4 accounts\n1 cluster', '4 accounts\n1 cluster']
    """
    graph = graph_of(graph)
    whole_number(seed, name="seed", least=0)
    columns = _ordered_windows(windows)
    rows = _ordered_thresholds(thresholds)
    found = clusters_by_setting(graph, windows=columns, thresholds=rows, seed=seed)
    stability = neighbour_stability(found)
    ax = new_axes(ax, 1.6 + 1.35 * len(columns), 1.4 + 0.72 * len(rows))
    _draw_settings(ax, found, stability)
    ax.set_xticks(range(len(columns)), [_spoken(w) for w in columns])
    ax.set_yticks(range(len(rows)), [f"{k:,}" for k in rows])
    ax.set_xlabel("window (both acted within this time)")
    ax.set_ylabel("least shared contents (number)")
    return ax


def _draw_settings(ax: "Axes", found: list[list[np.ndarray]], stability: np.ndarray) -> None:
    from matplotlib.patches import Rectangle

    edges = [np.arange(n + 1) - 0.5 for n in stability.shape[::-1]]
    cells = ax.pcolormesh(
        *edges,
        np.ma.masked_invalid(stability),
        cmap=shades("Blues", 0.03, 0.95),
        vmin=0,
        vmax=1,
        edgecolors="white",
        linewidth=1.5,
    )
    for (i, j), value in np.ndenumerate(stability):
        groups = found[i][j]
        n, n_clusters = int((groups >= 0).sum()), len(np.unique(groups[groups >= 0]))
        text = (
            f"{n:,} accounts\n{n_clusters:,} cluster{'' if n_clusters == 1 else 's'}" if n else "no cluster"
        )
        if np.isnan(value):
            hatched = Rectangle(
                (j - 0.5, i - 0.5), 1, 1, hatch="///", facecolor="white", edgecolor=PALE, lw=0
            )
            ax.add_patch(hatched)
        colour = "white" if value > 0.6 else INK
        ax.text(j, i, text, ha="center", va="center", fontsize="small", color=colour, linespacing=1.35)
    bar = ax.figure.colorbar(
        cells, ax=ax, label="stability (adjusted Rand index\nwith neighbouring settings)"
    )
    bar.outline.set_visible(False)
    ax.set_xlim(-0.5, stability.shape[1] - 0.5)
    ax.set_ylim(stability.shape[0] - 0.5, -0.5)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _ordered_windows(windows: Any) -> list[Any]:
    if isinstance(windows, str | bytes) or not isinstance(windows, Sequence) or not len(windows):
        raise UsageError(f"windows is {windows!r}; expected several, such as ('10s', '60s', '10min').")
    widths = [np.inf if w is None else microseconds(w, name="windows") for w in windows]
    order = sorted(range(len(widths)), key=lambda i: widths[i])
    for i, j in pairwise(order):
        if widths[i] == widths[j]:
            raise UsageError(f"windows has {windows[i]!r} and {windows[j]!r}; expected each window once.")
    return [windows[i] for i in order]


def _ordered_thresholds(thresholds: Any) -> list[int]:
    if isinstance(thresholds, str | bytes) or not isinstance(thresholds, Sequence) or not len(thresholds):
        raise UsageError(f"thresholds is {thresholds!r}; expected several, such as (2, 3, 5).")
    numbers = sorted(whole_number(t, name="thresholds", least=1) for t in thresholds)
    twice = next((a for a, b in pairwise(numbers) if a == b), None)
    if twice is not None:
        raise UsageError(f"thresholds has {twice} more than once; expected each number once.")
    return numbers


def _spoken(window: float | str | timedelta | None) -> str:
    if window is None:
        return "any time"
    return window.strip() if isinstance(window, str) else spoken_duration(microseconds(window) / 1e6)


def precision_recall(
    scores: pd.DataFrame, labels: pd.DataFrame, *, label: str | None = None, ax: "Axes | None" = None
) -> "Axes":
    """Draw how good a ranking of accounts is: precision over recall, against labels.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns ``account`` and ``score``, higher is more suspect: one row per account of the log.
    labels : pandas.DataFrame
        Column ``account``: those that are truly positive; the others of `scores` are not. Of `farmgraph.Labels` give
        the rows of ``.members`` that count.
    label : str, optional
        What the ranking is called in the legend, where several are drawn onto the same Axes.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure is made by default.

    Returns
    -------
    matplotlib.axes.Axes
        Steps whose area is the average precision, which the legend says; dashed, the base rate: the precision of an
        order by chance. Nothing is shown or saved.

    Raises
    ------
    UsageError
        If a table or column is missing, an account is missing, has two scores or none, a score is no number, or all
        or none of the accounts are positive.

    Notes
    -----
    Equal scores are one step: a ranking that cannot tell accounts apart gets no credit for a lucky order. Average
    precision is the sum over steps of the recall gained times the precision there, as in scikit-learn, without
    interpolation. Nothing is said about chance: no confidence band is drawn. O(n log n).

    References
    ----------
    Davis & Goadrich, The relationship between precision-recall and ROC curves, ICML 2006.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> scores = pd.DataFrame({"account": list("abcd"), "score": [3, 3, 2, 1]})
    >>> from farmgraph.render.plot.trust import precision_recall
    >>> ax = precision_recall(scores, pd.DataFrame({"account": ["a", "c"]}))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['average precision 0.583', 'base rate 0.500']
    """
    truth, score = _checked(scores, labels)
    precision, recall, _ = precision_recall_steps(truth, score)
    area, base = average_precision(precision, recall), float(truth.mean())
    ax = new_axes(ax, 5.2, 4.4)
    n_before = sum(line.get_gid() == "precision-recall" for line in ax.get_lines())
    ax.plot(
        np.append(0, recall),
        np.append(precision[0], precision),
        drawstyle="steps-pre",
        color=COLOURS[n_before % len(COLOURS)],
        linestyle=DASHES[n_before % len(DASHES)],
        linewidth=1.8,
        # A mark where a threshold can be set; the point at recall 0 is none.
        marker="os^D"[n_before % 4] if len(recall) <= MAX_MARKS else None,
        markevery=slice(1, None),
        markersize=4.5,
        clip_on=False,
        zorder=3,
        gid="precision-recall",
        label=("" if label is None else f"{plain(label, 40)}: ") + f"average precision {area:.3f}",
    )
    named = f"base rate {base:.3f}" if base >= 0.001 else f"base rate {base:.2g}"
    if named not in (line.get_label() for line in ax.get_lines()):
        ax.axhline(base, color=GREY, linewidth=1.2, linestyle=(0, (2, 2)), label=named, zorder=2)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("recall (share of the positive accounts that is found)")
    ax.set_ylabel("precision (share of the found that is positive)")
    tidy(ax, grid="both")
    handles, names = ax.get_legend_handles_labels()
    # The base rate comes last, however many curves there are.
    order = sorted(range(len(names)), key=lambda i: handles[i].get_gid() != "precision-recall")
    ax.legend(
        [handles[i] for i in order],
        [names[i] for i in order],
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        frameon=False,
        fontsize="small",
    )
    return ax


def _checked(scores: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each scored account is positive, and its score."""
    _require_columns(scores, "scores", ("account", "score"))
    _require_columns(labels, "labels", ("account",))
    twice = scores["account"][scores["account"].duplicated()]
    if len(twice):
        raise UsageError(
            f"scores has {twice.iloc[0]!r} more than once; expected one score for each account. Keep the highest: "
            "scores.groupby('account', as_index=False)['score'].max()."
        )
    try:
        score = scores["score"].to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise UsageError(f"scores['score'] is {scores['score'].dtype}; expected numbers.") from None
    if np.isnan(score).any():
        raise UsageError(
            f"scores has {int(np.isnan(score).sum()):,} missing scores; expected a number for each account. "
            "Accounts that a method says nothing about get the lowest score: scores.fillna({'score': 0})."
        )
    positives = pd.Index(labels["account"].unique())
    unscored = positives[~positives.isin(scores["account"])]
    if len(unscored):
        raise UsageError(
            f"{len(unscored):,} of the {len(positives):,} labelled accounts have no score, the first is "
            f"{unscored[0]!r}; expected a score for every account of the log. Give those that were not found the "
            "lowest score, and leave accounts without a row in the log out of the labels."
        )
    truth = scores["account"].isin(positives).to_numpy(bool)
    if not 0 < truth.sum() < len(truth):
        found = "All" if len(truth) and truth.all() else "None"
        raise UsageError(
            f"{found} of the {len(truth):,} scored accounts are labelled; expected some that are and some that are "
            "not. Give scores of the whole log and the positive accounts alone as labels."
        )
    return truth, score


def _require_columns(table: Any, name: str, columns: tuple[str, ...]) -> None:
    if not isinstance(table, pd.DataFrame):
        way_out = " Give the rows of its .members that count." if hasattr(table, "members") else ""
        raise UsageError(
            f"{name} is a {type(table).__name__}; expected a DataFrame with {' and '.join(columns)}.{way_out}"
        )
    for column in columns:
        if column not in table:
            raise UsageError(f"{name} has the columns {list(table.columns)}; expected {column!r} among them.")
    if table["account"].isna().any():
        raise UsageError(
            f"{name} has {int(table['account'].isna().sum()):,} rows without an account; expected one in each. "
            f"Leave them out: {name}.dropna(subset='account')."
        )
