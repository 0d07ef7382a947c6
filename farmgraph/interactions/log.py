"""What every format hands over once it is open: the columns that it has, and a way to its records."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from farmgraph.interactions.batches import Records, Wanted
from farmgraph.interactions.spill import Allocate

Passing = Callable[[Records], Any]


@dataclass(frozen=True)
class Log:
    """An open log.

    Attributes
    ----------
    columns : list of str
        Its columns, in their order; for JSON the fields of the first objects, nested ones with dots.
    form : str
        What kind of log it is, for people.
    records : callable
        ``records(wanted, work, settle, threads)`` reads all records: `work` is called with `Records` in threads,
        `settle` with what it returned, in the order of the log. Returns what there is to note.
    identity : callable
        Gives, for what is wanted, the size in bytes and the SHA-256.
    nested : tuple of str
        Columns that hold arrays or objects: they can be named but are never guessed.
    is_json : bool
        Whether records are JSON objects.
    holds : callable or None
        Whether a column that is not listed occurs after all; None where the list is complete.
    hint : str
        What may be wrong with the log if its columns do not fit; empty if nothing stands out.
    row_hashes : callable or None
        Gives a 64-bit hash of each row, all columns counted, where records do not bring their own; told where arrays
        lie.
    """

    columns: list[str]
    form: str
    records: Callable[[Wanted, Passing, Callable[[Any], None], int | None], tuple[str, ...]]
    identity: Callable[[Wanted], tuple[int, str]]
    nested: tuple[str, ...] = ()
    is_json: bool = False
    holds: Callable[[str], bool] | None = None
    hint: str = ""
    row_hashes: Callable[[Allocate], np.ndarray | None] | None = None
