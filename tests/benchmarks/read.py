"""Time reading a CSV log to integer codes beside DuckDB, which scans and groups the same file, in one run.

    python tests/benchmarks/read.py [--rows 10000000] [--seed 0] [--runs 5]

Both get the same file with text as identifiers and ISO 8601 times. The numbers of rows of every account and of every
content, and the first and last time, are compared before any time is quoted; then both take turns, each in a
process of its own. Writes tests/benchmarks/results/read-ROWS.json and .md.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from generator import synthetic_log
from memory import peak_memory_mb

import farmgraph as fg

HERE = Path(__file__).parent
MOST_RATIO, MOST_MB = 1.3, 2000
GROUP = "SELECT account, content, count(*) AS n, min(time) AS first FROM read_csv(?) GROUP BY ALL"
CODES = """
    CREATE TEMP TABLE log AS FROM read_csv(?);
    CREATE TEMP TABLE accounts AS SELECT account, row_number() OVER () AS code FROM (SELECT DISTINCT account FROM log);
    CREATE TEMP TABLE contents AS SELECT content, row_number() OVER () AS code FROM (SELECT DISTINCT content FROM log);
    CREATE TEMP TABLE coded AS SELECT a.code AS account, c.code AS content, time
    FROM log JOIN accounts a USING (account) JOIN contents c USING (content)
