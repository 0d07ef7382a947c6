"""Records of a known format become interactions: a preset's paths are asked of a block, all at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.errors import UsageError
from farmgraph.interactions.batches import NOT_UTF8, TAKES_BACK, Batch, Records, Wanted, as_arrow, named
from farmgraph.interactions.contentkeys import normalised
from farmgraph.interactions.jsonquery import column_of, query_table
from farmgraph.interactions.names import texts_of
from farmgraph.interactions.paths import (
    JsonSource,
    Source,
    TableSource,
    as_json,
    as_lists,
    as_texts,
    columns_in,
    json_name,
    list_name,
    quoted,
)
from farmgraph.interactions.patterns import by_pattern, iso_utc
from farmgraph.interactions.presets.shape import Act, Preset
from farmgraph.interactions.times import MISSING, ZONED, read_times, to_utc

# The first tweet whose id holds its time; and the zero of those times, in milliseconds since 1970.
_FIRST_SNOWFLAKE, _SNOWFLAKE_ZERO = 29_700_859_247, 1_288_834_974_657
_RFC2822 = ("%a, %d %b %Y %H:%M:%S %z", "%d %b %Y %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %Z")


@dataclass(frozen=True)
class Reader:
    """A preset made ready for a log.

    Attributes
    ----------
    preset : Preset
        The preset.
    acts : tuple of Act
        Those that were asked for.
    wanted : Wanted
        What the log has to hand over.
    sql : str
        What is asked of each block.
    lists : tuple of str
        Columns whose text is a list.
    keep : tuple of str
        Columns carried along.
    plain : bool
        Whether names of contents stay as they are.
    timezone : str
        Zone of times without one.
    file_number : int
        Which of the sources it is for.
    """

    preset: Preset
    acts: tuple[Act, ...]
    wanted: Wanted
    sql: str
    lists: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    plain: bool = False
    timezone: str = ""
    file_number: int = 1


def reader_for(
    preset: Preset,
    columns: Sequence[str],
    *,
    is_json: bool,
    actions: Sequence[str] | None = None,
    keep: Sequence[str] = (),
    plain: bool = False,
    timezone: str = "",
    file_number: int = 1,
) -> Reader:
    """Make a preset ready for a log with certain columns.

    Raises
    ------
    UsageError
        If an action is asked for that the preset does not know.
    """
    acts = tuple(act for act in preset.acts if actions is None or act.action in actions)
    known = list(dict.fromkeys(act.action for act in preset.acts))
    unknown = [name for name in actions or () if name not in known]
    if unknown:
        raise UsageError(f"actions has {unknown[0]!r}; the preset {preset.name} knows {', '.join(known)}.")
    paths = list(_paths(preset, acts))
    source: Source
    lists: list[str] = []
    if is_json:
        source = JsonSource(paths)
        inner = f"{source.picked()} AS j"
        wanted = Wanted(tuple(keep), {}, records=True)
    else:
        plain_columns, lists = columns_in(paths, columns)
        source = TableSource(plain_columns)
        inner = "*"
        wanted = Wanted(tuple(dict.fromkeys([*plain_columns, *keep])))
    times = [_taken(time) for time in preset.time]
    # Last the first as it stands: what cannot be read should be called unreadable, not missing.
    times.append(("", times[0][1]))
    asked = [
        f"{_first([source.value(path) for path in preset.account])} AS account",
        *(f"{_readable(kind, source.value(path))} AS time{i}" for i, (kind, path) in enumerate(times)),
        *(f"{_contents(source, act)} AS act{i}" for i, act in enumerate(acts)),
    ]
    if preset.key:
        joined = ", ".join(f"coalesce({source.value(path)}, '')" for path in preset.key)
        asked += [f"concat_ws(' ', {joined}) AS key", f"{_holds(source, preset.undo)} AS undo"]
    sql = f"SELECT {', '.join(asked)} FROM (SELECT {inner} FROM log)"
    return Reader(preset, acts, wanted, sql, tuple(lists), tuple(keep), plain, timezone, file_number)


def by_preset(records: Records, reader: Reader) -> Batch:
    """Understand records by a preset; a record can hold several interactions, or none."""
    n = len(records.lines)
    table = _asked(records, reader)
    parents, contents, raws, actions = _expanded(table, reader)
    values, kinds = _times(table, len(reader.preset.time) + 1)
    values, kinds, shifted = to_utc(values, kinds, timezone=reader.timezone)
    reasons = np.zeros(n, np.uint8)
    if records.not_utf8 is not None:
        reasons[records.not_utf8] = NOT_UTF8
    keys = None
    if reader.preset.key:
        keys = texts_of(column_of(table, "key")).hashes()
        undo = column_of(table, "undo").fill_null(False).to_numpy(zero_copy_only=False).astype(bool)
        reasons[undo & (reasons == 0)] = TAKES_BACK
    return Batch(
        records=records,
        account=named(texts_of(column_of(table, "account"))),
        content=named(texts_of(contents)),
        action=named(texts_of(actions)),
        raw_content=None if reader.plain else named(texts_of(raws)),
        parents=parents,
        times=values,
        kinds=kinds,
        reasons=reasons,
        keep={name: as_arrow(records.columns[name]) for name in reader.keep},
        keys=keys,
        shifted=shifted,
    )


def _asked(records: Records, reader: Reader) -> pa.Table:
    if reader.wanted.records:
        table = pa.table({"line": records.objects})
    else:
        columns = {name: as_arrow(column) for name, column in records.columns.items()}
        table = pa.table(
            {
                **{name: as_texts(column) for name, column in columns.items()},
                **{json_name(name): as_json(column) for name, column in columns.items()},
                **{list_name(name): as_lists(columns[name]) for name in reader.lists},
                "farmgraph row": pa.array(records.lines),
            }
        )
    return query_table(reader.sql, table)


def _times(table: pa.Table, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each record's first time that can be read: (microseconds, kinds)."""
    values, kinds = read_times(texts_of(column_of(table, "time0")))
    for i in range(1, n):
        again = np.flatnonzero(kinds < ZONED)
        if not len(again):
            break
        later, found = read_times(texts_of(column_of(table, f"time{i}").take(pa.array(again))))
        better = (found >= ZONED) | (kinds[again] == MISSING)
        values[again[better]], kinds[again[better]] = later[better], found[better]
    return values, kinds


