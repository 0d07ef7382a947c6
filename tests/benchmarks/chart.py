"""The README's picture of scale: rows against seconds, farmgraph's steps and other tools."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from scaleaims import Results, sizes_of, step_of

from farmgraph.render.plot.common import BLUE, DARK, GREY, INK, VERMILION, tidy

Line = tuple[str, str, str, str, str, str]

WHOLE: tuple[Line, ...] = (
    ("investigate", "investigate", "investigate", BLUE, "o", "-"),
    ("detect", "investigate", "detect", BLUE, "", ":"),
    ("weigh", "investigate", "weigh", BLUE, "", "--"),
    ("read", "investigate", "read", GREY, "s", "-"),
    ("graph", "investigate", "graph", GREY, "", ":"),
)
"""Label, task, step, colour, marker, dashes."""
GREEN, PURPLE, ORANGE = "#009E73", "#B0578A", "#D98A00"
JOINS: tuple[Line, ...] = (
    ("toolkit", "toolkit 60 s", "join", VERMILION, "^", "-"),
    ("Polars", "polars 60 s", "join", PURPLE, "D", "-"),
    ("DuckDB", "duckdb 60 s", "join", ORANGE, "s", "-"),
    ("farmgraph", "steps", "join 60 s", BLUE, "o", "-"),
)
UNBOUNDED: tuple[Line, ...] = (
    ("networkx", "networkx none", "join", VERMILION, "^", "-"),
    ("Polars", "polars none", "join", PURPLE, "D", "-"),
    ("DuckDB", "duckdb none", "join", ORANGE, "s", "-"),
    ("scipy A Aᵀ", "scipy none", "join", GREEN, "v", "-"),
    ("MKL A Aᵀ", "sparse-dot-mkl none", "join", DARK, "P", "-"),
    ("farmgraph", "join none", "join none", BLUE, "o", "-"),
)
PANELS = (
    ("investigate, from CSV to the case, and its longest steps", WHOLE),
    ("Pairs of accounts within 60 s", JOINS),
    ("Pairs at any time", UNBOUNDED),
)
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8}
GAP = 0.055
"""Least distance of two labels, as a share of the axis."""


def draw(results: Results, path: Path) -> None:
    """Draw all that is measured to a PNG file."""
    panels = [
        (title, [(line, points) for line in lines if (points := _points(results, line))])
        for title, lines in PANELS
    ]
    every = [point for _, drawn in panels for _, points in drawn for point in points] or [(1_000, 1.0)]
    rows, seconds = zip(*every, strict=True)
    figure, axes = plt.subplots(1, 3, figsize=(12.5, 4.8), sharey=True, width_ratios=(1.5, 1, 1))
    for ax, (title, drawn) in zip(axes, panels, strict=True):
        for (_, _, _, colour, marker, dashes), points in drawn:
            ax.plot(
                *zip(*points, strict=True), color=colour, marker=marker or None, ms=4.5, lw=1.6, ls=dashes
            )
        last = max((points[-1][0] for _, points in drawn), default=max(rows))
        ax.set(xscale="log", yscale="log", xlabel="rows of the log", xlim=(min(rows) / 1.3, last * 1.3))
        ax.set_title(title, fontsize="medium", loc="left", color=INK)
        tidy(ax, grid="both")
        ax.set_xticks([10.0**n for n in range(2, 10) if min(rows) / 1.3 <= 10**n <= last * 1.3])
        ax.minorticks_off()
    axes[0].set_ylim(min(seconds) / 1.6, max(seconds) * 1.6)
    axes[0].set_yticks(*_seconds(min(seconds) / 1.6, max(seconds) * 1.6))
    axes[0].set_ylabel("seconds")
    figure.tight_layout(w_pad=4)  # room for the labels on the right of each
    figure.subplots_adjust(right=0.94, wspace=0.24)
    for ax, (_, drawn) in zip(axes, panels, strict=True):
        _label(ax, drawn)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _points(results: Results, line: Line) -> list[tuple[int, float]]:
    _, task, step, *_ = line
    found = ((rows, step_of(results, task, rows, step)) for rows in sizes_of(results, task))
    return [(rows, figures["wall_s"]) for rows, figures in found if figures]


def _label(ax: Any, drawn: list[tuple[Line, list[tuple[int, float]]]]) -> None:
    """Name lines at their ends, moved apart where they would touch."""
    low, high = np.log10(ax.get_ylim())
    left, right = np.log10(ax.get_xlim())
    placed: list[tuple[float, float]] = []
    for line, points in sorted(drawn, key=lambda one: one[1][-1][1]):
        x, y = np.log10(points[-1])
        place = (y - low) / (high - low)
        for other_x, other in placed:
            if abs(other_x - x) < 0.5 and place - other < GAP:
                place = other + GAP
        placed.append((x, place))
        across = (x - left) / (right - left) + 0.02
        ax.text(
            across,
            place,
            line[0],
            color=line[3],
            transform=ax.transAxes,
            va="center",
            fontsize=8.5,
            bbox=BEHIND,
        )


def _seconds(low: float, high: float) -> tuple[list[float], list[str]]:
    named = {
        0.001: "1 ms",
        0.01: "10 ms",
        0.1: "0.1 s",
        1: "1 s",
        10: "10 s",
        60: "1 min",
        600: "10 min",
        3600: "1 h",
    }
    shown = {place: text for place, text in named.items() if low <= place <= high}
    return list(shown), list(shown.values())
