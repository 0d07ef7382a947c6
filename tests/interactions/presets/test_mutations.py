"""Damaged logs are read as far as they are whole, and no damage ends in anything but a plain message."""

import dataclasses
import json
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from interactions.presets.mutation_checks import (
    LIMIT_S,
    Outcome,
    bundles_of,
    check,
    keeps_duplicates,
    unsound,
)
from interactions.presets.mutation_originals import originals
from interactions.presets.mutations import ALL_NAMES, mutated

import farmgraph as fg
from farmgraph.errors import InputError, UsageError
from farmgraph.interactions.acts import _condition, _paths
from farmgraph.interactions.paths import bare, parsed

FILES, GROUPS = 300, 10


@pytest.mark.parametrize("group", range(GROUPS))
def test_damaged_files(tmp_path, group):
    logs = originals()
    wrong = []
    for seed in range(group, FILES, GROUPS):
        case = mutated(logs[seed % len(logs)], seed)
        outcome = check(case, tmp_path, twice=0.07)
        wrong += [
            f"{case.original.name}, seed {seed}, {case.mutators}: {text}" for text in outcome.violations
        ]
    assert not wrong, "\n".join(wrong)


def test_a_file_is_made_of_its_original_and_its_seed_alone():
    for original in originals():
        for seed in range(5):
            first, second = mutated(original, seed), mutated(original, seed)
            assert first == second
            assert (
                first.data != original.data or original.kind == "parquet" or not first.mutators or seed >= 0
            )


def test_every_mutator_takes_part_and_most_files_have_the_strong_claim():
    logs = originals()
    cases = [mutated(logs[seed % len(logs)], seed, huge=100) for seed in range(FILES)]
    taken = Counter(name for case in cases for name in case.mutators)
    assert set(ALL_NAMES) <= set(taken)
    assert sum(case.must_read for case in cases) > FILES / 2
    # Untouched records are what the claim is about, so there have to be many.
    assert sum(len(case.survivors) for case in cases if case.must_read) > 5 * FILES / 2


# A check that cannot fail shows nothing. These readers are wrong on purpose, each in one way that
# keeps all sums in order where it can: only a comparison with the unmutated file finds them.


def losing_a_row(path, **options):
    """Reject the last used row, with a reason, as if nothing were wrong."""
    log = fg.read(path, **options)
    if not len(log):
        return log
    last = log.table["line"][-1].as_py()
    table = log.table.filter(pa.compute.not_equal(log.table["line"], last))
    rejected = log.rejected.copy()
    rejected.loc[len(rejected)] = [log.source[-1].path, last, "no action", "text"]
    source = (*log.source[:-1], dataclasses.replace(log.source[-1], n_used=log.source[-1].n_used - 1))
    return dataclasses.replace(log, table=table, rejected=rejected, source=source)


def doubling_a_row(path, **options):
    """Read the first used row twice, the second time as one more row at the end."""
    log = fg.read(path, **options)
    if not len(log) or len(log.source) > 1:
        return log
    first = log.table.filter(pa.compute.equal(log.table["line"], log.table["line"][0]))
    n = log.n_rows + 1
    at = first.schema.get_field_index("line")
    again = first.set_column(at, first.schema.field(at), pa.array([n] * len(first), pa.int64()))
    one = log.source[0]
    source = (dataclasses.replace(one, n_rows=n, n_used=one.n_used + 1),)
    return dataclasses.replace(
        log, table=pa.concat_tables([log.table, again]).combine_chunks(), source=source
    )


def counting_a_row_twice(path, **options):
    """Name one row both among those used and among the rejects."""
    log = fg.read(path, **options)
    if not len(log):
        return log
    rejected = log.rejected.copy()
    rejected.loc[len(rejected)] = [log.source[0].path, log.table["line"][0].as_py(), "no action", "text"]
    return dataclasses.replace(log, rejected=rejected)


def misnaming(path, **options):
    """Cut the last letter off one account, as a slip by one byte would."""
    log = fg.read(path, **options)
    if not len(log):
        return log
    names = log.table["account"].to_pylist()
    names[-1] = names[-1][:-1] or "x"
    column = pa.array(names).dictionary_encode()
    return dataclasses.replace(log, table=log.table.set_column(0, log.table.schema.field(0), column))


def mistiming(path, **options):
    """Give the first row another time."""
    log = fg.read(path, **options)
    times = log.table["time"].to_pylist()
    if not times:
        return log
    times[0] = datetime(2001, 2, 3, tzinfo=UTC)
    column = pa.array(times, log.table.schema.field("time").type)
    at = log.table.schema.get_field_index("time")
    return dataclasses.replace(log, table=log.table.set_column(at, log.table.schema.field(at), column))


def swapping_rows(path, **options):
    """Give the first and the last row each other's place."""
    log = fg.read(path, **options)
    lines = log.table["line"].to_pylist()
    order = {
        line: other for line, other in zip(sorted(set(lines)), reversed(sorted(set(lines))), strict=True)
    }
    at = log.table.schema.get_field_index("line")
    column = pa.array([order[line] for line in lines], pa.int64())
    return dataclasses.replace(log, table=log.table.set_column(at, log.table.schema.field(at), column))


def refusing(path, **options):
    raise InputError("no")


def failing(path, **options):
    raise KeyError("no")


