"""Read a log: where the way through the house begins."""

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.errors import InputError
from farmgraph.interactions.columns import Roles, assign_roles
from farmgraph.interactions.delimited import open_delimited
from farmgraph.interactions.frames import open_frame, open_parquet
from farmgraph.interactions.jsonlines import open_json
from farmgraph.interactions.log import Log
from farmgraph.interactions.rows import Piece, Reject, assemble, rejects_table
from farmgraph.interactions.schema import ROLES
from farmgraph.interactions.sources import is_frame, kind_of, resolve
from farmgraph.interactions.table import Interactions, Source
from farmgraph.interactions.times import KINDS, PLACEHOLDERS, UNIX_S, time_notes


@dataclass(frozen=True)
class Reading:
    """A log that was read, and what was seen on the way.

    Attributes
    ----------
    interactions : Interactions
        The log.
    columns_found : dict of str to list of str
        Columns of each source.
    guessed : tuple of str
        Roles whose column was guessed.
    forms : dict of str to str
        What kind of log each source is.
    time_kinds : dict of str to int
        Number of used rows for each way in which a time was written.
    """

    interactions: Interactions
    columns_found: dict[str, list[str]]
    guessed: tuple[str, ...]
    forms: dict[str, str]
    time_kinds: dict[str, int]


def read(
    source: Any,
    *,
    account: str | None = None,
    content: str | None = None,
    time: str | None = None,
    action: str | None = None,
    keep: Sequence[str] = (),
    threads: int | None = None,
) -> Interactions:
    """Read who acted on what and when; every row is used or stands in the table of rejects.

    Parameters
    ----------
    source : path, glob, data frame, or list of them
        CSV (comma, semicolon, tab or bar; with a header), JSON lines or one JSON array of
        objects, each also packed as gz or zst; Parquet; a pandas, polars or pyarrow table
        or a duckdb relation. Files of a glob are read in the order of their names.
    account, content, time, action : str, optional
        Columns. What is not named is guessed from usual names, and the guess is put into
        `notes`. Fields nested in JSON are named with dots: ``account="user.id_str"``.
    keep : sequence of str
        Further columns to carry along.
    threads : int, optional
        Threads to use; by default all that the process may use.

    Returns
    -------
    Interactions
        Rows in the order of the log. A row is a parsed record, numbered from 1 after the
        header. Rejected are: blank lines, records with too few or too many fields, broken
        quoting, NUL bytes, bytes that are no UTF-8, malformed JSON, an empty account or
        content, an unreadable time. An empty time is missing, and the row is used; so is one
        written as ``NA``, ``N/A``, ``NaN``, ``NaT``, ``NULL`` or ``None``, and `notes` say how
        many. As an account or a content such a word stays a name, and `notes` point at it.

    Raises
    ------
    InputError
        If there is no such file, it is no table, it has no rows, a column does not exist or
        cannot be guessed, or one column gets two roles.
    UsageError
        If an option cannot be used.

    Notes
    -----
    Times are ISO 8601 or Unix time (the size of the number decides the unit), each value by
    itself; without a zone they count as UTC. Readable are the years 1970 to 2099. Eight digits
    that are a day of the years 1990 to 2099, such as 20210101, are that day; the other reading
    would be a second in August 1970. Identifiers stay as they are written, apart from whole
    floats, which lose their ``.0``.

    In delimited text a line ends with LF, CR LF or CR. A quote that is never closed, or closed
    in the middle of a field, condemns its first line only; reading goes on with the next.
    Blank lines above the header are no rows.

    It does not remove duplicates, trim identifiers, or look at what an action means.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame(
    ...     {"user": [7, 8, None], "page": ["p", "p", "q"], "liked_at": ["2024-05-01", "", "2024-05-02"]}
    ... )
    >>> log = read(frame)
    >>> log
    <Interactions: 2 of 3 rows used, 2024-05-01 to 2024-05-01>
    >>> log.table["account"].to_pylist(), log.rejected_by_reason
    (['7', '8'], {'empty account': 1})
    >>> log.notes[0].split(". ")[0]
    'Columns guessed: account = user, content = page, time = liked_at'
    """
    options = {"account": account, "content": content, "time": time, "action": action}
    return read_closely(source, options, keep=keep, threads=threads).interactions


