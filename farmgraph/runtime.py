"""What every room needs from the machine: durations, threads, progress, whole folders, the record of a run."""

import contextlib
import hashlib
import operator
import os
import re
import shutil
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from farmgraph.errors import InputError, UsageError

_UNITS = {"us": 1, "ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000}
_UNITS |= {"d": 24 * _UNITS["h"], "w": 7 * 24 * _UNITS["h"]}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.IGNORECASE)

Item = TypeVar("Item")
Result = TypeVar("Result")


def microseconds(duration: float | str | timedelta, *, name: str = "duration") -> int:
    """Turn a duration into whole microseconds.

    Parameters
    ----------
    duration : int, float, str or timedelta
        A number of seconds, or a text of a number with one of the units us, ms, s, min, h, d, w.
    name : str
        What the duration is called in messages.

    Returns
    -------
    int
        Microseconds, at least 0.

    Raises
    ------
    UsageError
        If it is negative, not finite or not readable.

    Examples
    --------
    >>> microseconds("1.5min"), microseconds(10)
    (90000000, 10000000)
    """
    if isinstance(duration, timedelta):
        duration = duration.total_seconds()
    if isinstance(duration, str):
        match = _DURATION.fullmatch(duration)
        if match and match.group(2).lower() in _UNITS:
            return round(float(match.group(1)) * _UNITS[match.group(2).lower()])
        try:
            duration = float(duration)
        except ValueError:
            raise UsageError(
                f"{name} is {duration!r}; expected seconds such as 60, or a number with a unit "
                f"({', '.join(_UNITS)}) such as '60s', '10min', '1h' or '7d'."
            ) from None
    if isinstance(duration, bool) or not isinstance(duration, int | float) or not 0 <= duration < 1e12:
        raise UsageError(f"{name} is {duration!r}; expected 0 or more seconds, or a text such as '10min'.")
    return round(duration * _UNITS["s"])


def spoken_duration(seconds: float | None) -> str:
    """Say a duration in the unit that a reader would choose.

    Examples
    --------
    >>> [spoken_duration(s) for s in (0.4, 5, 134, 600, 25_200, 259_200)]
    ['less than a second', '5 s', '134 s', '10 min', '7 h', '3 days']
    """
    if seconds is None or seconds != seconds:
        return "an unknown time"
    if seconds < 1:
        return "less than a second"
    for limit, unit, size in ((180, "s", 1), (7_200, "min", 60), (172_800, "h", 3_600)):
        if seconds < limit:
            return f"{seconds / size:.2g} {unit}" if seconds < 10 * size else f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"


