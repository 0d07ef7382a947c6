"""Where batches of all sources are entered: every record is used, or stands among the rejects with its reason."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

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
)
from farmgraph.interactions.names import CUT, EMPTY, FINE, NUL, Names, dictionary
from farmgraph.interactions.schema import INTERACTIONS_SCHEMA, NO_TIME, REJECTED_COLUMNS
from farmgraph.interactions.times import KINDS, UNREADABLE, ZONED
from farmgraph.runtime import map_threads, progress, thread_count

Item = TypeVar("Item")
Result = TypeVar("Result")

_SHORT = 200
_ROLES = ("account", "content", "action", "raw_content")


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
    """All names of a reading, and a page for each source."""

    names: dict[str, Names] = field(default_factory=lambda: {role: Names(role) for role in _ROLES})
    pages: list[Page] = field(default_factory=list)

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
        page.n_used += int(used.sum())
        page.time_kinds += np.bincount(batch.kinds[used], minlength=len(KINDS))
        page.shifted += batch.shifted
        page.big_floats |= batch.big_floats

        if batch.parents is not None and good is not None:
            page.n_left_out += int((~good & used[batch.parents]).sum())

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


@dataclass(frozen=True)
class Entries:
    """All used interactions, one array per column; `bounds` say where each source's begin and end."""

    codes: dict[str, np.ndarray]
    times: np.ndarray
    kinds: np.ndarray
    lines: np.ndarray
    keep: dict[str, Any]
    bounds: np.ndarray

    def filtered(self, kept: np.ndarray) -> "Entries":
        """Return those that are kept."""
        mask = pa.array(kept)
        counts = np.append(0, np.cumsum(kept))
        return Entries(
            {role: values[kept] for role, values in self.codes.items()},
            self.times[kept],
            self.kinds[kept],
            self.lines[kept],
            {name: column.filter(mask) for name, column in self.keep.items()},
            counts[self.bounds],
        )


def entries_of(ledger: Ledger, keep: Sequence[str], *, threads: int | None = None) -> Entries:
    """Join the pieces of all pages, which are emptied."""
    pieces = [piece for page in ledger.pages for piece in page.pieces]
    counts = [sum(len(piece.lines) for piece in page.pieces) for page in ledger.pages]
    roles = [role for role in _ROLES if any(role in piece.codes for piece in pieces)]
    columns = [[_codes_of(piece, role) for piece in pieces] for role in roles]
    columns += [[getattr(piece, part) for piece in pieces] for part in ("times", "kinds", "lines")]
    # Copying gigabytes takes long enough to be shared.
    *coded, times, kinds, lines = map_threads(np.concatenate, columns, threads=threads)
    codes = dict(zip(roles, coded, strict=True))
    kept = {name: _joined([piece.keep[name] for piece in pieces], name) for name in keep}
    for page in ledger.pages:
        page.pieces.clear()
    return Entries(codes, times, kinds, lines, kept, np.append(0, np.cumsum(counts)))


def table_of(entries: Entries, ledger: Ledger, *, threads: int | None = None) -> pa.Table:
    """Lay out the interactions as a table with one dictionary per column of names."""
    n = len(entries.lines)
    missing = entries.times == NO_TIME
    times = pa.array(entries.times, pa.int64(), mask=missing if missing.any() else None)
    sources = np.repeat(np.arange(len(ledger.pages), dtype=np.int32), np.diff(entries.bounds))
    absent = pa.DictionaryArray.from_arrays(pa.nulls(n, pa.int32()), pa.array([], pa.string()))
    made = map_threads(
        lambda role: dictionary(entries.codes[role], ledger.names[role]), list(entries.codes), threads=threads
    )
    coded = dict(zip(entries.codes, made, strict=True))
    columns = {
        "account": coded["account"],
        "content": coded["content"],
        "time": times.view(pa.timestamp("us", tz="UTC")),
        "action": coded.get("action", absent),
        "source": pa.DictionaryArray.from_arrays(sources, pa.array([page.name for page in ledger.pages])),
        "line": pa.array(entries.lines, pa.int64()),
    }
    table = pa.table(columns).cast(INTERACTIONS_SCHEMA)
    if "raw_content" in coded:
        table = table.append_column("raw_content", coded["raw_content"])
    for name, column in entries.keep.items():
        table = table.append_column(name, column)
    return table


def rejects_table(pages: Sequence[Page]) -> pd.DataFrame:
    """Lay out the rejects of all sources as a data frame with the columns of `REJECTED_COLUMNS`."""
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


def in_order(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    settle: Callable[[Result], None],
    *,
    threads: int | None,
    step: str,
    total: int | None = None,
) -> None:
    """Work on items in threads while later ones are still being found, and settle the results in their order.

    A few items are under way at a time, so memory does not grow with their number.
    """
    workers = thread_count(threads)
    if workers == 1:
        for item in progress(items, step=step, total=total):
            settle(work(item))
        return
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(workers) as pool, ThreadPoolExecutor(1) as clerk:
        try:
            for item in progress(items, step=step, total=total):
                done = pool.submit(work, item)
                waiting.append(clerk.submit(_settled, settle, done))
                while len(waiting) > workers + 2:
                    waiting.popleft().result()
            for left in waiting:
                left.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            clerk.shutdown(wait=False, cancel_futures=True)
            raise


def _settled(settle: Callable[[Result], None], done: "Future[Result]") -> None:
    settle(done.result())


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
