"""Whether two tools found the same pairs with the same counts: one digest of them, whatever order they came in.

Needs nothing but numpy, so that peers' environments can use it. Accounts are the numbers in their names.
"""

import hashlib
from typing import Any

import numpy as np

WINDOWS = {"60 s": 60, "1 h": 3600, "none": None}
LEAST = {"60 s": 2, "1 h": 2, "none": 3}
"""Contents that a pair has in common at least. At any time 10^6 rows have 61 million pairs with two of them."""
OURS = {"60 s": "steps", "1 h": "join 1 h", "none": "join none"}
"""The task of farmgraph that a peer is held against, by window."""


def digest(a: Any, b: Any, n: Any) -> dict[str, Any]:
    """Return the number of pairs and a SHA-256 of them, each pair once, sorted by account."""
    a, b, n = (np.asarray(column, np.int64) for column in (a, b, n))
    keys = np.minimum(a, b) << 32 | np.maximum(a, b)
    order = np.argsort(keys)
    keys, n = keys[order], n[order]
    if (keys[1:] == keys[:-1]).any():
        raise ValueError("A pair stands there twice.")
    made = hashlib.sha256()
    for column in (keys, n):
        made.update(np.ascontiguousarray(column, "<i8"))
    return {"pairs": len(n), "digest": made.hexdigest()}


def one_way(a: Any, b: Any, n: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each pair once where a tool lists it in both directions; the counts must be the same both ways."""
    a, b, n = (np.asarray(column, np.int64) for column in (a, b, n))
    up, down = a < b, a > b
    if digest(a[up], b[up], n[up]) != digest(a[down], b[down], n[down]):
        raise ValueError("The counts of a pair differ by direction.")
    return a[up], b[up], n[up]


def require_same(said: dict[str, Any], ours: dict[str, Any] | None) -> dict[str, Any]:
    """Return what a tool said; without its times where farmgraph did not find the same pairs."""
    if said["status"] != "done":
        return said
    if ours is None or "digest" not in ours:
        why = "farmgraph's own pairs are missing; measure them first"
    elif (said["pairs"], said["digest"]) != (ours["pairs"], ours["digest"]):
        why = f"{said['pairs']:,} pairs, farmgraph {ours['pairs']:,}: not the same"
    else:
        return said
    return {"status": "different", "why": why, "versions": said.get("versions", {})}
