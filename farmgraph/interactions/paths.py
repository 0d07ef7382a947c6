"""Paths of a preset, written as SQL over JSON records or over the columns of a table."""

import ast
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.interactions.times import PLACEHOLDERS

_ESCAPE = re.compile(r"""\\(?:([\\'"abfnrtvxuUN0-7\n])|.)""", re.DOTALL)
_BIG_FLOAT = 2.0**53
_STEP = re.compile(r"([^.\[\]]+)(\[[^\]]*\])?(?:\.|$)")


@dataclass(frozen=True)
class Path:
    """A path, taken apart: the plain fields in front, then steps into lists.

    Attributes
    ----------
    plain : str
        Fields up to the first list, joined by dots.
    steps : tuple of (condition, fields)
        For each list: what its elements must fulfil (``"type=quoted"`` or nothing), and the fields that follow.
    """

    plain: str
    steps: tuple[tuple[str, str], ...] = ()


def parsed(path: str) -> Path:
    """Take a path apart.

    Examples
    --------
    >>> parsed("refs[type=quoted].id")
    Path(plain='refs', steps=(('type=quoted', 'id'),))
    """
    plain: list[str] = []
    steps: list[tuple[str, list[str]]] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise ValueError(f"{path!r} is no path of a preset")
        name, brackets = match.group(1), match.group(2)
        (steps[-1][1] if steps else plain).append(name)
        if brackets is not None:
            steps.append((brackets[1:-1], []))
        at = match.end()
    return Path(".".join(plain), tuple((condition, ".".join(fields)) for condition, fields in steps))


def bare(path: str) -> str:
    """Return a path without the word that asks for its texts in one piece."""
    return path.removeprefix("joined:")


def quoted(text: str) -> str:
    """Write a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def json_path(fields: str) -> str:
    """Write fields joined by dots as a JSONPath, as an SQL literal."""
    return quoted("$" + "".join(f'."{part}"' for part in fields.split(".") if part))


class Source:
    """Where values come from: `values` writes a path as an SQL list of texts that are not empty, `value` as one."""

    def values(self, path: str) -> str:
        """Return SQL for all texts at a path."""
        inner = self.list_of(bare(path))
        if path != bare(path):
            inner = f"[array_to_string(list_filter({inner}, lambda x: x IS NOT NULL), '')]"
        return f"list_filter({inner}, lambda x: x IS NOT NULL AND trim(x) <> '')"

    def value(self, path: str) -> str:
        """Return SQL for the first text at a path, or NULL."""
        return f"({self.values(path)})[1]"

    def list_of(self, path: str) -> str:
        """Return SQL for all texts at a path, empty and missing ones among them."""
        raise NotImplementedError


class JsonSource(Source):
    """JSON records: every field is taken out of the record once, into a list of JSON values ``j``."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.fields = list(dict.fromkeys(parsed(bare(path)).plain for path in paths))

    def picked(self) -> str:
        """Return SQL that takes the fields out of the record ``line``."""
        listed = ", ".join(json_path(field) for field in self.fields)
        return f"json_extract(line, [{listed}])"

    def list_of(self, path: str) -> str:
        """Return SQL for all texts at a path, empty and missing ones among them."""
        taken = parsed(path)
        here = f"j[{self.fields.index(taken.plain) + 1}]"
        if not taken.steps:
            return f"[{_scalar(here, '')}]"
        return _inside(here, taken.steps)


class TableSource(Source):
    """A table: paths are names of columns, lists are written as text and taken apart beforehand."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = set(columns)

    def list_of(self, path: str) -> str:
        """Return SQL for all texts at a path, empty and missing ones among them."""
        taken = parsed(path)
        if path in self.columns:
            words = ", ".join(quoted(word) for word in PLACEHOLDERS)
            return f"[CASE WHEN trim({identifier(path)}) IN ({words}) THEN NULL ELSE {identifier(path)} END]"
        if taken.plain not in self.columns:
            return "CAST([] AS VARCHAR[])"
        if _is_plain_list(taken):
            elements, other = identifier(list_name(taken.plain)), taken.steps[0][0][2:]
            return f"list_filter({elements}, lambda x: x <> {quoted(other)})" if other else elements
        if taken.steps:
            column = identifier(json_name(taken.plain))
            return _inside(f"CASE WHEN json_valid({column}) THEN CAST({column} AS JSON) END", taken.steps)
        return "CAST([] AS VARCHAR[])"


def _inside(value: str, steps: Sequence[tuple[str, str]]) -> str:
    """Return SQL for the texts at the end of steps into the lists of a JSON value."""
    current, before = f"[{value}]", ""
    for condition, fields in steps:
        elements = json_path(before)[:-1] + "[*]'"
        current = f"flatten(list_transform({current}, lambda x: json_extract(x, {elements})))"
        if condition.startswith("!="):
            said = _scalar("x", "")
            current = f"list_filter({current}, lambda x: coalesce({said}, '') <> {quoted(condition[2:])})"
        elif condition:
            field, wanted = condition.split("=", 1)
            found = f"json_extract_string(x, {json_path(field)})"
            current = f"list_filter({current}, lambda x: lower({found}) = {quoted(wanted.lower())})"
        before = fields
    return f"list_transform({current}, lambda x: {_scalar('x', before)})"


def _is_plain_list(path: Path) -> bool:
    """Whether a path asks for elements themselves, all or all but one."""
    return len(path.steps) == 1 and not path.steps[0][1] and path.steps[0][0][:2] in ("", "!=")


def json_name(column: str) -> str:
    """Return what the column is called that holds JSON."""
    return f"{column}{{}}"


def list_name(column: str) -> str:
    """Return what the column is called that holds the elements of a list written as text."""
    return f"{column}[]"


def columns_in(paths: Iterable[str], columns: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return which columns of a table are needed, and which of them are lists."""
    plain, lists = [], []
    for path in map(bare, paths):
        if path in columns:
            plain.append(path)
        elif (taken := parsed(path)).plain in columns:
            plain.append(taken.plain)
            # With fields behind the brackets it is JSON, which is asked as it stands.
            lists += [taken.plain] if _is_plain_list(taken) else []
    return list(dict.fromkeys(plain)), list(dict.fromkeys(lists))


