"""Where batches of all sources are entered: every record is used, or stands among the rejects with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from farmgraph.errors import InputError
from farmgraph.interactions.batches import (
    ACCOUNT_REASONS,
    CONTENT_REASONS,
    NESTED,
    NO_ACTION,
    NOT_ASKED,
    REASONS,
    TAKES_BACK,
    UNREADABLE_TIME,
    Batch,
    Reject,
    shortened,
    spoken_source,
)
from farmgraph.interactions.names import CUT, EMPTY, FINE, NUL, Names, dictionary, with_gaps
from farmgraph.interactions.schema import INTERACTIONS_SCHEMA, NO_TIME, REJECTED_COLUMNS
from farmgraph.interactions.spill import (
    CHUNK,
    Allocate,
    OnDisk,
    chosen,
    copied,
    in_memory,
    is_short,
    joined,
)
from farmgraph.interactions.times import KINDS, UNREADABLE, ZONED
from farmgraph.memory import claim
from farmgraph.runtime import map_threads

_SHORT = 200
_ROLES = ("account", "content", "action", "raw_content")
_TYPES = {**dict.fromkeys(_ROLES, np.int32), "times": np.int64, "kinds": np.uint8, "lines": np.int64}

# What an interaction takes while all are put together, besides the piece that it is in; and what a reject takes.
_ROW_BYTES, _REJECT_BYTES, _UNDER_WAY = 60, 200, 1 << 24

LISTED_BYTES = 150
"""What a row that is not used takes while all of them are listed."""


@dataclass(frozen=True)
class Piece:
    """The used interactions of a batch: codes of names (-1 is missing), times, rows; and hashes of their records."""

    codes: dict[str, np.ndarray]
    times: np.ndarray
    kinds: np.ndarray
    lines: np.ndarray
    keep: dict[str, Any]
    hashes: np.ndarray | None
    keys: np.ndarray | None


@dataclass
class Page:
    """What was entered of one source."""

    name: str
    pieces: list[Piece] = field(default_factory=list)
    asked: bool = False
    """Whether some actions alone were asked for."""

    rejected: list[Reject] = field(default_factory=list)
    alike: list[tuple[np.ndarray, str, Any]] = field(default_factory=list)
    """Rejects that can be many and have no text of their own: rows, reason, what is said of each (Arrow)."""

    n_rows: int = 0
    n_used: int = 0
    time_kinds: np.ndarray = field(default_factory=lambda: np.zeros(len(KINDS), np.int64))
    shifted: np.ndarray = field(default_factory=lambda: np.zeros(2, np.int64))
    big_floats: set[str] = field(default_factory=set)
    n_left_out: int = 0
    taken_back: list[tuple[int, int, int]] = field(default_factory=list)
    """Time (microseconds), row and key of each record that takes back an earlier one."""

    @property
    def n_rejected(self) -> int:
        """Rows that are not used."""
        return len(self.rejected) + sum(len(rows) for rows, _, _ in self.alike)

    row_hashes: np.ndarray | None = None
    """Hashes of all records, where the pieces have none."""


@dataclass
class Ledger:
    """All names of a reading, and a page for each source; `allocate` says where its columns lie."""

    names: dict[str, Names] = field(default_factory=lambda: {role: Names(role) for role in _ROLES})
    pages: list[Page] = field(default_factory=list)
    allocate: Allocate = in_memory
    n_held: int = 0
    _n_asked: int = 0

    def enter(self, page: Page, batch: Batch) -> None:
        """Judge a batch and enter it; batches come in the order of the log."""
        codes = {"account": self._codes("account", batch), "content": self._codes("content", batch)}
        for role in ("action", "raw_content"):
            if getattr(batch, role) is not None:
                codes[role] = self._codes(role, batch)
        if "action" in codes:
            state = self.names["action"].states[codes["action"]]
            codes["action"] = np.where((state == EMPTY) | (state == NUL), np.int32(-1), codes["action"])
        reasons, good = self._judged(batch, codes)
        records, first = batch.records, page.n_rows + 1
        used = reasons == 0
        if page.asked:
            # There can be millions of them, and nothing is wrong with them: their text stays in the log.
            others = first + records.lines[reasons == NO_ACTION]
            page.alike.append((others, REASONS[NOT_ASKED], pa.repeat(pa.scalar(""), len(others))))
        page.rejected += [(first + line, reason, text) for line, reason, text in records.rejected]
        bad = np.flatnonzero(~used & ~((reasons == NO_ACTION) & page.asked))
        if len(bad):
            told = zip(
                (first + records.lines[bad]).tolist(),
                reasons[bad].tolist(),
                records.raw_texts(bad),
                strict=True,
            )
            # Nothing is wrong with a record in which nobody acts, and there can be very many.
            page.rejected += [
                (line, REASONS[code], shortened(text, most=_SHORT) if code == NO_ACTION else text)
                for line, code, text in told
            ]
            back = np.flatnonzero(reasons == TAKES_BACK)
            if len(back) and batch.keys is not None:
                when = np.where(batch.kinds[back] < ZONED, NO_TIME, batch.times[back])
                rows = first + records.lines[back]
                page.taken_back += zip(when.tolist(), rows.tolist(), batch.keys[back].tolist(), strict=True)
        page.pieces.append(_piece(batch, codes, used, good, first))
        page.n_rows += records.n_rows
        self._make_room(page)
        page.n_used += int(used.sum())
        page.time_kinds += np.bincount(batch.kinds[used], minlength=len(KINDS))
        page.shifted += batch.shifted
        page.big_floats |= batch.big_floats

        if batch.parents is not None and good is not None:
            page.n_left_out += int((~good & used[batch.parents]).sum())

    def _make_room(self, page: Page) -> None:
        """Take what was entered to the disk once the memory would not do for the rest; the rejects have to fit."""
        n_rejected = len(page.rejected) + sum(len(other.rejected) for other in self.pages)
        if n_rejected > self._n_asked + CHUNK // 16:
            self._n_asked = n_rejected
            claim(
                f"Listing the rows of {spoken_source(page.name)} that cannot be used",
                _REJECT_BYTES * self._n_asked,
            )
        self.n_held += len(page.pieces[-1].lines)
        if self.allocate is in_memory:
            if not is_short(_ROW_BYTES * self.n_held):
                return
            self.allocate = OnDisk(spoken_source(page.name))
            for other in self.pages:
                other.pieces[:] = [_moved(piece, self.allocate) for piece in other.pieces]
            page.pieces[:-1] = [_moved(piece, self.allocate) for piece in page.pieces[:-1]]
        page.pieces[-1] = _moved(page.pieces[-1], self.allocate)
        # What stays in memory: the names, which are copied once in the end, and what is under way.
        needed = _UNDER_WAY + sum(names.n_bytes for names in self.names.values())
        if is_short(needed):
            claim(
                f"Keeping what was read of {spoken_source(page.name)}, {page.n_rows:,} rows so far,", needed
            )

    def _codes(self, role: str, batch: Batch) -> np.ndarray:
        given = getattr(batch, role)
        return self.names[role].encode(given.texts, given.hashes)

    def _judged(self, batch: Batch, codes: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray | None]:
        """Return each record's reason (0 is fine), and with several interactions per record which of them count."""
        account = self.names["account"].states[codes["account"]]
        content = self.names["content"].states[codes["content"]]
        unreadable = batch.kinds == UNREADABLE
        if batch.parents is None and not (
            account.any() or content.any() or unreadable.any() or batch.reasons.any() or batch.nested
        ):
            return batch.reasons, None
        if "account" in batch.nested:
            account = np.where(batch.nested["account"], NESTED, account)
        # The first thing that is wrong with a record is its reason.
        reasons = np.where(batch.reasons == 0, ACCOUNT_REASONS[account], batch.reasons)
        good = None
        if batch.parents is None:
            if "content" in batch.nested:
                content = np.where(batch.nested["content"], NESTED, content)
            reasons = np.where(reasons == 0, CONTENT_REASONS[content], reasons)
        else:
            good = content == FINE
            some = np.zeros(len(reasons), bool)
            some[batch.parents[good]] = True
            cut = np.zeros(len(reasons), bool)
            cut[batch.parents[content == CUT]] = True
            nothing = np.where(cut, CONTENT_REASONS[CUT], NO_ACTION)
            reasons = np.where((reasons == 0) & ~some, nothing, reasons)
        reasons = np.where((reasons == 0) & unreadable, UNREADABLE_TIME, reasons)
        return reasons.astype(np.uint8), good


