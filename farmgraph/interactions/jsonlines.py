"""JSON logs: one object per line, one array of objects, or objects inside an envelope.

DuckDB parses, so that 64-bit numbers keep every digit.
"""

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.errors import InputError
from farmgraph.interactions.archives import Member
from farmgraph.interactions.batches import BIG_FLOAT, Records, Reject, Wanted, shortened
from farmgraph.interactions.columns import listed
from farmgraph.interactions.envelope import USUAL, find_records, hint, page_field, page_records, pointer
from farmgraph.interactions.jsonquery import column_of, parseable, query
from farmgraph.interactions.log import Log, Passing
from farmgraph.interactions.names import texts, texts_of
from farmgraph.interactions.records import Block, about_blocks, blocks, hashes_of, raw_text, unparsed
from farmgraph.interactions.sources import identity, name_of, plain_bytes
from farmgraph.runtime import in_order

SAMPLE = 1_000
"""Objects from which the names of the fields are taken."""

_DEEPEST = 5
_LONGEST_LINE = 1 << 20
_TRIED = 20
_OPEN, _SHUT = (b",", b"[", b"{"), (b",", b"]", b"}")


@contextlib.contextmanager
def open_json(item: str | Member, compression: str, *, encoding: str = "") -> Iterator[Log]:
    """Open a JSON log, and learn the fields from the first objects.

    Records are the lines, the elements of one array, the elements of the array that an object around them holds
    (as in a messenger's export), or those of each line, where lines are pages of an API's answer. Nested fields are
    named with dots (``user.id_str``); a field whose own name has a dot comes before a nested one.

    Raises
    ------
    InputError
        If nothing in the file's first block is a JSON object.
    """
    path = name_of(item)
    with plain_bytes(item, compression, encoding=encoding) as data:
        start = next((i for i in range(len(data)) if data[i] not in b" \t\r\n"), len(data))
        if start == len(data):
            raise InputError(f"{path} has nothing but blank lines. Expected one JSON object per line.")
        array_at, under, others = _array(data, start)

        def all_blocks(*, rows: int | None = None, closing: list[bool] | None = None) -> Iterator[Block]:
            if array_at is None:
                return _lines(data, rows)
            return _elements(data, array_at + 1, rows, closing, alone=not under)

        first = next(all_blocks(rows=SAMPLE), None)
        objects = _sample(data, first)
        page = page_field(objects) if not under else ""
        if page:
            objects = [record for outer in objects for record in page_records(outer, page)]
        if not objects:
            raise InputError(
                f"{path} has no JSON object among its first rows. Expected one object per line, such as "
                '{"account": "a", "content": "c", "time": "2024-01-01T00:00:00Z"}, or one array of objects.'
            )
        scalars, nested = _fields(objects)
        literal = {key for record in objects for key in record}

        def records(
            wanted: Wanted, work: Passing, settle: Callable[[Any], None], threads: int | None
        ) -> tuple[str, ...]:
            closing: list[bool] = []

            def understood(block: Block) -> Any:
                return work(_records(data, block, wanted, literal, page))

            found = all_blocks(closing=closing)
            total = _about(data, first)
            in_order(understood, found, settle, threads=threads, step=f"Reading {path}", total=total)
            notes = []
            if others:
                notes.append(
                    f"{path}: records were taken from {under!r} alone; objects under {listed(others)} were not read."
                )
            if array_at is not None and not any(closing):
                notes.append(f"{path}: the array is never closed, so the file may be cut off.")
            return tuple(notes)

        yield Log(
            columns=scalars,
            form=_form(array_at is not None, under, page) + (f", {compression}" if compression else ""),
            records=records,
            identity=lambda _: identity(item),
            nested=tuple(nested),
            is_json=True,
            hint="" if page or under else hint(objects),
            holds=lambda name: not page and _occurs(data, all_blocks(), pointer(name, literal)),
        )


def _about(data: np.ndarray, first: Block | None) -> int | None:
    """Guess how many blocks there will be, for the bar: from the first objects."""
    if first is None:
        return None
    n_bytes = int(first.ends[-1] - first.starts[0]) + 1
    return about_blocks(len(data), len(data) / n_bytes * len(first.codes))


