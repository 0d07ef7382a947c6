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
from farmgraph.interactions.typed import holds_bytes, readable_text, text_with_surrogates, without_extension
from farmgraph.runtime import sha256_of

_SMALL_CHUNK = 10_000


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

    def rows(roles: Roles, threads: int | None) -> Rows:
        def batches() -> Iterator[tuple[int, Any]]:
            line = 1
            with _parquet_errors(path), pq.ParquetFile(path) as file:
                for batch in file.iter_batches(rows_module.BLOCK_ROWS, columns=list(roles.wanted)):
                    yield line, batch
                    line += batch.num_rows

        return Rows(_judged(batches(), roles, path, threads), n_rows)

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
            except (
                *(pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError),
                UnicodeEncodeError,
            ) as error:
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

        return Rows(_judged(batches(), roles, name, threads), int(whole.num_rows))

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


def _judged(
    batches: Iterator[tuple[int, Any]], roles: Roles, source: str, threads: int | None
) -> list[Piece]:
    """Judge all batches, given with the row number of their first rows.

    Raises
    ------
    InputError
        If a column cannot serve its role, among them bytes of which not one value is text.
    """
    as_text: set[str] = set()
    as_bytes: set[str] = set()

    role_of = {name: role for role, name in roles.columns.items()}

    def work(item: tuple[int, Any]) -> Piece:
        line, batch = item
        columns: dict[str, Any] = {}
        bad = np.zeros(batch.num_rows, bool)
        for name in roles.wanted:
            field = batch.schema.field(batch.schema.get_field_index(name))
            stored = without_extension(
                batch.column(batch.schema.get_field_index(name)), field, role_of.get(name)
            )
            column, wrong = readable_text(stored, name=name, from_bytes=name in role_of)
            columns[name] = column
            if name in role_of and holds_bytes(stored.type):
                n_wrong = 0 if wrong is None else int(wrong.sum())
                if n_wrong:
                    as_bytes.add(name)
                if len(column) - column.null_count > n_wrong:
                    as_text.add(name)
            if wrong is not None:
                bad |= wrong
        return judge(
            Batch(
                lines=np.arange(line, line + batch.num_rows, dtype=np.int64),
                columns=columns,
                raw_texts=lambda at: _as_json(columns, at),
                not_utf8=bad,
            ),
            roles,
            source=source,
        )

    pieces = in_threads(work, batches, threads=threads, step=f"Reading {source}")
    for name, role in role_of.items():
        if name in as_bytes - as_text:
            raise InputError(
                f"{source}: column {name!r} holds bytes, and not one of them is text in UTF-8, so it cannot be "
                f"the {role}. Write it as text first (hexadecimal digits for example), or name another column "
                f"with {role}= (on the command line --{role})."
            )
    return pieces


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
