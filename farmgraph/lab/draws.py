"""Random numbers that are the same on every machine: whole numbers only, from seed to row.

Floating point is left out on purpose. The last bit of a logarithm differs between processors and libraries, and
one such bit moves an action by a second. So random bits come from SplitMix64, distributions from tables that
decimal arithmetic (correctly rounded by its standard) fills once, and everything after that is integers.
"""

import hashlib
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from functools import lru_cache

import numpy as np
from numba import njit

from farmgraph.graph.layout import MULTIPLIER, mix

OCTAVES, CELLS = 40, 32
ONE = 1 << 16
"""One in the fixed point of tables that hold multiples of a median."""

# Of our own, traps included, so that it does not matter what the caller has set.
_DIGITS = Context(prec=25, rounding=ROUND_HALF_EVEN, traps=[])


def key_of(seed: int, *names: object) -> np.uint64:
    """Return the key of one stream of random numbers: a hash of the seed and the stream's names."""
    text = "\x1f".join([str(seed), *map(str, names)])
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little"))


@njit(nogil=True, cache=True)
def raws(key, n):  # type: ignore[no-untyped-def]
    """Return n random uint64 of the stream `key`."""
    result = np.empty(n, np.uint64)
    for i in range(n):
        result[i] = mix(key + MULTIPLIER * np.uint64(i + 1))
    return result


def below(key: np.uint64, n: int, bound: int) -> np.ndarray:
    """Return n whole numbers (int64) from 0 to bound - 1; bounds stay so far below 2**64 that no bias shows."""
    return (raws(key, n) % np.uint64(bound)).astype(np.int64)


def chance(key: np.uint64, n: int, share: float) -> np.ndarray:
    """Return n booleans, each true with the given probability (to a millionth)."""
    return below(key, n, 1_000_000) < round(share * 1_000_000)


def weighted(key: np.uint64, n: int, weights: np.ndarray) -> np.ndarray:
    """Return n positions (int64), drawn in proportion to whole weights."""
    ends = np.cumsum(weights)
    return np.searchsorted(ends, below(key, n, int(ends[-1])), side="right")


def some(key: np.uint64, values: np.ndarray, n: int) -> np.ndarray:
    """Return n of the values without replacement, in random order."""
    return values[np.argsort(raws(key, len(values)), kind="stable")[:n]]


@lru_cache
def pareto_table(shape: str, scale: int) -> np.ndarray:
    """Return a table for `from_table`: scale * (s**(-1/shape) - 1), a Pareto tail that begins at 0."""
    return _table(lambda s: s ** (Decimal(-1) / Decimal(shape)) - 1, scale)


@lru_cache
def log_logistic_table(shape: str, scale: int) -> np.ndarray:
    """Return a table for `from_table`: scale * (1/s - 1)**(1/shape), whose median is `scale`."""
    return _table(lambda s: (1 / s - 1) ** (Decimal(1) / Decimal(shape)) if s < 1 else Decimal(0), scale)


def _table(quantile: Callable[[Decimal], Decimal], scale: int) -> np.ndarray:
    """Tabulate a quantile function of the chance s of being exceeded, in 32 cells for each halving of s."""
    with localcontext(_DIGITS):
        steps = [
            quantile(Decimal(2 * CELLS - cell) / (2 * CELLS) / 2**octave)
            for octave in range(OCTAVES)
            for cell in range(CELLS)
        ]
        steps.append(quantile(Decimal(1) / 2**OCTAVES))
        return np.array([int(min(step * scale, Decimal(2**62))) for step in steps], np.int64)


@njit(nogil=True, cache=True)
def one_from_table(table, raw):  # type: ignore[no-untyped-def]
    """Return the value (int64) of a table at the random bits `raw`: exact in the tail, linear between steps."""
    octave = 0
    while octave < OCTAVES - 1 and (raw >> np.uint64(63)) == 0:
        raw <<= np.uint64(1)
        octave += 1
    rest = raw << np.uint64(1)
    cell = np.int64(rest >> np.uint64(59))
    part = np.int64((rest >> np.uint64(43)) & np.uint64(0xFFFF))
    low, high = table[octave * CELLS + cell], table[octave * CELLS + cell + 1]
    return low + (((high - low) >> 16) * part) + ((((high - low) & 0xFFFF) * part) >> 16)


@njit(nogil=True, cache=True)
def from_table(table, bits):  # type: ignore[no-untyped-def]
    """Return the values (int64) of a table at random bits (uint64)."""
    result = np.empty(len(bits), np.int64)
    for i in range(len(bits)):
        result[i] = one_from_table(table, bits[i])
    return result
