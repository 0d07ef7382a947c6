"""Mutators of layout: columns and fields, delimiters and quotes, brackets, and what a file is made of.

Each takes the draft and a source of random numbers, and returns False where it does not apply.
"""

import csv
import random
from dataclasses import replace

from interactions.presets.mutation_account import Draft, Piece, some_record
from interactions.presets.mutation_records import cells_of, dumped, is_page, loaded, row_of


def ragged_rows(draft: Draft, rng: random.Random) -> bool:
    i = some_record(draft, rng)
    if draft.kind != "delimited" or i is None:
        return False
    raw, delimiter = draft.pieces[i].raw, draft.delimiter.encode()
    draft.touch(
        i, raw + delimiter * rng.randrange(1, 4) if rng.random() < 0.5 else raw.rpartition(delimiter)[0]
    )
    return True


def deep_nesting(draft: Draft, rng: random.Random) -> bool:
    """Add a field nobody asks for, nested deeply: it means nothing, so the record counts as untouched."""
    if draft.kind not in ("lines", "array", "object"):
        return False
    i = some_record(draft, rng)
    value = None if i is None else loaded(draft.pieces[i].raw)
    if i is None or value is None or is_page(value):
        return False
    depth = 200
    opening, closing = rng.choice([(b"[", b"]"), (b'{"a":', b"}")])
    deep = opening * depth + b"1" + closing * depth
    draft.pieces[i].raw = draft.pieces[i].raw.rstrip()[:-1] + b', "x_deep": ' + deep + b"}"
    return True


def duplicate_keys(draft: Draft, rng: random.Random) -> bool:
    if draft.kind not in ("lines", "array", "object"):
        return False
    i = some_record(draft, rng)
    value = None if i is None else loaded(draft.pieces[i].raw)
    if i is None or not value:
        return False
    key, other = rng.choice(list(value)), rng.choice([1, "other", None, [], {"a": 1}])
    again = dumped(key) + b": " + dumped(other)
    raw = draft.pieces[i].raw.rstrip()
    draft.touch(i, raw[:-1] + b", " + again + b"}" if rng.random() < 0.5 else b"{" + again + b", " + raw[1:])
    return True


def trailing_comma(draft: Draft, rng: random.Random) -> bool:
    if draft.kind in ("array", "object") and rng.random() < 0.5:
        draft.suffix = b"," + draft.suffix
        draft.further += 1
        return True
    i = some_record(draft, rng)
    if i is None:
        return False
    raw = draft.pieces[i].raw
    inside = draft.kind != "delimited" and rng.random() < 0.5
    draft.touch(i, raw[:-1] + b"," + raw[-1:] if inside else raw + b",")
    return True


def further_fields(draft: Draft, rng: random.Random) -> bool:
    """Add a field or column that no format knows: it means nothing."""
    name = f"x_unknown_{rng.randrange(9)}"
    if draft.kind == "delimited":
        return _columns(
            draft, lambda cells: [*cells, rng.choice(["", "ü", "1", 'a "b"'])], lambda h: [*h, name]
        )
    if draft.kind == "parquet":
        return False
    for piece in draft.pieces:
        value = loaded(piece.raw)
        if value is not None and rng.random() < 0.7 and not is_page(value):
            value[name] = rng.choice([1, "ü", None, [1, {"a": 2}], {"b": {}}, "🦆"])
            piece.raw = dumped(value)
    return True


def duplicate_header(draft: Draft, rng: random.Random) -> bool:
    """Name a further column as one that is there: where it is needed, nobody knows which is meant."""
    header = cells_of(draft.prefix.strip(), draft.delimiter) if draft.kind == "delimited" else []
    if not header:
        return False
    name = rng.choice(header)
    draft.bent = True
    return _columns(draft, lambda cells: [*cells, "again"], lambda h: [*h, name])


