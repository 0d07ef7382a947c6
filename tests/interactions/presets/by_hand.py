"""Fixtures beside their interactions as they were written down by hand."""

import csv
import hashlib
import json
from pathlib import Path

import pandas as pd

import farmgraph as fg
from farmgraph.interactions.presets import missing_marks, presets

FIXTURES = Path(__file__).parent / "fixtures"

EMPTY, TIME, NOTHING = "empty account", "unreadable time", "no action"
MALFORMED, TWICE = "malformed JSON", "exact duplicate"


def shortened(text: str) -> str:
    """Name a long text as logs do: its first 100 letters and a hash of all."""
    whole = f'"{text}"'
    return f"{whole[:100]}... [{hashlib.blake2b(whole.encode(), digest_size=6).hexdigest()}]"


def did(letter):
    return "did:plc:" + letter * 24


def _interactions_as_text(log):
    columns = [log.table[name].to_pylist() for name in ("account", "content", "time", "action", "line")]
    return [
        (account, content, f"{time:%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip("."), action, line)
        for account, content, time, action, line in zip(*columns, strict=True)
    ]


def assert_read_or_rejected(name, preset, expected, rejected, *, named):
    """Compare what is read of a fixture, as the format it is or as the one it is said to be, with what was written."""
    log = fg.read(FIXTURES / name, preset=preset) if named else fg.read(FIXTURES / name)
    assert sorted(_interactions_as_text(log), key=lambda row: row[4]) == _interactions_as_text(log)
    assert sorted(_interactions_as_text(log)) == sorted(expected)
    found = log.rejected[["line", "reason"]].itertuples(index=False, name=None)
    assert sorted((int(line), reason) for line, reason in found) == rejected
    assert log.n_used == len({row[4] for row in expected})
    assert log.n_rows == log.n_used + len(log.rejected)


def interactions(log) -> list[tuple]:
    """Return every interaction as the lists written by hand have it."""
    table = log.table.select(["account", "content", "time", "action", "line"])
    return [tuple(row.values()) for row in table.to_pylist()]


def _order(row: tuple) -> tuple:
    """Sort by line, action and content: the order of actions within a row is not what is tested."""
    return (row[4], row[3], row[1])


def check(log, used, rejected, n_rows) -> None:
    expected = [(a, c, t and pd.Timestamp(t, tz="UTC"), action, line) for a, c, t, action, line in used]
    assert sorted(interactions(log), key=_order) == sorted(expected, key=_order)
    assert list(log.rejected[["line", "reason"]].itertuples(index=False, name=None)) == rejected
    assert log.n_rows == n_rows
    assert log.n_used == n_rows - len(rejected) == len({row[4] for row in used})


def assert_recognised(file, preset, used, rejected, n_rows):
    log = fg.read(FIXTURES / file)
    assert (log.preset, log.resolution_s) == (preset, presets()[preset].resolution_s)
    check(log, used, rejected, n_rows)


def assert_read_when_named(file, preset, used, rejected, n_rows):
    check(fg.read(FIXTURES / file, preset=preset), used, rejected, n_rows)


def fields(file: Path) -> set[str]:
    """Return the columns of a table, or the names of all fields of JSON records, nested ones joined by dots."""
    if file.suffix == ".csv":
        with file.open(newline="", encoding="utf-8") as lines:
            return set(next(csv.reader(lines)))
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".jsonl":
        return {name for line in text.splitlines() if line.endswith("}") for name in _names(json.loads(line))}
    whole = json.loads(text)
    return {name for record in whole.get("items") or whole["data"]["videos"] for name in _names(record)}


def _names(record: dict, prefix: str = "") -> list[str]:
    found = []
    for name, value in record.items():
        found += [prefix + name, *(_names(value, f"{prefix}{name}.") if isinstance(value, dict) else [])]
    return found


def assert_no_other_fits(file, preset_name):
    here = fields(FIXTURES / file)
    is_table = file.endswith(".csv")
    usable = [preset for preset in presets().values() if (preset.table if is_table else preset.json)]
    assert [preset.name for preset in usable if not missing_marks(preset, here)] == [preset_name]
