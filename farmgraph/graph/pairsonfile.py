"""Pairs of accounts written to a Parquet file as they are found, so that memory does not grow with them."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from farmgraph.errors import BudgetError, InputError, UsageError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.coengagement import MAX_PAIR_EVENTS
from farmgraph.interactions.schema import MICROSECONDS
from farmgraph.memory import claim
from farmgraph.runtime import in_order, thread_count

MOST_RUNS = 8
"""Runs that are counted, or wait to be written, at once, whatever the threads."""
BYTES_PER_PAIR, BYTES_PER_SUM = 72, 32
"""Memory that a pair takes at most in a run that is sorted and written, and what a sum of weights adds."""
_WRITER_BYTES = 16_000_000
"""What compression, threads and the allocators' reserves take, measured."""

if TYPE_CHECKING:
    from farmgraph.graph.counting import Plan
    from farmgraph.graph.pairtable import Names, Part

_SCHEMA = pa.schema(
    [
        ("account_a", pa.dictionary(pa.int32(), pa.string())),
        ("account_b", pa.dictionary(pa.int32(), pa.string())),
        ("n_contents", pa.int64()),
        ("weight", pa.float64()),
    ]
)


class _Columns(NamedTuple):
    """A run: places among the accounts that occur on either side (int32), which these are, contents and weights."""

    low: np.ndarray
    low_used: np.ndarray
    high: np.ndarray
    high_used: np.ndarray
    n_contents: np.ndarray
    weights: np.ndarray


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
        Whether a file of that name may be replaced, one that appears during the work included.
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

    Memory: layout and counters as for `farmgraph.co_engagement`, then at most 8 runs at once, whatever the threads, and
    fewer where the memory is short. A run holds at most 16.8 million pairs or those of one account; each takes at most
    72 bytes while it is in a run (104 with ``tfidf``), which is claimed before the work for the largest run that there
    can be. Nothing grows with the number of pairs. Time O(rows + steps walked + pairs). On disk 2 to 3 bytes per pair
    were measured, more with weights that differ from pair to pair.

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
    from farmgraph.graph.pairtable import by_name

    if not isinstance(path, str | os.PathLike):
        raise UsageError(f"path is {path!r}; expected the name of a Parquet file to make.")
    target = Path(path)
    _refuse(target, overwrite=overwrite)
    n_workers = min(thread_count(threads), MOST_RUNS)
    work = plan(
        graph,
        window=window,
        min_contents=min_contents,
        weight=weight,
        max_pair_events=max_pair_events,
        max_content_accounts=max_content_accounts,
        threads=n_workers,
    )
    n_runs = _runs_at_once(work, n_workers)
    count = block_counter(work)
    accounts = by_name(graph, np.diff(work.walk.starts) >= work.min_contents)
    names = accounts.names.cast(pa.string())
    columns = _columns_maker(graph, accounts, weight, work.idf)
    n_pairs = 0
    with _whole_file(target, overwrite=overwrite) as draft:
        # Dictionaries go into the file as they are: a name is looked at once per run, not once per pair.
        # Smallest and largest names are left out: in every run they are nearly the first and the last of all.
        options = {
            "compression": "zstd",
            "store_schema": False,
            "dictionary_pagesize_limit": 1 << 30,
            "write_statistics": ["n_contents", "weight"],
        }
        with pq.ParquetWriter(draft, _SCHEMA, **options) as writer:

            def write(found: _Columns) -> None:
                nonlocal n_pairs
                n_pairs += len(found.low)
                if len(found.low):
                    writer.write_table(_table(found, names), row_group_size=len(found.low))

            in_order(
                lambda block: columns(count(block)),
                range(len(work.cuts) - 1),
                write,
                threads=min(n_workers, n_runs),
                step="Comparing accounts",
                at_once=n_runs,
            )
    return CoEngagementFile(
        path=target,
        n_pairs=n_pairs,
        n_pair_events=work.n_pair_events,
        n_walked=work.n_walked,
        n_contents_left_out=work.left_out.n_contents,
        n_pair_events_left_out=work.left_out.n_pair_events,
        notes=work.notes,
        parameters={
            "window": None if work.width is None else work.width / MICROSECONDS,
            "min_contents": work.min_contents,
            "weight": weight,
            "max_pair_events": int(max_pair_events),
            "max_content_accounts": max_content_accounts,
        },
    )