def _array(data: np.ndarray, start: int) -> tuple[int | None, str, tuple[str, ...]]:
    """Find the array of records: (position of its bracket or None, the fields that lead to it and to others)."""
    lines = _are_lines(data, start)
    if data[start] == ord("["):
        return (None if lines else start), "", ()
    if data[start] != ord("{") or lines:
        return None, "", ()
    at, under, others = find_records(data, start)
    # An object that spreads over lines is no log of lines. One in a single line is, where it looks like a record.
    line = bytes(data[start : start + _LONGEST_LINE]).partition(b"\n")[0]
    if under and under not in USUAL and _is_value(line):
        return None, "", ()
    return at, under, others


def _form(is_array: bool, under: str, page: str) -> str:
    if under:
        return f"one JSON object, its records under {under!r}"
    if page:
        form = "one JSON array of pages" if is_array else "JSON lines, each a page"
        return f"{form} with its records under {page!r}"
    return "one JSON array of objects" if is_array else "JSON lines"


def _are_lines(data: np.ndarray, start: int) -> bool:
    """Whether each line is a value of its own: some of the first ones are complete, and begin without an indent."""
    size = 1 << 16
    while True:
        head = bytes(data[start : start + size])
        lines = head.split(b"\n")
        end = start + len(head)
        # The last line may be cut off here; a single line says nothing as long as more of it may come.
        whole = lines if end >= len(data) else lines[:-1]
        if whole or size > _LONGEST_LINE:
            break
        size *= 16
    several = len([line for line in lines if line.strip()]) > 1
    tried = whole[:_TRIED]
    values = sum(line[:1] == b"{" and _is_value(line) for line in tried)
    # The last element of an array with one on each line is a value as well; what is around it tells.
    around = sum(line.strip().endswith(_OPEN) or line.strip().startswith(_SHUT) for line in tried)
    return several and values > 0 and values >= around


def _is_value(text: bytes) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _lines(data: np.ndarray, rows: int | None) -> Iterator[Block]:
    from farmgraph.interactions.kernels import scan_lines

    def scan(
        pos: int, starts: Any, ends: Any, codes: Any, begin: Any, stop: Any, most: int
    ) -> tuple[int, int]:
        return scan_lines(data, pos, starts, ends, codes, most)

    return blocks(scan, 0, len(data), rows=rows)


def _elements(
    data: np.ndarray, pos: int, rows: int | None, closing: list[bool] | None, *, alone: bool
) -> Iterator[Block]:
    """Walk the elements of an array; `alone` says that nothing but the array should be in the file."""
    from farmgraph.interactions.jsonkernel import scan_elements

    after = len(data)

    def scan(
        at: int, starts: Any, ends: Any, codes: Any, begin: Any, stop: Any, most: int
    ) -> tuple[int, int]:
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

    yield from blocks(scan, pos, len(data), rows=rows)
    if alone and bytes(data[after : after + 1_000_000]).strip():
        # Text behind the array belongs to no element: one row, which cannot be parsed as JSON.
        none = np.empty((0, 1), np.int64)
        yield Block(np.array([after]), np.array([len(data)]), np.array([0], np.uint8), none, none)


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


def _occurs(data: np.ndarray, some: Iterator[Block], at: str) -> bool:
    for block in some:
        lines = texts(data, block.starts[block.clean], block.ends[block.clean])
        valid, _ = parseable(lines)
        table = query(f"json_exists(line, {at}) AS found", lines.filter(pa.array(valid)))
        if pc.any(table["found"]).as_py():
            return True
    return False


def _records(data: np.ndarray, block: Block, wanted: Wanted, literal: set[str], page: str) -> Records:
    clean = block.clean
    starts, ends = block.starts[clean], block.ends[clean]
    lines = texts(data, starts, ends)
    valid, is_object = parseable(lines)
    rejected: list[Reject] = unparsed(data, block)
    at = clean.astype(np.int64)
    for reason, bad in (("malformed JSON", ~valid), ("not a JSON object", valid & ~is_object)):
        rejected += [(int(at[i]), reason, raw_text(data, starts[i], ends[i])) for i in np.flatnonzero(bad)]
    good = valid & is_object
    if not good.all():
        lines, starts, ends, at = lines.filter(pa.array(good)), starts[good], ends[good], at[good]
    if page:
        return _unpacked(lines, at, rejected, len(block.codes), wanted, literal, page)
    columns, nested, big = _extract(lines, wanted, literal)
    return Records(
        n_rows=len(block.codes),
        lines=at,
        columns=columns,
        raw_texts=lambda some: [raw_text(data, starts[i], ends[i]) for i in some],
        rejected=rejected,
        nested=nested,
        hashes=hashes_of(data, starts, ends),
        objects=lines if wanted.records else None,
        big_floats=big,
    )