def whole_number(value: Any, *, name: str, least: int, most: int | None = None) -> int:
    """Return a whole number, or raise UsageError with its name, what it is and what was expected.

    Examples
    --------
    >>> whole_number(3, name="seed", least=0)
    3
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or number < least or (most is not None and number > most):
        allowed = f"of {least} or more" if most is None else f"from {least} to {most:,}"
        raise UsageError(f"{name} is {value!r}; expected a whole number {allowed}.")
    return number


def require(value: Any, kind: type[Item], *, way_out: str) -> Item:
    """Return a value of the right type, or raise UsageError that says what was given and how to get the right one."""
    if not isinstance(value, kind):
        raise UsageError(f"Got a {type(value).__name__}; expected {kind.__name__}. {way_out}")
    return value


def thread_count(threads: int | None) -> int:
    """Return the number of threads to use: as asked for, otherwise all that this process may use."""
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return whole_number(threads, name="threads", least=1)


def map_threads(
    work: Callable[[Item], Result], items: Sequence[Item], *, threads: int | None, step: str = ""
) -> list[Result]:
    """Apply a function that releases the GIL to items, in threads; results keep the order of the items."""
    workers = thread_count(threads)
    if workers == 1 or len(items) <= 1:
        return [work(item) for item in progress(items, step=step)]
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            return [future.result() for future in progress(futures, step=step)]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def in_order(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    settle: Callable[[Result], None],
    *,
    threads: int | None,
    step: str = "",
    total: int | None = None,
    at_once: int | None = None,
) -> None:
    """Work on items in threads while later ones are still being found, and settle the results in their order.

    One thread settles. At most `at_once` items are under way at a time, by default three more than threads, so memory
    does not grow with their number.
    """
    workers = thread_count(threads)
    if workers == 1:
        for item in progress(items, step=step, total=total):
            settle(work(item))
        return
    most = workers + 3 if at_once is None else at_once
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(workers) as pool, ThreadPoolExecutor(1) as clerk:
        try:
            for item in progress(items, step=step, total=total):
                while len(waiting) >= most:
                    waiting.popleft().result()
                waiting.append(clerk.submit(_settled, settle, pool.submit(work, item)))
            for left in waiting:
                left.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            clerk.shutdown(wait=False, cancel_futures=True)
            raise


def _settled(settle: Callable[[Result], None], done: "Future[Result]") -> None:
    settle(done.result())


_guard: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext


def guarded() -> contextlib.AbstractContextManager[None]:
    """Return a block in which files are written that have to be tidied up, however the program is stopped."""
    return _guard()


def guard_with(guard: Callable[[], contextlib.AbstractContextManager[None]]) -> None:
    """Say what such a block is for this program; by default it is nothing, since Ctrl-C raises as usual."""
    global _guard
    _guard = guard


_show_progress = False


@contextlib.contextmanager
def showing_progress(on: bool) -> Iterator[None]:
    """Show progress bars on stderr inside the block; libraries stay silent unless asked."""
    global _show_progress
    before, _show_progress = _show_progress, on
    try:
        yield
    finally:
        _show_progress = before


def progress(items: Iterable[Item], *, step: str = "", total: int | None = None) -> Iterable[Item]:
    """Pass items on, with a bar on stderr where progress is shown; `total` says how many where items cannot."""
    if not (_show_progress and step):
        return items
    return _shown(items, step, total)


_bar_is_shown = False


def _shown(items: Iterable[Item], step: str, total: int | None) -> Iterator[Item]:
    """Pass items on with a bar: how much is done, how long it took, how long it will take; one bar at a time."""
    global _bar_is_shown
    if _bar_is_shown:
        yield from items
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("done,"),
        TimeRemainingColumn(),
        TextColumn("to go"),
    )
    _bar_is_shown = True
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            yield from bar.track(items, total=total, description=step)
    finally:
        _bar_is_shown = False


def sha256_of(path: str | Path) -> str:
    """Return the hexadecimal SHA-256 of a file, read in pieces."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def whole_folder(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Fill a folder that appears complete or not at all.

    Files are written to a hidden neighbour, which takes the folder's name when the block
    ends well and is removed when it does not.

    Parameters
    ----------
    path : str or Path
        The folder to make.
    overwrite : bool
        Whether a folder of that name may be replaced.

    Yields
    ------
    Path
        The neighbour to write into.

    Raises
    ------
    InputError
        If the path exists and may not be replaced, or cannot be made.
    """
    target = Path(path)
    refuse_existing(target, overwrite=overwrite)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise InputError(f"Cannot write to {target.parent}: {error.strerror or error}.") from None
    try:
        yield draft
        draft.chmod(0o755)
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
            target.rename(old / "old")
            draft.rename(target)
            shutil.rmtree(old)
        else:
            draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def refuse_existing(target: Path, *, overwrite: bool) -> None:
    """Raise before any work where a folder could not be written in the end."""
    if target.exists() and not target.is_dir():
        raise InputError(f"{target} is a file; expected the name of a folder to make.")
    above = next((p for p in target.absolute().parents if p.exists()), None)
    if above is not None and not (above.is_dir() and os.access(above, os.W_OK)):
        what = "cannot be written to" if above.is_dir() else "is a file"
        raise InputError(f"Cannot make {target}: {above} {what}. Choose another place.")
    if target.exists() and any(target.iterdir()) and not overwrite:
        raise InputError(
            f"{target} exists already. Choose another name, or replace it with overwrite=True (--overwrite)."
        )


def refuse_foreign(target: Path, own: Iterable[str]) -> None:
    """Raise where a folder that may be replaced holds files that are not our own."""
    foreign = sorted({path.name for path in target.iterdir()} - set(own)) if target.is_dir() else []
    if foreign:
        raise InputError(
            f"{target} holds what farmgraph did not write ({foreign[0]}), so it is not replaced. "
            "Choose another name, or move that file away."
        )


def _peak_megabytes() -> float | None:
    """Return the highest memory that the process has had, or None where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    scale = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 1e6, 1)


@dataclass
class Steps:
    """Seconds and peak memory of each step of a run, for the manifest."""

    seconds: dict[str, float] = field(default_factory=dict)
    peak_megabytes: dict[str, float | None] = field(default_factory=dict)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step; its peak memory is the highest of the process up to its end."""
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)
        self.peak_megabytes[name] = _peak_megabytes()

    def to_list(self) -> list[dict[str, Any]]:
        """Return one record per step, in order."""
        return [
            {"step": name, "seconds": s, "peak_memory_mb": self.peak_megabytes[name]}
            for name, s in self.seconds.items()
        ]