def _piece(
    batch: Batch, codes: dict[str, np.ndarray], used: np.ndarray, good: np.ndarray | None, first: int
) -> Piece:
    times = np.where(batch.kinds < ZONED, NO_TIME, batch.times)
    kinds = batch.kinds
    lines, keep, hashes, keys = batch.records.lines + first, batch.keep, batch.records.hashes, batch.keys
    if batch.parents is not None and good is not None:
        chosen = np.flatnonzero(good & used[batch.parents])
        parents = batch.parents[chosen]
        codes = {role: values[parents if role == "account" else chosen] for role, values in codes.items()}
        times, kinds, lines = times[parents], kinds[parents], lines[parents]
        keep = {name: column.take(pa.array(parents)) for name, column in keep.items()}
    elif not used.all():
        codes = {role: values[used] for role, values in codes.items()}
        times, kinds, lines = times[used], kinds[used], lines[used]
        keep = {name: column.filter(pa.array(used)) for name, column in keep.items()}
    if not used.all():
        hashes = None if hashes is None else hashes[used]
        keys = None if keys is None else keys[used]
    return Piece(codes, times, kinds, lines, keep, hashes, keys)


def _moved(piece: Piece, allocate: Allocate) -> Piece:
    return replace(
        piece,
        codes={role: copied(values, allocate) for role, values in piece.codes.items()},
        times=copied(piece.times, allocate),
        kinds=copied(piece.kinds, allocate),
        lines=copied(piece.lines, allocate),
        hashes=None if piece.hashes is None else copied(piece.hashes, allocate),
        keys=None if piece.keys is None else copied(piece.keys, allocate),
    )