def _unpacked(
    pages: Any, at: np.ndarray, rejected: list[Reject], n: int, wanted: Wanted, literal: set[str], page: str
) -> Records:
    """Take the records out of pages; a page without any, or that cannot be read, counts as one record."""
    steps = "$" + "".join(f'."{part}"' for part in page.split("."))
    kind, inner = f"json_type(line, '{steps}')", f"json_extract(line, '{steps}')"
    table = query(
        f"CASE {kind} WHEN 'ARRAY' THEN CAST(json_extract(line, '{steps}[*]') AS VARCHAR[]) "
        f"WHEN 'OBJECT' THEN [CAST({inner} AS VARCHAR)] ELSE CAST([] AS VARCHAR[]) END AS rows",
        pages,
    )
    lists = column_of(table, "rows")
    counts = np.ones(n, np.int64)
    counts[at] = np.maximum(pc.list_value_length(lists).to_numpy(zero_copy_only=False), 1)
    first = np.cumsum(counts) - counts
    rejected = [(int(first[line]), reason, text) for line, reason, text in rejected]
    held = pc.list_value_length(lists).to_numpy(zero_copy_only=False)
    for i in np.flatnonzero(held == 0):
        rejected.append((int(first[at[i]]), "page without records", shortened(pages[int(i)].as_py())))
    lines = pc.list_flatten(lists)
    parents = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
    within = np.arange(len(lines)) - np.repeat(np.cumsum(held) - held, held)
    places = first[at][parents] + within
    is_object = pc.starts_with(lines, "{").to_numpy(zero_copy_only=False)
    for i in np.flatnonzero(~is_object):
        rejected.append((int(places[i]), "not a JSON object", shortened(lines[int(i)].as_py())))
    lines, places = lines.filter(pa.array(is_object)), places[is_object]
    columns, nested, big = _extract(lines, wanted, literal)
    return Records(
        n_rows=int(counts.sum()),
        lines=places,
        columns=columns,
        raw_texts=lambda some: [shortened(lines[int(i)].as_py()) for i in some],
        rejected=rejected,
        nested=nested,
        hashes=texts_of(lines).hashes(),
        objects=lines if wanted.records else None,
        big_floats=big,
    )


def _extract(
    lines: Any, wanted: Wanted, literal: set[str]
) -> tuple[dict[str, pa.Array], dict[str, np.ndarray], frozenset[str]]:
    """Take the wanted fields out of valid objects, as text; say where they are nested, and which are big floats."""
    if not wanted.columns:
        return {}, {}, frozenset()
    pointers = [pointer(name, literal) for name in wanted.columns]
    values = [f"json_extract_string(line, {p}) AS v{k}" for k, p in enumerate(pointers)]
    types = [f"json_type(line, {p}) AS t{k}" for k, p in enumerate(pointers)]
    table = query(", ".join([*values, *types]), lines)
    columns: dict[str, pa.Array] = {}
    nested: dict[str, np.ndarray] = {}
    big: set[str] = set()
    for k, name in enumerate(wanted.columns):
        text, kind = column_of(table, f"v{k}"), column_of(table, f"t{k}")
        nested[name] = pc.is_in(kind, pa.array(["ARRAY", "OBJECT"])).to_numpy(zero_copy_only=False)
        if name in wanted.roles:
            is_float = pc.equal(kind, "DOUBLE").fill_null(False)
            if pc.any(is_float).as_py():
                # 12.0 is the identifier 12, and NaN (which Python writes) is a missing value.
                whole = pc.replace_substring_regex(text, r"\.0$", "")
                whole = pc.if_else(pc.equal(pc.utf8_lower(text), "nan"), None, whole)
                text = pc.if_else(is_float, whole, text)
                numbers = pc.cast(whole.filter(is_float), pa.float64())
                is_name = wanted.roles[name] in ("account", "content")
                if is_name and pc.any(pc.greater(pc.abs(numbers), BIG_FLOAT)).as_py():
                    big.add(name)
        columns[name] = text
    return columns, nested, frozenset(big)
