"""The page's data: lists of numbers as few bytes, all of it compressed, in JSON that can stand inside a page."""

import base64
import gzip
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from farmgraph.render.names import visible

PRINTED = ("sentence", "explanation")
"""Texts that stand in the page itself, so the data need not hold them again."""

LONGEST_NAME = 80
_KINDS = (("u8", 0xFF), ("u16", 0xFFFF), ("u32", 0xFFFF_FFFF))
_TYPES = {"u8": "<u1", "u16": "<u2", "u32": "<u4", "f32": "<f4", "f64": "<f8"}
_MOST_DIGITS = 6
_EXACT = 2**53


def packed(values: Sequence[float | None]) -> dict[str, Any] | list[Any]:
    """Pack a list of numbers; a short one that is shorter as it is stays.

    Parameters
    ----------
    values : sequence of int, float or None
        None is a missing number.

    Returns
    -------
    dict or list
        ``k`` u8, u16, u32: a raw 0 is missing, else the number is ``((raw - 1) * s + o) / d``, where ``s``, ``o`` and
        ``d`` are 1, 0 and 1 if they are not there. ``k`` f32, f64: the raw number, NaN where it is missing. ``b``: the
        raw numbers, little endian, in base64. Nothing is lost: ``d`` is a power of ten, so that the division gives
        exactly the decimal number that was there.

    Examples
    --------
    >>> packed([None, 0.25, 0.5] * 9)["k"], packed([None, 0.25, 0.5] * 9)["d"]
    ('u8', 100)
    >>> packed([1, 2])
    [1, 2]
    """
    plain = list(values)
    if not plain:
        return plain
    result = _as_integers(plain) or _as_floats(plain)
    return result if len(json.dumps(result)) < len(json.dumps(plain, separators=(",", ":"))) else plain


