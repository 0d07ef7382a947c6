"""JSON logs: one object per line, or one array of objects. DuckDB parses, so that 64-bit numbers keep every digit."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.errors import InputError
from farmgraph.interactions.columns import Roles
from farmgraph.interactions.log import Log
from farmgraph.interactions.records import Block, blocks, raw_text, texts, unparsed
from farmgraph.interactions.rows import Batch, Piece, Reject, Rows, in_threads, judge
from farmgraph.interactions.sources import plain_bytes
from farmgraph.runtime import sha256_of

SAMPLE = 1_000
"""Objects from which the names of the fields are taken."""

_DEEPEST = 5


@contextlib.contextmanager
def open_json(path: str, compression: str) -> Iterator[Log]:
    """Open JSON lines, or one array of objects, and learn the fields from the first objects.

    Nested fields are named with dots (``user.id_str``); a field whose own name has a dot
    comes before a nested one.

    Raises
    ------
    InputError
        If nothing in the file's first block is a JSON object.
    """
    with plain_bytes(path, compression) as data:
        start = next((i for i in range(len(data)) if data[i] not in b" \t\r\n"), len(data))
        if start == len(data):
            raise InputError(f"{path} has nothing but blank lines. Expected one JSON object per line.")
        is_array = data[start] == ord("[") and not _first_line_is_a_value(data, start)

        def all_blocks(*, rows: int | None = None, closing: list[bool] | None = None) -> Iterator[Block]:
            return _elements(data, start + 1, rows, closing) if is_array else _lines(data, rows)

        objects = _sample(data, next(all_blocks(rows=SAMPLE), None))
        if not objects:
            raise InputError(
                f"{path} has no JSON object among its first rows. Expected one object per line, such as "
                '{"account": "a", "content": "c", "time": "2024-01-01T00:00:00Z"}, or one array of objects.'
            )
        scalars, nested = _fields(objects)
        literal = {key for item in objects for key in item}

        def rows(roles: Roles, threads: int | None) -> Rows:
            n_rows = 0
            closing: list[bool] = []

            def counted() -> Iterator[Block]:
                nonlocal n_rows
                for block in all_blocks(closing=closing):
                    n_rows += len(block.codes)
                    yield block

            def work(block: Block) -> Piece:
                return judge(_batch(data, block, roles, literal), roles, source=path)

            pieces = in_threads(work, counted(), threads=threads, step=f"Reading {path}")
            notes: tuple[str, ...] = ()
            if is_array and not any(closing):
                notes = (f"{path}: the array is never closed, so the file may be cut off.",)
            return Rows(pieces, n_rows, notes)

        form = "one JSON array of objects" if is_array else "JSON lines"
        yield Log(
            columns=scalars,
            form=form + (f", {compression}" if compression else ""),
            rows=rows,
            identity=lambda _: (os.path.getsize(path), sha256_of(path)),
            nested=tuple(nested),
            holds=lambda name: _occurs(data, all_blocks(), _pointer(name, literal)),
            hint=_rows_under(objects),
        )


def _first_line_is_a_value(data: np.ndarray, start: int) -> bool:
    """Whether a line that begins with a bracket is complete and another follows: then these are lines."""
    head = bytes(data[start : start + 65_536])
    line, newline, rest = head.partition(b"\n")
    if not newline or not rest.strip():
        return False
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _lines(data: np.ndarray, rows: int | None) -> Iterator[Block]:
    from farmgraph.interactions.kernels import scan_lines

    return blocks(lambda pos, *to: scan_lines(data, pos, *to), 0, len(data), rows=rows)


def _elements(data: np.ndarray, pos: int, rows: int | None, closing: list[bool] | None) -> Iterator[Block]:
    from farmgraph.interactions.kernels import scan_elements

    after = len(data)

    def scan(at: int, starts: Any, ends: Any, codes: Any, most: int) -> tuple[int, int]:
        nonlocal after
        count, end, closed = scan_elements(data, at, starts, ends, codes, most)
        if closed:
            after = end
            if closing is not None:
                closing.append(True)
            if count == 1 and at == pos and codes[0] == 1:
                count = 0  # "[]" is an array of nothing, not of one blank
        elif end == len(data) and count and codes[count - 1] == 1:
            count -= 1  # a comma or bracket, then the file stops: nothing stands there
        return count, len(data) if closed else end

    line = 1
    for block in blocks(scan, pos, len(data), rows=rows):
        line = block.first_line + len(block.codes)
        yield block
    rest = bytes(data[after : after + 1_000_000]).strip()
    if rest:
        # Text behind the array belongs to no element: one row, which cannot be parsed as JSON.
        yield Block(np.array([after]), np.array([len(data)]), np.array([0], np.uint8), line)


def _sample(data: np.ndarray, block: Block | None) -> list[dict[str, Any]]:
    objects: list[dict[str, Any]] = []
    if block is None:
        return objects
    for i in block.clean:
        try:
            value = json.loads(bytes(data[block.starts[i] : block.ends[i]]))
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            objects.append(value)
    return objects


def _fields(objects: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """Return the names of all plain fields and of all fields with arrays or objects, in order of appearance."""
    scalars: dict[str, None] = {}
    nested: dict[str, None] = {}

    def walk(value: dict[str, Any], prefix: str, depth: int) -> None:
        for key, inner in value.items():
            if isinstance(inner, (dict, list)):
                nested[prefix + key] = None
                if isinstance(inner, dict) and depth < _DEEPEST:
                    walk(inner, f"{prefix}{key}.", depth + 1)
            else:
                scalars[prefix + key] = None

    for item in objects:
        walk(item, "", 1)
    return list(scalars), [name for name in nested if name not in scalars]


def _rows_under(objects: list[dict[str, Any]]) -> str:
    """Say where the rows of an export seem to lie that is one object around them."""
    if len(objects) > 1:
        return ""

    def find(value: dict[str, Any], prefix: str, depth: int) -> str:
        for key, inner in value.items():
            if isinstance(inner, list) and inner and all(isinstance(row, dict) for row in inner):
                return prefix + key
        deeper = [(key, inner) for key, inner in value.items() if isinstance(inner, dict)] if depth else []
        return next((at for key, inner in deeper if (at := find(inner, f"{prefix}{key}.", depth - 1))), "")

    under = find(objects[0], "", _DEEPEST)
    return f"The rows seem to lie under {under!r}; write them one object per line." if under else ""


def _pointer(name: str, literal: set[str]) -> str:
    """Write a field's name as a JSON pointer (RFC 6901), as an SQL literal."""
    parts = [name] if name in literal else name.split(".")
    pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)
    return "'" + pointer.replace("'", "''") + "'"


