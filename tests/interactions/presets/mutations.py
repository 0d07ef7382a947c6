"""Logs damaged in known ways, and what must still be read of them.

A file is a function of (original, seed): `mutated` splits the original into records with means of its own,
lets one to four mutators at it, and keeps account of which records nobody touched. From that account, and
never from the product, follows the claim that `check` holds the reader to:

* weak, of any file: nothing but InputError or UsageError leaves `read`; rows used and rejected are all rows;
  no name is empty or has a NUL in it; two readings are the same;
* strong, where the structure (header, brackets) is whole and at least half of the records are untouched: the
  file is read, and the interactions of every untouched record are those of the unmutated file, once each.

Each mutator says by what it does to the account which of the two is due. Layout that means nothing (line
ends, encoding, packing, quoting, order of columns, further fields) touches no record; a byte changed in a
record touches that one; one changed between two records touches both; one changed in the header or a bracket
leaves only the weak claim.
"""

import codecs
import csv
import gzip
import io
import json
import random
import re
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import farmgraph as fg
from farmgraph.errors import InputError, UsageError
from farmgraph.interactions import batches, records

HERE = Path(__file__).parent
BUNDLED = HERE.parents[2] / "data" / "coordination_toolkit_fixture.csv"
LIMIT_S = 20.0
"""Seconds that reading may take: a hundred times the usual, for the machine may be busy; a hang is longer."""

KEYS_WITH_UNDO = {
    "bluesky": lambda r: (r.get("did"), _at(r, "commit", "collection"), _at(r, "commit", "rkey"))
}
"""Formats in which one record can take back another: then the fate of a record hangs on others of its key."""

# ---------------------------------------------------------------------------------------------- originals


@dataclass(frozen=True)
class Original:
    """A log before anything happens to it.

    `prefix`, `records` joined by `sep`, and `suffix` make the file. `kind` is delimited, lines, array, object
    or parquet.
    """

    name: str
    kind: str
    preset: str
    prefix: bytes
    records: tuple[bytes, ...]
    sep: bytes
    suffix: bytes

    @property
    def data(self) -> bytes:
        return self.prefix + self.sep.join(self.records) + self.suffix


PLAIN = [
    ("u1", "page a", "2024-05-01T10:00:00Z", "like"),
    ("u2", "page a", "2024-05-01T10:00:05Z", "like"),
    ("Zoë", "page b", "2024-05-01 10:01:00", "share"),
    ("1498201837462910001", 'a "quoted" name', "1714558000", "like"),
    ("u5", "naïve, café", "", "like"),
    ("u6", "日本", "2024-05-02", "share"),
    ("u7", "page a", "2024-05-03T00:00:00+02:00", ""),
    ("u8", "two\nlines", "1714558000123", "like"),
]
COLUMNS = ("user", "page", "time", "action")


@cache
def originals() -> tuple[Original, ...]:
    """Return every fixture of a preset, the bundled log, and plain logs whose columns are guessed."""
    found = [_split(path) for path in sorted((HERE / "fixtures").iterdir())] + [_split(BUNDLED)]
    for delimiter, name in ((",", "plain.csv"), ("\t", "plain.tsv")):
        rows = [_row(row, delimiter) for row in PLAIN]
        found.append(
            Original(name, "delimited", "none", _row(COLUMNS, delimiter) + b"\n", tuple(rows), b"\n", b"\n")
        )
    lines = tuple(_dumped(dict(zip(COLUMNS, row, strict=True))) for row in PLAIN)
    found.append(Original("plain.jsonl", "lines", "none", b"", lines, b"\n", b"\n"))
    found.append(Original("plain.parquet", "parquet", "none", b"", lines, b"\n", b"\n"))
    return tuple(found)


def _split(path: Path) -> Original:
    data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    preset = _preset_of(path)
    if path.suffix == ".csv":
        header, *rows = _lines_outside_quotes(data)
        return Original(path.name, "delimited", preset, header + b"\n", tuple(rows), b"\n", b"\n")
    if path.suffix in (".jsonl", ".ndjson"):
        return Original(path.name, "lines", preset, b"", tuple(data.splitlines()), b"\n", b"\n")
    whole = json.loads(data)
    spans = _elements(data.decode(), whole)
    kind = "array" if isinstance(whole, list) else "object"
    text = data.decode()
    rows = tuple(text[a:b].encode() for a, b in spans)
    sep = text[spans[0][1] : spans[1][0]].encode()
    original = Original(
        path.name, kind, preset, text[: spans[0][0]].encode(), rows, sep, text[spans[-1][1] :].encode()
    )
    assert original.data == data, "separators differ, so the pieces are not the file"
    return original


def _preset_of(path: Path) -> str:
    # The tests of the presets pin which format each fixture is; here only the name is needed.
    return fg.read(path, threads=1).preset


def _lines_outside_quotes(data: bytes) -> list[bytes]:
    rows, start, inside = [], 0, False
    for i, byte in enumerate(data):
        if byte == ord('"'):
            inside = not inside
        elif byte == ord("\n") and not inside:
            rows.append(data[start:i].removesuffix(b"\r"))
            start = i + 1
    return rows if start == len(data) else [*rows, data[start:]]


def _elements(text: str, whole: object) -> list[tuple[int, int]]:
    """Return where the elements of the records' array stand: of the only one, or of the longest member."""
    start = text.index("[")
    if isinstance(whole, dict):
        under = next(k for k in ("videos", "items", "messages") if re.search(rf'"{k}"\s*:\s*\[', text))
        start = re.search(rf'"{under}"\s*:\s*\[', text).end() - 1
    decoder, spans, at = json.JSONDecoder(), [], start + 1
    while True:
        at = re.compile(r"[\s,]*").match(text, at).end()
        if text[at] == "]":
            return spans
        _, end = decoder.raw_decode(text, at)
        spans.append((at, end))
        at = end


