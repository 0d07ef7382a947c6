"""One file per export format: which fields say who acted on what and when.

Every module here that holds a `PRESET` (or several `PRESETS`) is known to the reader; `shape` says what a preset is.
"""

import pkgutil
from collections.abc import Sequence
from functools import cache
from importlib import import_module

from farmgraph.errors import UsageError
from farmgraph.interactions.presets.shape import Preset


@cache
def presets() -> dict[str, Preset]:
    """Return all presets by their names, in alphabetical order.

    Examples
    --------
    >>> presets()["gharchive"].title
    'GH Archive'
    """
    found: dict[str, Preset] = {}
    for module in pkgutil.iter_modules(__path__):
        held = import_module(f"{__name__}.{module.name}")
        for preset in (*getattr(held, "PRESETS", ()), *([held.PRESET] if hasattr(held, "PRESET") else [])):
            found[preset.name] = preset
    return dict(sorted(found.items()))


def preset_named(name: str) -> Preset:
    """Return a preset.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    known = presets()
    if name not in known:
        import difflib

        close = difflib.get_close_matches(str(name), known, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise UsageError(f"preset is {name!r}; expected 'none' or one of {', '.join(known)}.{hint}")
    return known[name]


def recognised(fields: Sequence[str], *, is_json: bool) -> Preset | None:
    """Return the preset whose marks are all among a log's fields: of several, the one with the most marks.

    Examples
    --------
    >>> recognised(["user", "page", "time"], is_json=False) is None
    True
    """
    here = set(fields)
    fitting = [
        preset
        for preset in presets().values()
        if (preset.json if is_json else preset.table)
        and not missing_marks(preset, here)
        and not here.intersection(preset.against)
    ]
    return max(fitting, key=lambda preset: len(preset.marks), default=None)


def missing_marks(preset: Preset, fields: set[str]) -> list[str]:
    """Return the marks of a preset that a log lacks."""
    return [mark for mark in preset.marks if not any(part in fields for part in mark.split("|"))]
