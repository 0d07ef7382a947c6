"""farmgraph's steps on one log, each task in a process of its own; prints one line of JSON.

    python tests/benchmarks/ours.py TASK LOG.csv FOLDER THREADS

Everything is done once on a small log before, so that compiling is not counted; the task `compile` says what it takes.
FOLDER is for what a task writes.
"""

import functools
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from equal import LEAST, WINDOWS, digest
from generator import write_synthetic_log
from limits import bare_enumeration, machine_limits
from meter import Meter, measured

import farmgraph as fg

STREAMED_FROM = 10_000_000
"""Rows from which on pairs of a long window go to Parquet as they are found."""
SUBSAMPLE = 40
"""Accounts whose streamed pairs are compared with brute force."""

DETECT = {
    "farmgraph.detect.lockstep": (
        *("core", "part", "topics", "expectation", "times_of"),
        *("_distinct", "_without_copies", "_clusters", "map_threads"),
    ),
    "farmgraph.detect.seeds": (
        *("nearest_mutual", "nearest_in_time", "with_two_shared", "linked", "partitions", "dense_components"),
    ),
}
"""Sub-steps of `lockstep`, by the names in the modules that call them; what is not there is left out."""


def steps(log: str, folder: Path, threads: int) -> dict[str, Any]:
    """Read, build, join at 60 s, Leiden."""
    done: dict[str, Any] = {}
    warm_up(folder)
    done["read"], table = measured(lambda: read(log, threads), most=3)
    done["read"]["bytes"] = os.path.getsize(log)
    done["graph"], graph = measured(functools.partial(fg.bipartite, table), most=3)
    done["graph"]["bytes"] = bytes_of(graph)
    del table
    join = functools.partial(fg.co_engagement, graph, window=60, min_contents=LEAST["60 s"], threads=threads)
    done["join 60 s"], pairs = measured(join)
    done["join 60 s"] |= {"events": pairs.n_pair_events, "bytes": bytes_of(pairs)}
    done["leiden"], rings = measured(lambda: fg.leiden(pairs, seed=0), most=3)
    done["leiden"]["clusters"] = len(rings)
    done["bare enumeration 60 s"] = bare_enumeration(graph, 60, min_contents=LEAST["60 s"], threads=threads)
    return {"steps": done, **digest_of(pairs)}


def wide(name: str, log: str, folder: Path, threads: int) -> dict[str, Any]:
    """Join at a long window or at none: in memory, or streamed to Parquet where the log is large."""
    warm_up(folder)
    graph = fg.bipartite(read(log, threads))
    window, least, step = WINDOWS[name], LEAST[name], f"join {name}"
    if graph.n_interactions < STREAMED_FROM:
        join = functools.partial(fg.co_engagement, graph, window=window, threads=threads)
        done, pairs = measured(lambda: join(min_contents=least), most=3)
        done |= {"events": pairs.n_pair_events, "bytes": bytes_of(pairs)}
        return {"steps": {step: done}, **digest_of(pairs)}
    if not hasattr(fg, "write_co_engagement"):
        raise SystemExit("This farmgraph cannot stream pairs to a file (write_co_engagement).")
    target = folder / "pairs.parquet"
    write = functools.partial(fg.write_co_engagement, graph, target, window=window, min_contents=least)
    done, written = measured(lambda: write(threads=threads), most=1)
    done |= {"events": getattr(written, "n_pair_events", None), "bytes": os.path.getsize(target)}
    n = brute_force(target, log, window, least)
    n_pairs = _sql("SELECT count(*) FROM read_parquet(?)", str(target))[0][0]
    return {
        "steps": {step: done},
        "pairs": n_pairs,
        "checked": f"{n:,} pairs of {SUBSAMPLE} accounts equal to brute force",
    }


def brute_force(target: Path, log: str, window: int | None, least: int) -> int:
    """Compare the pairs of some accounts with a join that DuckDB does from the file; return how many there are."""
    near = "" if window is None else f"AND abs(epoch(l.time) - epoch(r.time)) <= {window}"
    chosen = _sql(
        f"""SELECT account FROM (SELECT account, count(*) AS n FROM read_csv(?) GROUP BY ALL HAVING n >= {least})
            ORDER BY hash(account) LIMIT {SUBSAMPLE}""",
        log,
    )
    names = ", ".join(f"'{name}'" for (name,) in chosen)
    expected = _sql(
        f"""WITH log AS (FROM read_csv(?)), l AS (FROM log WHERE account IN ({names}))
            SELECT least(l.account, r.account), greatest(l.account, r.account), count(DISTINCT l.content) AS n
            FROM l JOIN log r ON l.content = r.content AND l.account <> r.account {near}
            GROUP BY l.account, r.account HAVING n >= {least}""",
        log,
    )
    found = _sql(
        f"""SELECT account_a, account_b, n_contents FROM read_parquet(?)
            WHERE account_a IN ({names}) OR account_b IN ({names})""",
        str(target),
    )
    if sorted(set(expected)) != sorted(found):
        raise SystemExit(f"Streamed pairs of {SUBSAMPLE} accounts are not those of brute force.")
    return len(found)


