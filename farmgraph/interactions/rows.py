"""From columns as a log holds them to interactions: every row is used, or stands among the rejects with its reason."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.errors import InputError
from farmgraph.interactions.columns import Roles
from farmgraph.interactions.schema import INTERACTIONS_SCHEMA, REJECTED_COLUMNS
from farmgraph.interactions.times import KINDS, MISSING, UNREADABLE, ZONED, read_times
from farmgraph.runtime import progress, thread_count

BLOCK_ROWS = 1 << 18
"""Rows that are worked on at a time: small enough for the memory, large enough for the threads."""

RAW_TEXT_LIMIT = 10_000
"""Characters of a rejected row that are kept."""

_FINE, _EMPTY, _NUL, _NESTED = range(4)
_REASONS = (
    "",
    *("empty account", "NUL byte in account", "account is an array or object"),
    *("empty content", "NUL byte in content", "content is an array or object"),
    *("unreadable time", "not UTF-8"),
)
_UNREADABLE_TIME, _NOT_UTF8 = 7, 8
# Reason for each of the four states above.
_REASON_OF = {"account": np.array([0, 1, 2, 3], np.uint8), "content": np.array([0, 4, 5, 6], np.uint8)}
_BIG_FLOAT = 2.0**53

Item = TypeVar("Item")
Result = TypeVar("Result")
Reject = tuple[int, str, str]


@dataclass(frozen=True)
class Batch:
    """Some rows of a log, parsed but not yet judged.

    Attributes
    ----------
    lines : numpy.ndarray of int64, shape (n,)
        Row numbers, from 1.
    columns : dict of str to pyarrow.Array, each of length n
        The wanted columns by their names in the log.
    raw_texts : callable
        Gives the original text, not too long, of the rows at some positions of the batch.
    rejected : list of (line, reason, raw text)
        Rows that could not be parsed; they are not in `columns`.
    nested : dict of str to numpy.ndarray of bool, each of shape (n,)
        Where a column holds an array or an object.
    not_utf8 : numpy.ndarray of bool, shape (n,), or None
        Rows whose text is not UTF-8; `columns` holds something readable instead.
    """

    lines: np.ndarray
    columns: dict[str, pa.Array]
    raw_texts: Callable[[np.ndarray], list[str]]
    rejected: list[Reject] = field(default_factory=list)
    nested: dict[str, np.ndarray] = field(default_factory=dict)
    not_utf8: np.ndarray | None = None


@dataclass(frozen=True)
class Piece:
    """Some rows of a log, judged: the interactions, the rejects, and how many times were of which kind."""

    table: pa.Table
    rejected: list[Reject]
    time_kinds: np.ndarray
    big_float_columns: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rows:
    """All rows of one source: `n_rows` was counted apart from the pieces, to check them."""

    pieces: list[Piece]
    n_rows: int
    notes: tuple[str, ...] = ()


def judge(batch: Batch, roles: Roles, *, source: str) -> Piece:
    """Turn a batch into interactions and rejects.

    Parameters
    ----------
    batch : Batch
        Rows as parsed.
    roles : Roles
        Which column plays which role.
    source : str
        What the source is called in the table.

    Returns
    -------
    Piece
        As many interactions and rejects together as the batch has rows and rejects.

    Raises
    ------
    InputError
        If a column's type cannot serve its role.
    """
    n = len(batch.lines)
    reason = np.zeros(n, np.uint8)
    if batch.not_utf8 is not None:
        reason[batch.not_utf8] = _NOT_UTF8
    texts: dict[str, pa.DictionaryArray] = {}
    big: set[str] = set()
    for role in ("account", "content", "action"):
        name = roles.columns.get(role)
        if name is None:
            texts[role] = pa.nulls(n, pa.string()).dictionary_encode()
            continue
        codes = id_texts(batch.columns[name], name=name, role=role, big_floats=big)
        state = _state(codes)
        if role == "action":
            texts[role] = _without(codes, state != _FINE)
            continue
        texts[role] = codes
        state = np.where(batch.nested[name], _NESTED, state) if name in batch.nested else state
        # The first thing that is wrong with a row is its reason.
        reason = np.where(reason == 0, _REASON_OF[role][state], reason)
    if "time" in roles.columns:
        values, kinds = read_times(batch.columns[roles.columns["time"]], name=roles.columns["time"])
        reason = np.where((reason == 0) & (kinds == UNREADABLE), _UNREADABLE_TIME, reason)
    else:
        values, kinds = np.zeros(n, np.int64), np.full(n, MISSING, np.uint8)
    used = reason == 0
    rejected = list(batch.rejected)
    bad = np.flatnonzero(~used)
    if len(bad):
        told = zip(batch.lines[bad].tolist(), reason[bad].tolist(), batch.raw_texts(bad), strict=True)
        rejected += [(line, _REASONS[code], text) for line, code, text in told]
    rejected.sort(key=lambda row: row[0])
    times = pa.array(values[used], pa.int64(), mask=kinds[used] < ZONED)
    columns = {
        "account": _compact(texts["account"], used),
        "content": _compact(texts["content"], used),
        "time": times.view(pa.timestamp("us", tz="UTC")),
        "action": _compact(texts["action"], used),
        "source": pa.DictionaryArray.from_arrays(np.zeros(int(used.sum()), np.int32), pa.array([source])),
        "line": pa.array(batch.lines[used], pa.int64()),
    }
    mask = pa.array(used)
    for name in roles.keep:
        columns[name] = _plain(batch.columns[name].filter(mask))
    table = pa.table(columns)
    return Piece(table, rejected, np.bincount(kinds[used], minlength=len(KINDS)), frozenset(big))


def id_texts(
    column: pa.Array, *, name: str, role: str, big_floats: set[str] | None = None
) -> pa.DictionaryArray:
    """Write identifiers of any usual type as text, dictionary-encoded.

    Integers become decimal text, whole floats too (pandas makes 12.0 of 12 where a column
    has gaps); text stays as it is; NaN is null.

    Raises
    ------
    InputError
        If the type cannot identify anything, such as a list or a duration.

    Examples
    --------
    >>> id_texts(pa.array([12.0, None, 7.5]), name="user", role="account").to_pylist()
    ['12', None, '7.5']
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        values = id_texts(column.dictionary, name=name, role=role, big_floats=big_floats)
        index = column.indices.cast(pa.int64())
        return values.take(index)
    if pa.types.is_floating(kind):
        column = column.cast(pa.float64())
        # Adding nothing turns -0.0 into 0.0, which would be two identifiers of one name.
        column = pc.add(pc.if_else(pc.is_nan(column), None, column), 0.0)
    elif pa.types.is_nested(kind) or pa.types.is_duration(kind):
        raise InputError(
            f"Column {name!r} holds {kind}, which cannot be an {role}. "
            f"Expected text or whole numbers; name another column with {role}=."
        )
    codes = column.dictionary_encode()
    values = codes.dictionary
    try:
        if pa.types.is_floating(kind):
            numbers = values.to_numpy(zero_copy_only=False)
            if big_floats is not None and np.any(np.abs(numbers[np.isfinite(numbers)]) > _BIG_FLOAT):
                big_floats.add(name)
            values = pa.array(
                [str(int(x)) if x.is_integer() else repr(float(x)) for x in numbers], pa.string()
            )
        elif pa.types.is_decimal(kind):
            values = pa.array([format(x.normalize(), "f") for x in values.to_pylist()], pa.string())
        else:
            values = values.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(
            f"Column {name!r} holds {kind}, which cannot be read as the text of an {role} ({error})."
        ) from None
    return pa.DictionaryArray.from_arrays(codes.indices.cast(pa.int32()), values)


