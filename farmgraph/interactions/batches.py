"""From records as a format hands them over to batches that can be judged: who, what, when, how."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.errors import InputError
from farmgraph.interactions.columns import Roles
from farmgraph.interactions.contentkeys import normalised
from farmgraph.interactions.names import Texts, constant, texts_of
from farmgraph.interactions.patterns import rewritten
from farmgraph.interactions.times import MISSING, read_times, to_utc

BLOCK_ROWS = 1 << 18
"""Rows that are worked on at a time: small enough for the memory, large enough for the threads."""

RAW_TEXT_LIMIT = 10_000
"""Characters of a rejected row that are kept."""

REASONS = (
    "",
    *(
        "empty account",
        "NUL byte in account",
        "account cut by a spreadsheet",
        "account is an array or object",
    ),
    *(
        "empty content",
        "NUL byte in content",
        "content cut by a spreadsheet",
        "content is an array or object",
    ),
    *("unreadable time", "not UTF-8", "no action", "takes back an earlier action"),
    "action not asked for",
)
"""Why a record cannot be used; the position in this tuple is its code."""

ACCOUNT_REASONS, CONTENT_REASONS = np.array([0, 1, 2, 3, 4], np.uint8), np.array([0, 5, 6, 7, 8], np.uint8)
NESTED = 4
UNREADABLE_TIME, NOT_UTF8, NO_ACTION, TAKES_BACK, NOT_ASKED = 9, 10, 11, 12, 13

BIG_FLOAT = 2.0**53
"""Beyond it floats skip whole numbers."""

Reject = tuple[int, str, str]


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a log: columns, the roles of some of them, and whether whole JSON records."""

    columns: tuple[str, ...]
    roles: dict[str, str] = field(default_factory=dict)
    records: bool = False


@dataclass(frozen=True)
class Records:
    """Some records of a log, parsed but not yet understood.

    Attributes
    ----------
    n_rows : int
        Records in all, those that cannot be parsed among them.
    lines : numpy.ndarray of int64, shape (n,)
        Positions of those that can be parsed, from 0.
    columns : dict of str to (Texts or pyarrow.Array), each of length n
        The wanted columns by their names in the log.
    raw_texts : callable
        Gives the original text, not too long, of the records at some positions of `lines`.
    rejected : list of (position, reason, raw text)
        Records that cannot be parsed.
    nested : dict of str to numpy.ndarray of bool, each of shape (n,)
        Where a column holds an array or an object.
    not_utf8 : numpy.ndarray of bool, shape (n,), or None
        Where text is not UTF-8; `columns` holds something readable instead.
    hashes : numpy.ndarray of uint64, shape (n,), or None
        Of each whole record; None where the log knows them otherwise.
    objects : pyarrow.Array or None
        The records as JSON texts, where they were wanted.
    big_floats : frozenset of str
        Columns with floats too big for every digit to be known.
    """

    n_rows: int
    lines: np.ndarray
    columns: dict[str, Any]
    raw_texts: Callable[[np.ndarray], list[str]]
    rejected: list[Reject] = field(default_factory=list)
    nested: dict[str, np.ndarray] = field(default_factory=dict)
    not_utf8: np.ndarray | None = None
    hashes: np.ndarray | None = None
    objects: Any = None
    big_floats: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Named:
    """Names and their hashes, ready to be given codes."""

    texts: Texts
    hashes: np.ndarray


@dataclass(frozen=True)
class Batch:
    """Some records, understood: n records with m interactions.

    Attributes
    ----------
    records : Records
        Where they come from.
    account : Named, n
        Who acted.
    content, action, raw_content : Named, m
        On what and how; the last two may be None.
    parents : numpy.ndarray of int64, shape (m,), or None
        The record of each interaction, ascending; None where each record is one interaction.
    times, kinds : numpy.ndarray, shape (n,)
        As `read_times` returns them.
    reasons : numpy.ndarray of uint8, shape (n,)
        What is known to be wrong already: positions in `REASONS`.
    keep : dict of str to pyarrow.Array, each of length n
        Columns to carry along.
    keys : numpy.ndarray of uint64, shape (n,), or None
        What a later record can take back, and with `reasons` TAKES_BACK what is taken back.
    shifted : numpy.ndarray of int64, shape (2,)
        Local times that occur twice, or never, where clocks changed.
    """

    records: Records
    account: Named
    content: Named
    times: np.ndarray
    kinds: np.ndarray
    reasons: np.ndarray
    action: Named | None = None
    raw_content: Named | None = None
    parents: np.ndarray | None = None
    keep: dict[str, Any] = field(default_factory=dict)
    keys: np.ndarray | None = None
    big_floats: frozenset[str] = frozenset()
    nested: dict[str, np.ndarray] = field(default_factory=dict)
    shifted: np.ndarray = field(default_factory=lambda: np.zeros(2, np.int64))


