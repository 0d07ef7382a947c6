"""Pairs of accounts written to a Parquet file as they are found, so that memory does not grow with them."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from farmgraph.errors import InputError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.coengagement import MAX_PAIR_EVENTS
from farmgraph.runtime import map_threads, progress, thread_count

_SCHEMA = pa.schema(
    [
        ("account_a", pa.dictionary(pa.int32(), pa.string())),
        ("account_b", pa.dictionary(pa.int32(), pa.string())),
        ("n_contents", pa.int64()),
        ("weight", pa.float64()),
    ]
)


@dataclass(frozen=True, eq=False)
class CoEngagementFile:
    """What `write_co_engagement` wrote.

    Attributes
    ----------
    path : Path
        The Parquet file.
    n_pairs : int
        Rows of the file.
    n_pair_events, n_walked : int
        As in `CoEngagement`.
    n_contents_left_out, n_pair_events_left_out : int
        What `max_content_accounts` left out.
    notes : tuple of str
        What was skipped or looks doubtful, one plain sentence each.
    parameters : dict
        ``window`` (seconds or None), ``min_contents``, ``weight``, ``max_pair_events``, ``max_content_accounts``.
    """

    path: Path
    n_pairs: int
    n_pair_events: int
    n_walked: int
    n_contents_left_out: int
    n_pair_events_left_out: int
    notes: tuple[str, ...]
    parameters: dict[str, Any]


def write_co_engagement(
    graph: BipartiteGraph,
    path: str | Path,
    *,
    window: float | str | None = None,
    min_contents: int = 2,
    weight: str = "count",
    max_pair_events: int = MAX_PAIR_EVENTS,
    max_content_accounts: int | None = None,
    overwrite: bool = False,
    threads: int | None = None,
) -> CoEngagementFile:
    """Write the pairs of accounts that acted on the same contents to a Parquet file.

    The pairs are those of `farmgraph.co_engagement` with the same options, for logs that have more of them than fit
    memory.

    Parameters
    ----------
    graph : BipartiteGraph
        What `farmgraph.bipartite` returned.
    path : str or Path
        The file to make. It appears when it is complete: until then a hidden neighbour is written, which is removed if
        anything goes wrong.
    window, min_contents, weight, max_pair_events, max_content_accounts
        As for `farmgraph.co_engagement`.
    overwrite : bool
        Whether a file of that name may be replaced.
    threads : int, optional
        By default all that this process may use. The file does not depend on it.

    Returns
    -------
    CoEngagementFile

    Raises
    ------
    BudgetError, UsageError
        As for `farmgraph.co_engagement`.
    InputError
        If the file exists and may not be replaced, or cannot be written.

    Notes
    -----
    Columns as in `CoEngagement.pairs`: ``account_a`` and ``account_b`` (string, a < b by code points), ``n_contents``
    (int64), ``weight`` (float64). **Rows are not sorted by strength.** Accounts are taken in the order of their codes,
    the busiest first, in runs with about the same work; a pair stands in the run of its quieter account (the higher
    code), and in a run pairs are sorted by both names. The order depends on the log and the options alone. Each run
    is one row group.

    Memory: about 30 bytes per row of the log on top of the graph, and what a few runs hold, each at most 16.8 million
    pairs or those of one account; nothing grows with the number of pairs. Time O(rows + steps walked + pairs). On
    disk 2 to 3 bytes per pair were measured, more with weights that differ from pair to pair.

    Examples
    --------
    >>> import pandas as pd, pyarrow.parquet as pq, tempfile, farmgraph as fg
    >>> rows = [(who, page, at) for page, at in (("p", 0), ("q", 500)) for who in "ab"] + [("c", "p", 70)]
    >>> log = fg.read(pd.DataFrame(rows, columns=["account", "content", "time"]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = fg.write_co_engagement(fg.bipartite(log), f"{folder}/pairs.parquet", window="60s")
    ...     print(written.n_pairs, pq.read_table(written.path).to_pylist())
    1 [{'account_a': 'a', 'account_b': 'b', 'n_contents': 2, 'weight': 2.0}]
    """
    import pyarrow.parquet as pq

    from farmgraph.graph.counting import block_counter, plan

    target = Path(path)
    _refuse(target, overwrite=overwrite)
    work = plan(
        graph,
        window=window,
        min_contents=min_contents,
        weight=weight,
        max_pair_events=max_pair_events,
        max_content_accounts=max_content_accounts,
        threads=threads,
    )
    count = block_counter(work)
    table = _tabulator(graph, np.diff(work.walk.starts) >= work.min_contents, weight, work.idf)
    n_blocks = len(work.cuts) - 1
    n_together = 2 * thread_count(threads)
    n_pairs = 0
    with _whole_file(target) as draft:
        # Dictionaries go into the file as they are: a name is looked at once per run, not once per pair.
        # Smallest and largest names are left out: in every run they are nearly the first and the last of all.
        options = {
            "compression": "zstd",
            "store_schema": False,
            "dictionary_pagesize_limit": 1 << 30,
            "write_statistics": ["n_contents", "weight"],
        }
        with pq.ParquetWriter(draft, _SCHEMA, **options) as writer:

            def write(tables: list[pa.Table]) -> None:
                for some in tables:
                    if len(some):
                        writer.write_table(some, row_group_size=len(some))

            def found_in(block: int) -> pa.Table:
                return table(count(block))

            done: list[pa.Table] = []
            for first in progress(range(0, n_blocks, n_together), step="Comparing accounts"):
                together = range(first, min(first + n_together, n_blocks))
                # One thread writes the runs before while the others count the next ones.
                jobs: list[Callable[[], Any]] = [partial(write, done)]
                jobs += [partial(found_in, block) for block in together]
                done = map_threads(lambda job: job(), jobs, threads=threads)[1:]
                n_pairs += sum(len(some) for some in done)
            write(done)
    return CoEngagementFile(
        path=target,
        n_pairs=n_pairs,
        n_pair_events=work.n_pair_events,
        n_walked=work.n_walked,
        n_contents_left_out=work.left_out.n_contents,
        n_pair_events_left_out=work.left_out.n_pair_events,
        notes=work.notes,
        parameters={
            "window": None if work.width is None else work.width / 1_000_000,
            "min_contents": work.min_contents,
            "weight": weight,
            "max_pair_events": max_pair_events,
            "max_content_accounts": max_content_accounts,
        },
    )


def _tabulator(
    graph: BipartiteGraph, present: np.ndarray, weight: str, idf: np.ndarray
) -> Callable[[Any], pa.Table]:
    """Return the function that turns what one block found into a table with the names that occur in it."""
    from farmgraph.graph.pairtable import by_name, strongest_first, weigher

    accounts = by_name(graph, present)
    names = accounts.names.cast(pa.string())
    weigh = weigher(graph, weight, idf)

    def column(ranks: np.ndarray) -> pa.DictionaryArray:
        used = np.zeros(len(names), bool)
        used[ranks] = True
        place = np.cumsum(used, dtype=np.int32) - np.int32(1)
        return pa.DictionaryArray.from_arrays(place[ranks], names.take(pa.array(np.flatnonzero(used))))

    def table(part: Any) -> pa.Table:
        found = strongest_first([part], accounts.rank, strongest=False)
        a, b = accounts.codes[found.low], accounts.codes[found.high]
        weights = weigh(a, b, found.n_contents, found.sums)
        columns = [column(found.low), column(found.high), found.n_contents.astype(np.int64), weights]
        return pa.table(columns, schema=_SCHEMA)

    return table


def _refuse(target: Path, *, overwrite: bool) -> None:
    """Raise before any work where the file could not be written in the end."""
    if target.is_dir():
        raise InputError(f"{target} is a folder; expected the name of a Parquet file to make.")
    if target.exists() and not overwrite:
        raise InputError(f"{target} exists already. Choose another name, or replace it with overwrite=True.")
    above = target.absolute().parent
    if not (above.is_dir() and os.access(above, os.W_OK)):
        what = "cannot be written to" if above.is_dir() else "is no folder"
        raise InputError(f"Cannot make {target}: {above} {what}. Choose another place.")


@contextlib.contextmanager
def _whole_file(target: Path) -> Iterator[Path]:
    """Fill a hidden neighbour that takes the file's name when the block ends well and is removed when it does not."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.absolute().parent)
    except OSError as error:
        raise InputError(f"Cannot write to {target.parent}: {error.strerror or error}.") from None
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.chmod(0o644)
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InputError(f"Cannot write {target}: {error.strerror or error}.") from error
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