def unpacked(value: Mapping[str, Any] | Sequence[Any]) -> list[Any]:
    """Return what `packed` or `packed_lists` was given, with floats for whole numbers.

    Examples
    --------
    >>> unpacked(packed([5, None, 7] * 9))[:3]
    [5.0, None, 7.0]
    """
    if not isinstance(value, Mapping):
        return list(value)
    if "v" in value:
        flat, ends = unpacked(value["v"]), np.cumsum(unpacked(value["n"])).astype(int).tolist()
        return [flat[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    raw = np.frombuffer(base64.b64decode(value["b"]), _TYPES[value["k"]]).astype(float)
    if value["k"].startswith("f"):
        return [None if math.isnan(x) else x for x in raw.tolist()]
    numbers = ((raw - 1) * value.get("s", 1) + value.get("o", 0)) / value.get("d", 1)
    return [None if r == 0 else x for r, x in zip(raw.tolist(), numbers.tolist(), strict=True)]


def packed_lists(lists: Sequence[Sequence[float | None]]) -> dict[str, Any]:
    """Pack lists of numbers as one: ``n`` their lengths, ``v`` all their numbers."""
    return {"n": packed([len(one) for one in lists]), "v": packed([x for one in lists for x in one])}


def page_data(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page's script needs: the parts of the summary that the template does not print, packed.

    Besides them ``shown``: for each kind of name, by its code, how to display those that are not displayed as
    they are.
    """
    names = summary["names"]
    return {
        "names": names,
        "shown": {kind: _displayed(texts) for kind, texts in names.items()},
        "headline": summary["headline"],
        "map": _packed_part(summary["map"]),
        "listed": [_without(item) for item in summary["listed"]],
        "clusters": [_packed_part(_without(cluster)) for cluster in summary["clusters"]],
        "limits": summary["limits"],
    }


def script_data(data: Mapping[str, Any]) -> str:
    """Return the data as one line of JSON that can stand in a script element: ``{"gzip": base64}``.

    Unpacked, four bytes give the length of a JSON text (little endian), which follows; in it each packed list has,
    instead of ``b``, the place ``at`` and the number ``n`` of its numbers among the bytes after the text.

    Parameters
    ----------
    data : mapping
        What `page_data` returned.

    Notes
    -----
    Numbers are at most a third of their length as JSON. Another version of zlib may choose other bytes for the same
    data. Browsers unpack it by themselves, those of before 2023 do not.
    """
    numbers = bytearray()
    text = json.dumps(_pooled(data, numbers), allow_nan=False, sort_keys=True, separators=(",", ":")).encode()
    raw = len(text).to_bytes(4, "little") + text + bytes(numbers)
    return json.dumps({"gzip": base64.b64encode(gzip.compress(raw, 9, mtime=0)).decode()})


def read_script_data(text: str) -> dict[str, Any]:
    """Return what `script_data` was given."""
    raw = gzip.decompress(base64.b64decode(json.loads(text)["gzip"]))
    start = 4 + int.from_bytes(raw[:4], "little")
    return dict(_unpooled(json.loads(raw[4:start]), raw[start:]))


def _pooled(value: Any, numbers: bytearray) -> Any:
    """Move the bytes of packed lists to the end of `numbers`."""
    if isinstance(value, list):
        return [_pooled(item, numbers) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "k" not in value:
        # In a fixed order: a summary that was read from a file has its keys in another one.
        return {key: _pooled(value[key], numbers) for key in sorted(value)}
    own = base64.b64decode(value["b"])
    at = len(numbers)
    numbers.extend(own)
    n = len(own) // np.dtype(_TYPES[value["k"]]).itemsize
    return {key: x for key, x in value.items() if key != "b"} | {"at": at, "n": n}


def _unpooled(value: Any, numbers: bytes) -> Any:
    if isinstance(value, list):
        return [_unpooled(item, numbers) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "k" not in value:
        return {key: _unpooled(item, numbers) for key, item in value.items()}
    size = np.dtype(_TYPES[value["k"]]).itemsize
    own = numbers[value["at"] : value["at"] + size * value["n"]]
    rest = {key: x for key, x in value.items() if key not in ("at", "n")}
    return rest | {"b": base64.b64encode(own).decode()}


def _displayed(texts: Sequence[str]) -> dict[str, str]:
    displayed = ((str(code), text, visible(text, LONGEST_NAME)) for code, text in enumerate(texts))
    return {code: shown for code, text, shown in displayed if shown != text}


def _without(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in PRINTED}


def _packed_part(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _packed_part(item) for key, item in value.items()}
    if not isinstance(value, list) or not value:
        return value
    if all(_is_number(item) for item in value):
        return packed(value)
    if all(isinstance(item, list) and all(_is_number(x) for x in item) for item in value):
        return packed_lists(value)
    return [_packed_part(item) for item in value]


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _as_integers(values: list[Any]) -> dict[str, Any] | None:
    """Pack whole numbers, and decimals that are whole numbers over a power of ten."""
    there = [x for x in values if x is not None]
    whole, power = _whole(there)
    if whole is None:
        return None
    low = min(whole, default=0)
    step = math.gcd(*(x - low for x in whole)) or 1
    raws = iter([(x - low) // step + 1 for x in whole])
    raw = [0 if x is None else next(raws) for x in values]
    kind = next((kind for kind, most in _KINDS if max(raw) <= most), None)
    # Beyond 2**53 the script's numbers are no longer exact, nor are differences.
    if kind is None or max(map(abs, (low, *whole, max(whole, default=0) - low))) >= _EXACT:
        return None
    result: dict[str, Any] = {"k": kind, "b": _base64(np.array(raw), kind)}
    return result | {
        key: x for key, x, usual in (("o", low, 0), ("s", step, 1), ("d", power, 1)) if x != usual
    }


def _whole(values: list[Any]) -> tuple[list[int] | None, int]:
    """Return whole numbers and the power of ten that they were multiplied by, None where there are none."""
    if any(abs(x) >= _EXACT for x in values):
        return None, 1
    for digits in range(_MOST_DIGITS + 1):
        power = 10**digits
        whole = [round(x * power) for x in values]
        if all(n / power == x for n, x in zip(whole, values, strict=True)):
            return whole, power
    return None, 1


def _as_floats(values: list[Any]) -> dict[str, Any]:
    numbers = np.array([math.nan if x is None else x for x in values], float)
    with np.errstate(over="ignore"):
        short = numbers.astype("<f4").astype(float)
    kind = "f32" if np.array_equal(short, numbers, equal_nan=True) else "f64"
    return {"k": kind, "b": _base64(numbers, kind)}


def _base64(numbers: np.ndarray, kind: str) -> str:
    return base64.b64encode(numbers.astype(_TYPES[kind]).tobytes()).decode()
