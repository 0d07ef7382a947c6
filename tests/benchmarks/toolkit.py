"""coordination-network-toolkit on the synthetic log; runs in the toolkit's own environment.

    python toolkit.py LOG.csv FOLDER RUNS PROCESSES WINDOW_S MIN_WEIGHT

Its co-retweet network: a row is a message (unique id) that reposts the content. The first run
makes the indexes; `join` are the runs that find them made.
"""

import contextlib
import csv
import json
import sqlite3
import sys
import time
from importlib.metadata import version
from pathlib import Path

from coordination_network_toolkit.compute_networks import compute_co_retweet_parallel
from coordination_network_toolkit.preprocess import preprocess_csv_files
from memory import peak_memory_mb


def main(log: str, folder: str, runs: int, processes: int, window_s: int, min_weight: int) -> None:
    database = str(Path(folder) / "toolkit.sqlite")
    seconds = {"join": []}
    with contextlib.redirect_stdout(sys.stderr):
        start = time.perf_counter()
        preprocess_csv_files(database, [log])
        seconds["preprocess"] = time.perf_counter() - start
        for run in range(runs + 1):
            start = time.perf_counter()
            compute_co_retweet_parallel(database, window_s, n_threads=processes, min_edge_weight=min_weight)
            took = time.perf_counter() - start
            if run == 0:
                seconds["indexes_and_join"] = took
            else:
                seconds["join"].append(took)
    seconds["end_to_end"] = seconds["preprocess"] + seconds["indexes_and_join"]
    with sqlite3.connect(database) as db:
        query = "select user_1, user_2, weight from co_retweet_network where user_1 <> user_2"
        with open(Path(folder) / "toolkit.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("account_a", "account_b", "n_contents"))
            writer.writerows(db.execute(query))
    print(
        json.dumps(
            {
                "seconds": seconds,
                "peak_memory_mb": peak_memory_mb(with_children=True),
                "versions": {
                    "coordination-network-toolkit": version("coordination-network-toolkit"),
                    "sqlite": sqlite3.sqlite_version,
                },
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(int(a) for a in sys.argv[3:]))
