"""How much memory a run may take: what is asked for, what is in use, what the machine can give, and who may claim more.

Counted is what only this process can give back: anonymous and shared memory. Pages of files that are merely mapped (a
log, codes in a cache) are the system's to drop and to read again, so they count nothing, however many there are.
"""

import contextlib
import ctypes
import numbers
import operator
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from farmgraph.errors import BudgetError, UsageError

_UNITS = {"B": 1}
_UNITS |= {f"{letter}B": 1000**n for n, letter in enumerate("KMGT", start=1)}
_UNITS |= {f"{letter}IB": 1024**n for n, letter in enumerate("KMGT", start=1)}
_UNITS |= {letter: 1000**n for n, letter in enumerate("KMGT", start=1)}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)
_LEAST = 64_000_000

_ALLOW_MORE = (
    "Allow more with --memory-limit on the command line, in Python with memory_limit= of fg.read, fg.check and "
    "fg.investigate, or 'with fg.within_memory(\"8GB\"):' around other steps."
)
_LARGER_MACHINE = "Close other programs, or take a machine with more memory."
FEWER = "Fewer files, or fewer kinds of actions (--actions, actions=), need less."
"""What helps whatever is too small."""

# Like showing_progress of the runtime: one for the process, so that threads see it.
_limit: int | None = None


def parse_memory(value: float | str | None) -> int | None:
    """Turn a size of memory into bytes; None stays None.

    Parameters
    ----------
    value : int, float, str or None
        Bytes, as a whole number of any kind, or a text of a number with one of the units B, KB, MB, GB, TB (thousands),
        KiB, MiB, GiB, TiB.

    Returns
    -------
    int or None
        Bytes, at least 64 MB: less than that Python itself does not do with.

    Raises
    ------
    UsageError
        If it is too small or not readable.

    Examples
    --------
    >>> parse_memory("4GB"), parse_memory("1.5 GiB"), parse_memory(8e8), parse_memory(None)
    (4000000000, 1610612736, 800000000, None)
    """
    if value is None:
        return None
    n_bytes = -1
    if isinstance(value, str):
        match = _SIZE.fullmatch(value)
        unit = match.group(2).upper() or "B" if match else ""
        if match and unit in _UNITS:
            n_bytes = round(float(match.group(1)) * _UNITS[unit])
    else:
        n_bytes = _whole(value)
    if n_bytes < 0:
        raise UsageError(
            f"memory_limit is {value!r}; expected a size such as '4GB', '800MB' or '1.5GiB', or a number of bytes."
        )
    if n_bytes < _LEAST:
        raise UsageError(
            f"memory_limit is {value!r}, which is less than {spoken_memory(_LEAST)}; nothing can be done with so "
            "little. Expected a size such as '800MB' or '4GB'."
        )
    return n_bytes


def _whole(value: Any) -> int:
    """Return a whole number of any kind as an int; -1 for everything else."""
    if isinstance(value, bool):
        return -1
    with contextlib.suppress(TypeError):
        return operator.index(value)
    return int(float(value)) if isinstance(value, numbers.Real) and float(value).is_integer() else -1


def spoken_memory(n_bytes: float) -> str:
    """Say a size of memory in the unit that a reader would choose.

    Examples
    --------
    >>> [spoken_memory(n) for n in (900, 52_400_000, 1_349_000_000, 25_000_000_000)]
    ['1 KB', '52 MB', '1.3 GB', '25 GB']
    """
    if n_bytes < 1e6:
        return f"{max(1, round(n_bytes / 1e3))} KB"
    if n_bytes < 1e9:
        return f"{n_bytes / 1e6:.0f} MB"
    return f"{n_bytes / 1e9:.2g} GB" if n_bytes < 1e10 else f"{n_bytes / 1e9:,.0f} GB"


def resident() -> int:
    """Return the bytes of memory that this process has now and that are no pages of files.

    On Linux what is anonymous and what is shared. Elsewhere the system tells only the most that the process has had,
    files included, or nothing (0).
    """
    found = _status("RssAnon", "RssShmem")
    if len(found) == 2:
        return sum(found)
    if found := _status("VmRSS"):
        return found[0]
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def available() -> int | None:
    """Return the bytes that the machine, or the container around the process, can still give; None if nobody knows."""
    room = [found for found in (_free_of_machine(), _free_of_group()) if found is not None]
    return max(0, min(room)) if room else None


def limit_in_force() -> int | None:
    """Return the limit that somebody asked for, in bytes; None where nobody did."""
    return _limit


def limit_or_machine() -> int | None:
    """Return the limit in force, or what this process can come to have if that is less; None if nobody knows."""
    room = available()
    known = [size for size in (_limit, None if room is None else resident() + room) if size is not None]
    return min(known) if known else None


