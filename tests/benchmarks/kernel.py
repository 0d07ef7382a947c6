"""The counting kernel of co-engagement beside what the machine can do, and beside DuckDB's band join.

python kernel.py LOG_SMALL.csv LOG_LARGE.csv [--runs 3] [--without-duckdb]

Both logs as written by generator.py, with the columns account, content and time. Every case runs in a
process of its own, in which everything that is compared takes turns. Seconds of the wall clock and of the
processor (of both threads, divided by two): where the machine is shared, compare the latter.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from memory import peak_memory_mb
from numba import njit

RESULTS = Path(__file__).parent / "results"
THREADS = 2
CASES = (("small", 60, 2), ("large", 60, 2), ("large", 3600, 5), ("small", None, 2), ("small", None, 3))
BANDED = """
    create or replace table pairs as
    select l.account as a, r.account as b, count(distinct l.content) as n
    from log l
    join (select account, content, s, unnest([bucket - 1, bucket, bucket + 1]) as bucket from log) r
    using (content, bucket)
    where l.account < r.account and abs(l.s - r.s) <= {window}
    group by all having n >= {min_contents}
"""
TRIED = """## What was tried

Measured once, on 25 November 2026, on `generator.py`'s logs of 10,000,000 and 1,000,000 rows within 60 s, 2 or more
shared contents; processor seconds per thread, everything in one run beside the kernel before (commit 435470a), on a
machine with other work (load 10). The prototype is the kernel's inner loops without repeats, weights and results; each
line below it changes one thing. What was deleted cannot be measured again: this section is text.

| | 10M, s | of the kernel before | 1M, s | of the kernel before | |
|---|---|---|---|---|---|
| kernel before: 4-byte counters, every 64th account, list of the touched | 0.785 | 1.00 | 0.0132 | 1.00 | |
| **kernel now** | 0.248 | 0.32 | 0.0101 | 0.77 | |
| prototype: 1 byte, lower codes, runs, prefetch | 0.219 | 0.28 | 0.0075 | 0.57 | |
| without prefetching the next account's stretches | 0.317 | 0.40 | 0.0072 | 0.55 | prefetch kept |
| 2-byte counters | 0.253 | 0.32 | 0.0083 | 0.63 | 1 byte kept, guarded: 255 contents or fewer |
| 4-byte counters | 0.250 | 0.32 | 0.0083 | 0.63 | only for accounts with more |
| partners with higher codes | 0.232 | 0.30 | 0.0075 | 0.57 | lower kept: few counters are met often |
| every 64th account, not runs of equal work | 0.266 | 0.34 | 0.0085 | 0.64 | runs kept |
| insertion sort instead of counters where 32 partners or fewer | 0.222 | 0.28 | 0.0090 | 0.68 | deleted |
| a bit per partner, counters for those seen twice (without merging these) | 0.283 | 0.36 | 0.0073 | 0.55 | deleted |
| write combining: every event once, 1,024 partitions, sort | 0.809 | 1.03 | 0.0230 | 1.74 | deleted |
| only gathering the partners, nothing counted | 0.135 | 0.17 | 0.0056 | 0.42 | the floor of this layout |

One byte per account is what keeps counters in 2 MB of L2 up to two million accounts, so cutting counters into
blocks was not built: it would walk every stretch once per block, and gathering is half of the time. The threshold costs
no pass of its own: a partner is listed when its counter reaches it, and counters are cleared from the
list of what was gathered. Singletons are never listed.

