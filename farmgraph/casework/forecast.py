"""What comparing accounts would cost at the usual windows, counted from a log without building its graph.

The graph sorts, fingerprints and names everything; for a count it is enough to lay the rows out content by content.
That takes a fraction of the reading, so nothing is sampled: all numbers are exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.interactions.schema import MICROSECONDS, NO_TIME
from farmgraph.runtime import map_threads

WINDOWS_S: tuple[int | None, ...] = (10, 60, 600, 3_600, 86_400, None)
"""The usual windows in seconds; None is any time."""

MIN_CONTENTS = 2
"""What `farmgraph.co_engagement` asks of a pair by default."""

_N_BLOCKS = 16
_MOST_ACTIONS = 64


@dataclass(frozen=True)
class Counts:
    """What was counted.

    Attributes
    ----------
    n_accounts, n_contents : int
        Accounts and contents that occur.
    pair_events : dict of (int or None) to int
        For each window in seconds the pair events of `farmgraph.co_engagement` at its other defaults (see
        `CoEngagement.n_pair_events`): pairs of rows on one content that are no further apart than the window, by
        accounts with two contents or more; two rows of one account count as well. For None pairs of such accounts
        on one content.
    """

    n_accounts: int
    n_contents: int
    pair_events: dict[int | None, int]


def count_ahead(
    table: pa.Table, *, windows: Sequence[int | None] = WINDOWS_S, threads: int | None = None
) -> Counts:
    """Count accounts, contents and the pair events of windows.

    Parameters
    ----------
    table : pyarrow.Table
        The table of an `Interactions`.
    windows : sequence of int or None
        In seconds; None is any time. Where no row has a time, only None is counted.
    threads : int, optional
        Threads to use; by default all that the process may use.

    Returns
    -------
    Counts

    Notes
    -----
    Exact. Time O(rows log(rows of a content)), and O(rows) where rows come in the order of time; 25 bytes of memory
    per row.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> rows = [(who, page, at) for page, at in (("p", 0), ("q", 500)) for who in "ab"]
    >>> log = fg.read(pd.DataFrame(rows + [("c", "p", 70)], columns=["account", "content", "time"]))
    >>> count_ahead(log.table, windows=(60, None)).pair_events
    {60: 2, None: 2}
    """
    from farmgraph.graph.rowkernels import distinct_contents, pairs_at_any_time, pairs_within, rows_by_content

    accounts, n_accounts = _codes(table["account"])
    contents, n_contents = _codes(table["content"])
    times = pc.fill_null(table["time"].cast(pa.int64()), NO_TIME).to_numpy()
    starts, accounts, times = rows_by_content(contents, accounts, times, n_contents)
    degrees = distinct_contents(starts, accounts, n_accounts)
    allowed = degrees >= MIN_CONTENTS
    timed = [w for w in windows if w is not None] if table["time"].null_count < len(table) else []
    widths = np.array(timed, np.int64) * MICROSECONDS
    cuts = np.searchsorted(starts, np.linspace(0, len(accounts), _N_BLOCKS + 1, dtype=np.int64))
    cuts[0], cuts[-1] = 0, n_contents
    parts = map_threads(
        lambda i: pairs_within(starts, accounts, times, allowed, widths, cuts[i], cuts[i + 1]),
        range(_N_BLOCKS if len(widths) else 0),
        threads=threads,
    )
    events: dict[int | None, int] = {w: int(sum(part[i] for part in parts)) for i, w in enumerate(timed)}
    if None in windows:
        events[None] = int(pairs_at_any_time(starts, accounts, allowed))
    return Counts(
        n_accounts=int((degrees > 0).sum()),
        n_contents=int((np.diff(starts) > 0).sum()),
        pair_events=events,
    )


def most_shared_action(table: pa.Table, *, order: Sequence[str] = ()) -> str | None:
    """Return the action with the most rows on contents of which two accounts or more did just that.

    With `order`, the most telling first: the first action in it that has at least a twentieth as many as that one.
    None where there are no actions, or so many that they are no kinds of actions. Of two with equally many, the
    first in alphabetical order.
    """
    from farmgraph.graph.rowkernels import rows_by_content, shared_rows

    encoded = _one_dictionary(table["action"])
    names = encoded.dictionary.to_pylist()
    if not 0 < len(names) <= _MOST_ACTIONS:
        return None
    actions = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    accounts, _ = _codes(table["account"])
    contents, n_contents = _codes(table["content"])
    starts, accounts, by_content = rows_by_content(contents, accounts, actions.astype(np.int64), n_contents)
    counts = shared_rows(starts, accounts, by_content, len(names))
    ranked = sorted(range(len(names)), key=lambda i: (-int(counts[i]), names[i]))
    enough = {names[i] for i in ranked if 20 * counts[i] >= counts[ranked[0]]}
    return next((name for name in order if name in enough), names[ranked[0]])


def _codes(column: pa.ChunkedArray) -> tuple[np.ndarray, int]:
    """Return the codes of a column of names (int32, none missing), and how many there may be."""
    encoded = _one_dictionary(column)
    return encoded.indices.to_numpy(zero_copy_only=False), len(encoded.dictionary)


def _one_dictionary(column: pa.ChunkedArray) -> Any:
    whole = column.unify_dictionaries().combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
