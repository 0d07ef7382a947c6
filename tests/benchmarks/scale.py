"""Measure farmgraph from 10^5 rows up, beside other tools and the machine's own limits.

    python tests/benchmarks/scale.py [--rows 1e5 1e6 1e7] [--only WORD ...] [--logs FOLDER] [--resume]

Every task runs in a process of its own on the log of `generator.synthetic_log`. What it took is stored in
tests/benchmarks/results/scale.json as soon as it is known. What is asked for is measured anew, and the rest stays;
`--resume` goes on with the last run, and leaves out what it has measured. Then results/scale.md and the README's
picture are made of all that is stored: `--only page` makes these alone. `--only` takes parts of the names that
`--list` prints. `--logs` keeps the logs for the next run. BENCH_LARGE=1 adds 10^8 rows (5 GB of log, 20 GB of memory).
"""

import argparse
import datetime
import json
import os
import platform
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import chart
import scaletable
from equal import LEAST, OURS, WINDOWS, require_same
from generator import write_synthetic_log
from peers import FIELDS, PEERS, run_peer, run_within

HERE = Path(__file__).parent
STORED = HERE / "results" / "scale.json"
DECADES = (100_000, 1_000_000, 10_000_000)
DOUBLINGS = (2_000_000, 4_000_000, 8_000_000, 20_000_000)
"""Further sizes at which `investigate` alone is measured, for its growth."""
LARGE = 100_000_000
MOST_ROWS = {"join 1 h": 10_000_000, "join none": 10_000_000, "csv to pairs": 1_000_000}
OWN_SECONDS = 4 * 3600.0
"""After these even farmgraph is stopped."""


def main() -> int:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what runs is stopped, too
    tasks = [
        (task, rows)
        for task, rows in planned(options.rows)
        if not options.only or any(word in task for word in options.only)
    ]
    if options.list:
        print(*(f"{task:22} {rows:,}" for task, rows in tasks), sep="\n")
        return 0
    stored = json.loads(STORED.read_text()) if STORED.exists() else {"results": {}, "run": None}
    results, run = stored["results"], stored.get("run")
    if not options.resume or run is None:
        run = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S}"
    with tempfile.TemporaryDirectory() as place:
        logs = Path(options.logs or place)
        logs.mkdir(parents=True, exist_ok=True)
        for task, rows in tasks:
            key = f"{task} @ {rows}"
            if options.resume and results.get(key, {}).get("run") == run:
                continue
            print(f"{datetime.datetime.now():%H:%M:%S} {rows:,} rows: {task}", file=sys.stderr)
            results[key] = {"run": run, **one(task, rows, logs, options, results)}
            store(results, run)
    STORED.with_suffix(".md").write_text(scaletable.table(results, machine()), encoding="utf-8")
    chart.draw(results, HERE.parents[1] / "notebooks" / "pictures" / "scale.png")
    print(STORED.with_suffix(".md").read_text())
    odd = [key for key, result in results.items() if result["status"] in ("different", "failed")]
    if odd:
        print(f"No result of: {'; '.join(odd)}. Repeat them with --only.", file=sys.stderr)
    return 1 if odd else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    number = lambda text: int(float(text))  # noqa: E731
    parser.add_argument(
        "--rows", type=number, nargs="+", help="sizes; by default all, with doublings between"
    )
    parser.add_argument(
        "--only", nargs="+", metavar="WORD", help="only tasks with one of these in their names"
    )
    parser.add_argument("--logs", metavar="FOLDER", help="where logs are kept and looked for")
    parser.add_argument("--resume", action="store_true", help="go on with the last run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=10, help="peers are stopped after so many")
    there = machine()["memory_gb"] or 24
    parser.add_argument(
        "--memory-gb", type=float, default=there * 2 // 3, help="peers are stopped beyond so much"
    )
    parser.add_argument(
        "--own-memory-gb", type=float, default=there * 7 // 8, help="farmgraph beyond so much"
    )
    parser.add_argument("--list", action="store_true", help="say what would be measured")
    return parser.parse_args()


def planned(sizes: list[int] | None) -> list[tuple[str, int]]:
    """Return tasks and rows, small logs first, and at each size farmgraph before the peers that are held against it."""
    large = (LARGE,) if os.environ.get("BENCH_LARGE") else ()
    whole = tuple(sorted(sizes or (*DECADES, *large)))
    tasks = [(task, rows) for rows in whole[:1] if rows == DECADES[0] for task in ("limits", "compile")]
    for rows in sorted({*whole, *(() if sizes else DOUBLINGS)}):
        if rows in whole:
            ours = ("steps", "join 1 h", "join none", "csv to pairs")
            tasks += [(task, rows) for task in ours if rows <= MOST_ROWS.get(task, rows)]
            tasks += [(peer.task, rows) for peer in PEERS if rows <= peer.most_rows]
        tasks.append(("investigate", rows))
    return tasks


def one(
    task: str, rows: int, logs: Path, options: argparse.Namespace, results: dict[str, Any]
) -> dict[str, Any]:
    """Do one task and return what it took, or why nothing came of it."""
    files = Files(logs, rows, options.seed)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    about = {
        "date": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M}",
        "cpu": machine()["cpu"],
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "seed": options.seed,
    }
    peer = next((peer for peer in PEERS if peer.task == task), None)
    if peer is None:
        log = files.for_toolkit() if task == "csv to pairs" else files.log()
        with tempfile.TemporaryDirectory(dir=logs) as folder:
            command = [sys.executable, str(HERE / "ours.py"), task, str(log), folder, str(cores)]
            said = run_within(command, seconds=OWN_SECONDS, megabytes=1000 * options.own_memory_gb)
    else:
        from_file = peer.window == "60 s" and rows <= MOST_ROWS["csv to pairs"]
        said = run_peer(
            peer,
            codes=files.codes(),
            log=files.for_toolkit() if from_file else None,
            threads=cores,
            window=WINDOWS[peer.window],
            least=LEAST[peer.window],
            seconds=60 * options.minutes,
            megabytes=1000 * options.memory_gb,
        )
        said = require_same(said, results.get(f"{OURS[peer.window]} @ {rows}"))
    if task == "csv to pairs":
        said = require_same(said, results.get(f"steps @ {rows}"))
    if said["status"] != "done":
        print(f"         {said['status']}: {said['why']}", file=sys.stderr)
    return {"task": task, "rows": rows, **about, **said}