@dataclass(frozen=True)
class Entries:
    """All used interactions, one array per column; `bounds` say where each source's begin and end.

    `allocate` makes the arrays that come out of them.
    """

    codes: dict[str, np.ndarray]
    times: np.ndarray
    kinds: np.ndarray
    lines: np.ndarray
    keep: dict[str, Any]
    bounds: np.ndarray
    allocate: Allocate = in_memory

    def filtered(self, kept: np.ndarray) -> "Entries":
        """Return those that are kept."""
        mask = pa.array(kept) if self.keep else None
        counts = [int(np.count_nonzero(kept[a:b])) for a, b in pairwise(self.bounds.tolist())]
        bounds = np.append(0, np.cumsum(counts))
        some = partial(chosen, kept=kept, n_kept=int(bounds[-1]), allocate=self.allocate)
        return replace(
            self,
            codes={role: some(values) for role, values in self.codes.items()},
            times=some(self.times),
            kinds=some(self.kinds),
            lines=some(self.lines),
            keep={name: column.filter(mask) for name, column in self.keep.items()},
            bounds=bounds,
        )


def entries_of(ledger: Ledger, keep: Sequence[str], *, threads: int | None = None) -> Entries:
    """Join the pieces of all pages, which are emptied."""
    pieces = [piece for page in ledger.pages for piece in page.pieces]
    counts = [sum(len(piece.lines) for piece in page.pieces) for page in ledger.pages]
    roles = [role for role in _ROLES if any(role in piece.codes for piece in pieces)]
    columns = [(role, [_codes_of(piece, role) for piece in pieces]) for role in roles]
    columns += [(part, [getattr(piece, part) for piece in pieces]) for part in ("times", "kinds", "lines")]

    def whole(column: tuple[str, list[np.ndarray]]) -> np.ndarray:
        return joined(column[1], _TYPES[column[0]], allocate=ledger.allocate)

    # Copying gigabytes takes long enough to be shared.
    on_disk = ledger.allocate is not in_memory
    *coded, times, kinds, lines = map_threads(whole, columns, threads=1 if on_disk else threads)
    codes = dict(zip(roles, coded, strict=True))
    if keep:
        carried = sum(int(column.nbytes) for piece in pieces for column in piece.keep.values())
        claim(f"Carrying along {', '.join(keep)}", carried)
    kept = {name: _joined([piece.keep[name] for piece in pieces], name) for name in keep}
    for page in ledger.pages:
        page.pieces.clear()
    return Entries(codes, times, kinds, lines, kept, np.append(0, np.cumsum(counts)), ledger.allocate)