def by_roles(
    records: Records,
    roles: Roles,
    *,
    rule: str = "",
    time_format: str = "",
    timezone: str = "",
    actions: Sequence[str] | None = None,
) -> Batch:
    """Understand records of which one column each says who, what, when and how.

    With `actions`, records of another action are rejected.

    Raises
    ------
    InputError
        If a column's type cannot serve its role.
    """
    n = len(records.lines)
    reasons = np.zeros(n, np.uint8)
    if records.not_utf8 is not None:
        reasons[records.not_utf8] = NOT_UTF8
    big = set(records.big_floats)
    texts: dict[str, Texts | None] = {}
    for role in ("account", "content", "action"):
        name = roles.columns.get(role)
        texts[role] = (
            None if name is None else id_texts(records.columns[name], name=name, role=role, big_floats=big)
        )
    if "time" in roles.columns:
        times = records.columns[roles.columns["time"]]
        values, kinds = read_times(rewritten(times, pattern=time_format), name=roles.columns["time"])
    else:
        values, kinds = np.zeros(n, np.int64), np.full(n, MISSING, np.uint8)
    values, kinds, shifted = to_utc(values, kinds, timezone=timezone)
    content, raw, action = texts["content"], None, texts["action"]
    assert texts["account"] is not None  # both roles always have a column
    assert content is not None
    if rule:
        content, raw = texts_of(normalised(content.to_arrow(), rule=rule)), content
    if action is not None and actions is not None:
        asked = pc.is_in(action.to_arrow(), pa.array(actions, pa.string())).to_numpy(zero_copy_only=False)
        reasons[~asked & (reasons == 0)] = NO_ACTION
    if action is None and roles.action_name:
        action = constant(roles.action_name, n)
    return Batch(
        records=records,
        account=named(texts["account"]),
        content=named(content),
        action=None if action is None else named(action),
        raw_content=None if raw is None else named(raw),
        times=values,
        kinds=kinds,
        reasons=reasons,
        keep={name: as_arrow(records.columns[name]) for name in roles.keep},
        big_floats=frozenset(big),
        nested={
            role: records.nested[name]
            for role, name in roles.columns.items()
            if role in ("account", "content") and name in records.nested
        },
        shifted=shifted,
    )


def named(texts: Texts) -> Named:
    """Hash names, which is worth doing in a thread."""
    return Named(texts, texts.hashes())


def id_texts(column: Any, *, name: str, role: str, big_floats: set[str] | None = None) -> Texts:
    """Write identifiers of any usual type as text.

    Integers become decimal text, whole floats too (pandas makes 12.0 of 12 where a column
    has gaps); text stays as it is; NaN and null become empty.

    Raises
    ------
    InputError
        If the type cannot identify anything, such as a list or a duration.

    Examples
    --------
    >>> id_texts(pa.array([12.0, None, 7.5]), name="user", role="account").to_arrow().to_pylist()
    ['12', '', '7.5']
    """
    if isinstance(column, Texts):
        return column
    kind = column.type
    if pa.types.is_dictionary(kind):
        inner = id_texts(column.dictionary, name=name, role=role, big_floats=big_floats)
        return texts_of(pa.DictionaryArray.from_arrays(column.indices, inner.to_arrow()))
    if is_text(kind):
        return texts_of(column)
    if pa.types.is_floating(kind):
        column = column.cast(pa.float64())
        # Adding nothing turns -0.0 into 0.0, which would be two identifiers of one name.
        column = pc.add(pc.if_else(pc.is_nan(column), None, column), 0.0)
    elif pa.types.is_nested(kind) or pa.types.is_duration(kind):
        raise InputError(
            f"Column {name!r} holds {kind}, which cannot be an {role}. "
            f"Expected text or whole numbers; name another column with {role}=."
        )
    codes = column.dictionary_encode()
    values = codes.dictionary
    try:
        if pa.types.is_floating(kind):
            numbers = values.to_numpy(zero_copy_only=False)
            if big_floats is not None and np.any(np.abs(numbers[np.isfinite(numbers)]) > BIG_FLOAT):
                big_floats.add(name)
            values = pa.array(
                [str(int(x)) if x.is_integer() else repr(float(x)) for x in numbers], pa.string()
            )
        elif pa.types.is_decimal(kind):
            values = pa.array([format(x.normalize(), "f") for x in values.to_pylist()], pa.string())
        else:
            values = values.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(
            f"Column {name!r} holds {kind}, which cannot be read as the text of an {role} ({error})."
        ) from None
    return texts_of(pa.DictionaryArray.from_arrays(codes.indices, values))


def is_text(kind: Any) -> bool:
    """Whether an Arrow type is text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def as_arrow(column: Any) -> Any:
    """Return a column to carry along as a plain Arrow array."""
    if isinstance(column, Texts):
        return column.to_arrow()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.string()) if pa.types.is_large_string(column.type) else column


def spoken_source(name: str) -> str:
    """Say a source inside a sentence: a file by its name, a data frame in words.

    Examples
    --------
    >>> spoken_source("likes.csv"), spoken_source("<data frame>"), spoken_source("<data frame 2>")
    ('likes.csv', 'the data frame', 'data frame 2')
    """
    match = re.fullmatch(r"<(data frame( \d+)?)>", name)
    return name if match is None else match.group(1) if match.group(2) else "the data frame"


def shortened(text: str, *, most: int = RAW_TEXT_LIMIT) -> str:
    """Cut a text to the length that is kept of rejected rows, and say so.

    Examples
    --------
    >>> shortened("short"), shortened("rather long", most=6)
    ('short', 'rather [cut; 11 characters in all]')
    """
    text = text.replace("\0", "\\x00")
    if len(text) <= most:
        return text
    return f"{text[:most]} [cut; {len(text):,} characters in all]"
