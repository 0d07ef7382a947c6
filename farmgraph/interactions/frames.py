"""Logs whose columns have types already: Parquet files, and data frames by the Arrow PyCapsule interface."""

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from farmgraph.errors import InputError
from farmgraph.interactions import rows as rows_module
from farmgraph.interactions.columns import Roles, listed
from farmgraph.interactions.log import Log
from farmgraph.interactions.rows import Batch, Piece, Rows, in_threads, judge, shortened
from farmgraph.runtime import sha256_of

_SMALL_CHUNK = 10_000
_HARMLESS = ("arrow.json", "arrow.bool8")


@contextlib.contextmanager
def open_parquet(path: str) -> Iterator[Log]:
    """Open a Parquet file; only the wanted columns are read, in blocks of rows.

    Raises
    ------
    InputError
        If the file is damaged or has no rows.
    """
    import pyarrow.parquet as pq

    with _parquet_errors(path), pq.ParquetFile(path) as file:
        names = list(file.schema_arrow.names)
        n_rows = int(file.metadata.num_rows)
    if n_rows == 0:
        raise InputError(f"{path} has columns ({listed(names)}) and no rows.")

    def rows(roles: Roles, threads: int | None) -> Rows:
        def batches() -> Iterator[tuple[int, Any]]:
            line = 1
            with _parquet_errors(path), pq.ParquetFile(path) as file:
                for batch in file.iter_batches(rows_module.BLOCK_ROWS, columns=list(roles.wanted)):
                    yield line, batch
                    line += batch.num_rows

        work = _judging(roles, path)
        return Rows(in_threads(work, batches(), threads=threads, step=f"Reading {path}"), n_rows)

    yield Log(names, "Parquet", rows, lambda _: (os.path.getsize(path), sha256_of(path)))


@contextlib.contextmanager
def open_frame(frame: Any, name: str) -> Iterator[Log]:
    """Open a data frame; it is not changed, and its rows are numbered from 1 whatever its index.

    Raises
    ------
    InputError
        If it has no rows or is no table.
    """
    names, select = _columns_of(frame)
    tables: dict[tuple[str, ...], Any] = {}

    def table(roles: Roles) -> Any:
        if roles.wanted not in tables:
            try:
                tables[roles.wanted] = select(roles.wanted)
            except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
                raise InputError(
                    f"{name}: a column cannot be converted to Arrow ({error}). It may mix types; "
                    'make it one type first, for example frame["user"] = frame["user"].astype("string").'
                ) from None
        return tables[roles.wanted]

    def rows(roles: Roles, threads: int | None) -> Rows:
        whole = table(roles)
        if whole.num_rows == 0:
            raise InputError(f"{name} has columns ({listed(names)}) and no rows.")

        def batches() -> Iterator[tuple[int, Any]]:
            line = 1
            for batch in whole.to_batches(max_chunksize=rows_module.BLOCK_ROWS):
                if batch.num_rows:
                    yield line, batch
                line += batch.num_rows

        pieces = in_threads(_judging(roles, name), batches(), threads=threads, step=f"Reading {name}")
        return Rows(pieces, int(whole.num_rows))

    def identity(roles: Roles) -> tuple[int, str]:
        whole = table(roles)
        return int(whole.nbytes), _hash_of(whole)

    yield Log(names, "data frame", rows, identity)