def _expanded(table: pa.Table, reader: Reader) -> tuple[np.ndarray, Any, Any, Any]:
    """Return, for each interaction in the order of the records: record, content, its raw name, action."""
    parents, contents, raws, actions = [], [], [], []
    for i, act in enumerate(reader.acts):
        lists = column_of(table, f"act{i}")
        raw = pc.list_flatten(lists).cast(pa.string())
        parents.append(pc.list_parent_indices(lists).to_numpy(zero_copy_only=False))
        raws.append(raw)
        named_so = raw if reader.plain else normalised(raw, rule=act.rule)
        contents.append(_distinct(named_so, act, reader.file_number))
        actions.append(np.full(len(raw), i, np.int32))
    joined = np.concatenate(parents).astype(np.int64)
    order = np.argsort(joined, kind="stable")
    content, names = pa.concat_arrays(contents), list(dict.fromkeys(act.action for act in reader.acts))
    kinds = np.array([names.index(act.action) for act in reader.acts], np.int32)[np.concatenate(actions)]
    order = order[_first_ones(joined[order], kinds[order], content.take(pa.array(order)))]
    at = pa.array(order)
    action = pa.DictionaryArray.from_arrays(pa.array(kinds), pa.array(names)).take(at)
    return joined[order], content.take(at), pa.concat_arrays(raws).take(at), action


def _distinct(names: Any, act: Act, file_number: int) -> Any:
    """Put in front of names what keeps them apart from those of another kind, or of another file."""
    before = f"{act.kind} " if act.kind else ""
    if act.of_file and file_number > 1:
        before = f"file {file_number}, {before}"
    if not before:
        return names
    return pc.if_else(pc.equal(names, ""), "", pc.binary_join_element_wise(before, names, ""))


