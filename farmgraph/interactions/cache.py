"""Logs that were read are kept, so that the same files are mapped and not read the next time.

A folder of entries, each a folder of its own: the interactions and the rejects as Arrow IPC files, and in
`reading.json` the rest of a `Reading`. An entry belongs to the content of the files, in their order, and to all that
decides how they are read: the options, the readers' own source code, and the libraries under it. Where files lie, and
what they are called, does not count. Entries appear whole or not at all, and are never changed: several processes may
use one folder. They hold the names in the log.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from farmgraph.errors import UsageError
from farmgraph.interactions.archives import Member
from farmgraph.interactions.duplicates import REASONS
from farmgraph.interactions.options import Options
from farmgraph.interactions.reading import Reading
from farmgraph.interactions.sources import identity, is_frame, kind_of, name_of
from farmgraph.interactions.table import Interactions, Source
from farmgraph.runtime import guarded, map_threads

_TABLE, _REJECTED, _REST = "interactions.arrow", "rejected.arrow", "reading.json"
_PIECE = 1 << 26
_LIBRARIES = ("duckdb", "numpy", "pandas", "pyarrow")

# What a note says of a source, behind its name.
_SAID = (" is not UTF-8", " has columns that", " lacks fields that", ": records were", ": the array is")


def checked_folder(folder: Any) -> Path:
    """Return the folder of a cache, which need not be there yet.

    Raises
    ------
    UsageError
        If it is something else.
    """
    if not isinstance(folder, (str, os.PathLike)) or isinstance(os.fspath(folder), bytes) or not str(folder):
        raise UsageError(f"cache is {folder!r}; expected the path of a folder.")
    path = Path(folder)
    if path.exists() and not path.is_dir():
        raise UsageError(
            f"cache is {str(folder)!r}, which is a file. Expected a folder, or the name of one to make."
        )
    return path


def find(folder: Path, items: list[Any], options: Options) -> tuple[Reading | None, str]:
    """Return what was kept of these files, or None; and what is to be said, as whole sentences.

    Files are hashed only where something of their size was kept.
    """
    if any(is_frame(item) for item in items):
        return None, "Tables in memory are not kept in the cache, only files are."
    prefix = _prefix(items, options)
    try:
        if not any(name.startswith(prefix) for name in os.listdir(folder)):
            return None, ""
    except OSError:
        return None, ""
    hashes = [digest for _, digest in map_threads(identity, items, threads=options.threads, step="Hashing")]
    entry = folder / _entry(prefix, hashes)
    before = _mark(entry)
    if before is None:
        return None, ""
    try:
        return _loaded(entry, [name_of(item) for item in items]), ""
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        with suppress(OSError), guarded():
            _remove(entry, before)
        return None, f"What the cache held of this log ({entry.name}) was damaged, so the log was read again."


def keep(folder: Path, items: list[Any], options: Options, reading: Reading) -> str:
    """Keep what was read; return why that could not be done, as a whole sentence, or nothing.

    What is there already is left alone: it is the same, and others may be using it.
    """
    if any(is_frame(item) for item in items):
        return ""
    source = reading.interactions.source
    entry = folder / _entry(_prefix(items, options), [one.sha256 for one in source])
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with guarded():
            if not entry.is_dir():
                _write(entry, reading)
    except (OSError, pa.ArrowException) as error:
        why = getattr(error, "strerror", None) or str(error).split("\n")[0]
        return f"What was read could not be kept in the cache ({why})."
    return ""


def _prefix(items: list[Any], options: Options) -> str:
    how = {name: value for name, value in asdict(options).items() if name != "threads"}
    how["columns"] = {role: column for role, column in options.columns.items() if column is not None}
    files = [
        [*kind_of(item), item.n_bytes if isinstance(item, Member) else os.path.getsize(item)]
        for item in items
    ]
    return _digest([_readers(), how, files]) + "-"


@cache
def _readers() -> list[str]:
    """Return what can change how the same bytes are read, and how that is kept: libraries and our own source code."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        code = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(code)}\0".encode() + code)
    return [platform.python_version(), *(version(name) for name in _LIBRARIES), digest.hexdigest()]


def _entry(prefix: str, hashes: list[str]) -> str:
    return prefix + _digest(hashes)


def _digest(what: Any) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]