@contextlib.contextmanager
def within_memory(limit: float | str) -> Iterator[None]:
    """Keep to a limit of memory in everything that is done inside the block.

    Parameters
    ----------
    limit : int or str
        Most memory that the process may take, such as ``"4GB"``, or a number of bytes.

    Returns
    -------
    context manager

    Raises
    ------
    UsageError
        If the limit cannot be read.
    BudgetError
        Inside the block, if a step would not fit; it is refused before it begins.

    Notes
    -----
    It holds in all threads of the process, so two of them cannot have limits of their own. A block inside the block has
    the limit that is named last. What the machine can give is kept to with and without a limit. `farmgraph.read`,
    `farmgraph.check` and `farmgraph.investigate` take `memory_limit` themselves.

    Examples
    --------
    >>> import farmgraph as fg
    >>> graph = fg.bipartite(fg.datasets.load("german_elections"))
    >>> with within_memory("8GB"):
    ...     pairs = fg.co_engagement(graph, window="60s")

    It does not stop other libraries, or code of your own, from taking more.
    """
    if limit is None:
        raise UsageError("The limit of memory is None; expected a size such as '4GB', or a number of bytes.")
    with limited(limit):
        yield


@contextlib.contextmanager
def limited(limit: float | str | None) -> Iterator[None]:
    """Keep to a limit inside the block, in all threads; None leaves the one around it in force.

    Raises
    ------
    UsageError
        If the limit cannot be read.

    Examples
    --------
    >>> with limited("4GB"), limited(None):
    ...     limit_in_force()
    4000000000
    """
    global _limit
    asked = parse_memory(limit)
    before = _limit
    _limit = before if asked is None else asked
    try:
        yield
    finally:
        _limit = before


def fits(n_bytes: float) -> bool:
    """Whether so many bytes more keep within the limit, and within what the machine can give."""
    return not _too_small(n_bytes)


def claim(step: str, n_bytes: float, *, way_out: str = FEWER) -> None:
    """Make sure that a step fits into the memory before it begins.

    Parameters
    ----------
    step : str
        What is about to be done, as a noun or a gerund: "Comparing accounts".
    n_bytes : float
        What it takes at most at once, on top of what is in use now.
    way_out : str
        What can be done besides giving it more memory, as whole sentences.

    Raises
    ------
    BudgetError
        If what is in use and what is needed exceed the limit, or what is needed exceeds what the machine (or the
        container) can give, because a run beyond that would be killed on its way. It says which is too small.

    Examples
    --------
    >>> with limited("2GB"):
    ...     claim("Comparing accounts", 2e9)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    farmgraph.errors.BudgetError: Comparing accounts needs about 2 GB of memory, but ... in use and the limit is 2 ...
    """
    if why := _too_small(n_bytes):
        more = _LARGER_MACHINE if "machine" in why else _ALLOW_MORE
        found = " and ".join([f"{spoken_memory(resident())} are in use", *why.values()])
        raise BudgetError(
            f"{step} needs about {spoken_memory(n_bytes)} of memory, but {found}. {more} {way_out}"
        )


def give_back() -> None:
    """Give freed memory back to the system, as far as its allocators can; a moment, or a second after a large log."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def refuse_more(what: str) -> BudgetError:
    """Return the error for what turned out, on its way, to be too large for the memory that there is."""
    short = _limit is not None and _limit == limit_or_machine()
    return BudgetError(f"{what}. {_ALLOW_MORE if short else _LARGER_MACHINE} {FEWER}")


def _too_small(n_bytes: float) -> dict[str, str]:
    """Return what so many bytes more do not fit into, "limit" or "machine" or both, with its size in words."""
    why = {}
    if _limit is not None and resident() + n_bytes > _limit:
        why["limit"] = f"the limit is {spoken_memory(_limit)}"
    room = available()
    if room is not None and n_bytes > room:
        why["machine"] = f"this machine can give {spoken_memory(room)} more"
    return why


def _status(*names: str) -> list[int]:
    """Return entries of /proc/self/status in bytes, as far as they are there."""
    try:
        text = Path("/proc/self/status").read_text()
    except OSError:
        return []
    found = (re.search(rf"^{name}:\s*(\d+) kB", text, re.MULTILINE) for name in names)
    return [int(match.group(1)) * 1024 for match in found if match]


def _free_of_machine() -> int | None:
    try:
        match = re.search(r"^MemAvailable:\s*(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    except OSError:
        match = None
    if match:
        return int(match.group(1)) * 1024
    try:
        # All that the machine has is too much, but the best that there is without asking other programs.
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") - resident()
    except (AttributeError, OSError, ValueError):
        return None


def _free_of_group(root: Path = Path("/sys/fs/cgroup"), told: Path = Path("/proc/self/cgroup")) -> int | None:
    """Return what the tightest control group around the process leaves; caches of files can be given back."""
    try:
        lines = told.read_text().splitlines()
    except OSError:
        return None
    room: list[int] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            place, names = root, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            place = root / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        own = place / path.lstrip("/")
        for folder in (own, *own.parents):
            if folder != place and place not in folder.parents:
                break
            most, used = _number(folder / names[0]), _number(folder / names[1])
            if most is not None and used is not None:
                room.append(most - used + _stat(folder / "memory.stat", names[2]))
    return min(room) if room else None


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # "max" is no number and no limit
        return None


def _stat(path: Path, name: str) -> int:
    try:
        match = re.search(rf"^{name} (\d+)$", path.read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(match.group(1)) if match else 0
