"""Mutators of values: what one cell of a table or one field of a JSON record says, written as it should be.

Each takes the draft and a source of random numbers, and returns False where it does not apply.
"""

import json
import random
from collections.abc import Callable

from interactions.presets.mutation_account import Draft, some_record
from interactions.presets.mutation_records import cells_of, dumped, loaded, row_of

LINE_ENDS = ("\n", "\r\n", "\r", "\n\n")
IDS = ("9223372036854775807", "18446744073709551615", "18446744073709551614", "9007199254740993")


def embedded_newlines(draft: Draft, rng: random.Random) -> bool:
    """Write a cell over several lines, in quotes as it should be."""
    return _cell(draft, rng, lambda text: f"{text}{rng.choice(LINE_ENDS)}{text[::-1]}")


def empty_cell(draft: Draft, rng: random.Random) -> bool:
    return _cell(draft, rng, lambda text: rng.choice(["", " ", "\t", "NA", "\u00a0", "null"]))


def odd_time(draft: Draft, rng: random.Random) -> bool:
    odd = ["1969-12-31T23:59:59Z", "2150-01-01", "31/12/2024", "NaT", "0", "-1", "99999999999999999999"]
    odd += ["2024-02-30", "24:00", "1e9", "20240501", "2024-05-01T10:00:00.123456789+14:00", "١٢٣"]
    return _cell(draft, rng, lambda text: rng.choice(odd))


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
        cells = cells_of(draft.pieces[i].raw, draft.delimiter)
        header = cells_of(draft.prefix.strip(), draft.delimiter)
        cells[header.index("user")] = name
        draft.touch(i, row_of(cells, draft.delimiter))
    else:
        value = json.loads(draft.pieces[i].raw)
        value["user"] = int(name)
        draft.touch(i, dumped(value))
    draft.expected.setdefault(i, []).append((origin, name))
    return True


def huge_cell(draft: Draft, rng: random.Random) -> bool:
    unit = rng.choice(["x", "é", "a b ", "🦆", '"', "\\", "https://example.org/?a=1&"])
    return _cell(draft, rng, lambda text: unit * (draft.huge // len(unit.encode())))


def _cell(draft: Draft, rng: random.Random, change: Callable[[str], str]) -> bool:
    """Change one cell of one record, written as it should be."""
    i = some_record(draft, rng)
    if i is None:
        return False
    raw = draft.pieces[i].raw
    if draft.kind == "delimited":
        cells = cells_of(raw, draft.delimiter)
        if not cells:
            return False
        k = rng.randrange(len(cells))
        cells[k] = change(cells[k])
        draft.touch(i, row_of(cells, draft.delimiter))
        return True
    value = loaded(raw)
    if value is None:
        return False
    spot, key = rng.choice(_spots(value))
    spot[key] = change(str(spot[key])[:200])
    draft.touch(i, dumped(value))
    return True


def confused_types(draft: Draft, rng: random.Random) -> bool:
    """Put values of other types into fields of some records."""
    if draft.kind not in ("lines", "array", "object"):
        return False
    for _ in range(rng.randrange(1, 3)):
        i = some_record(draft, rng)
        value = None if i is None else loaded(draft.pieces[i].raw)
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
        draft.touch(i, dumped(value, ascii_only=True))
    return True


def _spots(value, depth: int = 6) -> list[tuple]:
    """Return all places in a JSON value as (container, key)."""
    found = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        found.append((value, key))
        if isinstance(inner, (dict, list)) and inner and depth:
            found += _spots(inner, depth - 1)
    return found
