"""From names back to codes: an index of hashes, made once per graph; a look-up does not read all names again."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.errors import InputError
from farmgraph.interactions.names import texts_of


@dataclass(frozen=True, eq=False)
class NameIndex:
    """Where to find names.

    Attributes
    ----------
    names : pyarrow.Array
        string, by code.
    hashes : numpy.ndarray
        uint64, ascending, shape (n_names,).
    codes : numpy.ndarray
        int32: code of each hash.
    """

    names: pa.Array
    hashes: np.ndarray
    codes: np.ndarray


def name_index(names: pa.Array) -> NameIndex:
    """Index names; O(n log n) once, 12 bytes per name."""
    hashes = texts_of(names).hashes()
    order = np.argsort(hashes, kind="stable").astype(np.int32)
    return NameIndex(names, hashes[order], order)


def codes_of(names: "np.ndarray | list[str]", index: NameIndex, what: str) -> np.ndarray:
    """Return the codes (int32) of names; InputError names the first that the index lacks. O(log n) per name.

    Examples
    --------
    >>> codes_of(["b", "a", "b"], name_index(pa.array(["a", "b"])), "account").tolist()
    [1, 0, 1]
    """
    asked = pa.array(names, pa.string())
    if not len(asked):
        return np.empty(0, np.int32)
    hashes = texts_of(asked).hashes()
    place = np.searchsorted(index.hashes, hashes)
    codes = np.full(len(asked), -1, np.int32)
    open_ = np.flatnonzero(place < len(index.hashes))
    # Two names may have one hash: as long as a name is another one, the next of that hash is tried.
    while len(open_):
        open_ = open_[(place[open_] < len(index.hashes))]
        open_ = open_[index.hashes[place[open_]] == hashes[open_]]
        tried = index.codes[place[open_]]
        same = _equal(index.names.take(pa.array(tried)), asked.take(pa.array(open_)))
        codes[open_[same]] = tried[same]
        open_ = open_[~same]
        place[open_] += 1
    missing = np.flatnonzero(codes < 0)
    if len(missing):
        raise InputError(
            f"{len(missing)} {what}(s) are not in the graph, the first is {asked[int(missing[0])].as_py()!r}. "
            "Were the clusters found on another log?"
        )
    return codes


def _equal(one: pa.Array, other: pa.Array) -> np.ndarray:
    same: np.ndarray = pc.fill_null(pc.equal(one, other), False).to_numpy(zero_copy_only=False)
    return same
