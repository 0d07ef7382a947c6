"""Logs before anything happens to them: every fixture of a preset, the bundled log, and plain logs."""

import codecs
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from interactions.presets.mutation_records import dumped, row_of

import farmgraph as fg

HERE = Path(__file__).parent
BUNDLED = HERE.parents[2] / "data" / "coordination_toolkit_fixture.csv"


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
        rows = [row_of(row, delimiter) for row in PLAIN]
        found.append(
            Original(name, "delimited", "none", row_of(COLUMNS, delimiter) + b"\n", tuple(rows), b"\n", b"\n")
        )
    lines = tuple(dumped(dict(zip(COLUMNS, row, strict=True))) for row in PLAIN)
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
