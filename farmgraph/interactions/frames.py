"""Logs whose columns have types already: Parquet files, and data frames by the Arrow PyCapsule interface."""

import contextlib
import glob
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from farmgraph.errors import InputError
from farmgraph.interactions import batches
from farmgraph.interactions.batches import Records, Wanted, shortened
from farmgraph.interactions.columns import listed
from farmgraph.interactions.log import Log, Passing
from farmgraph.interactions.paths import identifier
from farmgraph.interactions.records import salt_of
from farmgraph.interactions.spill import Allocate, duck
from farmgraph.interactions.typed import holds_bytes, readable_text, text_with_surrogates, without_extension
from farmgraph.runtime import in_order, sha256_of

_SMALL_CHUNK = 10_000
_NESTED = ("list", "array", "struct", "map", "union")


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
    if n_rows == 0 and names:
        raise InputError(f"{path} has columns ({listed(names)}) and no rows.")

    def records(
        wanted: Wanted, work: Passing, settle: Callable[[Any], None], threads: int | None
    ) -> tuple[str, ...]:
        def parts() -> Iterator[Any]:
            with _parquet_errors(path), pq.ParquetFile(path) as file:
                yield from file.iter_batches(batches.BLOCK_ROWS, columns=list(wanted.columns))

        _in_order(parts(), wanted, work, settle, source=path, threads=threads, n_rows=n_rows)
        return ()

    def row_hashes(allocate: Allocate) -> np.ndarray | None:
        # DuckDB takes a path for a pattern.
        return _hashes(lambda duck: duck.read_parquet(glob.escape(path)), names, n_rows, allocate)

    yield Log(
        names,
        "Parquet",
        records,
        lambda _: (os.path.getsize(path), sha256_of(path)),
        row_hashes=row_hashes,
    )


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

    def table(columns: tuple[str, ...]) -> Any:
        if columns not in tables:
            try:
                tables[columns] = select(columns)
            except (
                *(pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError),
                UnicodeEncodeError,
            ) as error:
                raise InputError(
                    f"{name}: a column cannot be converted to Arrow ({error}). It may mix types; "
                    'make it one type first, for example frame["user"] = frame["user"].astype("string").'
                ) from None
        return tables[columns]

    def records(
        wanted: Wanted, work: Passing, settle: Callable[[Any], None], threads: int | None
    ) -> tuple[str, ...]:
        whole = table(wanted.columns)
        if whole.num_rows == 0:
            raise InputError(f"{name} has columns ({listed(names)}) and no rows.")
        parts = (part for part in whole.to_batches(max_chunksize=batches.BLOCK_ROWS) if part.num_rows)
        _in_order(parts, wanted, work, settle, source=name, threads=threads, n_rows=int(whole.num_rows))
        return ()

    def identity(wanted: Wanted) -> tuple[int, str]:
        whole = table(wanted.columns)
        return int(whole.nbytes), _hash_of(whole)

    def row_hashes(allocate: Allocate) -> np.ndarray | None:
        if len(set(names)) < len(names):
            return None
        try:
            whole = table(tuple(names))
        except InputError:
            return None
        return _hashes(lambda duck: duck.from_arrow(whole), names, int(whole.num_rows), allocate)

    yield Log(names, "data frame", records, identity, row_hashes=row_hashes)


def _hashes(
    relation: Callable[[Any], Any], names: list[str], n_rows: int, allocate: Allocate
) -> np.ndarray | None:
    """Hash whole rows; None where DuckDB does not know a column's type."""
    import duckdb

    # No column is called like that, so it means the row.
    row = max(names, key=len) + "_"
    try:
        with duck() as connection:
            rows = relation(connection)
            # To DuckDB an empty list, or an object of nothing, has the hash of a missing one: texts tell them apart.
            inner = zip(rows.columns, rows.types, strict=True)
            nested = [f"CAST({identifier(name)} AS VARCHAR)" for name, kind in inner if kind.id in _NESTED]
            sql = f"SELECT hash({', '.join([identifier(row), *nested])}) AS hash FROM {identifier(row)}"
            hashes, at = allocate(n_rows, np.uint64), 0
            for batch in rows.query(row, sql).to_arrow_reader(batches.BLOCK_ROWS):
                some = batch.column(0).to_numpy(zero_copy_only=False)
                hashes[at : at + len(some)] = some
                at += len(some)
    except (duckdb.Error, pa.ArrowException):
        return None
    hashes ^= salt_of(names)
    return hashes


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
                table = pa.table([_converted(part.iloc[:, [k]]) for k in range(len(wanted))], names=wanted)
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


def _converted(part: Any) -> Any:
    """Convert the one column of a pandas frame."""
    try:
        return pa.Table.from_pandas(part, preserve_index=False).column(0)
    except UnicodeEncodeError:
        return text_with_surrogates(part.iloc[:, 0])


def _in_order(
    parts: Iterator[Any],
    wanted: Wanted,
    work: Passing,
    settle: Callable[[Any], None],
    *,
    source: str,
    threads: int | None,
    n_rows: int,
) -> None:
    """Hand all parts on as records.

    Raises
    ------
    InputError
        If a column cannot serve its role, among them bytes of which not one value is text.
    """
    as_text: set[str] = set()
    as_bytes: set[str] = set()

    def understood(part: Any) -> Any:
        columns: dict[str, Any] = {}
        bad = np.zeros(part.num_rows, bool)
        for name in wanted.columns:
            at = part.schema.get_field_index(name)
            role = wanted.roles.get(name)
            stored = without_extension(part.column(at), part.schema.field(at), role)
            column, wrong = readable_text(stored, name=name, from_bytes=role is not None)
            columns[name] = column
            if role is not None and holds_bytes(stored.type):
                n_wrong = 0 if wrong is None else int(wrong.sum())
                if n_wrong:
                    as_bytes.add(name)
                if len(column) - column.null_count > n_wrong:
                    as_text.add(name)
            if wrong is not None:
                bad |= wrong
        return work(
            Records(
                n_rows=part.num_rows,
                lines=np.arange(part.num_rows, dtype=np.int64),
                columns=columns,
                raw_texts=lambda at: _as_json(columns, at),
                not_utf8=bad if bad.any() else None,
            )
        )

    total = -(-n_rows // batches.BLOCK_ROWS)
    in_order(understood, parts, settle, threads=threads, step=f"Reading {source}", total=total)
    for name in sorted(as_bytes - as_text):
        role = wanted.roles[name]
        raise InputError(
            f"{source}: column {name!r} holds bytes, and not one of them is text in UTF-8, so it cannot be "
            f"the {role}. Write it as text first (hexadecimal digits for example), or name another column "
            f"with {role}= (on the command line --{role})."
        )


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