def shortened(text: str) -> str:
    """Cut a text to the length that is kept of rejected rows, and say so.

    Examples
    --------
    >>> shortened("short")
    'short'
    """
    text = text.replace("\0", "\\x00")
    if len(text) <= RAW_TEXT_LIMIT:
        return text
    return f"{text[:RAW_TEXT_LIMIT]} [cut; {len(text):,} characters in all]"


def assemble(pieces: Sequence[Piece], keep: Sequence[str]) -> pa.Table:
    """Join pieces in their order into one table with one dictionary per column."""
    tables = [piece.table for piece in pieces]
    for name in keep:
        if len({table.schema.field(name).type for table in tables}) > 1:
            # Two files, two types: text is what both can be written as.
            tables = [
                table.set_column(table.schema.get_field_index(name), name, _as_strings(table[name], name))
                for table in tables
            ]
    schema = pa.schema([*INTERACTIONS_SCHEMA, *(tables[0].schema.field(name) for name in keep)])
    joined = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    return joined.cast(schema)


def rejects_table(rejected: Sequence[tuple[str, list[Reject]]]) -> pd.DataFrame:
    """Lay out the rejects of all sources as a data frame with the columns of `REJECTED_COLUMNS`."""
    rows = [(source, *reject) for source, some in rejected for reject in some]
    frame = pd.DataFrame(rows, columns=list(REJECTED_COLUMNS))
    return frame.astype({"source": "str", "line": "int64", "reason": "str", "raw_text": "str"})