def investigate(log: str, folder: Path, threads: int) -> dict[str, Any]:
    """Go the whole way: every step of `farmgraph.investigate` with its parts, then the case on disk and the report."""
    module = importlib.import_module("farmgraph.casework.investigate")
    warm_up(folder, whole=True)
    meter = Meter()
    for name, parts in DETECT.items():
        watch_parts(name, parts, meter)

    class Watched(module.Steps):  # type: ignore[misc, name-defined]
        def step(self, name: str) -> Any:
            return meter.step(name)

        def to_list(self) -> list[dict[str, Any]]:
            return [{"step": k, "seconds": v["wall_s"]} for k, v in meter.steps.items()]

    module.Steps = Watched
    with meter.step("investigate"):
        case = module.investigate_loaded(lambda: read(log, threads), seed=0, threads=threads)
        with meter.step("save"):
            case.save(folder / "case")
    with meter.step("report alone"):
        case.report(folder / "report.html")
    meter.steps["read"]["bytes"] = os.path.getsize(log)
    meter.steps["save"]["bytes"] = sum(file.stat().st_size for file in (folder / "case").iterdir())
    meter.steps["report alone"]["bytes"] = os.path.getsize(folder / "report.html")
    verdicts = case.evidence["verdict"].value_counts().to_dict()
    return {"steps": meter.steps, "clusters": {str(k): int(v) for k, v in verdicts.items()}}


def watch_parts(name: str, parts: tuple[str, ...], meter: Meter) -> None:
    """Measure functions of a module, called by their names there, and what it does in threads."""
    module = importlib.import_module(name)

    def watched(title: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*arguments: Any, **options: Any) -> Any:
            with meter.step(f"detect: {options.get('step') or title}"):
                return function(*arguments, **options)

        return call

    for part in parts:
        if hasattr(module, part):
            setattr(module, part, watched(part.strip("_"), getattr(module, part)))


def end_to_end(log: str, folder: Path, threads: int) -> dict[str, Any]:
    """From the file that the toolkit gets to pairs within 60 s."""
    warm_up(folder)

    def everything() -> fg.CoEngagement:
        table = fg.read(log, account="user_id", content="repost_id", time="timestamp", threads=threads)
        return fg.co_engagement(fg.bipartite(table), window=60, min_contents=LEAST["60 s"], threads=threads)

    done, pairs = measured(everything, most=5)
    return {"steps": {"csv to pairs": done}, **digest_of(pairs)}


def compiling(log: str, folder: Path, threads: int) -> dict[str, Any]:
    """Say what the first run on a machine takes beyond the second, on a small log."""
    command = [sys.executable, __file__, "small", log, str(folder), str(threads)]
    with tempfile.TemporaryDirectory() as cache:
        said = []
        for _ in range(2):
            env = {**os.environ, "NUMBA_CACHE_DIR": cache}
            out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=env).stdout
            said.append(json.loads(out.splitlines()[-1])["steps"]["small log"])
    return {"steps": {"first run": said[0], "second run": said[1]}}


def small(log: str, folder: Path, threads: int) -> dict[str, Any]:
    """Take everything through a small log."""
    meter = Meter()
    with meter.step("small log"):
        warm_up(folder, whole=True)
    return {"steps": meter.steps}


def warm_up(folder: Path, *, whole: bool = False) -> None:
    """Do everything once on a small log: what is compiled is loaded then."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        write_synthetic_log(f"{place}/small.csv", 5_000, seed=1)
        table = read(f"{place}/small.csv", None)
        graph = fg.bipartite(table)
        pairs = fg.co_engagement(graph, window=3600, min_contents=2)
        fg.co_engagement(graph, min_contents=2)
        if hasattr(fg, "write_co_engagement"):
            fg.write_co_engagement(graph, f"{place}/pairs.parquet", min_contents=3)
        fg.leiden(pairs, seed=0)
        if whole:
            fg.investigate(table, seed=0).save(f"{place}/case")


def read(log: str, threads: int | None) -> fg.Interactions:
    return fg.read(log, account="account", content="content", time="time", threads=threads)


def digest_of(pairs: fg.CoEngagement) -> dict[str, Any]:
    """Reduce named pairs to a digest of the numbers in the names: the names are those that are handed out."""
    a, b = (pairs.pairs[column].str.slice(7).astype(np.int64) for column in ("account_a", "account_b"))
    return digest(a, b, pairs.pairs["n_contents"])


def bytes_of(found: Any) -> int:
    """Return the bytes of arrays and tables of a result (of the graph, its arrays without the names)."""
    held = [value for value in vars(found).values() if isinstance(value, np.ndarray)]
    table = getattr(found, "pairs", None)
    return sum(a.nbytes for a in held) + (0 if table is None else int(table.memory_usage(deep=False).sum()))


def _sql(query: str, path: str) -> list[Any]:
    import duckdb

    with duckdb.connect(config={"memory_limit": "4GB"}) as engine:
        engine.execute("SET enable_progress_bar = false")
        return engine.execute(query, [path]).fetchall()


TASKS: dict[str, Callable[[str, Path, int], dict[str, Any]]] = {
    "steps": steps,
    "join 1 h": functools.partial(wide, "1 h"),
    "join none": functools.partial(wide, "none"),
    "investigate": investigate,
    "csv to pairs": end_to_end,
    "compile": compiling,
    "small": small,
    "limits": lambda log, folder, threads: {"steps": machine_limits(threads=threads)},
}

if __name__ == "__main__":
    task, log_path, place, n_threads = sys.argv[1:]
    result = TASKS[task](log_path, Path(place), int(n_threads))
    libraries = ("duckdb", "igraph", "numba", "numpy", "pandas", "pyarrow", "scipy")
    versions = {"farmgraph": fg.__version__, **{name: version(name) for name in libraries}}
    print(json.dumps({**result, "versions": versions}))
