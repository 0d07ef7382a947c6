"""farmgraph's and DuckDB's joins of the synthetic log, each in a process of its own.

python contenders.py farmgraph|duckdb LOG.csv FOLDER RUNS THREADS WINDOW_S MIN_CONTENTS
"""

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from memory import peak_memory_mb

BUCKETED = """
    create or replace table pairs as
    select l.account as a, r.account as b, count(distinct l.content) as n_contents
    from log l
    join (select account, content, s, unnest([bucket - 1, bucket, bucket + 1]) as bucket from log) r
    using (content, bucket)
    where l.account < r.account and abs(l.s - r.s) <= {window}
    group by all having n_contents >= {min_contents}
"""


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def by_farmgraph(log: str, folder: Path, runs: int, threads: int, window_s: int, min_contents: int) -> dict:
    import farmgraph as fg

    def join() -> Any:
        return fg.co_engagement(graph, window=window_s, min_contents=min_contents, threads=threads)

    def read() -> Any:
        return fg.bipartite(fg.read(log, account="user_id", content="repost_id", time="timestamp"))

    graph = read()
    compile_and_join, _ = timed(join)
    joins = [timed(join) for _ in range(runs)]
    pairs = joins[-1][1]
    end_to_end = timed(lambda: (read(), join()))[0]
    pairs.pairs[["account_a", "account_b", "n_contents"]].to_csv(folder / "farmgraph.csv", index=False)
    return {
        "seconds": {
            "join": [seconds for seconds, _ in joins],
            "first_join_in_a_process": compile_and_join,
            "end_to_end": end_to_end,
        },
        "pair_events": pairs.n_pair_events,
        "versions": {
            "farmgraph": fg.__version__,
            **{name: version(name) for name in ("numba", "numpy", "pandas", "pyarrow")},
        },
    }


def by_duckdb(log: str, folder: Path, runs: int, threads: int, window_s: int, min_contents: int) -> dict:
    import duckdb

    with duckdb.connect(config={"threads": threads}) as engine:

        def read() -> None:
            # Integer codes beforehand: the join compares integers, as farmgraph's does.
            engine.execute(
                f"create or replace table raw as select * from read_csv('{log}', all_varchar = true)"
            )
            for role in ("user_id", "repost_id"):
                engine.execute(
                    f"create or replace table {role}s as select {role} as name, "
                    f"(row_number() over (order by {role}))::integer as code from raw group by {role}"
                )
            engine.execute(
                f"""
                create or replace table log as
                select u.code as account, c.code as content, timestamp::bigint as s, s // {window_s} as bucket
                from raw join user_ids u on u.name = user_id join repost_ids c on c.name = repost_id
                """
            )

        def join() -> None:
            engine.execute(BUCKETED.format(window=window_s, min_contents=min_contents))

        first_read = timed(read)[0]
        first_join = timed(join)[0]
        joins = [timed(join)[0] for _ in range(runs)]
        engine.execute(
            f"""
            copy (select u.name as account_a, v.name as account_b, n_contents from pairs
                  join user_ids u on u.code = a join user_ids v on v.code = b) to '{folder / "duckdb.csv"}'
            """
        )
    return {
        "seconds": {"join": joins, "end_to_end": first_read + first_join},
        "versions": {"duckdb": version("duckdb")},
    }


def main() -> None:
    name, log, folder, *numbers = sys.argv[1:]
    run = {"farmgraph": by_farmgraph, "duckdb": by_duckdb}[name]
    result = run(log, Path(folder), *(int(n) for n in numbers))
    result["peak_memory_mb"] = peak_memory_mb()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
