"""What one task takes in a process of its own, as one line of JSON: seconds and peak memory.

    python tests/benchmarks/alone.py simulate ROWS FOLDER
    python tests/benchmarks/alone.py find LOG THREADS

Compiling is not counted: every task is done once on a small log before.
"""

import json
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from typing import Any

import farmgraph as fg


def alone(task: str, *arguments: object) -> dict[str, Any]:
    """Do one of the tasks below in a new process and return what it says."""
    command = [sys.executable, __file__, task, *map(str, arguments)]
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    said: dict[str, Any] = json.loads(out.splitlines()[-1])
    return said


def simulate(rows: str, folder: str) -> dict[str, Any]:
    """Stream the scenario with everything in it to a folder."""
    with tempfile.TemporaryDirectory() as place:
        fg.write_simulation("mixed", f"{place}/small", n_rows=100_000)
    start = time.perf_counter()
    made = fg.write_simulation("mixed", folder, n_rows=int(rows))
    return {"rows": made["rows"], "seconds": time.perf_counter() - start}


def find(log: str, threads: str) -> dict[str, Any]:
    """Read a log and find and weigh its blocks, at the defaults."""
    n = int(threads)
    small = fg.bipartite(fg.simulate("burst", n_rows=20_000, copies=1).log)
    fg.weigh(fg.lockstep(small, threads=n), small, threads=n)
    clock = [time.perf_counter()]
    graph = fg.bipartite(fg.read(log, account="account", content="content", time="time", threads=n))
    clock.append(time.perf_counter())
    blocks = fg.lockstep(graph, threads=n)
    clock.append(time.perf_counter())
    weighed = fg.weigh(blocks, graph, threads=n)
    clock.append(time.perf_counter())
    seconds = [after - before for before, after in pairwise(clock)]
    names = ("read_and_graph_s", "lockstep_s", "weigh_s")
    return {
        "interactions": graph.n_interactions,
        "threads": n,
        **dict(zip(names, seconds, strict=True)),
        "clusters": len(weighed),
    }


TASKS = {"simulate": simulate, "find": find}

if __name__ == "__main__":
    from memory import peak_memory_mb

    done = TASKS[sys.argv[1]](*sys.argv[2:])
    print(json.dumps(done | {"peak_memory_mb": peak_memory_mb()}))
