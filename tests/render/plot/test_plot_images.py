"""Four figures compared with committed pictures, so that nothing disappears or moves unseen.

After a change that is meant, draw them anew and look at them::

    FARMGRAPH_DRAW_BASELINES=1 python -m pytest tests/render/plot/test_plot_images.py
"""

import os
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text
from render.planted import arguments

import farmgraph as fg

mpl.use("Agg")

BASELINE = Path(__file__).parent / "baseline"
LOOK = {
    "font.family": "DejaVu Sans",
    "text.hinting": "none",
}


def small_log():
    """Return a burst of 12 accounts on 8 contents, and 60 people on the same ones, from fixed numbers."""
    rng = np.random.default_rng(5)
    accounts, contents = [f"worker {i:02}" for i in range(12)], [f"shop {c}" for c in "ABCDEFGH"]
    rows = [
        (account, content, 86_400.0 * (2 * k + 1) + rng.exponential(300) + 20 * i)
        for k, content in enumerate(contents)
        for i, account in enumerate(accounts)
        if rng.random() < 0.85
    ]
    rows += [
        (f"person {i:02}", content, 86_400.0 * 2 * k + rng.exponential(90_000))
        for i in range(60)
        for k, content in enumerate(contents)
        if rng.random() < 0.3
    ]
    return arguments(rows, [(accounts, contents)])


def weighed_table():
    columns = ["cluster", "verdict", "overlap_ratio", "overlap_ratio_low", "synchrony_z"]
    rows = [
        (1, "lockstep", 700.0, 450.0, 80.0),
        (2, "lockstep", 60.0, 40.0, 31.0),
        (3, "undetermined", 250.0, 120.0, 2.1),
        (4, "undetermined", 900.0, 300.0, np.nan),
        (5, "same audience", 12.0, 9.0, 4.0),
        (6, "same audience", 3.0, 2.5, -3.0),
        (7, "too little data", 40.0, 8.0, np.nan),
    ]
    return pd.DataFrame(rows, columns=columns)


FIGURES = {
    "raster": lambda log, ax: fg.plot.raster(log["graph"], log["clusters"], ax=ax),
    "matrix": lambda log, ax: fg.plot.matrix(log["graph"], log["clusters"], ax=ax),
    "gaps": lambda log, ax: fg.plot.gaps(log["graph"], log["clusters"], ax=ax),
    "evidence": lambda _, ax: fg.plot.evidence(weighed_table(), ax=ax),
}
TOLERANCE = 0.5
"""Of 255 shades. Letters, which differ between versions of FreeType, are compared as texts instead: so matplotlib 3.9
and 3.11 give the same pictures to the pixel."""


def draw(name, path, *, change=None, **look):
    """Draw onto Axes at a fixed place, letters left out; return the texts."""
    with mpl.rc_context(LOOK | look):
        figure = plt.figure(figsize=(7.2, 4.2), dpi=60)
        ax = FIGURES[name](small_log(), figure.add_axes((0.15, 0.2, 0.6, 0.62)))
        if change is not None:
            change(ax)
        figure.canvas.draw()
        texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
        for text in texts:
            text.set_alpha(0)
        # Its marks stand where letters end.
        if ax.get_legend() is not None:
            ax.get_legend().set_visible(False)
        figure.savefig(path, metadata={"Software": None})
        plt.close(figure)
    return sorted(text.get_text() for text in texts)


def difference(name, path):
    """Return the root of the mean squared difference to the committed picture."""
    found = compare_images(str(BASELINE / f"{name}.png"), str(path), tol=0, in_decorator=True)
    return 0.0 if found is None else found["rms"]


def drawn_in(ax):
    """Return whatever the picture shows besides the frame."""
    return [*ax.lines, *ax.collections, *ax.patches, *ax.child_axes]


@pytest.mark.parametrize("name", FIGURES)
def test_figures_look_and_read_as_they_did(tmp_path, name):
    if os.environ.get("FARMGRAPH_DRAW_BASELINES"):
        texts = draw(name, BASELINE / f"{name}.png")
        (BASELINE / f"{name}.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    path = tmp_path / f"{name}.png"
    texts = draw(name, path)
    assert difference(name, path) < TOLERANCE
    assert "\n".join(texts) + "\n" == (BASELINE / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FIGURES)
def test_other_letters_are_tolerated(tmp_path, name):
    path = tmp_path / f"{name}.png"
    draw(name, path, **{"text.hinting": "force_autohint", "text.antialiased": False})
    assert difference(name, path) < TOLERANCE / 4


@pytest.mark.parametrize("name", FIGURES)
def test_whatever_is_missing_is_seen(tmp_path, name):
    n = []
    draw(name, tmp_path / "whole.png", change=lambda ax: n.append(len(drawn_in(ax))))
    for i in range(n[0]):
        path = tmp_path / f"{name}-{i}.png"
        draw(name, path, change=lambda ax, i=i: drawn_in(ax)[i].set_visible(False))
        assert difference(name, path) > TOLERANCE, f"{name} without element {i}"