def _dumped(value: object, *, ascii_only: bool = False) -> bytes:
    return json.dumps(value, ensure_ascii=ascii_only).encode()


def _row(cells, delimiter: str, quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerow(cells)
    return out.getvalue()[:-2].encode()


def _at(value, *keys):
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


# ------------------------------------------------------------------------------------------------- pieces


@dataclass
class Piece:
    """A record in a file under way: `origin` is its number in the original, or -1 once it was touched."""

    raw: bytes
    origin: int


@dataclass
class Draft:
    """A file under way, and the account of what is whole."""

    name: str
    kind: str
    prefix: bytes
    pieces: list[Piece]
    sep: bytes
    suffix: bytes
    delimiter: str = ","
    whole: bool = True
    """Whether header and brackets are as they should be."""

    further: int = 0
    """Rows that may come besides those of the records: blank lines, text behind an array."""

    lost: bool = False
    """Whether even untouched records may be missing: the original had no claim on them."""

    bent: bool = False
    """Whether the form is one that only the weak claim is made of, such as JSON lines that end with CR."""

    huge: int = 1 << 20
    expected: dict[int, list[tuple]] = field(default_factory=dict)
    """Interactions of touched records that are known all the same."""

    def render(self) -> bytes:
        return self.prefix + self.sep.join(piece.raw for piece in self.pieces) + self.suffix

    def touch(self, i: int, raw: bytes) -> None:
        self.pieces[i] = Piece(raw, -1)

    def splice(self, start: int, stop: int, put: bytes) -> None:
        """Replace the bytes from `start` to `stop` of the rendered file, and keep account."""
        at = len(self.prefix)
        if start < at:
            self.whole = False
            if stop > at:
                stop = at
            self.prefix = self.prefix[:start] + put + self.prefix[stop:]
            return
        for i, piece in enumerate(self.pieces):
            end = at + len(piece.raw)
            last = i == len(self.pieces) - 1
            # What is put right behind a record belongs to it, as does what replaces its bytes.
            if start <= end and stop <= end:
                self.touch(i, piece.raw[: start - at] + put + piece.raw[stop - at :])
                return
            if not last and start < end + len(self.sep):
                # It reaches into what parts two records: they become one, and nobody knows what it is.
                after = self.pieces.pop(i + 1)
                joined = piece.raw + self.sep + after.raw
                cut = min(stop - at, len(joined))
                self.touch(i, joined[: start - at] + put + joined[cut:])
                return
            if last:
                break
            at = end + len(self.sep)
        if not self.pieces:
            return
        end = len(self.render()) - len(self.suffix)
        if start < end:
            self.touch(len(self.pieces) - 1, self.pieces[-1].raw[: start - end] + put)
            return
        # What stands behind the last record makes a row of its own at most, or spoils that record.
        self.suffix = self.suffix[: start - end] + put + self.suffix[max(stop - end, 0) :]
        self.touch(len(self.pieces) - 1, self.pieces[-1].raw)
        self.further += 1 + put.count(b"\n") + put.count(b"\r")
        self.lost = self.lost or self.kind in ("array", "object")

    def cut(self, at: int) -> None:
        """End the file at a byte."""
        if at <= len(self.prefix):
            self.prefix, self.pieces, self.suffix, self.whole = self.prefix[:at], [], b"", False
            return
        here = len(self.prefix)
        kept = []
        for piece in self.pieces:
            end = here + len(piece.raw)
            if at <= here:
                break
            kept.append(piece if at >= end else Piece(piece.raw[: at - here], -1))
            here = end + len(self.sep)
        self.suffix = b"" if len(kept) < len(self.pieces) or at < len(self.render()) else self.suffix
        self.pieces = kept


@dataclass(frozen=True)
class Mutated:
    """A damaged file, and what is claimed of it."""

    original: Original
    seed: int
    mutators: tuple[str, ...]
    filename: str
    data: bytes
    must_read: bool
    survivors: tuple[int, ...]
    """Numbers of the untouched records in the order of the file."""

    spare: int
    """Most rows that touched records and further text can make."""

    exact: bool
    expected: tuple[tuple, ...] = ()


# ----------------------------------------------------------------------------------------------- mutators
# Each takes the draft and a source of random numbers, and returns False where it does not apply.


def flip_bytes(draft: Draft, rng: random.Random) -> bool:
    return _bytes_in(draft, rng, lambda old: bytes([old[0] ^ rng.randrange(1, 256)]) if old else b"")


def insert_bytes(draft: Draft, rng: random.Random) -> bool:
    return _bytes_in(draft, rng, lambda old: old + rng.randbytes(rng.randrange(1, 4)))


def delete_bytes(draft: Draft, rng: random.Random) -> bool:
    return _bytes_in(draft, rng, lambda old: b"")


def insert_nul(draft: Draft, rng: random.Random) -> bool:
    return _bytes_in(draft, rng, lambda old: old + b"\0")


def mark_in_the_middle(draft: Draft, rng: random.Random) -> bool:
    return _bytes_in(draft, rng, lambda old: old + codecs.BOM_UTF8)


def punctuation(draft: Draft, rng: random.Random) -> bool:
    """Insert what means something: quotes, brackets, commas, backslashes, line ends."""
    return _bytes_in(
        draft, rng, lambda old: old + rng.choice([b'"', b"{", b"}", b"[", b"]", b",", b"\\", b"\n"])
    )


def _bytes_in(draft: Draft, rng: random.Random, change: Callable[[bytes], bytes]) -> bool:
    """Change one to three places, now and then in header or bracket, else among the records."""
    for _ in range(rng.randrange(1, 4)):
        low = 0 if rng.random() < 0.1 else len(draft.prefix)
        size = len(draft.render())
        if size <= low:
            return False
        at = rng.randrange(low, size)
        draft.splice(at, at + 1, change(draft.render()[at : at + 1]))
    return True


def unbalance_quotes(draft: Draft, rng: random.Random) -> bool:
    """Take a quote away, or put one in, in one record."""
    i = _some(draft, rng)
    if i is None:
        return False
    raw = draft.pieces[i].raw
    quotes = [k for k, byte in enumerate(raw) if byte == ord('"')]
    if quotes and rng.random() < 0.5:
        k = rng.choice(quotes)
        draft.touch(i, raw[:k] + raw[k + 1 :])
    else:
        k = rng.randrange(len(raw) + 1)
        draft.touch(i, raw[:k] + b'"' + raw[k:])
    return True


def truncate(draft: Draft, rng: random.Random) -> bool:
    draft.cut(rng.randrange(len(draft.prefix) if rng.random() < 0.8 else 1, len(draft.render()) + 1))
    return True


def truncate_in_character(draft: Draft, rng: random.Random) -> bool:
    data = draft.render()
    inside = [i for i, byte in enumerate(data) if 0x80 <= byte < 0xC0]
    if not inside:
        return False
    draft.cut(rng.choice(inside))
    return True


def delete_lines(draft: Draft, rng: random.Random) -> bool:
    for _ in range(rng.randrange(1, 3)):
        if len(draft.pieces) > 1:
            draft.pieces.pop(rng.randrange(len(draft.pieces)))
    return True


def duplicate_lines(draft: Draft, rng: random.Random) -> bool:
    for _ in range(rng.randrange(1, 3)):
        i = _some(draft, rng)
        if i is not None:
            draft.pieces.insert(rng.randrange(len(draft.pieces) + 1), replace(draft.pieces[i]))
    return True


def swap_lines(draft: Draft, rng: random.Random) -> bool:
    if len(draft.pieces) < 2:
        return False
    i, k = rng.sample(range(len(draft.pieces)), 2)
    draft.pieces[i], draft.pieces[k] = draft.pieces[k], draft.pieces[i]
    return True


def ragged_rows(draft: Draft, rng: random.Random) -> bool:
    i = _some(draft, rng)
    if draft.kind != "delimited" or i is None:
        return False
    raw, delimiter = draft.pieces[i].raw, draft.delimiter.encode()
    draft.touch(
        i, raw + delimiter * rng.randrange(1, 4) if rng.random() < 0.5 else raw.rpartition(delimiter)[0]
    )
    return True


LINE_ENDS = ("\n", "\r\n", "\r", "\n\n")


def embedded_newlines(draft: Draft, rng: random.Random) -> bool:
    """Write a cell over several lines, in quotes as it should be."""
    return _cell(draft, rng, lambda text: f"{text}{rng.choice(LINE_ENDS)}{text[::-1]}")


def empty_cell(draft: Draft, rng: random.Random) -> bool:
    return _cell(draft, rng, lambda text: rng.choice(["", " ", "\t", "NA", "\u00a0", "null"]))


def odd_time(draft: Draft, rng: random.Random) -> bool:
    odd = ["1969-12-31T23:59:59Z", "2150-01-01", "31/12/2024", "NaT", "0", "-1", "99999999999999999999"]
    odd += ["2024-02-30", "24:00", "1e9", "20240501", "2024-05-01T10:00:00.123456789+14:00", "١٢٣"]
    return _cell(draft, rng, lambda text: rng.choice(odd))


IDS = ("9223372036854775807", "18446744073709551615", "18446744073709551614", "9007199254740993")


def odd_id(draft: Draft, rng: random.Random) -> bool:
    odd = [*IDS, "12.0", "1.2E+18", "1,2E+18", "-0", "00012", "1e400", "NaN", "=1+1", "'123", "\ufeff7"]
    return _cell(draft, rng, lambda text: rng.choice(odd))


def whole_ids(draft: Draft, rng: random.Random) -> bool:
    """Name an account of a plain log by 64 bits, in JSON as a number: every digit must come back."""
    good = [i for i, piece in enumerate(draft.pieces) if piece.origin >= 0]
    if not draft.name.startswith("plain.") or draft.kind == "parquet" or not good:
        return False
    i = rng.choice(good)
    origin, name = draft.pieces[i].origin, rng.choice(IDS)
    if draft.kind == "delimited":
        cells = _cells(draft, draft.pieces[i].raw)
        header = _cells(draft, draft.prefix.strip())
        cells[header.index("user")] = name
        draft.touch(i, _row(cells, draft.delimiter))
    else:
        value = json.loads(draft.pieces[i].raw)
        value["user"] = int(name)
        draft.touch(i, _dumped(value))
    draft.expected.setdefault(i, []).append((origin, name))
    return True


def huge_cell(draft: Draft, rng: random.Random) -> bool:
    unit = rng.choice(["x", "é", "a b ", "🦆", '"', "\\", "https://example.org/?a=1&"])
    return _cell(draft, rng, lambda text: unit * (draft.huge // len(unit.encode())))


def _cell(draft: Draft, rng: random.Random, change: Callable[[str], str]) -> bool:
    """Change one cell of one record, written as it should be."""
    i = _some(draft, rng)
    if i is None:
        return False
    raw = draft.pieces[i].raw
    if draft.kind == "delimited":
        cells = _cells(draft, raw)
        if not cells:
            return False
        k = rng.randrange(len(cells))
        cells[k] = change(cells[k])
        draft.touch(i, _row(cells, draft.delimiter))
        return True
    value = _loaded(raw)
    if value is None:
        return False
    spot, key = rng.choice(_spots(value))
    spot[key] = change(str(spot[key])[:200])
    draft.touch(i, _dumped(value))
    return True


def confused_types(draft: Draft, rng: random.Random) -> bool:
    """Put values of other types into fields of some records."""
    if draft.kind not in ("lines", "array", "object"):
        return False
    for _ in range(rng.randrange(1, 3)):
        i = _some(draft, rng)
        value = None if i is None else _loaded(draft.pieces[i].raw)
        if i is None or value is None:
            return False
        for _ in range(rng.randrange(1, 4)):
            spot, key = rng.choice(_spots(value))
            old = spot[key]
            spot[key] = rng.choice(
                [
                    *(
                        None,
                        True,
                        0,
                        2**64 - 1,
                        -1.5,
                        10**30,
                        1e300,
                        "",
                        "text",
                        str(old)[:99],
                        "\x00",
                        "\ud800",
                    ),
                    *([], {}, [{}], [old], [[old]], [None, old, 1], {"id": old}, {"value": {"value": old}}),
                ]
            )
        draft.touch(i, _dumped(value, ascii_only=True))
    return True


def deep_nesting(draft: Draft, rng: random.Random) -> bool:
    """Add a field nobody asks for, nested deeply: it means nothing, so the record counts as untouched."""
    if draft.kind not in ("lines", "array", "object"):
        return False
    i = _some(draft, rng)
    value = None if i is None else _loaded(draft.pieces[i].raw)
    if i is None or value is None or _is_page(value):
        return False
    depth = 200
    opening, closing = rng.choice([(b"[", b"]"), (b'{"a":', b"}")])
    deep = opening * depth + b"1" + closing * depth
    draft.pieces[i].raw = draft.pieces[i].raw.rstrip()[:-1] + b', "x_deep": ' + deep + b"}"
    return True


def duplicate_keys(draft: Draft, rng: random.Random) -> bool:
    if draft.kind not in ("lines", "array", "object"):
        return False
    i = _some(draft, rng)
    value = None if i is None else _loaded(draft.pieces[i].raw)
    if i is None or not value:
        return False
    key, other = rng.choice(list(value)), rng.choice([1, "other", None, [], {"a": 1}])
    again = _dumped(key) + b": " + _dumped(other)
    raw = draft.pieces[i].raw.rstrip()
    draft.touch(i, raw[:-1] + b", " + again + b"}" if rng.random() < 0.5 else b"{" + again + b", " + raw[1:])
    return True


def trailing_comma(draft: Draft, rng: random.Random) -> bool:
    if draft.kind in ("array", "object") and rng.random() < 0.5:
        draft.suffix = b"," + draft.suffix
        draft.further += 1
        return True
    i = _some(draft, rng)
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
        value = _loaded(piece.raw)
        if value is not None and rng.random() < 0.7 and not _is_page(value):
            value[name] = rng.choice([1, "ü", None, [1, {"a": 2}], {"b": {}}, "🦆"])
            piece.raw = _dumped(value)
    return True


def duplicate_header(draft: Draft, rng: random.Random) -> bool:
    """Name a further column as one that is there: where it is needed, nobody knows which is meant."""
    header = _cells(draft, draft.prefix.strip()) if draft.kind == "delimited" else []
    if not header:
        return False
    name = rng.choice(header)
    draft.bent = True
    return _columns(draft, lambda cells: [*cells, "again"], lambda h: [*h, name])


def reordered_columns(draft: Draft, rng: random.Random) -> bool:
    if draft.kind == "delimited":
        n = len(_cells(draft, draft.prefix.strip()))
        order = rng.sample(range(n), n)
        return _columns(draft, lambda c: [c[i] for i in order], lambda h: [h[i] for i in order])
    if draft.kind == "parquet":
        return False
    for piece in draft.pieces:
        value = _loaded(piece.raw)
        if value is not None and not _is_page(value):
            items = list(value.items())
            rng.shuffle(items)
            piece.raw = _dumped(dict(items))
    return True


def quoted_all(draft: Draft, rng: random.Random) -> bool:
    """Quote every cell, or write JSON in ASCII: the same log."""
    if draft.kind == "delimited":
        return _columns(draft, list, list, quoting=csv.QUOTE_ALL)
    for piece in draft.pieces:
        value = _loaded(piece.raw)
        if value is not None:
            piece.raw = _dumped(value, ascii_only=True)
    return True


def other_delimiter(draft: Draft, rng: random.Random) -> bool:
    """Write the table with another delimiter, where the header leaves no doubt which it is."""
    if draft.kind != "delimited":
        return False
    old = draft.delimiter
    rows = [_cells(draft, piece.raw) for piece in draft.pieces]
    header = _cells(draft, draft.prefix.strip())
    if any(len(cells) != len(header) for cells in rows):
        return False
    draft.delimiter = rng.choice([d for d in ",;\t|" if d != old])
    draft.prefix = _row(header, draft.delimiter) + b"\n"
    for piece, cells in zip(draft.pieces, rows, strict=True):
        piece.raw = _row(cells, draft.delimiter)
    return True


def other_form(draft: Draft, rng: random.Random) -> bool:
    """Write JSON lines as an array, as an object around it or as pages, and back."""
    if draft.kind not in ("lines", "array", "object"):
        return False
    values = [_loaded(piece.raw) for piece in draft.pieces]
    paged = any(value is not None and _is_page(value) for value in values)
    forms = [form for form in ("lines", "array", "object") if form != draft.kind]
    if paged:
        forms = ["array" if draft.kind == "lines" else "lines"]
    form = rng.choice(forms)
    # Broken records cannot be written in another form.
    kept = [(p, v) for p, v in zip(draft.pieces, values, strict=True) if v is not None]
    if not kept:
        return False
    draft.pieces = [Piece(_dumped(value), piece.origin) for piece, value in kept]
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


def blank_lines(draft: Draft, rng: random.Random) -> bool:
    if draft.kind not in ("delimited", "lines"):
        return False
    for _ in range(rng.randrange(1, 4)):
        draft.pieces.insert(rng.randrange(len(draft.pieces) + 1), Piece(rng.choice([b"", b" ", b"  "]), -1))
    return True


def blank_ends(draft: Draft, rng: random.Random) -> bool:
    """Put empty lines at both ends."""
    n = rng.randrange(1, 4)
    draft.prefix = b"\n" * n + draft.prefix
    draft.suffix += b"\n" * n
    draft.further += 2 * n
    return True


def line_ends(draft: Draft, rng: random.Random) -> bool:
    """End lines with CR LF or CR; JSON lines that end with CR are no usual form."""
    if draft.sep != b"\n":
        return False
    end = rng.choice([b"\r\n", b"\r"])
    draft.bent = draft.bent or (draft.kind == "lines" and end == b"\r")
    draft.prefix, draft.suffix = draft.prefix.replace(b"\n", end), draft.suffix.replace(b"\n", end)
    draft.sep = end
    return True


def no_last_line_end(draft: Draft, rng: random.Random) -> bool:
    if draft.kind not in ("delimited", "lines"):
        return False
    draft.suffix = b""
    return True


def no_suffix(draft: Draft, rng: random.Random) -> bool:
    """Call the file something that tells nothing; then its first character tells what it is."""
    if draft.kind == "parquet" or not draft.pieces or not draft.render()[:1].isascii():
        return False
    draft.name = draft.name.partition(".")[0]
    draft.bent = draft.bent or not draft.whole or (draft.kind == "lines" and draft.pieces[0].origin < 0)
    return True


def _some(draft: Draft, rng: random.Random) -> int | None:
    return rng.randrange(len(draft.pieces)) if draft.pieces else None


def _cells(draft: Draft, raw: bytes) -> list[str]:
    text = raw.decode("utf-8", "replace")
    with _wide_cells():
        try:
            return next(csv.reader(io.StringIO(text, newline=""), delimiter=draft.delimiter), [])
        except csv.Error:
            return []


class _wide_cells:
    """Let the csv module take cells of any size for a moment: the limit belongs to everybody."""

    def __enter__(self) -> None:
        self.before = csv.field_size_limit(1 << 30)

    def __exit__(self, *_: object) -> None:
        csv.field_size_limit(self.before)


def _columns(draft: Draft, change, change_header, *, quoting: int = csv.QUOTE_MINIMAL) -> bool:
    """Write all rows that have as many cells as the header anew."""
    header = _cells(draft, draft.prefix.strip())
    draft.prefix = _row(change_header(header), draft.delimiter, quoting) + b"\n"
    for piece in draft.pieces:
        cells = _cells(draft, piece.raw)
        if len(cells) == len(header):
            piece.raw = _row(change(cells), draft.delimiter, quoting)
        else:
            piece.origin = -1
    return True


def _loaded(raw: bytes):
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def _is_page(value: dict) -> bool:
    return isinstance(value.get("data"), list)


def _spots(value, depth: int = 6) -> list[tuple]:
    """Return all places in a JSON value as (container, key)."""
    found = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        found.append((value, key))
        if isinstance(inner, (dict, list)) and inner and depth:
            found += _spots(inner, depth - 1)
    return found


# What works on the meaning comes before what works on bytes, or it would find nothing to work on.
STAGES: tuple[tuple[Callable[[Draft, random.Random], bool], ...], ...] = (
    (other_form, other_delimiter, reordered_columns, further_fields, quoted_all, duplicate_header),
    (
        delete_lines,
        duplicate_lines,
        swap_lines,
        whole_ids,
        deep_nesting,
        concatenated,
        line_ends,
        no_last_line_end,
    ),
    (empty_cell, odd_time, odd_id, huge_cell, embedded_newlines, confused_types, duplicate_keys),
    (
        *(blank_lines, blank_ends, ragged_rows, trailing_comma, unbalance_quotes, punctuation, flip_bytes),
        *(
            insert_bytes,
            delete_bytes,
            insert_nul,
            mark_in_the_middle,
            truncate,
            truncate_in_character,
            no_suffix,
        ),
    ),
)
MUTATORS = {mutator.__name__: (stage, mutator) for stage, group in enumerate(STAGES) for mutator in group}
ENCODINGS = ("utf-8-sig", "utf-16-le-mark", "utf-16-be-mark", "latin-1")
PACKINGS = ("gzip", "zip", "gzip-cut", "zip-damaged")
ALL_NAMES = (*MUTATORS, *ENCODINGS, *PACKINGS)


def mutated(original: Original, seed: int, *, huge: int = 1 << 20) -> Mutated:
    """Damage a log; the same original and seed make the same file."""
    rng = random.Random(f"{original.name} {seed}")
    if original.kind == "parquet":
        return _mutated_parquet(original, seed, rng)
    draft = Draft(
        original.name,
        original.kind,
        original.prefix,
        [Piece(raw, i) for i, raw in enumerate(original.records)],
        original.sep,
        original.suffix,
        delimiter="\t" if original.name.endswith(".tsv") else ",",
        huge=huge,
    )
    chosen = rng.sample(ALL_NAMES, rng.randrange(1, 5))
    # A megabyte takes its time: rarer than the rest.
    chosen = [name for name in chosen if name != "huge_cell" or rng.random() < 0.4] or ["flip_bytes"]
    done = []
    for name in sorted((n for n in chosen if n in MUTATORS), key=lambda n: MUTATORS[n][0]):
        if MUTATORS[name][1](draft, rng):
            done.append(name)
    packing = next((name for name in chosen if name in PACKINGS), "")
    encoding = next((name for name in chosen if name in ENCODINGS), "")
    data = draft.render()
    if encoding:
        done.append(encoding)
        data = _encoded(draft, data, encoding)
    filename = draft.name
    broken = False
    if packing:
        done.append(packing)
        broken = packing not in ("gzip", "zip")
        filename, data = _packed(filename, data, packing, rng)
    return _claim(original, seed, tuple(done), draft, filename, data, broken=broken)


def _encoded(draft: Draft, data: bytes, encoding: str) -> bytes:
    if encoding == "utf-8-sig":
        return codecs.BOM_UTF8 + data
    text = data.decode("utf-8", "replace")
    if encoding == "latin-1":
        # One byte for each letter: what is not ASCII is another name now, or none.
        for i, piece in enumerate(draft.pieces):
            if not piece.raw.isascii():
                draft.touch(i, piece.raw)
        draft.whole = draft.whole and draft.prefix.isascii()
        return text.encode("latin-1", "replace")
    little = "le" in encoding
    mark = codecs.BOM_UTF16_LE if little else codecs.BOM_UTF16_BE
    return mark + text.encode("utf-16-le" if little else "utf-16-be", "replace")


def _packed(filename: str, data: bytes, packing: str, rng: random.Random) -> tuple[str, bytes]:
    if packing.startswith("gzip"):
        data = gzip.compress(data, mtime=0, compresslevel=1)
        if packing == "gzip-cut":
            data = data[: rng.randrange(1, len(data))]
        return filename + ".gz", data
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(filename, (2024, 1, 1, 0, 0, 0)), data)
    data = out.getvalue()
    if packing == "zip-damaged":
        at = rng.randrange(len(data))
        data = data[:at] + bytes([data[at] ^ rng.randrange(1, 256)]) + data[at + 1 :]
    return filename + ".zip", data


def _claim(
    original: Original,
    seed: int,
    done: tuple[str, ...],
    draft: Draft,
    filename: str,
    data: bytes,
    *,
    broken: bool,
) -> Mutated:
    pieces = draft.pieces
    untouched = [i for i, piece in enumerate(pieces) if piece.origin >= 0]
    survivors = _out_of_reach(draft, untouched)
    touched = [piece.raw for piece in pieces if piece.origin < 0]
    ends = (b"\n", b"\r") if draft.kind in ("delimited", "lines") else (b",", b"\n")
    spare = draft.further + sum(1 + sum(raw.count(end) for end in ends) for raw in touched)
    spare += len(untouched) - len(survivors)
    must = (
        not broken
        and draft.whole
        and not draft.bent
        and not draft.lost
        and 2 * len(untouched) >= len(pieces)
        and bool(survivors)
        and _has_the_fields(original, [pieces[i].raw for i in survivors], draft)
    )
    expected = []
    for i, known in draft.expected.items():
        if i < len(pieces) and pieces[i].origin < 0 and len(done) == 1:
            expected += known
    return Mutated(
        original,
        seed,
        done,
        filename,
        data,
        must_read=must,
        survivors=tuple(pieces[i].origin for i in survivors),
        spare=spare,
        exact=must and not touched and not draft.further,
        expected=tuple(expected),
    )


def _out_of_reach(draft: Draft, untouched: list[int]) -> list[int]:
    """Return the untouched records that damage before them cannot reach, by the rules of the form.

    In a table an open quote reaches to the next quote, and is closed there for good only if a delimiter or a line
    end follows; anything else tells that it was none of its own, and its first line alone is lost. Lines reach
    nowhere, and neither do the elements of an array, whose next one is known by how it begins.
    """
    here = set(untouched)
    if draft.kind != "delimited":
        return untouched
    out = []
    shadow = False
    after = rb'(?:[^"]|"")*(?:"(?:$|[' + re.escape(draft.delimiter.encode()) + rb"\r\n])|$)"
    for i in range(len(draft.pieces)):
        if i in here and i - 1 not in here and i > 0 and b'"' in draft.pieces[i - 1].raw:
            rest = draft.sep.join(piece.raw for piece in draft.pieces[i:]) + draft.suffix
            shadow = shadow or (b'"' in rest and re.match(after, rest) is not None)
        if i in here and not shadow:
            out.append(i)
    return out


def _has_the_fields(original: Original, raws: list[bytes], draft: Draft) -> bool:
    """Whether untouched records show all that the format is known by; a table shows it in its header."""
    if original.kind == "delimited":
        return True
    seen: set[str] = set()
    for raw in raws:
        value = _loaded(raw)
        rows = value["data"] if value is not None and _is_page(value) else [value]
        for row in rows:
            seen |= _names(row, "")
    wanted = fg.presets()[original.preset].marks if original.preset != "none" else COLUMNS[:3]
    return all(any(part in seen for part in mark.split("|")) for mark in wanted)


def _names(value, prefix: str) -> set[str]:
    found = set()
    for key, inner in value.items() if isinstance(value, dict) else ():
        found |= {prefix + key} | _names(inner, f"{prefix}{key}.")
    return found


def _mutated_parquet(original: Original, seed: int, rng: random.Random) -> Mutated:
    """Damage a Parquet file: its columns and types keep their meaning, its bytes have a checksum's worth of luck."""
    order = list(range(len(PLAIN)))
    done = []
    whole = True
    exact = True
    if rng.random() < 0.5:
        done.append("swap_lines")
        rng.shuffle(order)
    if rng.random() < 0.3:
        done.append("delete_lines")
        order = order[1:]
    rows = [PLAIN[i] for i in order]
    columns = {name: pa.array([row[k] for row in rows]) for k, name in enumerate(COLUMNS)}
    if rng.random() < 0.4:
        done.append("further_fields")
        columns["x"] = pa.array([[1, None]] * len(rows), pa.list_(pa.int64()))
    if rng.random() < 0.4:
        done.append("parquet-types")
        for name in ("user", "page", "action"):
            kind = rng.choice([pa.large_string(), pa.string(), pa.binary(), None])
            columns[name] = columns[name].cast(kind) if kind else columns[name].dictionary_encode()
    names = list(columns)
    if rng.random() < 0.4:
        done.append("reordered_columns")
        rng.shuffle(names)
    table = pa.table({name: columns[name] for name in names})
    out = io.BytesIO()
    pq.write_table(
        table,
        out,
        row_group_size=rng.choice([1, 3, 100]),
        compression=rng.choice(["snappy", "gzip", "none", "zstd"]),
    )
    data = out.getvalue()
    damage = rng.choice(["", "", "flip_bytes", "truncate", "delete_bytes", "insert_bytes"])
    if damage:
        done.append(damage)
        whole = exact = False
        at = rng.randrange(len(data))
        if damage == "truncate":
            data = data[:at]
        else:
            put = {"flip_bytes": bytes([data[at] ^ rng.randrange(1, 256)]), "delete_bytes": b""}
            data = data[:at] + put.get(damage, rng.randbytes(3)) + data[at + (damage != "insert_bytes") :]
    return Mutated(
        original,
        seed,
        tuple(done) or ("parquet-settings",),
        original.name,
        data,
        must_read=whole,
        survivors=tuple(order),
        spare=0,
        exact=exact,
    )


# ------------------------------------------------------------------------------------------------- checks

Bundle = tuple[tuple, ...]
"""The interactions of one record, in their order: (account, content, time, action) each."""


def bundles_of(log) -> list[tuple[int, Bundle]]:
    """Return for each used row its number and its interactions."""
    names = ["account", "content", "time", "action"]
    columns = [log.table[name].to_pylist() for name in names]
    found: dict[int, list[tuple]] = {}
    for line, *values in zip(log.table["line"].to_pylist(), *columns, strict=True):
        found.setdefault(line, []).append(tuple(values))
    return sorted((line, tuple(acts)) for line, acts in found.items())


@cache
def baseline(name: str) -> dict[int, tuple[Bundle, ...]]:
    """Return what the unmutated file says: for each record the interactions of its rows that are used."""
    original = next(item for item in originals() if item.name == name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        if original.kind == "parquet":
            pq.write_table(
                pa.table({c: pa.array([row[k] for row in PLAIN]) for k, c in enumerate(COLUMNS)}), path
            )
        else:
            path.write_bytes(original.data)
        log = fg.read(path, duplicates="keep", threads=1)
    used = dict(bundles_of(log))
    outside = _undone(original)
    found, line = {}, 1
    for i, raw in enumerate(original.records):
        value = _loaded(raw)
        n = max(1, len(value["data"])) if value is not None and _is_page(value) else 1
        mine = tuple(used[row] for row in range(line, line + n) if row in used)
        found[i] = () if i in outside else mine
        line += n
    assert line - 1 == log.n_rows, f"{name}: {line - 1} rows by hand, {log.n_rows} read"
    return found


def _undone(original: Original) -> set[int]:
    """Return the records whose fate hangs on others: those that share their key with an undoing."""
    if original.preset not in KEYS_WITH_UNDO:
        return set()
    key = KEYS_WITH_UNDO[original.preset]
    keys = [None if (value := _loaded(raw)) is None else key(value) for raw in original.records]
    counts = Counter(keys)
    return {i for i, k in enumerate(keys) if k is not None and counts[k] > 1}


@dataclass
class Outcome:
    """What came of a file."""

    violations: list[str]
    read: int = 0
    refused: list[str] = field(default_factory=list)
    used: int = 0
    rejected: int = 0
    seconds: float = 0.0


def keeps_duplicates(case: Mutated) -> bool:
    """Whether a file is read with its duplicates: then every row can be counted; without is the usual way."""
    return random.Random(f"duplicates {case.original.name} {case.seed}").random() < 0.7


def check(
    case: Mutated, folder: Path, *, read=fg.read, twice: float = 0.0, limit_s: float = LIMIT_S
) -> Outcome:
    """Read a damaged file by itself and with its format named, and hold the reader to the claim.

    A share `twice` of the files is read again, in small blocks and with two threads.
    """
    path = folder / case.filename
    path.write_bytes(case.data)
    outcome = Outcome([])
    duplicates = "keep" if keeps_duplicates(case) else "remove"
    again = random.Random(f"again {case.original.name} {case.seed}").random() < twice
    try:
        for preset in ("", case.original.preset):
            options = {"duplicates": duplicates, "threads": 1, **({"preset": preset} if preset else {})}
            _check_once(case, path, options, read, outcome, limit_s, twice=again)
    finally:
        path.unlink()
    return outcome


def _check_once(
    case: Mutated, path: Path, options: dict, read, outcome: Outcome, limit_s: float, *, twice: bool
) -> None:
    how = options.get("preset") or "auto"
    tell = outcome.violations.append
    started = time.perf_counter()
    log, refusal = _read(path, options, read, outcome, how)
    seconds = time.perf_counter() - started
    outcome.seconds += seconds
    if seconds > limit_s:
        tell(f"{how}: took {seconds:.0f} s")
    if log is None:
        outcome.refused.append(refusal)
        if case.must_read and refusal:
            tell(f"{how}: refused although most is whole: {refusal}")
        return
    outcome.read += 1
    outcome.used += log.n_used
    outcome.rejected += len(log.rejected)
    outcome.violations += [f"{how}: {text}" for text in unsound(log)]
    if case.must_read:
        wanted = "" if case.original.preset == "none" else case.original.preset
        if log.preset != wanted:
            tell(f"{how}: read as {log.preset or 'plain'}, not as {wanted or 'plain'}")
        else:
            keeps = options["duplicates"] == "keep"
            outcome.violations += [f"{how}: {text}" for text in unfaithful(case, log, every=keeps)]
    if twice:
        before = (records.BLOCK_ROWS, batches.BLOCK_ROWS)
        try:
            # Small blocks, or a second thread would never see one.
            records.BLOCK_ROWS = batches.BLOCK_ROWS = 3
            again, _ = _read(path, {**options, "threads": 2}, read, outcome, how)
        finally:
            records.BLOCK_ROWS, batches.BLOCK_ROWS = before
        if again is None or not same(log, again):
            tell(f"{how}: two threads and small blocks read something else")


def _read(path: Path, options: dict, read, outcome: Outcome, how: str):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        log, refusal = None, ""
        try:
            log = read(path, **options)
        except (InputError, UsageError) as error:
            refusal = str(error) or "(no message)"
            if "fault in farmgraph" in refusal:
                outcome.violations.append(f"{how}: {refusal}")
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            outcome.violations.append(f"{how}: {type(error).__name__}: {str(error)[:300]}")
    ours = [
        str(w.message) for w in heard if "farmgraph" in Path(w.filename).parts and "tests" not in w.filename
    ]
    outcome.violations += [f"{how}: warning {text[:200]}" for text in ours]
    return log, refusal


def same(a, b) -> bool:
    """Whether two readings are the same, to the last note."""
    return (
        a.table.equals(b.table)
        and a.rejected.equals(b.rejected)
        and a.notes == b.notes
        and a.source == b.source
        and a.columns == b.columns
    )


def unsound(log) -> list[str]:
    """Return what no log may have, whatever it was read from."""
    wrong = []
    used = sorted(set(zip(log.table["source"].to_pylist(), log.table["line"].to_pylist(), strict=True)))
    left = list(zip(log.rejected["source"], log.rejected["line"].tolist(), strict=True))
    every = [(s.path, line) for s in log.source for line in range(1, s.n_rows + 1)]
    if sorted([*used, *left]) != sorted(every):
        wrong.append(
            f"{len(used)} rows used and {len(left)} rejected are not the {len(every)} rows, each once"
        )
    if len(used) != log.n_used:
        wrong.append(f"{log.n_used} rows are said to be used, {len(used)} are")
    for role in ("account", "content", "action"):
        names = log.table[role].combine_chunks().dictionary.to_pylist()
        if any("\0" in name for name in names):
            wrong.append(f"a NUL in an {role}")
        if any(not name.strip() for name in names):
            wrong.append(f"an empty {role}")
    for role in ("account", "content"):
        if log.table[role].null_count:
            wrong.append(f"no {role} at all")
    for text in log.rejected["raw_text"]:
        if not isinstance(text, str) or "\0" in text or len(text) > 11_000:
            wrong.append(f"raw text that nobody can read: {text!r:.80}")
    if any(not reason for reason in log.rejected["reason"]):
        wrong.append("a reject without a reason")
    return wrong


def unfaithful(case: Mutated, log, *, every: bool) -> list[str]:
    """Return what differs from the unmutated file in records that nobody touched."""
    base = baseline(case.original.name)
    wanted = [bundle for i in case.survivors for bundle in base[i]]
    found = [bundle for _, bundle in bundles_of(log)]
    wrong = []
    if not every:
        missing = set(wanted) - set(found)
        return [f"{len(missing)} rows lost or changed, such as {_first(missing)}"] if missing else []
    missing = Counter(wanted) - Counter(found)
    if missing:
        wrong.append(f"{missing.total()} rows lost or changed, such as {_first(missing)}")
    elif not _in_order(wanted, found):
        wrong.append("untouched rows are not in their order")
    undone = sum(i in _undone(case.original) for i in case.survivors)
    most = len(wanted) + undone + case.spare * _widest(case)
    more = Counter(found) - Counter(wanted)
    if len(found) > most or (case.exact and more and not _undone(case.original)):
        wrong.append(f"{len(found)} rows used, {len(wanted)} expected, such as {_first(more)}")
    for origin, name in case.expected:
        (bundle,) = base[origin]
        changed = tuple((name, *act[1:]) for act in bundle)
        if changed not in found:
            wrong.append(f"the account {name} did not come back")
    return wrong


def _widest(case: Mutated) -> int:
    """Return the most rows that one record of the original makes: a page makes several."""
    return max(len(rows) for rows in baseline(case.original.name).values()) or 1


def _in_order(wanted: list, found: list) -> bool:
    """Whether one list is what is left of another when some of it is taken out."""
    rest = iter(found)
    return all(any(item == other for other in rest) for item in wanted)


def _first(bundles) -> str:
    return repr(next(iter(bundles), ""))[:300]