def table_of(entries: Entries, ledger: Ledger, *, threads: int | None = None) -> pa.Table:
    """Lay out the interactions as a table with one dictionary per column of names."""
    n = len(entries.lines)
    times = with_gaps(entries.times, pa.int64(), gap=NO_TIME)
    sources = entries.allocate(n, np.int32)
    for number, (start, end) in enumerate(pairwise(entries.bounds.tolist())):
        sources[start:end] = number
    if "action" not in entries.codes:
        nothing = entries.allocate(n, np.int32)
        nothing[:] = -1
    made = map_threads(
        lambda role: dictionary(entries.codes[role], ledger.names[role], allocate=entries.allocate),
        list(entries.codes),
        threads=threads if entries.allocate is in_memory else 1,
    )
    coded = dict(zip(entries.codes, made, strict=True))
    columns = {
        "account": coded["account"],
        "content": coded["content"],
        "time": times.view(pa.timestamp("us", tz="UTC")),
        "action": coded["action"] if "action" in coded else _absent(nothing),
        "source": pa.DictionaryArray.from_arrays(
            with_gaps(sources, pa.int32(), gap=None), pa.array([page.name for page in ledger.pages])
        ),
        "line": with_gaps(entries.lines, pa.int64(), gap=None),
    }
    table = pa.table(columns).cast(INTERACTIONS_SCHEMA)
    if "raw_content" in coded:
        table = table.append_column("raw_content", coded["raw_content"])
    for name, column in entries.keep.items():
        table = table.append_column(name, column)
    return table


def _absent(codes: np.ndarray) -> Any:
    return pa.DictionaryArray.from_arrays(with_gaps(codes, pa.int32(), gap=-1), pa.array([], pa.string()))


def rejects_table(pages: Sequence[Page]) -> pd.DataFrame:
    """Lay out the rejects of all sources as a data frame with the columns of `REJECTED_COLUMNS`."""
    n = sum(page.n_rejected for page in pages)
    claim(f"Listing {n:,} rows that are not used", LISTED_BYTES * n)
    parts = [_rejects_of(page) for page in pages]
    frame = pa.concat_tables(parts).to_pandas()
    return frame.astype({"source": "str", "line": "int64", "reason": "str", "raw_text": "str"})


def _rejects_of(page: Page) -> pa.Table:
    lines = [line for line, _, _ in page.rejected]
    texts = pa.array([text for _, _, text in page.rejected], pa.large_string())
    reasons = pa.array([reason for _, reason, _ in page.rejected], pa.large_string())
    alike = [
        (rows, pa.repeat(pa.scalar(reason, pa.large_string()), len(rows)), said)
        for rows, reason, said in page.alike
    ]
    whole = pa.table(
        {
            "line": np.concatenate([np.array(lines, np.int64), *(rows for rows, _, _ in alike)]),
            "reason": pa.chunked_array([reasons, *(reason for _, reason, _ in alike)]),
            "raw_text": pa.chunked_array([texts, *(said.cast(pa.large_string()) for _, _, said in alike)]),
        }
    )
    whole = whole.take(np.argsort(whole["line"].to_numpy(), kind="stable"))
    named = pa.repeat(pa.scalar(page.name, pa.large_string()), whole.num_rows)
    return whole.add_column(0, "source", named).select(list(REJECTED_COLUMNS))


def _codes_of(piece: Piece, role: str) -> np.ndarray:
    return piece.codes[role] if role in piece.codes else np.full(len(piece.lines), -1, np.int32)


def _joined(columns: list[Any], name: str) -> pa.ChunkedArray:
    if len({column.type for column in columns}) > 1:
        # Two files, two types: text is what both can be written as.
        columns = [_as_strings(column, name) for column in columns]
    return pa.chunked_array(columns).combine_chunks()


def _as_strings(column: Any, name: str) -> Any:
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(
            f"Column {name!r} holds {column.type} in one source and something else in another, and cannot be "
            "written as text. Leave it out of keep, or read the sources apart."
        ) from None
