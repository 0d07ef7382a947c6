"""What every format hands over once it is open: the columns that it has, and a way to its rows."""

from collections.abc import Callable
from dataclasses import dataclass

from farmgraph.interactions.columns import Roles
from farmgraph.interactions.rows import Rows


@dataclass(frozen=True)
class Log:
    """An open log.

    Attributes
    ----------
    columns : list of str
        Its columns, in their order; for JSON the fields of the first objects, nested ones with dots.
    form : str
        What kind of log it is, for people.
    rows : callable
        Reads all rows, given the roles of the columns and the number of threads.
    identity : callable
        Gives, for the roles of the columns, the size in bytes and the SHA-256.
    nested : tuple of str
        Columns that hold arrays or objects: they can be named but are never guessed.
    holds : callable or None
        Whether a column that is not listed occurs after all; None where the list is complete.
    hint : str
        What may be wrong with the log if its columns do not fit; empty if nothing stands out.
    """

    columns: list[str]
    form: str
    rows: Callable[[Roles, int | None], Rows]
    identity: Callable[[Roles], tuple[int, str]]
    nested: tuple[str, ...] = ()
    holds: Callable[[str], bool] | None = None
    hint: str = ""
