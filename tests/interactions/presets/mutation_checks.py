"""Whether the reader keeps to what is claimed of a damaged file, by comparison with the unmutated one."""

import random
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from interactions.presets.mutation_account import Mutated
from interactions.presets.mutation_originals import COLUMNS, PLAIN, Original, originals
from interactions.presets.mutation_records import is_page, loaded

import farmgraph as fg
from farmgraph.errors import InputError, UsageError
from farmgraph.interactions import batches, records

LIMIT_S = 20.0
"""Seconds that reading may take: a hundred times the usual, for the machine may be busy; a hang is longer."""

KEYS_WITH_UNDO = {
    "bluesky": lambda r: (r.get("did"), _at(r, "commit", "collection"), _at(r, "commit", "rkey"))
}
"""Formats in which one record can take back another: then the fate of a record hangs on others of its key."""

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
        value = loaded(raw)
        n = max(1, len(value["data"])) if value is not None and is_page(value) else 1
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
    keys = [None if (value := loaded(raw)) is None else key(value) for raw in original.records]
    counts = Counter(keys)
    return {i for i, k in enumerate(keys) if k is not None and counts[k] > 1}


def _at(value, *keys):
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


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