def read_closely(
    source: Any, named: dict[str, str | None], *, keep: Sequence[str] = (), threads: int | None = None
) -> Reading:
    """Read as `read` does and also tell what was seen; `named` holds the column for each role or None."""
    if isinstance(source, Interactions):
        raise InputError("The log has been read already: use the Interactions as they are.")
    keep = (keep,) if isinstance(keep, str) else tuple(keep)
    items = resolve(source)
    pieces: list[Piece] = []
    sources: list[Source] = []
    rejected: list[tuple[str, list[Reject]]] = []
    found: dict[str, list[str]] = {}
    forms: dict[str, str] = {}
    notes: list[str] = []
    roles: Roles | None = None
    for number, item in enumerate(items, start=1):
        name = item if isinstance(item, str) else _frame_name(number, len(items))
        with _opened(item, name) as log, ThreadPoolExecutor(1) as beside:
            # What was guessed for the first source holds for all, or two files could mean two things.
            asked = named if roles is None else {role: roles.columns.get(role) for role in ROLES}
            guessed = () if roles is None else roles.guessed
            here = _roles(log, asked, keep, name, guessed=guessed, found=found)
            if roles is None:
                roles = here
                notes += here.notes(log.columns)
            identity = beside.submit(log.identity, here)
            rows = log.rows(here, threads)
            n_bytes, digest = identity.result()
        n_used = sum(piece.table.num_rows for piece in rows.pieces)
        rejects = [reject for piece in rows.pieces for reject in piece.rejected]
        if n_used + len(rejects) != rows.n_rows:
            raise InputError(
                f"{name} has {rows.n_rows:,} rows, but {n_used:,} were used and {len(rejects):,} rejected. "
                "This is a fault in farmgraph; please report it with the file."
            )
        if rows.n_rows == 0:
            raise InputError(f"{name} has no rows.")
        pieces += rows.pieces
        rejected.append((name, rejects))
        sources.append(Source(name, n_bytes, digest, rows.n_rows, n_used))
        found[name], forms[name] = [*log.columns, *log.nested], log.form
        notes += rows.notes
    assert roles is not None  # resolve never returns an empty list
    table = assemble(pieces, roles.keep)
    kinds = np.sum([piece.time_kinds for piece in pieces], axis=0)
    interactions = Interactions(
        table=table,
        rejected=rejects_table(rejected),
        source=tuple(sources),
        columns=dict(roles.columns),
        notes=tuple(notes + _late_notes(table, kinds, pieces, rejected)),
    )
    counts = {kind: int(n) for kind, n in zip(KINDS, kinds, strict=True) if n}
    return Reading(interactions, found, roles.guessed, forms, counts)


@contextlib.contextmanager
def _opened(item: Any, name: str) -> Iterator[Log]:
    if is_frame(item):
        opened = open_frame(item, name)
    else:
        kind, compression = kind_of(item)
        if kind == "parquet":
            opened = open_parquet(item)
        else:
            opened = (open_json if kind == "json" else open_delimited)(item, compression)
    with opened as log:
        yield log


def _roles(
    log: Log,
    asked: dict[str, str | None],
    keep: Sequence[str],
    name: str,
    *,
    guessed: Sequence[str],
    found: dict[str, list[str]],
) -> Roles:
    """Settle the roles in one source; `guessed` are those of the first, `found` the columns of all before."""
    first = next(iter(found), None)
    known = {*log.columns, *log.nested}
    wanted = [column for column in [*asked.values(), *keep] if column is not None]
    late = [column for column in wanted if column not in known and log.holds and log.holds(column)]
    for role in [role for role in ("time", "action") if role in guessed]:
        column = asked[role]
        if first is not None and column is not None and column not in {*known, *late}:
            raise _one_sided(role, column, first, name)
    try:
        roles = assign_roles(log.columns, asked, keep=keep, where=name, unguessed=[*log.nested, *late])
    except InputError as error:
        if log.hint:
            raise InputError(f"{error} {log.hint}") from None
        raise
    if first is None:
        return roles
    # Roles are settled by the first source; what only one of the two has would be lost or taken for another.
    for role, column in roles.columns.items():
        if asked.get(role) is None:
            if column in found[first]:
                raise InputError(
                    f"{name} has {column!r} as its only column of {role}s, but {first} has it among others. "
                    f"Name the one that is meant with {role}= (on the command line --{role}), or read them apart."
                )
            raise _one_sided(role, column, name, first)
    columns = {role: column for role, column in roles.columns.items() if asked.get(role) is not None}
    return Roles(columns, (), roles.keep)


def _one_sided(role: str, column: str, has: str, lacks: str) -> InputError:
    return InputError(
        f"{has} has a column of {role}s ({column!r}), but {lacks} has no such column. Read them apart, "
        f"or name the column alike in both; if it holds no {role}s, give it another name."
    )


def _frame_name(number: int, n: int) -> str:
    return "<data frame>" if n == 1 else f"<data frame {number}>"


def _late_notes(
    table: Any, kinds: np.ndarray, pieces: Sequence[Piece], rejected: Sequence[tuple[str, list[Reject]]]
) -> list[str]:
    """Say what only shows once everything has been read."""
    last = pc.max(table["time"]).as_py() if int(kinds[UNIX_S:].sum()) else None
    notes = time_notes(kinds, values_all_1970=last is not None and last.year == 1970)
    for column in sorted({name for piece in pieces for name in piece.big_float_columns}):
        notes.append(
            f"Column {column} holds floats beyond 2^53, whose last digits are lost; "
            "load it as text or as 64-bit integers."
        )
    notes += _placeholder_notes(table)
    if table.num_rows == 0:
        reasons = [reason for _, some in rejected for _, reason, _ in some]
        often = max(sorted(set(reasons)), key=reasons.count)
        notes.append(f"No row could be used; the most frequent reason is: {often}.")
    return notes


def _placeholder_notes(table: Any) -> list[str]:
    """Say where what looks like a missing value was taken for a name."""
    notes = []
    for role in ("account", "content"):
        column = table[role].combine_chunks()
        names = column.dictionary
        found = np.flatnonzero(
            pc.is_in(names, value_set=pa.array(PLACEHOLDERS)).to_numpy(zero_copy_only=False)
        )
        if not len(found):
            continue
        codes = column.indices.to_numpy()
        for code in found:
            n = int(np.count_nonzero(codes == code))
            have, them = ("row has", "it") if n == 1 else ("rows have", "them")
            notes.append(
                f"{n:,} {have} the {role} {names[int(code)].as_py()!r}. If that means missing, filter {them} before."
            )
    return notes