def _write(entry: Path, reading: Reading) -> None:
    """Fill a hidden neighbour, which only its owner can open, and give it the entry's name."""
    draft = Path(tempfile.mkdtemp(prefix=".farmgraph-", dir=entry.parent))
    try:
        log = reading.interactions
        _write_table(log.table, draft / _TABLE)
        _write_table(pa.Table.from_pandas(log.rejected, preserve_index=False), draft / _REJECTED)
        rest = {
            "files": {name: _fingerprint(draft / name) for name in (_TABLE, _REJECTED)},
            "sources": [vars(one) for one in log.source],
            "columns_found": list(reading.columns_found.values()),
            "forms": list(reading.forms.values()),
            "guessed": list(reading.guessed),
            "recognised": reading.recognised,
            "time_kinds": reading.time_kinds,
            "columns": log.columns,
            "notes": list(log.notes),
            "preset": log.preset,
            "resolution_s": log.resolution_s,
            "options": log.options,
        }
        text = json.dumps(rest)
        (draft / _REST).write_text(json.dumps({"hash": _digest(text), "reading": text}))
        for file in draft.iterdir():
            file.chmod(0o600)
        try:
            draft.rename(entry)
        except OSError:
            # Somebody else has just kept the same, which is as good.
            if not entry.is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _mark(entry: Path) -> tuple[int, int] | None:
    """Return what tells an entry from another that takes its place; None where there is none."""
    try:
        found = entry.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _remove(entry: Path, mark: tuple[int, int]) -> None:
    """Take a damaged entry away at once and whole, unless another has taken its place."""
    with tempfile.TemporaryDirectory(
        prefix=".farmgraph-", dir=entry.parent, ignore_cleanup_errors=True
    ) as aside:
        if _mark(entry) == mark:
            entry.rename(Path(aside, entry.name))


def _loaded(entry: Path, names: list[str]) -> Reading:
    """Map an entry; whatever is wrong with it becomes an error of some kind."""
    outer = json.loads((entry / _REST).read_text())
    if _digest(outer["reading"]) != outer["hash"]:
        raise ValueError("reading.json was changed")
    rest = json.loads(outer["reading"])
    for name in (_TABLE, _REJECTED):
        if _fingerprint(entry / name) != rest["files"][name]:
            raise ValueError(f"{name} was changed")
    table = pa.ipc.open_file(pa.memory_map(str(entry / _TABLE))).read_all()
    rejected = pa.ipc.open_file(pa.memory_map(str(entry / _REJECTED))).read_all().to_pandas()
    rejected = rejected.astype({"source": "str", "line": "int64", "reason": "str", "raw_text": "str"})
    sources = [Source(**one) for one in rest["sources"]]
    notes = rest["notes"]
    before = [one.path for one in sources]
    if before != names:
        table = _renamed_table(table, names)
        rejected = _renamed_rejects(rejected, dict(zip(before, names, strict=True)))
        notes = [_renamed_note(note, before, names) for note in notes]
        sources = [Source(**{**vars(one), "path": name}) for one, name in zip(sources, names, strict=True)]
    log = Interactions(
        table=table,
        rejected=rejected,
        source=tuple(sources),
        columns=rest["columns"],
        notes=tuple(notes),
        preset=rest["preset"],
        resolution_s=rest["resolution_s"],
        options=rest["options"],
    )
    return Reading(
        interactions=log,
        columns_found=dict(zip(names, rest["columns_found"], strict=True)),
        guessed=tuple(rest["guessed"]),
        recognised=rest["recognised"],
        forms=dict(zip(names, rest["forms"], strict=True)),
        time_kinds=rest["time_kinds"],
        from_cache=True,
    )


def _renamed_table(table: pa.Table, names: list[str]) -> pa.Table:
    at = table.schema.get_field_index("source")
    called = pa.array(names, pa.string())
    chunks = [pa.DictionaryArray.from_arrays(chunk.indices, called) for chunk in table.column(at).chunks]
    return table.set_column(at, table.schema.field(at), pa.chunked_array(chunks, table.schema.field(at).type))


def _renamed_rejects(rejected: pd.DataFrame, now: dict[str, str]) -> pd.DataFrame:
    """Rename sources, also where the text of a row names the source of another."""
    text = rejected["raw_text"]
    for reason in REASONS:
        some = rejected["reason"] == reason
        if some.any() and len(now) > 1:
            text = text.where(~some, text[some].map(lambda said: _renamed_row(said, now)))
    return rejected.assign(source=rejected["source"].map(now).astype("str"), raw_text=text.astype("str"))


def _renamed_row(said: str, now: dict[str, str]) -> str:
    match = re.fullmatch(r"((?:the same as|by) row \d+ of )(.*)", said, re.DOTALL)
    return said if match is None else match.group(1) + now.get(match.group(2), match.group(2))


def _renamed_note(note: str, before: list[str], names: list[str]) -> str:
    for old, new in zip(before, names, strict=True):
        if note.startswith(tuple(old + said for said in _SAID)):
            return new + note[len(old) :]
    return note


def _write_table(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _fingerprint(path: Path) -> list[Any]:
    """Return a file's size and a hash that is fast: it is for accidents and not for malice."""
    from farmgraph.interactions.namekernel import hash_ranges

    size = path.stat().st_size
    data = np.asarray(np.memmap(path, np.uint8, mode="r"))
    begin = np.arange(0, size, _PIECE, dtype=np.int64)
    out = np.empty(len(begin), np.uint64)
    hash_ranges(data, begin, np.minimum(begin + _PIECE, size), False, out)
    return [size, hashlib.sha256(out.tobytes()).hexdigest()]
