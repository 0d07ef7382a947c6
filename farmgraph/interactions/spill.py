"""Where the columns of a log lie: in memory, or in files that have no name where memory is short.

The files are mapped, so numpy and Arrow use them like memory, while the system may write their pages back and forget
them. They have no name from the beginning (on Windows: until they are closed), so nothing is left behind however a run
ends, and a log stays valid as long as somebody holds it.
"""

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from farmgraph.errors import BudgetError, InputError
from farmgraph.interactions.archives import check_room, no_room
from farmgraph.memory import fits, give_back, limit_in_force, limit_or_machine, refuse_more

Allocate = Callable[[int, Any], np.ndarray]
"""Makes an array of so many values of a type; what is in it at first is anybody's guess."""

CHUNK = 1 << 20
"""Values that are worked on at a time where an array may be larger than the memory."""

_ALIGNED = 64
_FIRST_BYTES, _MOST_BYTES = 1 << 25, 1 << 30


def in_memory(n: int, dtype: Any) -> np.ndarray:
    """Make an array in memory."""
    return np.empty(n, dtype)


@dataclass
class OnDisk:
    """Makes arrays one after the other in mapped files; belongs to one reading alone.

    Few large files, because a process may not have many open.
    """

    what: str
    file: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint8))
    used: int = 0
    next_bytes: int = _FIRST_BYTES

    def __call__(self, n: int, dtype: Any) -> np.ndarray:
        """Make an array; InputError where the disk is full."""
        n_bytes = int(n) * np.dtype(dtype).itemsize
        if n_bytes == 0:
            return np.empty(0, dtype)
        if self.used + n_bytes > len(self.file):
            self.file, self.used = _mapped(max(n_bytes, self.next_bytes), self.what), 0
            self.next_bytes = min(2 * self.next_bytes, _MOST_BYTES)
        start = self.used
        self.used += -(-n_bytes // _ALIGNED) * _ALIGNED
        return self.file[start : start + n_bytes].view(dtype)


def copied(values: np.ndarray, allocate: Allocate) -> np.ndarray:
    """Copy an array to where `allocate` puts it."""
    out = allocate(len(values), values.dtype)
    out[:] = values
    return out


def joined(parts: "list[np.ndarray]", dtype: Any, *, allocate: Allocate) -> np.ndarray:
    """Put arrays behind each other."""
    out = allocate(sum(len(part) for part in parts), dtype)
    at = 0
    for part in parts:
        out[at : at + len(part)] = part
        at += len(part)
    return out


def chosen(values: np.ndarray, kept: np.ndarray, n_kept: int, *, allocate: Allocate) -> np.ndarray:
    """Return the values that are kept, made piece by piece."""
    out = allocate(n_kept, values.dtype)
    at = 0
    for start in range(0, len(values), CHUNK):
        some = values[start : start + CHUNK][kept[start : start + CHUNK]]
        out[at : at + len(some)] = some
        at += len(some)
    return out


def is_short(n_bytes: float) -> bool:
    """Whether so many bytes more are too many, even after what was freed has been given back to the system."""
    if fits(n_bytes):
        return False
    give_back()
    return not fits(n_bytes)


def share_of_limit(usual: int, *, least: int, parts: int) -> int:
    """Return how large something may be that a reading has several of: the usual size, or less where memory is short.

    Examples
    --------
    >>> from farmgraph.memory import limited
    >>> with limited("640MB"):
    ...     share_of_limit(1 << 26, least=1 << 20, parts=64)
    10000000
    """
    limit = limit_or_machine()
    return usual if limit is None else min(usual, max(least, limit // parts))


@contextlib.contextmanager
def duck(**settings: Any) -> Iterator[Any]:
    """Connect to DuckDB, which keeps to half of the limit of memory.

    It puts nothing on the disk: all that it is asked here goes from row to row, and has nothing to put there.

    Raises
    ------
    BudgetError
        If a part of the log is too large for it.
    """
    import duckdb

    config: dict[str, Any] = {"temp_directory": "", **settings}
    if limit_in_force() is not None:
        config["memory_limit"] = f"{(limit_or_machine() or 0) // 2}B"
    try:
        with duckdb.connect(config=config) as connection:
            yield connection
    except duckdb.OutOfMemoryException as error:
        said = str(error).split("\n")[0]
        raise refuse_more(
            f"A part of the log is too large for the memory that DuckDB may take ({said})"
        ) from None


def _mapped(n_bytes: int, what: str) -> np.ndarray:
    try:
        check_room(n_bytes, what)
        with tempfile.TemporaryFile(prefix="farmgraph-") as file:
            # A sparse file would end the process, and not raise, once the disk is full.
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, n_bytes)
            else:
                for start in range(0, n_bytes, CHUNK):
                    file.write(bytes(min(CHUNK, n_bytes - start)))
                file.flush()
            return np.asarray(np.memmap(file, np.uint8, mode="r+", shape=(n_bytes,)))
    except InputError as error:
        raise BudgetError(f"{what} does not fit into the memory, and not beside it either: {error}") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise BudgetError(
                f"{what} does not fit into the memory, and not beside it either: "
                f"{no_room(what, error.strerror or str(error))}"
            ) from None
        raise
