"""coordination-network-toolkit on the synthetic log; runs in the toolkit's own environment.

    python toolkit.py LOG.csv FOLDER PROCESSES WINDOW_S MIN_WEIGHT

Its co-retweet network: a row is a message (unique id) that reposts the content. The first run
makes the indexes; `join` are the runs that find them made. Memory is that of its largest process.
"""

import contextlib
import json
import resource
import sqlite3
import sys
from importlib.metadata import version
from pathlib import Path

from coordination_network_toolkit.compute_networks import compute_co_retweet_parallel
from coordination_network_toolkit.preprocess import preprocess_csv_files
from equal import digest, one_way
from memory import peak_memory_mb
from meter import measured


def main(log: str, folder: str, processes: int, window_s: int, min_weight: int) -> None:
    database = str(Path(folder) / "toolkit.sqlite")

    def join() -> None:
        compute_co_retweet_parallel(database, window_s, n_threads=processes, min_edge_weight=min_weight)

    def everything() -> None:
        preprocess_csv_files(database, [log])
        join()

    steps = {}
    with contextlib.redirect_stdout(sys.stderr):
        for name, work, most in (("csv to pairs", everything, 1), ("join", join, 3)):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            step, _ = measured(work, most=most)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            by_children = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            step["cpu_s"] = round(step["cpu_s"] + by_children / step["runs"], 4)
            step["peak_mb"] = max(step["peak_mb"], peak_memory_mb(with_children=True))
            steps[name] = step
    with sqlite3.connect(database) as db:
        query = "select user_1, user_2, weight from co_retweet_network where user_1 <> user_2"
        rows = [(int(a[7:]), int(b[7:]), n) for a, b, n in db.execute(query)]
    found = digest(*one_way(*zip(*rows, strict=True)))
    versions = {
        "coordination-network-toolkit": version("coordination-network-toolkit"),
        "sqlite": sqlite3.sqlite_version,
    }
    print(json.dumps({"steps": steps, **found, "versions": versions}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(int(a) for a in sys.argv[3:]))
