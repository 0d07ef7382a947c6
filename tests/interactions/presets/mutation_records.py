"""Records written and read by means of the tests' own: a row of a table, a value of JSON."""

import csv
import io
import json


def dumped(value: object, *, ascii_only: bool = False) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        # Half a character, which a mutator wrote before: as bytes it can only be escaped.
        return json.dumps(value).encode()


def loaded(raw: bytes):
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def is_page(value: dict) -> bool:
    return isinstance(value.get("data"), list)


def row_of(cells, delimiter: str, quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerow(cells)
    return out.getvalue()[:-2].encode()


def cells_of(raw: bytes, delimiter: str) -> list[str]:
    text = raw.decode("utf-8", "replace")
    with _wide_cells():
        try:
            return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        except csv.Error:
            return []


class _wide_cells:
    """Let the csv module take cells of any size for a moment: the limit belongs to everybody."""

    def __enter__(self) -> None:
        self.before = csv.field_size_limit(1 << 30)

    def __exit__(self, *_: object) -> None:
        csv.field_size_limit(self.before)