At any time (1M rows, loads 5 and 6): 2 or more, kernel before 1.156 s, now without pruning 0.740 s, with
pruning 0.508 s; 3 or more, another run: 0.557 s without pruning, 0.235 s with. Pair events left when
candidates come from an
account's own contents but its k - 1 most popular, share of all at 10M rows: walked from the quieter account 28 %
(k = 2), 13 % (3), 5 % (5); from the busier 47, 30, 18 %; from both 24, 11, 5 %. So the quieter account walks, and
the other's prefix is not used. With looking up what was left out (in rows of bits, or by a second walk, whichever is
shorter) at most 30 % (k = 3) of all pair events are steps.
"""


@njit(nogil=True)
def triad(a, b, c):  # type: ignore[no-untyped-def]
    for i in range(len(a)):
        a[i] = b[i] + 3.0 * c[i]


@njit(nogil=True)
def increments(counts, places):  # type: ignore[no-untyped-def]
    for i in range(len(places)):
        counts[places[i]] += 1


@njit(nogil=True)
def enumerated(accounts, starts, bounds, first, last):  # type: ignore[no-untyped-def]
    """Walk the kernel's pair events, in its order, and sum the partners' codes."""
    total = 0
    for u in range(first, last):
        for i in range(starts[u], starts[u + 1]):
            for j in range(bounds[i, 0], bounds[i, 1]):
                total += accounts[j]
    return total


def in_threads(work: Callable[[int], Any], blocks: range) -> dict[str, float]:
    """Seconds of the wall and of the processor, divided by the threads."""

    def one(block: int) -> float:
        start = time.thread_time()
        work(block)
        return time.thread_time() - start

    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        used = sum(pool.map(one, blocks))
    return {"wall": time.perf_counter() - start, "cpu": used / THREADS}


def whole(work: Callable[[], Any]) -> dict[str, float]:
    start, used = time.perf_counter(), time.process_time()
    work()
    return {"wall": time.perf_counter() - start, "cpu": (time.process_time() - used) / THREADS}


def case(log: str, window: int | None, min_contents: int, runs: int, with_duckdb: bool) -> dict[str, Any]:
    """Measure one case; everything in turns, `runs` times, after a first that compiles."""
    import farmgraph as fg
    from farmgraph.graph.counting import block_counter, plan

    graph = fg.bipartite(fg.read(log))
    options = {"window": window, "min_contents": min_contents, "threads": THREADS}
    work = plan(graph, weight="count", max_pair_events=10**12, max_content_accounts=None, **options)
    count, walk, cuts = block_counter(work), work.walk, work.cuts
    blocks = range(len(cuts) - 1)
    rng = np.random.default_rng(0)
    places = {n: rng.integers(0, n, 20_000_000).astype(np.int32) for n in (1 << 16, 1 << 24)}
    counts = {n: [np.zeros(n, np.int32) for _ in range(THREADS)] for n in places}
    vectors = [[np.zeros(10_000_000) for _ in range(3)] for _ in range(THREADS)]
    engine = band_join(graph, window, min_contents) if with_duckdb and window is not None else None
    own = threading.local()

    def bare(block: int) -> None:
        own.total = enumerated(walk.accounts, walk.starts, walk.bounds, cuts[block], cuts[block + 1])

    measured: dict[str, Callable[[], dict[str, float]]] = {
        "triad": lambda: in_threads(lambda i: triad(*vectors[i]), range(THREADS)),
        "increments_cached": lambda: in_threads(
            lambda i: increments(counts[1 << 16][i], places[1 << 16]), range(THREADS)
        ),
        "increments_uncached": lambda: in_threads(
            lambda i: increments(counts[1 << 24][i], places[1 << 24]), range(THREADS)
        ),
        "bare": lambda: in_threads(bare, blocks),
        "kernel": lambda: in_threads(count, blocks),
        "whole": lambda: whole(lambda: fg.co_engagement(graph, **options)),
    }
    if engine is not None:
        measured["duckdb"] = lambda: whole(engine)
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in measured}
    for turn in range(runs + 1):
        for name, run in measured.items():
            if name == "duckdb" and turn < runs:
                continue  # nothing to compile, and minutes at ten million rows
            result = run()
            if turn:
                taken[name].append(result)
    seconds = {
        name: {clock: round(statistics.median(r[clock] for r in results), 4) for clock in ("wall", "cpu")}
        for name, results in taken.items()
    }
    return {
        "rows": graph.n_interactions,
        "accounts": graph.n_accounts,
        "window_s": window,
        "min_contents": min_contents,
        "pair_events": work.n_pair_events,
        "walked": work.n_walked,
        "pairs": len(fg.co_engagement(graph, **options)),
        "seconds": seconds,
        "triad_gb_s": round(THREADS * 0.24 / seconds["triad"]["cpu"], 1),
        "peak_memory_mb": peak_memory_mb(),
    }


def band_join(graph: Any, window: int, min_contents: int) -> Callable[[], Any]:
    """Return DuckDB's join of the graph's codes."""
    import duckdb
    import pyarrow as pa

    engine = duckdb.connect(config={"threads": THREADS, "memory_limit": "6GB"})
    contents = np.repeat(np.arange(graph.n_contents, dtype=np.int32), np.diff(graph.content_starts))
    codes = pa.table(
        {"account": graph.content_accounts, "content": contents, "s": graph.content_times // 1_000_000}
    )
    engine.register("codes", codes)
    engine.execute(f"create table log as select *, s // {window} as bucket from codes order by random()")
    return lambda: engine.execute(BANDED.format(window=window, min_contents=min_contents))


def table(results: list[dict[str, Any]]) -> str:
    """Lay the figures out for people."""
    rows = []
    for r in results:
        s = {name: clocks["cpu"] for name, clocks in r["seconds"].items()}
        when = f"{r['window_s']} s" if r["window_s"] is not None else "any time"
        steps = r["pair_events"]
        cached, uncached = (THREADS * 0.02 / s[f"increments_{where}"] for where in ("cached", "uncached"))
        duck = (
            f"{s['duckdb']:.2f} ({r['seconds']['duckdb']['wall']:.2f}) | {s['duckdb'] / s['whole']:.1f}"
            if "duckdb" in s
            else "- | -"
        )
        rows.append(
            f"| {r['rows']:,} | {when} | {r['min_contents']} | {steps / 1e6:,.1f} | {r['walked'] / 1e6:,.1f} | "
            f"{r['pairs']:,} | {s['kernel']:.3f} ({r['seconds']['kernel']['wall']:.3f}) | "
            f"{steps / s['kernel'] / 1e9:.2f} | {cached:.2f} / {uncached:.2f} | {s['bare']:.4f} | "
            f"{s['kernel'] / s['bare']:.1f} | {s['whole']:.3f} ({r['seconds']['whole']['wall']:.3f}) | {duck} | "
            f"{r['peak_memory_mb']:,.0f} |"
        )
    versions = ", ".join(f"{name} {version(name)}" for name in ("numba", "numpy", "duckdb"))
    return "\n".join(
        [
            "# The counting kernel of `co_engagement`",
            "",
            "Synthetic logs (`generator.py`), 2 threads. Seconds of the processor per thread, medians, in brackets "
            f"those of the wall clock; load of the machine {results[0]['load']:.1f} before the first run. Everything "
            "in a row took turns in one process. Compare ratios, not seconds.",
            "",
            "| rows | window | min_contents | pair events, M | walked, M | pairs | kernel, s | G events/s | random "
            "increments, G/s, 256 KB / 64 MB of counters | bare enumeration, s | kernel / bare | `co_engagement`, s | "
            "DuckDB's join, s | DuckDB / `co_engagement` | peak memory, MB |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
            "**Bare enumeration** walks the stretches that the kernel walks, in its order, and sums the partners' "
            "codes: no counters, no threshold. At any time it walks what pruning leaves out as well. **Pair events "
            "per second** are those of the log, pruned or not. Triad: "
            f"{statistics.median(r['triad_gb_s'] for r in results):.0f} GB/s with both threads. `co_engagement` "
            "includes the forecast, the layout, the sorted table of names; DuckDB's join makes an unsorted table "
            "of codes; it may use 6 GB and spills beyond, and is measured once.",
            "",
            TRIED,
            f"Python {platform.python_version()}; {versions}.",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("small")
    parser.add_argument("large")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--without-duckdb", action="store_true")
    parser.add_argument("--case", type=int)
    options = parser.parse_args()
    if options.case is not None:
        log, window, min_contents = CASES[options.case]
        path = options.small if log == "small" else options.large
        print(json.dumps(case(path, window, min_contents, options.runs, not options.without_duckdb)))
        return
    results = []
    for i, (_, window, _) in enumerate(CASES):
        load = os.getloadavg()[0]
        # An hour has 36 times the pair events of a minute: DuckDB would take half an hour.
        extra = ["--without-duckdb"] if options.without_duckdb or window == 3600 else []
        command = [sys.executable, __file__, options.small, options.large, "--runs", str(options.runs)]
        done = subprocess.run(
            [*command, "--case", str(i), *extra], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        results.append(json.loads(done.stdout.splitlines()[-1]) | {"load": load})
        print(json.dumps(results[-1]), flush=True)
    (RESULTS / "kernel.json").write_text(json.dumps(results, indent=1) + "\n")
    (RESULTS / "kernel.md").write_text(table(results))


if __name__ == "__main__":
    main()
