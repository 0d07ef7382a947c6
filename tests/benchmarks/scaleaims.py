"""What was asked of speed and scale beside what was measured, and how each step grows."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

Results = dict[str, dict[str, Any]]

MOST_PER_DOUBLING = 2.3
LEAST_S = 0.5
"""Steps that take less on the smaller log are not judged: what every run costs would hide their growth."""

PARTS = ("read", "graph", "detect", "weigh", "gather", "summarise", "save")
"""Steps of `investigate`, in order."""
M1, M10, M100 = 1_000_000, 10_000_000, 100_000_000


def step_of(results: Results, task: str, rows: int, step: str) -> dict[str, Any] | None:
    """Return the figures of a step; None where there are none that count."""
    result = results.get(f"{task} @ {rows}", {})
    found: dict[str, Any] | None = (
        result.get("steps", {}).get(step) if result.get("status") == "done" else None
    )
    return found


def aims(results: Results) -> Iterator[tuple[str, str, str]]:
    """Return for each aim what was asked, what was measured, and whether it is met."""
    yield _ratio(
        results,
        "1,000,000 rows, 60 s: join at least 150 times as fast as coordination-network-toolkit 1.5.2",
        150,
        ("toolkit 60 s", M1, "join"),
        ("steps", M1, "join 60 s"),
    )
    yield _ratio(
        results,
        "1,000,000 rows, 60 s: from CSV to pairs, imports excluded, at least 25 times as fast as the toolkit",
        25,
        ("toolkit 60 s", M1, "csv to pairs"),
        ("csv to pairs", M1, "csv to pairs"),
    )
    yield _ratio(
        results,
        "10,000,000 rows, 60 s: join at least 15 times as fast as DuckDB's bucketed join",
        15,
        ("duckdb 60 s", M10, "join"),
        ("steps", M10, "join 60 s"),
    )
    streamed = step_of(results, "join none", M10, "join none")
    result = results.get(f"join none @ {M10}", {})
    asked = (
        "10,000,000 rows, no window, at least 3 contents: within 6 GB, pairs streamed, equal to brute force"
    )
    if streamed is None:
        yield asked, result.get("why", "not measured"), "no" if result else "open"
    else:
        said = f"{streamed['wall_s']:,.0f} s, {_gb(streamed['peak_mb'])}, {result['pairs']:,} pairs"
        yield asked, f"{said}; {result.get('checked', 'not checked')}", _yes(streamed["peak_mb"] <= 6_000)
    yield _whole(results, M10, "10,000,000 rows: `investigate` within 10 minutes and 8 GB", 600, 8_000)
    yield _whole(results, M100, "100,000,000 rows: `investigate` completes within 20 GB", math.inf, 20_000)
    judged = [row for row in growth(results) if row["judged"]]
    worst = max(judged, key=lambda row: row["per_doubling"], default=None)
    sizes = sorted({row["to"] for row in judged})
    yield (
        f"doubling the log costs at most {MOST_PER_DOUBLING} times as long in every step of `investigate`",
        "not measured"
        if worst is None
        else f"at most {worst['per_doubling']:.2f} ({worst['step']}, {worst['from']:,} to {worst['to']:,} rows); "
        f"{len(judged)} pairs of sizes judged, up to {sizes[-1]:,} rows",
        "open" if worst is None else _yes(worst["per_doubling"] <= MOST_PER_DOUBLING),
    )


def growth(results: Results) -> list[dict[str, Any]]:
    """Return for each step of `investigate` and each two sizes that follow each other the cost of doubling.

    Between sizes that are no doubling apart it is the geometric mean: ratio ** (1 / log2(size ratio)).
    """
    found = []
    for step in (*PARTS, "investigate"):
        measured = [
            (rows, figures["wall_s"])
            for rows in sizes_of(results, "investigate")
            if (figures := step_of(results, "investigate", rows, step))
        ]
        for (small, before), (large, after) in pairwise(measured):
            times = after / max(before, 1e-4)
            found.append(
                {
                    "step": step,
                    "from": small,
                    "to": large,
                    "times": times,
                    "per_doubling": times ** (1 / math.log2(large / small)),
                    "judged": before >= LEAST_S,
                }
            )
    return found


def sizes_of(results: Results, task: str) -> list[int]:
    """Return the sizes at which a task was tried."""
    return sorted(result["rows"] for result in results.values() if result["task"] == task)


def same_run(results: Results, one: tuple[str, int], other: tuple[str, int]) -> bool:
    """Whether two tasks were measured in one run: the machine may have been another, or busy, in another."""
    first, second = (results.get(f"{task} @ {rows}", {}).get("run") for task, rows in (one, other))
    return bool(first == second)


def _ratio(
    results: Results, asked: str, least: float, theirs: tuple[str, int, str], ours: tuple[str, int, str]
) -> tuple[str, str, str]:
    slow, quick = step_of(results, *theirs), step_of(results, *ours)
    if slow is None or quick is None:
        lacking = results.get(f"{theirs[0]} @ {theirs[1]}" if slow is None else f"{ours[0]} @ {ours[1]}", {})
        return asked, lacking.get("why", "not measured"), "open"
    ratio = slow["wall_s"] / quick["wall_s"]
    said = f"{ratio:,.0f} times ({slow['wall_s']:.3g} s beside {quick['wall_s']:.3g} s), equal pairs"
    said += "" if same_run(results, theirs[:2], ours[:2]) else "; not in one run"
    return asked, said, _yes(ratio >= least)


def _whole(results: Results, rows: int, asked: str, seconds: float, megabytes: float) -> tuple[str, str, str]:
    whole, read = (step_of(results, "investigate", rows, step) for step in ("investigate", "read"))
    if whole is None or read is None:
        result = results.get(f"investigate @ {rows}", {})
        return asked, result.get("why", "not measured"), "no" if result else "open"
    times = whole["wall_s"] / read["wall_s"]
    said = f"{whole['wall_s']:,.0f} s, {_gb(whole['peak_mb'])}; {times:.0f} times the reading"
    return asked, said, _yes(whole["wall_s"] <= seconds and whole["peak_mb"] <= megabytes)


def _gb(megabytes: float) -> str:
    return f"{megabytes / 1000:.1f} GB"


def _yes(met: bool) -> str:
    return "yes" if met else "no"