def _runs_at_once(work: "Plan", n_workers: int) -> int:
    """Return how many runs there may be at once: one that waits for each thread, fewer where the memory is short."""
    from farmgraph.graph.kernels import counter_bytes
    from farmgraph.graph.walks import most_pairs

    n_dropped = 0 if work.hubs is None else work.min_contents - 1
    n_most = int(most_pairs(work.walk, work.cuts, work.min_contents, n_dropped))
    summed = len(work.idf) > 0
    n_bytes = (BYTES_PER_PAIR + BYTES_PER_SUM * summed) * n_most
    counters = counter_bytes(work.graph.n_accounts, marked=work.walk.repeats, weighted=summed)
    names = 3 * work.graph.account_names.nbytes + 12 * work.graph.n_accounts
    n_runs = 1 if n_workers == 1 else min(2 * n_workers, MOST_RUNS)
    while True:
        try:
            claim(
                f"Writing runs of at most {n_most:,} pairs",
                n_runs * n_bytes + min(n_workers, n_runs) * counters + names + _WRITER_BYTES,
                way_out="Asking for more shared contents (min_contents) or a smaller window needs less, and so does "
                "leaving out popular contents (max_content_accounts).",
            )
        except BudgetError:
            if n_runs == 1:
                raise
            n_runs -= 1
        else:
            return n_runs


def _columns_maker(
    graph: BipartiteGraph, accounts: "Names", weight: str, idf: np.ndarray
) -> Callable[["Part"], _Columns]:
    """Return the function that sorts and weighs what one block found."""
    from farmgraph.graph.pairtable import strongest_first, weigher

    weigh = weigher(graph, weight, idf)

    def side(ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        used = np.zeros(len(accounts.codes), bool)
        used[ranks] = True
        place = np.cumsum(used, dtype=np.int32) - np.int32(1)
        return place[ranks], np.flatnonzero(used)

    def columns(part: "Part") -> _Columns:
        found = strongest_first([part], accounts.rank, strongest=False)
        weights = weigh(accounts.codes[found.low], accounts.codes[found.high], found.n_contents, found.sums)
        return _Columns(*side(found.low), *side(found.high), found.n_contents.astype(np.int64), weights)

    return columns


def _table(columns: _Columns, names: pa.Array) -> pa.Table:
    """Put the names that occur on a run. One thread does so: Arrow keeps what it has freed for each thread apart."""
    sides = ((columns.low, columns.low_used), (columns.high, columns.high_used))
    named = [pa.DictionaryArray.from_arrays(place, names.take(pa.array(used))) for place, used in sides]
    return pa.table([*named, columns.n_contents, columns.weights], schema=_SCHEMA)


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
def _whole_file(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Fill a hidden neighbour that takes the file's name when the block ends well and is removed when it does not."""
    draft = target.absolute().parent / f".{target.name}-{secrets.token_hex(6)}"
    try:
        try:
            draft.open("xb").close()  # as every new file, with the rights that the umask leaves
            yield draft
            _name(draft, target, overwrite=overwrite)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            f"Cannot write {target}: {error.strerror or error}. Choose another place, one with enough room and that "
            "can be written to, or ask for fewer pairs (min_contents, window)."
        ) from error


def _name(draft: Path, target: Path, *, overwrite: bool) -> None:
    """Give a file its name, and do not replace one that has appeared meanwhile unless that is wanted."""
    if overwrite:
        with contextlib.suppress(FileNotFoundError):
            shutil.copymode(target, draft)
        draft.replace(target)
        return
    try:
        os.link(draft, target)  # fails where the name is taken, which renaming does not
    except OSError:
        if target.exists():
            raise InputError(
                f"{target} appeared while the pairs were counted, and is not replaced. Choose another name, or "
                "replace it with overwrite=True."
            ) from None
        draft.replace(target)  # a file system without links