@pytest.mark.parametrize(
    ("reader", "found"),
    [
        (losing_a_row, "lost or changed"),
        (doubling_a_row, "rows used, "),
        (counting_a_row_twice, "each once"),
        (misnaming, "lost or changed"),
        (mistiming, "lost or changed"),
        (swapping_rows, "not in their order"),
        (refusing, "refused although most is whole"),
        (failing, "KeyError"),
    ],
)
@pytest.mark.parametrize("name", ["plain.csv", "gharchive.jsonl", "mastodon.json", "plain.parquet"])
def test_broken_readers_are_found_out(tmp_path, reader, found, name):
    original = next(item for item in originals() if item.name == name)
    # Files that leave the reader no excuse, read with duplicates kept, so that rows can be counted.
    cases = [mutated(original, seed, huge=1_000) for seed in range(60)]
    cases = [case for case in cases if case.must_read and not case.spare and keeps_duplicates(case)][:2]
    assert cases
    for case in cases:
        assert not check(case, tmp_path).violations
        outcome = check(case, tmp_path, read=reader)
        assert any(found in text for text in outcome.violations), outcome.violations


def test_slow_readings_are_found_out(tmp_path):
    outcome: Outcome = check(mutated(originals()[0], 1), tmp_path, limit_s=0.0)
    assert any("took" in text for text in outcome.violations)
    assert LIMIT_S > 1


# -------------------------------------------------------------------------- records made of a format's marks

PRESETS = fg.presets()
TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
ODD = st.sampled_from(
    [
        *(
            "NaT",
            "2024-05-01T10:00:00Z",
            "31/12/2024",
            "1969-01-01",
            "1714558000",
            "1.2E+18",
            "\u0000",
            " ",
            "\ufeff",
        ),
        *(
            "https://t.co/x",
            "http://[::1",
            "#a #b",
            "[1, 'a\\d']",
            '["\\ud800", null]',
            "{'a', 'b'}",
            "[[[",
            "@a",
        ),
        *("x" * 300, '"', "'", "Wed Oct 10 20:19:24 +0000 2018", "{}", "[]", "a\nb", "1e400", "0x1f"),
    ]
)
PLAIN = st.one_of(
    *(TEXT, ODD, st.none(), st.booleans(), st.integers(-(2**70), 2**70)),
    st.floats(allow_nan=True, allow_infinity=True),
)
VALUES = st.one_of(
    *(
        PLAIN,
        st.lists(PLAIN, max_size=3),
        st.dictionaries(st.sampled_from(["id", "text", "url"]), PLAIN, max_size=2),
    ),
)


def asked_of(preset):
    """Return the paths that a preset reads, and the values that it looks for at some of them."""
    conditions = [c for act in preset.acts for c in act.where] + ([preset.undo] if preset.undo else [])
    wanted = {}
    for kind, path, value in map(_condition, conditions):
        if kind.endswith("="):
            wanted.setdefault(path, []).append(value)
    marks = [mark.split("|")[0] for mark in preset.marks]
    return list(dict.fromkeys([*map(bare, _paths(preset, preset.acts)), *marks])), wanted


def put(record, path, value):
    """Put a value where a path leads, as far as other values let it."""
    taken = parsed(path)
    parts = taken.plain.split(".")
    spots = [(part, i == len(parts) - 1 and bool(taken.steps)) for i, part in enumerate(parts)]
    for k, (_, fields) in enumerate(taken.steps):
        more = fields.split(".") if fields else []
        spots += [(part, i == len(more) - 1 and k < len(taken.steps) - 1) for i, part in enumerate(more)]
    for i, (part, is_list) in enumerate(spots):
        if not isinstance(record, dict):
            return
        if i == len(spots) - 1:
            record[part] = [value] if is_list else value
        elif is_list:
            found = record.setdefault(part, [{}])
            record = found[0] if isinstance(found, list) and found else None
        else:
            record = record.setdefault(part, {})
    condition = next((c for c, _ in taken.steps if c), "")
    if condition and isinstance(record, dict):
        record[condition.split("=")[0]] = condition.split("=")[1]


@st.composite
def logs_of_a_preset(draw):
    preset = PRESETS[draw(st.sampled_from(sorted(PRESETS)))]
    paths, wanted = asked_of(preset)
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        row = {}
        for path in paths:
            if draw(st.integers(0, 9)):
                known = wanted.get(path)
                value = draw(st.sampled_from(known)) if known and draw(st.booleans()) else draw(VALUES)
                row[path] = value
        rows.append(row)
    if preset.json and (not preset.table or draw(st.booleans())):
        records = []
        for row in rows:
            record = {}
            for path, value in row.items():
                put(record, path, value)
            records.append(record)
        form = draw(st.sampled_from(["lines", "array", "object"]))
        if form == "lines":
            return preset.name, "log.jsonl", "\n".join(map(json.dumps, records)).encode()
        whole = records if form == "array" else {"data": records}
        return preset.name, "log.json", json.dumps(whole, indent=draw(st.sampled_from([None, 1]))).encode()
    columns = list(dict.fromkeys(name for path in paths for name in (path, parsed(path).plain)))
    cells = [[row.get(name, row.get(f"{name}[]")) for name in columns] for row in rows]
    written = [",".join(quoted(cell) for cell in line) for line in [columns, *cells]]
    return preset.name, "log.csv", "\n".join(written).encode("utf-8", "surrogatepass")


def quoted(cell):
    text = "" if cell is None else cell if isinstance(cell, str) else str(cell)
    return '"' + text.replace('"', '""') + '"'


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(logs_of_a_preset(), st.booleans())
def test_any_values_in_the_fields_of_a_format_are_accounted_for(log, named):
    preset, filename, data = log
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / filename
        path.write_bytes(data)
        try:
            read = fg.read(path, threads=1, preset=preset if named else None)
        except (InputError, UsageError) as error:
            assert str(path) in str(error)  # noqa: PT017
            return
    assert unsound(read) == []
    assert len(bundles_of(read)) == read.n_used
