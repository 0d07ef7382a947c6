"""Arrays of zeros that each thread keeps, so that looking at a small group costs nothing in the size of the log.

A kernel that looks at some thousand edges needs a counter per account. Made anew for each of a hundred thousand groups,
the zeros alone would take longer than the looking.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator

import numpy as np

_own = threading.local()


def zeros(name: str, size: int, dtype: type) -> np.ndarray:
    """Return this thread's zeros of that name, at least `size` of them; whoever writes to it puts the zeros back.

    Examples
    --------
    >>> counter = zeros("example", 3, np.int32)
    >>> counter[:3].tolist(), zeros("example", 2, np.int32) is counter
    ([0, 0, 0], True)
    """
    return _kept(name, size, dtype, np.zeros)


def room(name: str, size: int, dtype: type) -> np.ndarray:
    """Return this thread's array of that name, at least `size` long, whatever is in it.

    Examples
    --------
    >>> len(room("example list", 3, np.int32)) >= 3
    True
    """
    return _kept(name, size, dtype, np.empty)


def _kept(name: str, size: int, dtype: type, make: Callable[[int, type], np.ndarray]) -> np.ndarray:
    kept: np.ndarray | None = getattr(_own, name, None)
    if kept is None or len(kept) < size or kept.dtype != dtype:
        kept = make(size, dtype)
        setattr(_own, name, kept)
    return kept


@contextlib.contextmanager
def marked(codes: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Give a mask (bool, at least `size`) in which the codes alone are True, as long as the block lasts.

    Examples
    --------
    >>> with marked(np.array([0, 2]), 3) as chosen:
    ...     chosen[:3].tolist()
    [True, False, True]
    """
    mask = zeros("mask", size, np.bool_)
    mask[codes] = True
    try:
        yield mask
    finally:
        mask[codes] = False
