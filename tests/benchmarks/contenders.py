"""Other engines on the log's codes, each in an environment and a process of its own.

    python contenders.py NAME CODES.npy LOG.csv THREADS WINDOW_S|none MIN_CONTENTS

CODES.npy holds accounts, contents and seconds (int32). The pairs found are reduced to a digest, so that nothing is
compared before all have found the same. Prints one line of JSON.
"""

import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from equal import digest
from meter import measured

Pairs = tuple[Any, Any, Any]

BANDED = """
    CREATE OR REPLACE TABLE pairs AS
    SELECT l.account AS a, r.account AS b, count(DISTINCT l.content) AS n
    FROM log l
    JOIN (SELECT account, content, s, unnest([bucket - 1, bucket, bucket + 1]) AS bucket FROM log) r
    USING (content, bucket)
    WHERE l.account < r.account AND abs(l.s - r.s) <= {window}
    GROUP BY ALL HAVING n >= {min_contents}
"""
WHOLE = """
    CREATE OR REPLACE TABLE pairs AS
    SELECT l.account AS a, r.account AS b, count(*) AS n
    FROM log l JOIN log r ON l.content = r.content AND l.account < r.account
    GROUP BY ALL HAVING n >= {min_contents}
"""
READ = """
    CREATE OR REPLACE TABLE raw AS SELECT user_id, repost_id, timestamp FROM read_csv('{log}', all_varchar = true);
    CREATE OR REPLACE TABLE users AS SELECT user_id, substr(user_id, 8)::INTEGER AS code FROM raw GROUP BY ALL;
    CREATE OR REPLACE TABLE contents AS
        SELECT repost_id, (row_number() OVER ())::INTEGER AS code FROM raw GROUP BY repost_id;
    CREATE OR REPLACE TABLE log AS
        SELECT u.code AS account, c.code AS content, timestamp::BIGINT AS s, s // {width} AS bucket
        FROM raw JOIN users u USING (user_id) JOIN contents c USING (repost_id)
"""


def by_duckdb(codes: np.ndarray, log: str, threads: int, window: int | None, least: int) -> dict[str, Any]:
    import duckdb

    engine = duckdb.connect(config={"threads": threads})
    engine.execute("SET enable_progress_bar = false")
    width = window or 1
    join = (WHOLE if window is None else BANDED).format(window=window, min_contents=least)
    steps: dict[str, Any] = {}
    first = None
    if log != "none":

        def from_file() -> None:
            engine.execute(READ.format(log=log, width=width))
            engine.execute(join)

        steps["csv to pairs"], _ = measured(from_file, most=3)
        first = digest(*_fetched(engine))
    account, content, s = codes
    engine.register("codes", {"account": account, "content": content, "s": s})
    engine.execute(f"CREATE OR REPLACE TABLE log AS SELECT *, s // {width} AS bucket FROM codes")
    steps["join"], _ = measured(lambda: engine.execute(join))
    found = digest(*_fetched(engine))
    if first not in (None, found):
        raise SystemExit("From the file, DuckDB found other pairs than from the codes.")
    return {"steps": steps, **found}


def _fetched(engine: Any) -> Pairs:
    found = engine.execute("SELECT a, b, n FROM pairs").fetchnumpy()
    return found["a"], found["b"], found["n"]


def by_polars(codes: np.ndarray, log: str, threads: int, window: int | None, least: int) -> dict[str, Any]:
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars as pl

    frame = pl.DataFrame(dict(zip(("account", "content", "s"), codes, strict=True)))
    context = pl.SQLContext(l=frame.lazy(), r=frame.lazy())
    if window is None:
        sql = """SELECT l.account AS a, r.account AS b, count(*) AS n
                 FROM l JOIN r ON l.content = r.content WHERE l.account < r.account GROUP BY l.account, r.account"""
    else:
        left = frame.lazy().with_columns(bucket=pl.col("s") // window)
        near = [left.with_columns(bucket=pl.col("bucket") + step) for step in (-1, 0, 1)]
        context = pl.SQLContext(l=left, r=pl.concat(near))
        sql = f"""SELECT l.account AS a, r.account AS b, count(DISTINCT l.content) AS n
                  FROM l JOIN r ON l.content = r.content AND l.bucket = r.bucket
                  WHERE l.account < r.account AND abs(l.s - r.s) <= {window} GROUP BY l.account, r.account"""
    sql = f"SELECT a, b, n FROM ({sql}) AS counted WHERE n >= {least}"
    step, found = measured(lambda: context.execute(sql).collect(engine="streaming"))
    return {"steps": {"join": step}, **digest(*(found[name].to_numpy() for name in ("a", "b", "n")))}


def by_scipy(codes: np.ndarray, log: str, threads: int, window: int | None, least: int) -> dict[str, Any]:
    matrix = _matrix(codes)
    step, found = measured(lambda: _above(matrix @ matrix.T, least))
    return {"steps": {"join": step}, **digest(*found)}


def by_mkl(codes: np.ndarray, log: str, threads: int, window: int | None, least: int) -> dict[str, Any]:
    # pip puts MKL where the loader does not look.
    found = sorted(Path(sys.prefix, "lib").glob("libmkl_rt.*"))
    if found:
        os.environ.setdefault("MKL_RT", str(found[0]))
    from sparse_dot_mkl import gram_matrix_mkl, mkl_set_num_threads

    mkl_set_num_threads(threads)
    matrix = _matrix(codes).astype(np.float32)
    step, found = measured(lambda: _above(gram_matrix_mkl(matrix, transpose=True), least))
    return {"steps": {"join": step}, **digest(*found)}


def by_networkx(codes: np.ndarray, log: str, threads: int, window: int | None, least: int) -> dict[str, Any]:
    import networkx as nx

    account, content, _ = codes.tolist()
    graph = nx.Graph()
    graph.add_edges_from(zip(account, (-1 - c for c in content), strict=True))
    accounts = set(account)

    def join() -> Pairs:
        shared = nx.bipartite.weighted_projected_graph(graph, accounts)
        kept = [(a, b, n) for a, b, n in shared.edges(data="weight") if n >= least]
        return tuple(zip(*kept, strict=True))

    step, found = measured(join)
    return {"steps": {"join": step}, **digest(*found)}


def _matrix(codes: np.ndarray) -> Any:
    from scipy.sparse import csr_matrix

    account, content, _ = codes
    return csr_matrix((np.ones(len(account), np.int32), (account, content)))


def _above(product: Any, least: int) -> Pairs:
    """Return the pairs of a product that reach the threshold; the rest is dropped in place, which saves memory."""
    product.data *= product.data >= least
    product.eliminate_zeros()
    kept = product.tocoo()
    upper = kept.row < kept.col
    return kept.row[upper], kept.col[upper], kept.data[upper]


ENGINES: dict[str, Callable[..., dict[str, Any]]] = {
    "duckdb": by_duckdb,
    "polars": by_polars,
    "scipy": by_scipy,
    "sparse-dot-mkl": by_mkl,
    "networkx": by_networkx,
}

if __name__ == "__main__":
    name, path, log, threads, window, least = sys.argv[1:]
    width = None if window == "none" else int(window)
    result = ENGINES[name](np.load(path), log, int(threads), width, int(least))
    print(json.dumps({**result, "versions": {name: version(name)}}))
