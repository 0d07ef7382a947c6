"""Wall, CPU and peak memory of steps, each with a peak of its own.

Linux forgets a process's highest memory when told to, so every step begins anew; elsewhere the peak is that of the
process up to the step's end. Steps may lie inside each other. Needs nothing but the standard library, so that peers'
environments can use it.
"""

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from memory import peak_memory_mb

MOST_RUNS, ENOUGH_S = 9, 20.0
"""A task is repeated so often, as long as all runs together have taken less than so many seconds."""


class Meter:
    """What each step took: ``steps[name]`` holds ``wall_s``, ``cpu_s`` and ``peak_mb``."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, Any]] = {}
        self._peaks: list[float] = []

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure one step; further steps of the same name add to it."""
        self._note_peak()
        self._peaks.append(0.0)
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            self._note_peak()
            before = self.steps.setdefault(name, {"wall_s": 0.0, "cpu_s": 0.0, "peak_mb": 0.0})
            before["wall_s"] = round(before["wall_s"] + wall, 4)
            before["cpu_s"] = round(before["cpu_s"] + cpu, 4)
            before["peak_mb"] = max(before["peak_mb"], self._peaks.pop())

    def _note_peak(self) -> None:
        peak = peak_memory_mb()
        self._peaks = [max(known, peak) for known in self._peaks]
        forget_peak()


def forget_peak() -> None:
    """Let the highest memory of this process begin anew, where the system can (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def measured(work: Callable[[], Any], *, most: int = MOST_RUNS) -> tuple[dict[str, Any], Any]:
    """Repeat a task and return the figures of its median run, with the range, and the last result."""
    runs: list[dict[str, Any]] = []
    result = None
    while not runs or (len(runs) < most and sum(run["wall_s"] for run in runs) < ENOUGH_S):
        result = None  # not two results at a time
        meter = Meter()
        with meter.step("run"):
            result = work()
        runs.append(meter.steps["run"])
    walls = sorted(run["wall_s"] for run in runs)
    median = statistics.median_low(walls)
    chosen = next(run for run in runs if run["wall_s"] == median)
    spread = {"low_s": walls[0], "high_s": walls[-1], "runs": len(runs)}
    return {**chosen, "peak_mb": max(run["peak_mb"] for run in runs), **spread}, result