def lists_from_text(column: Any) -> Any:
    """Take apart lists that are written as text, each distinct text once.

    Examples
    --------
    >>> lists_from_text(pa.array(["['a', 'b']", "[x, y]", "#p #q", "https://a.org/1,2 https://b.org", ""])).to_pylist()
    [['a', 'b'], ['x', 'y'], ['#p', '#q'], ['https://a.org/1,2', 'https://b.org'], []]
    """
    codes = column.cast(pa.string()).fill_null("").dictionary_encode()
    lists = pa.array([_elements(text) for text in codes.dictionary.to_pylist()], pa.list_(pa.string()))
    return lists.take(codes.indices)


def _elements(text: str) -> list[str]:
    text = text.strip()
    if text in ("", "[]", *PLACEHOLDERS):
        return []
    if text[0] in "[({" and text[-1] in "])}":
        for read in (json.loads, _written_by_python):
            try:
                found = read(text)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            if isinstance(found, set):
                found = sorted(found, key=str)  # a set has another order in every process
            if isinstance(found, (list, tuple)):
                return [
                    _whole(str(item))
                    for item in found
                    if item is not None and not isinstance(item, (dict, list))
                ]
        text = text[1:-1]
    if re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE):
        parts = re.split(r"[,;|]?\s+|[,;|](?=[a-z][a-z0-9+.-]*://)", text, flags=re.IGNORECASE)
    elif all(part.startswith(("#", "＃")) for part in text.split()):
        parts = re.split(r"[\s,;|]+", text)
    else:
        parts = re.split(r"\s*[,;|]\s*", text)
    return [part.strip("'\" ") for part in parts if part.strip("'\" ")]


def _written_by_python(text: str) -> Any:
    """Read a list as Python writes it; a backslash that means nothing stands for itself, and Python says nothing."""
    return ast.literal_eval(_ESCAPE.sub(lambda at: at[0] if at[1] else "\\" + at[0], text))


def _whole(text: str) -> str:
    """Replace halves of characters, which an escape can write and no text can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _scalar(of: str, fields: str) -> str:
    at = json_path(fields)
    kind, text = f"json_type({of}, {at})", f"json_extract_string({of}, {at})"
    # 12.0 is the identifier 12; from 2**53 on a float has lost digits, and is written as cut.
    number = (
        f"CASE WHEN abs(CAST({text} AS DOUBLE)) >= {_BIG_FLOAT:.0f} THEN format('{{:.1E}}', CAST({text} AS DOUBLE)) "
        f"ELSE regexp_replace({text}, '\\.0$', '') END"
    )
    return f"CASE {kind} WHEN 'ARRAY' THEN NULL WHEN 'OBJECT' THEN NULL WHEN 'DOUBLE' THEN {number} ELSE {text} END"


def identifier(name: str) -> str:
    """Write the name of a column as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def as_texts(column: Any) -> Any:
    """Return an Arrow column as texts; lists and structures have none.

    Floats that cannot be identifiers, since digits are lost from 2**53 on, are written as a spreadsheet would write
    them, so that they are seen to be cut.

    Examples
    --------
    >>> as_texts(pa.array([12.0, 1.25e18, None])).to_pylist()
    ['12', '1.2E+18', None]
    """
    kind = column.type
    if pa.types.is_nested(kind):
        return pa.nulls(len(column), pa.string())
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "true", "false")
    if not pa.types.is_floating(kind):
        return column.cast(pa.string())
    codes = column.dictionary_encode()
    texts = [_number(value) for value in codes.dictionary.cast(pa.float64()).to_pylist()]
    return pa.array(texts, pa.string()).take(codes.indices)


def as_json(column: Any) -> Any:
    """Return an Arrow column as JSON texts: lists and structures written as such, texts as they stand.

    Examples
    --------
    >>> as_json(pa.array([[{"tag": "a"}], None])).to_pylist()
    ['[{"tag": "a"}]', None]
    """
    if not pa.types.is_nested(column.type):
        return as_texts(column)
    written = [None if value is None else json.dumps(value, default=str) for value in column.to_pylist()]
    return pa.array(written, pa.string())


def as_lists(column: Any) -> Any:
    """Return an Arrow column as lists of texts; what a list holds besides plain values is left out.

    Examples
    --------
    >>> as_lists(pa.array([[1, None], None])).to_pylist(), as_lists(pa.array(["a, b"])).to_pylist()
    ([['1'], []], [['a', 'b']])
    """
    if not pa.types.is_nested(column.type):
        return lists_from_text(as_texts(column))
    held = [value if isinstance(value, list) else [] for value in column.to_pylist()]
    plain = [[str(x) for x in some if x is not None and not isinstance(x, (dict, list))] for some in held]
    return pa.array(plain, pa.list_(pa.string()))


def _number(value: float) -> str | None:
    if value != value:
        return None
    if abs(value) >= _BIG_FLOAT:
        return f"{value:.1E}"
    return str(int(value)) if value.is_integer() else repr(value)
