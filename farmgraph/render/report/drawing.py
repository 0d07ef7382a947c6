"""Pictures as plain lists of shapes and texts; the template turns them into SVG and escapes the texts."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from farmgraph.render.names import visible
from farmgraph.render.raster import COLOURS, number_places
from farmgraph.render.report.axis import padded, ticks

Drawing = dict[str, Any]

WIDTH = 960
_LEFT = 158
_RIGHT = 14
_LABEL_PITCH = 13
_LETTER = 6.6
"""Width of a letter of the labels, rather too much than too little."""
_BAND = 13
"""Height of one line of numbers above the raster."""

VERDICT_CLASSES = {
    "lockstep": "lockstep",
    "undetermined": "undetermined",
    "same audience": "audience",
    "too little data": "little",
}


def raster_drawing(cluster: Mapping[str, Any], names: Mapping[str, list[str]]) -> Drawing:
    """Draw the raster of one cluster, or its matrix where no action has a time.

    Parameters
    ----------
    cluster : mapping
        One of ``summary["clusters"]``.
    names : mapping
        ``summary["names"]``.

    Returns
    -------
    dict
        ``width``, ``height``; ``shapes``: ``class``, ``d``, ``stroke_width``; ``texts``: ``x``,
        ``y``, ``anchor``, ``class``, ``text``; ``named_every``: one row in so many has its name.
    """
    raster = cluster["raster"]
    rows = [names["account"][code] for code in raster["account"]]
    is_matrix = raster["kind"] == "matrix"
    pitch = min(16.0, max(3.4, 460 / max(len(rows), 1)))
    body = max(pitch * len(rows), 24.0)
    if is_matrix:
        top, shapes, texts = _matrix(raster, len(cluster["contents"]), pitch, body)
    else:
        top, shapes, texts = _ticks(raster, pitch, body)
    step = max(1, math.ceil(_LABEL_PITCH / pitch))
    texts += [
        _text(_LEFT - 8, top + (i + 0.5) * pitch + 4, "end", "name", visible(rows[i], 20, say_length=False))
        for i in range(0, len(rows), step)
    ]
    height = round(top + body + (26 if is_matrix else 44))
    return {"width": WIDTH, "height": height, "shapes": shapes, "texts": texts, "named_every": step}


def _ticks(raster: Mapping[str, Any], pitch: float, body: float) -> tuple[float, list[Any], list[Any]]:
    time = np.array(raster["time_us"], np.int64)
    row, content = np.array(raster["row"]), np.array(raster["content"])
    if not len(time):
        return 20.0, [], [_text(_LEFT, 34, "start", "tick", "no action to draw")]
    start, end = padded(time)
    across = (WIDTH - _LEFT - _RIGHT) / (end - start)
    x = _LEFT + (time - start) * across
    numbers = number_places(x, row, content, gap=13)
    n_bands = 1 + max((band for _, _, band in numbers), default=0)
    top = 8.0 + _BAND * n_bands
    marks = ticks(start, end)
    xs = [_LEFT + (t - start) * across for t, _, _ in marks]
    grid = _path(f"M{_n(at)} {_n(top)}v{_n(body + 5)}" for at in xs)
    shapes = [
        _shape("grid", grid, 1),
        _shape("frame", f"M{_LEFT} {_n(top)}v{_n(body)}h{WIDTH - _LEFT - _RIGHT}", 1),
    ]
    y = top + row * pitch + pitch * 0.08
    for slot in [len(COLOURS), *range(len(COLOURS))]:
        chosen = content >= len(COLOURS) if slot == len(COLOURS) else content == slot
        if chosen.any():
            lines = (
                f"M{_n(a)} {_n(b)}v{_n(max(pitch * 0.84, 4))}"
                for a, b in zip(x[chosen], y[chosen], strict=True)
            )
            shapes.append(_shape(f"c{slot}", _path(lines), 2 if pitch > 5 else 1.6))
    below = top + body
    texts = [_text(at, _BAND * (band + 1) - 1, "middle", "number", str(n + 1)) for n, at, band in numbers]
    for at, (_, label, context) in zip(xs, marks, strict=True):
        # A label that is centred on the right edge would be cut off there.
        anchor = "end" if at + _LETTER * max(len(label), len(context)) / 2 > WIDTH else "middle"
        texts.append(_text(at, below + 18, anchor, "tick", label))
        if context:
            texts.append(_text(at, below + 33, anchor, "context", context))
    texts.append(_text(0, below + 18, "start", "context", "time (UTC)"))
    return top, shapes, texts


def _matrix(
    raster: Mapping[str, Any], n_columns: int, pitch: float, body: float
) -> tuple[float, list[Any], list[Any]]:
    top = 22.0
    width = min(40.0, (WIDTH - _LEFT - _RIGHT) / max(n_columns, 1))
    cells = (
        f"M{_n(_LEFT + column * width + 1)} {_n(top + (row + 0.5) * pitch)}h{_n(width - 2)}"
        for row, column in zip(raster["row"], raster["content"], strict=True)
    )
    shapes = [
        _shape("frame", f"M{_LEFT} {_n(top)}v{_n(body)}h{_n(n_columns * width)}", 1),
        _shape("c0", _path(cells), round(max(pitch * 0.84, 2), 1)),
    ]
    step = 1 if width >= 18 else 5
    texts = [
        _text(_LEFT + (column + 0.5) * width, top - 6, "middle", "tick", str(column + 1))
        for column in range(n_columns)
        if column % step == 0
    ]
    texts.append(
        _text(_LEFT, top + body + 17, "start", "context", "contents by number, as in the table below")
    )
    return top, shapes, texts


def map_drawing(the_map: Mapping[str, Any]) -> Drawing:
    """Draw the map: dots for accounts, one island per cluster with its number and verdict as a link.

    Returns
    -------
    dict
        As `raster_drawing`, and ``islands``: ``cluster``, ``verdict``, ``class``, ``d``, ``x``,
        ``y`` (of the label), ``left``, ``top``, ``size`` (of the area to click).
    """
    dot = the_map["dot"]
    islands = []
    for island in the_map["islands"]:
        reach = island["radius"] + 4
        islands.append(
            {
                "cluster": island["cluster"],
                "verdict": island["verdict"],
                "n_accounts": island["n_accounts"],
                "class": VERDICT_CLASSES.get(island["verdict"], "little"),
                "d": _dots(island["xs"], island["ys"]),
                "x": _n(island["x"]),
                "y": _n(island["y"] - island["radius"] - 24),
                "cy": _n(island["y"]),
                "reach": _n(reach),
            }
        )
    others = _dots(the_map["others"]["xs"], the_map["others"]["ys"])
    return {
        "width": _n(the_map["width"]),
        "height": _n(the_map["height"]),
        "dot": dot,
        "inner": _n(dot * 0.52),
        "sea": _n(max(1.4, dot * 0.5)),
        "others": others,
        "islands": islands,
    }


def _dots(xs: Iterable[float], ys: Iterable[float]) -> str:
    """Return lines of no length; their round ends are the dots, at a tenth of the size of circles."""
    return _path(f"M{_n(x)} {_n(y)}h0" for x, y in zip(xs, ys, strict=True))


def _path(parts: Iterable[str]) -> str:
    return "".join(parts)


def _shape(name: str, d: str, stroke_width: float) -> dict[str, Any]:
    return {"class": name, "d": d, "stroke_width": _n(stroke_width)}


def _text(x: float, y: float, anchor: str, name: str, text: str) -> dict[str, str]:
    return {"x": _n(x), "y": _n(y), "anchor": anchor, "class": name, "text": text}


def _n(value: float) -> str:
    """Write a coordinate with at most one decimal."""
    return f"{round(float(value), 1):g}" if abs(value) < 100_000 else "0"
