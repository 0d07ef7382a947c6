"""Time the co-engagement join beside coordination-network-toolkit and DuckDB, on one log in one run.

    python tests/benchmarks/run.py [--rows 1000000] [--seed 0] [--runs 9]

Makes a synthetic log with one row per account and content, gives it to all three as the same CSV
file, refuses to compare before all three have found the same pairs with the same counts, and
writes tests/benchmarks/results/join-ROWS.json and .md. The toolkit is installed from PyPI into
an environment of its own the first time; where that fails, so does the benchmark.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

import pandas as pd
from generator import synthetic_log

HERE = Path(__file__).parent
TOOLKIT = "coordination-network-toolkit==1.5.2"
WINDOW_S = 60
MIN_CONTENTS = 2
COLUMNS = ["message_id", "user_id", "username", "repost_id", "reply_id", "message", "timestamp", "urls"]

COMPARED = f"""\
Pairs of accounts with {MIN_CONTENTS} or more contents in common within {WINDOW_S} s (sliding, inclusive).
The toolkit counts, for each direction, the messages of one account with a message of the other on the same content in
reach; with one row per account and content that is the number of shared contents, the same both ways,
and every pair and count is equal in all three.

*join* starts from what each tool has prepared and ends with a table of named pairs (farmgraph: from the
bipartite graph to the sorted data frame; toolkit: `compute_co_retweet_parallel` with its indexes already made, as
many processes as cores; DuckDB: bucketed band join of integer codes, without names). farmgraph's compilation
is excluded: it happens once per machine. *end to end* starts from the same CSV file (toolkit: its
preprocessing, indexes and join; farmgraph: read, graph and join, compiled). Peak memory is that of the
whole process, of the largest one for the toolkit."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=lambda text: int(float(text)), default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    toolkit = toolkit_python()
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = write_log(folder, options.rows, options.seed)
        settings = [str(n) for n in (cores, WINDOW_S, MIN_CONTENTS)]
        ours = [sys.executable, str(HERE / "contenders.py")]
        results = {
            "farmgraph": run("farmgraph", [*ours, "farmgraph", log, name, str(options.runs), *settings]),
            "DuckDB": run("DuckDB", [*ours, "duckdb", log, name, "5", *settings]),
            "coordination-network-toolkit": run(
                "the toolkit", [toolkit, str(HERE / "toolkit.py"), log, name, "3", *settings]
            ),
        }
        n_pairs = require_equal_pairs(folder)
    summary = {
        "rows": options.rows,
        "seed": options.seed,
        "window_s": WINDOW_S,
        "min_contents": MIN_CONTENTS,
        "pairs": n_pairs,
        "pair_events": results["farmgraph"]["pair_events"],
        "cores": cores,
        "load_before": load,
        "python": platform.python_version(),
        "versions": {k: v for result in results.values() for k, v in result["versions"].items()},
        "tools": {name: figures(result) for name, result in results.items()},
    }
    ours_s = summary["tools"]["farmgraph"]["join_s"]["median"]
    for tool in summary["tools"].values():
        tool["join_ratio"] = round(tool["join_s"]["median"] / ours_s, 1)
    target = HERE / "results" / f"join-{options.rows}"
    target.parent.mkdir(exist_ok=True)
    target.with_suffix(".json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    target.with_suffix(".md").write_text(markdown(summary), encoding="utf-8")
    print(markdown(summary))


def toolkit_python() -> str:
    """Return the Python of the toolkit's environment; make it where it is not complete."""
    folder = HERE / ".venvs" / TOOLKIT.replace("==", "-")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = folder / ".installed"
    if not done.exists():
        print(f"Installing {TOOLKIT} ...", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        installed = subprocess.run([str(python), "-m", "pip", "install", "--quiet", TOOLKIT], check=False)
        if installed.returncode:
            sys.exit(
                f"{TOOLKIT} could not be installed, so there is nothing to compare with: no result written."
            )
        done.touch()
    return str(python)


def write_log(folder: Path, rows: int, seed: int) -> str:
    """Write the log in the toolkit's CSV format, which the others read as well."""
    log = synthetic_log(rows, seed=seed)
    frame = pd.DataFrame({name: "" for name in COLUMNS}, index=log.index)
    frame["message_id"] = log.index
    frame["user_id"], frame["repost_id"], frame["timestamp"] = log["account"], log["content"], log["time"]
    path = folder / "log.csv"
    frame.to_csv(path, index=False)
    return str(path)


def run(name: str, command: "list[str]") -> "dict[str, Any]":
    print(f"Running {name} ...", file=sys.stderr)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} failed, so there is nothing to compare with: no result written.")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def require_equal_pairs(folder: Path) -> int:
    """Stop unless all three found the same pairs with the same counts, the toolkit in both directions."""
    found = {}
    for name in ("farmgraph", "duckdb", "toolkit"):
        table = pd.read_csv(folder / f"{name}.csv", dtype={"account_a": str, "account_b": str})
        # The others list each pair once; the toolkit lists it in both directions.
        listed = table if name == "toolkit" else pd.concat((table, table.rename(columns=SWAPPED)))
        keys = ["account_a", "account_b", "n_contents"]
        found[name] = listed[keys].sort_values(keys).reset_index(drop=True)
    for name in ("duckdb", "toolkit"):
        if not found[name].equals(found["farmgraph"]):
            sys.exit(f"{name} and farmgraph did not find the same pairs: no result written.")
    return len(found["farmgraph"]) // 2


SWAPPED = {"account_a": "account_b", "account_b": "account_a"}


def figures(result: "dict[str, Any]") -> "dict[str, Any]":
    joins = result["seconds"]["join"]
    return {
        "join_s": {
            "median": round(statistics.median(joins), 4),
            "min": round(min(joins), 4),
            "max": round(max(joins), 4),
            "runs": len(joins),
        },
        **{f"{k}_s": round(v, 3) for k, v in result["seconds"].items() if k != "join"},
        "peak_memory_mb": result["peak_memory_mb"],
    }


def markdown(summary: "dict[str, Any]") -> str:
    versions = ", ".join(f"{name} {number}" for name, number in summary["versions"].items())
    lines = [
        f"# Co-engagement join, {summary['rows']:,} rows",
        "",
        f"{summary['rows']:,} rows (seed {summary['seed']}), {summary['pair_events']:,} pair events within "
        f"{summary['window_s']} s, {summary['pairs']:,} pairs kept; {summary['cores']} cores, "
        f"load {summary['load_before']} before the first run. Compare ratios, not seconds.",
        "",
        "| tool | join, median (min-max), s | as multiple of farmgraph's | end to end, s | peak memory, MB |",
        "|---|---|---|---|---|",
    ]
    for name, tool in summary["tools"].items():
        join = tool["join_s"]
        lines.append(
            f"| {name} | {join['median']:.3f} ({join['min']:.3f}-{join['max']:.3f}), {join['runs']} runs "
            f"| {tool['join_ratio']:g} | {tool['end_to_end_s']:.1f} | {tool['peak_memory_mb']:,.0f} |"
        )
    return "\n".join([*lines, "", COMPARED, "", f"Python {summary['python']}; {versions}.", ""])


if __name__ == "__main__":
    main()