@contextlib.contextmanager
def _parquet_errors(path: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        first = str(error).split("\n")[0]
        raise InputError(
            f"{path} cannot be read as Parquet ({first}): it may be cut off or damaged."
        ) from None


def _columns_of(frame: Any) -> tuple[list[str], Callable[[tuple[str, ...]], Any]]:
    """Return a frame's column names, and a function that makes an Arrow table of some of them."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(frame, pandas.DataFrame):
        # Before converting: a column of mixed objects that nobody asked for must not stop the reading.
        names = [str(name) for name in frame.columns]

        def select(wanted: tuple[str, ...]) -> Any:
            part = frame.iloc[:, [names.index(name) for name in wanted]]
            try:
                table = pa.Table.from_pandas(part, preserve_index=False)
            except UnicodeEncodeError:
                # Python's text can hold halves of characters, Arrow's cannot: as bytes they are judged row by row.
                table = pa.Table.from_pandas(part.map(_as_bytes), preserve_index=False)
            return table.rename_columns(list(wanted))

        return names, select
    try:
        table = pa.table(frame)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise InputError(
            f"A {type(frame).__module__}.{type(frame).__qualname__} is not a table ({str(error)[:200]}). "
            "Expected a data frame with a column for accounts and one for contents."
        ) from None
    if table.num_columns and table.column(0).num_chunks * _SMALL_CHUNK > max(table.num_rows, _SMALL_CHUNK):
        table = table.combine_chunks()
    return list(table.schema.names), lambda wanted: table.select(list(wanted))


def _judging(roles: Roles, source: str) -> Callable[[tuple[int, Any]], Piece]:
    def work(item: tuple[int, Any]) -> Piece:
        first_line, batch = item
        lines = np.arange(first_line, first_line + batch.num_rows, dtype=np.int64)
        columns, damaged = {}, np.zeros(batch.num_rows, bool)
        for name in roles.wanted:
            column = _workable(batch.column(batch.schema.get_field_index(name)), name)
            columns[name], bad = _as_text(column)
            damaged |= bad
        rejected = []
        if damaged.any():
            raw = _as_json(columns, np.flatnonzero(damaged))
            rejected = [
                (line, "not UTF-8", text) for line, text in zip(lines[damaged].tolist(), raw, strict=True)
            ]
            lines, kept = lines[~damaged], pa.array(~damaged)
            columns = {name: column.filter(kept) for name, column in columns.items()}
        whole = columns
        return judge(
            Batch(lines=lines, columns=whole, raw_texts=lambda at: _as_json(whole, at), rejected=rejected),
            roles,
            source=source,
        )

    return work


def _workable(column: Any, name: str) -> Any:
    """Return a column as plain Arrow text or numbers, for which Arrow has all functions."""
    if isinstance(column, pa.ExtensionArray):
        kind = column.type.extension_name
        if kind == "arrow.uuid":
            return pa.array([None if x is None else str(x) for x in column.to_pylist()], pa.string())
        if kind not in _HARMLESS:
            raise InputError(
                f"Column {name!r} holds {kind}, whose stored values mean something else than they say. "
                "Turn it into text, numbers or timestamps first."
            )
        column = column.storage
    if pa.types.is_dictionary(column.type) and pa.types.is_string_view(column.type.value_type):
        return pa.DictionaryArray.from_arrays(column.indices, column.dictionary.cast(pa.large_string()))
    return column.cast(pa.large_string()) if pa.types.is_string_view(column.type) else column


def _as_text(column: Any) -> tuple[Any, np.ndarray]:
    """Return a column whose text is UTF-8, and where it was not (there the bytes are shown)."""
    damaged = np.zeros(len(column), bool)
    kind = column.type
    if pa.types.is_dictionary(kind):
        values, bad = _as_text(column.dictionary)
        index = column.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        if not bad.any():
            return pa.DictionaryArray.from_arrays(column.indices, values), damaged
        return pa.DictionaryArray.from_arrays(column.indices, values), bad[
            index
        ] & column.is_valid().to_numpy(zero_copy_only=False)
    is_bytes = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    if not (is_bytes or pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return column, damaged
    try:
        text = column.cast(pa.large_string()) if is_bytes else column
        text.validate(full=True)
        return text, damaged
    except pa.ArrowInvalid:
        raw = column.cast(pa.large_binary()).to_pylist()
    shown = [None if value is None else value.decode("utf-8", "backslashreplace") for value in raw]
    for i, value in enumerate(raw):
        # Where the bytes had to be shown, they are no longer the same.
        damaged[i] = value is not None and str(shown[i]).encode() != value
    return pa.array(shown, pa.large_string()), damaged


def _as_bytes(value: Any) -> Any:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def _as_json(columns: dict[str, Any], at: np.ndarray) -> list[str]:
    """Write some rows as compact JSON, for want of an original text."""
    picked = {name: _writable(column.take(pa.array(at))) for name, column in columns.items()}
    rows = (dict(zip(picked, row, strict=True)) for row in zip(*picked.values(), strict=True))
    return [
        shortened(json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=str)) for row in rows
    ]


def _writable(column: Any) -> list[Any]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_temporal(column.type):
        try:
            return column.cast(pa.string()).to_pylist()
        except (pa.ArrowException, ValueError):
            # A time so far out that nobody can write it as a date: its number still tells.
            return column.cast(pa.int64()).to_pylist()
    return column.to_pylist()


def _hash_of(table: Any) -> str:
    digest = hashlib.sha256()

    class Sink:
        """A file that keeps nothing but the hash of what was written to it."""

        closed = False

        def write(self, data: Any) -> int:
            digest.update(data)
            return len(data)

        def flush(self) -> None: ...

        def close(self) -> None: ...

        def writable(self) -> bool:
            return True

    bare = table.replace_schema_metadata(None)
    with pa.PythonFile(Sink(), mode="w") as sink, pa.ipc.new_stream(sink, bare.schema) as writer:
        writer.write_table(bare)
    return digest.hexdigest()