def _first_ones(parents: np.ndarray, kinds: np.ndarray, content: Any) -> np.ndarray:
    """Return where a record first does the same to one content: made comparable, two addresses can be one."""
    codes = content.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    order = np.lexsort((codes, kinds, parents))
    new = np.zeros(len(order), bool)
    new[:1] = True
    for values in (parents[order], kinds[order], codes[order]):
        new[1:] |= values[1:] != values[:-1]
    return np.sort(order[new])


def _paths(preset: Preset, acts: Sequence[Act]) -> list[str]:
    """Return all paths that are asked for."""
    conditions = [condition for act in acts for condition in act.where] + (
        [preset.undo] if preset.undo else []
    )
    return [
        *preset.account,
        *(_taken(time)[1] for time in preset.time),
        *(path for act in acts for path in act.content),
        *(_condition(condition)[1] for condition in conditions),
        *preset.key,
    ]


def _first(values: Sequence[str]) -> str:
    return f"coalesce({', '.join(values)}, NULL)"


def _contents(source: Source, act: Act) -> str:
    """Return SQL for the contents of an act, each once: those of the first path that has any."""
    found = [source.values(path) for path in act.content]
    chosen = found[-1]
    for values in reversed(found[:-1]):
        chosen = f"CASE WHEN len({values}) > 0 THEN {values} ELSE {chosen} END"
    once = f"list_filter({chosen}, lambda x, i: list_position({chosen}, x) = i)"
    if not act.where:
        return once
    held = " AND ".join(_holds(source, condition) for condition in act.where)
    return f"CASE WHEN {held} THEN {once} ELSE CAST([] AS VARCHAR[]) END"


def _condition(condition: str) -> tuple[str, str, str]:
    """Take a condition apart: (``""``, ``"!"``, ``"="`` or ``"!="``; path; value).

    Examples
    --------
    >>> _condition("!refs[type=quoted].id"), _condition("kind!=service")
    (('!', 'refs[type=quoted].id', ''), ('!=', 'kind', 'service'))
    """
    depth = 0
    for i, letter in enumerate(condition):
        depth += (letter == "[") - (letter == "]")
        if letter == "=" and depth == 0:
            path, value = condition[:i], condition[i + 1 :]
            return ("!=", path[:-1], value) if path.endswith("!") else ("=", path, value)
    return ("!", condition[1:], "") if condition.startswith("!") else ("", condition, "")


def _holds(source: Source, condition: str) -> str:
    kind, path, value = _condition(condition)
    values = source.values(path)
    if kind in ("", "!"):
        return f"(len({values}) {'>' if not kind else '='} 0)"
    among = f"list_contains(list_transform({values}, lambda x: lower(x)), {quoted(value.lower())})"
    return f"({among})" if kind == "=" else f"(NOT {among})"


def _taken(time: str) -> tuple[str, str]:
    """Take the way of writing off a time's path: (kind or pattern, path)."""
    if time.startswith("%") and "|" in time:
        pattern, path = time.split("|", 1)
        return pattern, path
    for kind in ("snowflake", "twitter", "eastern", "rfc2822"):
        if time.startswith(kind + ":"):
            return kind, time[len(kind) + 1 :]
    return "", time


def _readable(kind: str, value: str) -> str:
    if not kind:
        return value
    if kind == "snowflake":
        number = f"try_cast({value} AS UBIGINT)"
        return (
            f"CASE WHEN {number} >= {_FIRST_SNOWFLAKE} "
            f"THEN {iso_utc(f'CAST((({number} >> 22) + {_SNOWFLAKE_ZERO}) * 1000 AS BIGINT)')} END"
        )
    if kind == "eastern":
        return f"regexp_replace(regexp_replace({value}, ' EDT$', '-04:00'), ' EST$', '-05:00')"
    if kind == "twitter":
        return by_pattern(value, "%a %b %d %H:%M:%S %z %Y")
    if kind == "rfc2822":
        patterns = ", ".join(quoted(pattern) for pattern in _RFC2822)
        return iso_utc(f"epoch_us(try_strptime({value}, [{patterns}]))")
    return by_pattern(value, kind)