def _query(sql: str, lines: Any) -> pa.Table:
    """Run one query over texts; DuckDB keeps their order, and the number of rows is checked."""
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("log", pa.table({"line": lines}))
        table = connection.sql(f"SELECT {sql} FROM log").to_arrow_table().combine_chunks()
    if table.num_rows != len(lines):
        raise InputError(f"DuckDB returned {table.num_rows:,} rows for {len(lines):,} JSON texts.")
    return table


def _column(table: pa.Table, name: str) -> Any:
    return pa.concat_arrays(table[name].chunks) if table.num_rows else pa.array([], table[name].type)


def _parseable(lines: Any) -> tuple[np.ndarray, np.ndarray]:
    """Whether each text is JSON, and whether it is an object."""
    valid = _column(_query("json_valid(line) AS ok", lines), "ok").to_numpy(zero_copy_only=False).astype(bool)
    # DuckDB lets a comma before a closing bracket pass; JSON does not.
    doubtful = pc.match_substring_regex(lines, r",\s*[\]}]").to_numpy(zero_copy_only=False) & valid
    for i in np.flatnonzero(doubtful):
        valid[i] = _loads(lines[i].as_py())
    # White space was trimmed, so the first character tells an object from every other value.
    return valid, pc.starts_with(lines, "{").to_numpy(zero_copy_only=False)


def _loads(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _occurs(data: np.ndarray, some: Iterator[Block], pointer: str) -> bool:
    for block in some:
        lines = texts(data, block.starts[block.clean], block.ends[block.clean])
        valid, _ = _parseable(lines)
        table = _query(f"json_exists(line, {pointer}) AS found", lines.filter(pa.array(valid)))
        if pc.any(table["found"]).as_py():
            return True
    return False


def _batch(data: np.ndarray, block: Block, roles: Roles, literal: set[str]) -> Batch:
    clean = block.clean
    starts, ends = block.starts[clean], block.ends[clean]
    lines = texts(data, starts, ends)
    valid, is_object = _parseable(lines)
    rejected: list[Reject] = unparsed(data, block)
    numbers = block.first_line + clean.astype(np.int64)
    for reason, bad in (("malformed JSON", ~valid), ("not a JSON object", valid & ~is_object)):
        rejected += [
            (int(numbers[i]), reason, raw_text(data, starts[i], ends[i])) for i in np.flatnonzero(bad)
        ]
    good = valid & is_object
    if not good.all():
        lines, starts, ends, numbers = lines.filter(pa.array(good)), starts[good], ends[good], numbers[good]
    columns, nested = _extract(lines, roles, literal)
    raw: Callable[[np.ndarray], list[str]] = lambda at: [raw_text(data, starts[i], ends[i]) for i in at]  # noqa: E731
    return Batch(numbers, columns, raw, rejected, nested)


def _extract(
    lines: Any, roles: Roles, literal: set[str]
) -> tuple[dict[str, pa.Array], dict[str, np.ndarray]]:
    """Take the wanted fields out of valid objects, as text; and say where they are arrays or objects."""
    wanted = roles.wanted
    pointers = [_pointer(name, literal) for name in wanted]
    values = [f"json_extract_string(line, {p}) AS v{k}" for k, p in enumerate(pointers)]
    types = [f"json_type(line, {p}) AS t{k}" for k, p in enumerate(pointers)]
    table = _query(", ".join([*values, *types]), lines)
    columns: dict[str, pa.Array] = {}
    nested: dict[str, np.ndarray] = {}
    for k, name in enumerate(wanted):
        text, kind = _column(table, f"v{k}"), _column(table, f"t{k}")
        nested[name] = pc.is_in(kind, pa.array(["ARRAY", "OBJECT"])).to_numpy(zero_copy_only=False)
        if name in roles.columns.values():
            is_float = pc.equal(kind, "DOUBLE").fill_null(False)
            if pc.any(is_float).as_py():
                # 12.0 is the identifier 12, and NaN (which Python writes) is a missing value.
                whole = pc.replace_substring_regex(text, r"\.0$", "")
                whole = pc.if_else(pc.equal(pc.utf8_lower(text), "nan"), None, whole)
                text = pc.if_else(is_float, whole, text)
        columns[name] = text
    return columns, nested
