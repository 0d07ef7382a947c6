"""Where records lie inside a JSON file that wraps them: an export's one object, or the pages of an API."""

import json
from typing import Any

import numpy as np

USUAL = (
    *("data.videos", "data.items", "data.comments", "data", "items", "messages", "posts", "statuses"),
    *("response.items", "response", "results", "tweets", "videos", "records", "rows"),
)
"""Fields under which records usually lie, the likeliest first."""

_AROUND = frozenset(
    (
        *("includes", "meta", "errors", "error", "__twarc", "kind", "etag", "nextPageToken", "prevPageToken"),
        *("regionCode", "pageInfo", "paging", "links", "count", "next", "previous", "cursor", "has_more"),
        *("search_id", "total", "cursors", "status", "success", "log_id", "request_id", "schema"),
    )
)
"""What a page of an API's answer holds besides its records."""

_DEEPEST = 3


def page_field(objects: list[dict[str, Any]]) -> str:
    """Say under which field records lie if objects are pages of an API's answer, most of them; else "".

    Examples
    --------
    >>> page_field([{"data": [{"id": "1"}], "meta": {}}]), page_field([{"data": [{"id": "1"}], "user": "a"}])
    ('data', '')
    """
    pages = [item for item in objects if not set(item) <= _AROUND] or objects
    for field in USUAL:
        top = field.split(".")[0]
        # The last page of an answer may hold an empty list, and one with an error nothing at all.
        fits = [
            item for item in pages if top in item and set(item) - {top} <= _AROUND and _may_hold(item, field)
        ]
        # A damaged page, or something else among the pages, is one row lost and not the log.
        if 2 * len(fits) >= len(pages) and any(page_records(item, field) for item in fits):
            return field
    return ""


def page_records(item: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """Return the objects that lie under a field of a page."""
    found = _at(item, field)
    rows = found if isinstance(found, list) else [found]
    return [row for row in rows if isinstance(row, dict)]


def _may_hold(item: dict[str, Any], field: str) -> bool:
    found = _at(item, field)
    return (
        not found or isinstance(found, dict) or (isinstance(found, list) and bool(page_records(item, field)))
    )


def _at(item: dict[str, Any], field: str) -> Any:
    found: Any = item
    for part in field.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def hint(objects: list[dict[str, Any]]) -> str:
    """Say where the records of a log seem to lie that is one object around them; empty if nothing stands out."""
    if len(objects) > 1:
        return ""

    def find(value: dict[str, Any], prefix: str, depth: int) -> str:
        for key, inner in value.items():
            if isinstance(inner, list) and inner and all(isinstance(row, dict) for row in inner):
                return prefix + key
        deeper = [(key, inner) for key, inner in value.items() if isinstance(inner, dict)] if depth else []
        return next((at for key, inner in deeper if (at := find(inner, f"{prefix}{key}.", depth - 1))), "")

    under = find(objects[0], "", _DEEPEST)
    return f"The rows seem to lie under {under!r}; write them one object per line." if under else ""


def find_records(data: np.ndarray, start: int) -> tuple[int | None, str, tuple[str, ...]]:
    """Find the array of records in the one object of a file.

    Parameters
    ----------
    data : numpy.ndarray of uint8
        The file.
    start : int
        Where the object begins.

    Returns
    -------
    tuple of (int or None, str, tuple of str)
        Position of the array's bracket, the fields that lead to it, joined by dots, and those that lead to further
        arrays of objects: those of `USUAL` come first, then the longest; (None, "", ()) if there is none.
    """
    found: dict[str, tuple[int, int]] = {}
    _walk(data, start, "", found, 1)
    if not found:
        return None, "", ()
    longest = max(found, key=lambda name: found[name][1])
    name = next((name for name in USUAL if name in found), longest)
    return found[name][0], name, tuple(other for other in found if other != name)


def _walk(data: np.ndarray, start: int, prefix: str, found: dict[str, tuple[int, int]], depth: int) -> None:
    """Note where the arrays of objects among an object's members stand and how long they are, and those inside them."""
    from farmgraph.interactions.jsonkernel import skip_value, skip_white

    i = skip_white(data, start + 1)
    while i < len(data) and data[i] == ord('"'):
        end = skip_value(data, i)
        try:
            key = str(json.loads(bytes(data[i:end])))
        except ValueError:
            return
        i = skip_white(data, end)
        if i >= len(data) or data[i] != ord(":"):
            return
        i = skip_white(data, i + 1)
        after = skip_value(data, i)
        if i < len(data) and data[i] == ord("["):
            first = skip_white(data, i + 1)
            if first < len(data) and data[first] == ord("{"):
                found.setdefault(prefix + key, (i, after - i))
        elif i < len(data) and data[i] == ord("{") and depth < _DEEPEST:
            _walk(data, i, f"{prefix}{key}.", found, depth + 1)
        i = skip_white(data, after)
        if i >= len(data) or data[i] != ord(","):
            return
        i = skip_white(data, i + 1)


def pointer(name: str, literal: set[str]) -> str:
    """Write a field's name as a JSON pointer (RFC 6901), as an SQL literal.

    Examples
    --------
    >>> pointer("user.id", set()), pointer("user.id", {"user.id"})
    ("'/user/id'", "'/user.id'")
    """
    parts = [name] if name in literal else name.split(".")
    path = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)
    return "'" + path.replace("'", "''") + "'"