def reordered_columns(draft: Draft, rng: random.Random) -> bool:
    if draft.kind == "delimited":
        n = len(cells_of(draft.prefix.strip(), draft.delimiter))
        order = rng.sample(range(n), n)
        return _columns(draft, lambda c: [c[i] for i in order], lambda h: [h[i] for i in order])
    if draft.kind == "parquet":
        return False
    for piece in draft.pieces:
        value = loaded(piece.raw)
        if value is not None and not is_page(value):
            items = list(value.items())
            rng.shuffle(items)
            piece.raw = dumped(dict(items))
    return True


def quoted_all(draft: Draft, rng: random.Random) -> bool:
    """Quote every cell, or write JSON in ASCII: the same log."""
    if draft.kind == "delimited":
        return _columns(draft, list, list, quoting=csv.QUOTE_ALL)
    for piece in draft.pieces:
        value = loaded(piece.raw)
        if value is not None:
            piece.raw = dumped(value, ascii_only=True)
    return True


def other_delimiter(draft: Draft, rng: random.Random) -> bool:
    """Write the table with another delimiter, where the header leaves no doubt which it is."""
    if draft.kind != "delimited":
        return False
    old = draft.delimiter
    rows = [cells_of(piece.raw, draft.delimiter) for piece in draft.pieces]
    header = cells_of(draft.prefix.strip(), draft.delimiter)
    if any(len(cells) != len(header) for cells in rows):
        return False
    draft.delimiter = rng.choice([d for d in ",;\t|" if d != old])
    draft.prefix = row_of(header, draft.delimiter) + b"\n"
    for piece, cells in zip(draft.pieces, rows, strict=True):
        piece.raw = row_of(cells, draft.delimiter)
    return True


def other_form(draft: Draft, rng: random.Random) -> bool:
    """Write JSON lines as an array, as an object around it or as pages, and back."""
    if draft.kind not in ("lines", "array", "object"):
        return False
    values = [loaded(piece.raw) for piece in draft.pieces]
    paged = any(value is not None and is_page(value) for value in values)
    forms = [form for form in ("lines", "array", "object") if form != draft.kind]
    if paged:
        forms = ["array" if draft.kind == "lines" else "lines"]
    form = rng.choice(forms)
    # Broken records cannot be written in another form.
    kept = [(p, v) for p, v in zip(draft.pieces, values, strict=True) if v is not None]
    if not kept:
        return False
    draft.pieces = [Piece(dumped(value), piece.origin) for piece, value in kept]
    draft.kind = form
    draft.name = draft.name.rpartition(".")[0] + (".jsonl" if form == "lines" else ".json")
    newline = rng.choice([b"", b"\n", b"\n  "])
    if form == "lines":
        draft.prefix, draft.sep, draft.suffix = b"", b"\n", b"\n"
    elif form == "array":
        draft.prefix, draft.sep, draft.suffix = b"[" + newline, b"," + newline, newline + b"]"
    else:
        draft.prefix = b'{"data": [' + newline
        draft.sep, draft.suffix = b"," + newline, newline + b'], "meta": {"result_count": 1}}'
    return True


def concatenated(draft: Draft, rng: random.Random) -> bool:
    """Put the file behind itself: what an array is followed by is no part of it."""
    if draft.kind == "parquet":
        return False
    if draft.kind in ("array", "object"):
        draft.suffix += draft.render()
        draft.further += 1
        return True
    again = [replace(piece) for piece in draft.pieces]
    if draft.kind == "delimited":
        again.insert(0, Piece(draft.prefix.rstrip(b"\r\n"), -1))
    draft.pieces += again
    return True


def _columns(draft: Draft, change, change_header, *, quoting: int = csv.QUOTE_MINIMAL) -> bool:
    """Write all rows that have as many cells as the header anew."""
    header = cells_of(draft.prefix.strip(), draft.delimiter)
    draft.prefix = row_of(change_header(header), draft.delimiter, quoting) + b"\n"
    for piece in draft.pieces:
        cells = cells_of(piece.raw, draft.delimiter)
        if len(cells) == len(header):
            piece.raw = row_of(change(cells), draft.delimiter, quoting)
        else:
            piece.origin = -1
    return True