class Files:
    """The same log as CSV, as codes and as the toolkit wants it; each is made when it is asked for first."""

    def __init__(self, folder: Path, rows: int, seed: int) -> None:
        self.folder, self.rows, self.seed = folder, rows, seed

    def log(self) -> Path:
        path = self.folder / f"log-{self.rows}-{self.seed}.csv"
        if not path.exists():
            print(f"         making {path.name}", file=sys.stderr)
            write_synthetic_log(path, self.rows, seed=self.seed)
        return path

    def codes(self) -> Path:
        """Accounts, contents and seconds as int32, out of the CSV file."""
        path = self.folder / f"codes-{self.rows}-{self.seed}.npy"
        if not path.exists():
            import numpy as np

            query = """SELECT substr(account, 8)::INTEGER AS a, substr(content, 8)::INTEGER AS c,
                       epoch(time)::INTEGER AS s FROM read_csv(?)"""
            found = _engine().execute(query, [str(self.log())]).fetchnumpy()
            draft = path.with_suffix(".part.npy")
            np.save(draft, np.stack([np.asarray(found[name], np.int32) for name in "acs"]))
            draft.rename(path)
        return path

    def for_toolkit(self) -> Path:
        """The CSV file with the columns that coordination-network-toolkit asks for, times as seconds."""
        path = self.folder / f"toolkit-{self.rows}-{self.seed}.csv"
        if not path.exists():
            held = {
                "message_id": "row_number() OVER () - 1",
                "user_id": "account",
                "repost_id": "content",
                "timestamp": "epoch(time)::BIGINT",
            }
            columns = ", ".join(f"{held.get(name, repr(''))} AS {name}" for name in FIELDS)
            draft = path.with_suffix(".part")
            source = str(self.log())
            _engine().execute(
                f"COPY (SELECT {columns} FROM read_csv('{source}')) TO '{draft}' (HEADER, QUOTE '')"
            )
            draft.rename(path)
        return path


def _engine() -> Any:
    import duckdb

    engine = duckdb.connect(config={"memory_limit": "4GB"})
    engine.execute("SET enable_progress_bar = false")
    return engine


def machine() -> dict[str, Any]:
    """Return what this machine is."""
    names = [
        line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")
    ]
    memory = [line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    return {
        "cpu": names[0] if names else platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(int(memory[0]) * 1024 / 1e9) if memory else None,
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def store(results: dict[str, Any], run: str) -> None:
    """Write all results, whole or not at all."""
    STORED.parent.mkdir(exist_ok=True)
    draft = STORED.with_suffix(".part")
    held = {"machine": machine(), "run": run, "results": results}
    draft.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    draft.replace(STORED)


if __name__ == "__main__":
    sys.exit(main())
