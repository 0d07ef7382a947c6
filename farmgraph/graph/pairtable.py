"""From pairs of codes, as the kernels find them, to a sorted table of names."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.runtime import map_threads

WEIGHTS = ("count", "jaccard", "cosine", "tfidf", "overlap")
_KEY_BITS = 64
_CHUNK = 1 << 20  # names that are taken at once

Part = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Pairs (uint64: lower code times 2**32 plus higher), shared contents (int32), sums (float64, or empty)."""


class Names(NamedTuple):
    """Accounts by name: `codes` (int32) and `names` (large_string) in that order, `rank` (int32) of each code."""

    codes: np.ndarray
    names: pa.Array
    rank: np.ndarray


class Pairs(NamedTuple):
    """Pairs as ranks of names, low < high (int32), their shared contents (int32) and sums (float64, or empty)."""

    low: np.ndarray
    high: np.ndarray
    n_contents: np.ndarray
    sums: np.ndarray


def by_name(graph: BipartiteGraph, present: np.ndarray) -> Names:
    """Rank the accounts of a mask by name (code points)."""
    codes = np.flatnonzero(present).astype(np.int32)
    names = graph.account_names.take(pa.array(codes)).cast(pa.large_string())
    order = pc.sort_indices(names)
    ordered = codes[order.to_numpy()]
    rank = np.full(graph.n_accounts, -1, np.int32)
    rank[ordered] = np.arange(len(codes), dtype=np.int32)
    return Names(ordered, names.take(order), rank)


def mark_present(parts: list[Part], n_accounts: int) -> np.ndarray:
    """Mark the accounts (bool) that are in any pair."""
    present = np.zeros(n_accounts, np.bool_)
    for pairs, _, _ in parts:
        _mark(pairs, present)
    return present


def strongest_first(parts: list[Part], rank: np.ndarray, *, strongest: bool = True) -> Pairs:
    """Sort pairs by shared contents, most first, then by both names; without `strongest` by names alone.

    All of it fits one number of 64 bits for any log that is not enormous, and numbers are sorted fast. Parts are
    taken off the list as they are read, so that memory holds them once.
    """
    total = sum(len(pairs) for pairs, _, _ in parts)
    most = max((int(n.max(initial=0)) for _, n, _ in parts), default=0)
    bits = max(1, int(rank.max(initial=0)).bit_length())
    summed = any(len(sums) for _, _, sums in parts)
    if most.bit_length() + 2 * bits > _KEY_BITS:
        return _without_keys(parts, rank, strongest)
    keys = np.empty(total, np.uint64)
    sums = np.empty(total if summed else 0)
    n = 0
    while parts:
        pairs, n_contents, some = parts.pop(0)
        _pack(pairs, n_contents, rank, most, bits, strongest, keys[n : n + len(pairs)])
        sums[n : n + len(some)] = some
        n += len(pairs)
    if summed:
        order = np.argsort(keys)  # keys differ, so any sort will do
        keys, sums = keys[order], sums[order]
    else:
        keys.sort()
    low, high, n_shared = _unpack(keys, most, bits, strongest)
    return Pairs(low, high, n_shared, sums)


def _without_keys(parts: list[Part], rank: np.ndarray, strongest: bool) -> Pairs:
    pairs, n, sums = (np.concatenate(column) for column in zip(*parts, strict=True))
    parts.clear()
    u, v = rank[pairs >> np.uint64(32)], rank[pairs & np.uint64(2**32 - 1)]
    low, high = np.minimum(u, v), np.maximum(u, v)
    order = np.lexsort((high, low, -n) if strongest else (-n, high, low))
    return Pairs(low[order], high[order], n[order], sums[order] if len(sums) else sums)


@njit(nogil=True, cache=True)
def _mark(pairs, present):  # type: ignore[no-untyped-def]
    for pair in pairs:
        present[np.int64(pair >> np.uint64(32))] = True
        present[np.int64(pair & np.uint64(0xFFFFFFFF))] = True


@njit(nogil=True, cache=True)
def _pack(pairs, n_contents, rank, most, bits, strongest, keys):  # type: ignore[no-untyped-def]
    bits = np.uint64(bits)
    n_bits = np.uint64(64) - bits - bits
    for i in range(len(pairs)):
        u = rank[np.int64(pairs[i] >> np.uint64(32))]
        v = rank[np.int64(pairs[i] & np.uint64(0xFFFFFFFF))]
        names = np.uint64(min(u, v)) << bits | np.uint64(max(u, v))
        fewer = np.uint64(most - n_contents[i])
        keys[i] = fewer << (bits + bits) | names if strongest else names << n_bits | fewer


@njit(nogil=True, cache=True)
def _unpack(keys, most, bits, strongest):  # type: ignore[no-untyped-def]
    bits = np.uint64(bits)
    n_bits = np.uint64(64) - bits - bits
    one = np.uint64(1)
    low, high = np.empty(len(keys), np.int32), np.empty(len(keys), np.int32)
    n_contents = np.empty(len(keys), np.int32)
    for i in range(len(keys)):
        names = keys[i] if strongest else keys[i] >> n_bits
        fewer = keys[i] >> (bits + bits) if strongest else keys[i] & ((one << n_bits) - one)
        low[i] = (names >> bits) & ((one << bits) - one)
        high[i] = names & ((one << bits) - one)
        n_contents[i] = most - np.int64(fewer)
    return low, high, n_contents


def weigher(
    graph: BipartiteGraph, weight: str, idf_squared: np.ndarray
) -> Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    """Return the function of (codes a, codes b, shared contents, sums) that gives the weights (float64) of pairs."""
    degrees = graph.account_degrees
    norms = np.empty(0)
    if weight == "tfidf":
        shares = idf_squared[graph.account_contents]
        norms = np.sqrt(np.bincount(graph.edge_accounts, shares, graph.n_accounts))

    def weigh(a: np.ndarray, b: np.ndarray, n: np.ndarray, sums: np.ndarray) -> np.ndarray:
        k = n.astype(np.float64)
        if weight == "count":
            return k
        if weight == "tfidf":
            scale = norms[a] * norms[b]
            return np.divide(sums, scale, out=np.zeros(len(k)), where=scale > 0)
        d_a, d_b = degrees[a], degrees[b]
        if weight == "jaccard":
            return k / (d_a + d_b - n)
        return k / (np.minimum(d_a, d_b) if weight == "overlap" else np.sqrt(d_a.astype(np.float64) * d_b))

    return weigh


def idf_squared(graph: BipartiteGraph) -> np.ndarray:
    """Return ln(n_accounts / n_c)^2 (float64) of each content c."""
    return np.asarray(np.log(graph.n_accounts / np.maximum(graph.content_degrees, 1)) ** 2)


def named(names: pa.Array, pairs: Pairs, weights: np.ndarray, threads: int | None) -> pd.DataFrame:
    """Put names on pairs."""

    def take(ranks: np.ndarray) -> pa.ChunkedArray:
        pieces = [ranks[i : i + _CHUNK] for i in range(0, max(len(ranks), 1), _CHUNK)]
        taken = map_threads(lambda piece: names.take(pa.array(piece)), pieces, threads=threads)
        return pa.chunked_array(taken)

    table = pa.table({"account_a": take(pairs.low), "account_b": take(pairs.high)}).to_pandas()
    table["n_contents"] = pairs.n_contents.astype(np.int64)
    table["weight"] = weights
    return table