"""

COMPARED = """\
*farmgraph* reads the file to codes: records found and checked one by one (every row used or rejected with its reason),
names turned into int32 codes, times into microseconds, exact duplicates looked for, the file's SHA-256 taken.
*DuckDB, group* is `{group}`
with the result handed over as Arrow; *DuckDB, codes* makes a table of the file, one of distinct accounts and one of
distinct contents, and joins them to codes. DuckDB does no accounting, looks for no duplicates and takes no hash.
Its progress bar is off. Compiling, once per machine, is not counted."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=lambda text: int(float(text)), default=10_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--task", choices=sorted(TASKS), help=argparse.SUPPRESS)
    parser.add_argument("--log", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        print(json.dumps(TASKS[options.task](options.log)))
        return
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    with tempfile.TemporaryDirectory() as folder:
        log = write_log(Path(folder) / "log.csv", options.rows, options.seed)
        require_equal(log)
        taken: dict[str, list[dict[str, Any]]] = {name: [] for name in ("farmgraph", "group", "codes")}
        for run in range(options.runs):
            for name, results in taken.items():
                print(f"run {run + 1}: {name}", file=sys.stderr)
                results.append(alone(name, log))
        n_bytes = os.path.getsize(log)
    summary = summarised(taken, options, n_bytes=n_bytes, load=load)
    results = HERE / "results"
    (results / f"read-{options.rows}.json").write_text(json.dumps(summary, indent=1) + "\n")
    text = table(summary)
    (results / f"read-{options.rows}.md").write_text(text)
    print(text)
    if summary["ratio"] > MOST_RATIO or summary["tools"]["farmgraph"]["peak_mb"] > MOST_MB:
        print(f"Asked: at most {MOST_RATIO} times DuckDB's time and {MOST_MB:,} MB.", file=sys.stderr)
        raise SystemExit(1)


def write_log(path: Path, rows: int, seed: int) -> str:
    """Write the log with ISO times; every field is quoted."""
    made = synthetic_log(rows, seed=seed)
    times = pc.strftime(
        pa.array(made["time"].to_numpy()).cast(pa.timestamp("s")), format="%Y-%m-%dT%H:%M:%SZ"
    )
    columns = {"account": pa.array(made["account"]), "content": pa.array(made["content"]), "time": times}
    pyarrow.csv.write_csv(pa.table(columns), path)
    return str(path)


def require_equal(log: str) -> None:
    """Refuse to compare before both have found the same."""
    ours = fg.read(log, account="account", content="content", time="time").table
    with duckdb.connect() as connection:
        for role in ("account", "content"):
            theirs = connection.execute(
                f"SELECT {role}, count(*) FROM read_csv(?) GROUP BY ALL", [log]
            ).fetchall()
            counts = {
                pair["values"]: pair["counts"]
                for pair in pc.value_counts(ours[role].cast(pa.string())).to_pylist()
            }
            if dict(theirs) != counts:
                raise SystemExit(f"The numbers of rows per {role} differ.")
        span = connection.execute(
            "SELECT epoch_us(min(time)), epoch_us(max(time)) FROM read_csv(?)", [log]
        ).fetchone()
    if span != tuple(pc.min_max(ours["time"].cast(pa.int64())).as_py().values()):
        raise SystemExit("The spans of time differ.")


def alone(task: str, log: str) -> dict[str, Any]:
    """Do a task in a process of its own."""
    command = [sys.executable, __file__, "--task", task, "--log", log]
    said: dict[str, Any] = json.loads(
        subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    )
    return said


def read(log: str) -> dict[str, Any]:
    """Read the log; a small one before it, so that nothing is compiled."""
    with tempfile.TemporaryDirectory() as folder:
        fg.read(write_log(Path(folder) / "small.csv", 1_000, 0))
    start = time.perf_counter()
    found = fg.read(log, account="account", content="content", time="time")
    return {"seconds": time.perf_counter() - start, "rows": found.n_used, "peak_mb": peak_memory_mb()}


def group(log: str) -> dict[str, Any]:
    """Scan and group the log with DuckDB."""
    with connected() as connection:
        start = time.perf_counter()
        found = connection.sql(GROUP, params=[log]).to_arrow_table()
        return {"seconds": time.perf_counter() - start, "rows": found.num_rows, "peak_mb": peak_memory_mb()}


def codes(log: str) -> dict[str, Any]:
    """Turn the log's names into codes with DuckDB."""
    first, *rest = [statement for statement in CODES.split(";") if statement.strip()]
    with connected() as connection:
        start = time.perf_counter()
        connection.execute(first, [log])
        for statement in rest:
            connection.execute(statement)
        seconds = time.perf_counter() - start
        rows = connection.execute("SELECT count(*) FROM coded").fetchall()[0][0]
        return {"seconds": seconds, "rows": rows, "peak_mb": peak_memory_mb()}


def connected() -> duckdb.DuckDBPyConnection:
    """Return a connection that uses the cores that this process may use, in silence."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    connection = duckdb.connect(config={"threads": cores})
    connection.execute("SET enable_progress_bar = false")
    return connection


TASKS = {"farmgraph": read, "group": group, "codes": codes}


def summarised(taken: dict[str, list[dict[str, Any]]], options: Any, **about: Any) -> dict[str, Any]:
    """Return medians, ranges and the ratio that counts."""
    tools = {}
    for name, results in taken.items():
        seconds = sorted(result["seconds"] for result in results)
        tools[name] = {
            "median_s": round(statistics.median(seconds), 3),
            "low_s": round(seconds[0], 3),
            "high_s": round(seconds[-1], 3),
            "peak_mb": max(result["peak_mb"] for result in results),
            "runs": len(seconds),
        }
    ours = tools["farmgraph"]["median_s"]
    return {
        "rows": options.rows,
        "seed": options.seed,
        **about,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "versions": {"duckdb": duckdb.__version__, "farmgraph": fg.__version__, "pyarrow": pa.__version__},
        "tools": tools,
        "ratio": round(ours / tools["group"]["median_s"], 3),
        "ratio_codes": round(ours / tools["codes"]["median_s"], 3),
    }


def table(summary: dict[str, Any]) -> str:
    """Lay the figures out for people."""
    names = {"farmgraph": "farmgraph `read`", "group": "DuckDB, group", "codes": "DuckDB, codes"}
    rows = []
    for name, told in names.items():
        tool = summary["tools"][name]
        times = summary["tools"]["farmgraph"]["median_s"] / tool["median_s"]
        span = f"{tool['median_s']:.2f} ({tool['low_s']:.2f}-{tool['high_s']:.2f}), {tool['runs']} runs"
        rows.append(f"| {told} | {span} | {times:.2f} | {tool['peak_mb']:,.0f} |")
    versions = ", ".join(f"{name} {version}" for name, version in summary["versions"].items())
    lines = [
        f"# Reading a CSV log, {summary['rows']:,} rows",
        "",
        f"{summary['rows']:,} rows (seed {summary['seed']}), {summary['n_bytes'] / 1e6:,.0f} MB, {summary['cores']} "
        f"cores, load {summary['load']} before the first run. Equal numbers of rows for every account and content were "
        "asserted first. Compare ratios, not seconds.",
        "",
        "| | median (lowest-highest), s | farmgraph's time as multiple of it | peak memory, MB |",
        "|---|---|---|---|",
        *rows,
        "",
        COMPARED.format(group=GROUP),
        "",
        f"Python {summary['python']}; {versions}.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