def in_threads(
    work: Callable[[Item], Result], items: Iterable[Item], *, threads: int | None, step: str
) -> list[Result]:
    """Apply work to items in threads while later items are still being found; results keep their order."""
    workers = thread_count(threads)
    if workers == 1:
        return [work(item) for item in progress(items, step=step)]
    with ThreadPoolExecutor(workers) as pool:
        try:
            futures = [pool.submit(work, item) for item in items]
            return [future.result() for future in progress(futures, step=step)]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _state(codes: pa.DictionaryArray) -> np.ndarray:
    """Judge each identifier once per distinct value: fine, empty or with a NUL in it."""
    texts = codes.dictionary
    state = np.full(len(texts) + 1, _EMPTY, np.uint8)
    if len(texts):
        blank = pc.equal(pc.utf8_trim_whitespace(texts), "").fill_null(True)
        nul = pc.match_substring(texts, "\0").fill_null(False)
        state[:-1] = np.where(
            blank.to_numpy(zero_copy_only=False),
            _EMPTY,
            np.where(nul.to_numpy(zero_copy_only=False), _NUL, _FINE),
        )
    # A null has the code -1 and so finds the last entry.
    return state[_indices(codes)]


def _indices(codes: pa.DictionaryArray) -> np.ndarray:
    indices: np.ndarray = codes.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return indices


def _without(codes: pa.DictionaryArray, gone: np.ndarray) -> pa.DictionaryArray:
    if not gone.any():
        return codes
    return pa.DictionaryArray.from_arrays(pa.array(_indices(codes), pa.int32(), mask=gone), codes.dictionary)


def _compact(codes: pa.DictionaryArray, used: np.ndarray) -> pa.DictionaryArray:
    """Keep the used rows, and in the dictionary nothing that no row uses."""
    indices = _indices(codes)
    if not used.all():
        indices = indices[used]
    present = np.zeros(len(codes.dictionary) + 1, bool)
    present[indices] = True
    present = present[:-1]
    missing = indices < 0
    if present.all():
        renumbered, values = indices, codes.dictionary
    else:
        renumbered, values = (np.cumsum(present) - 1)[indices], codes.dictionary.filter(pa.array(present))
    mask = missing if missing.any() else None
    return pa.DictionaryArray.from_arrays(
        pa.array(renumbered.astype(np.int32), pa.int32(), mask=mask), values
    )


def _as_strings(column: Any, name: str) -> Any:
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(
            f"Column {name!r} holds {column.type} in one source and something else in another, and cannot be "
            "written as text. Leave it out of keep, or read the sources apart."
        ) from None


def _plain(column: Any) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_large_string(column.type):
        column = column.cast(pa.string())
    return column
