"""A file under way, the account of which records nobody touched, and the claim that follows from it.

Each mutator says by what it does to the account what is claimed in the end. Layout that means nothing (line
ends, encoding, packing, quoting, order of columns, further fields) touches no record; a byte changed in a
record touches that one; one changed between two records touches both; one changed in the header or a bracket
leaves only the weak claim.
"""

import random
import re
from dataclasses import dataclass, field

from interactions.presets.mutation_originals import COLUMNS, Original
from interactions.presets.mutation_records import is_page, loaded

import farmgraph as fg


@dataclass
class Piece:
    """A record in a file under way: `origin` is its number in the original, or -1 once it was touched."""

    raw: bytes
    origin: int


@dataclass
class Draft:
    """A file under way, and the account of what is whole."""

    name: str
    kind: str
    prefix: bytes
    pieces: list[Piece]
    sep: bytes
    suffix: bytes
    delimiter: str = ","
    whole: bool = True
    """Whether header and brackets are as they should be."""

    further: int = 0
    """Rows that may come besides those of the records: blank lines, text behind an array."""

    lost: bool = False
    """Whether even untouched records may be missing: the original had no claim on them."""

    bent: bool = False
    """Whether the form is one that only the weak claim is made of, such as JSON lines that end with CR."""

    huge: int = 1 << 20
    expected: dict[int, list[tuple]] = field(default_factory=dict)
    """Interactions of touched records that are known all the same."""

    def render(self) -> bytes:
        return self.prefix + self.sep.join(piece.raw for piece in self.pieces) + self.suffix

    def touch(self, i: int, raw: bytes) -> None:
        self.pieces[i] = Piece(raw, -1)

    def splice(self, start: int, stop: int, put: bytes) -> None:
        """Replace the bytes from `start` to `stop` of the rendered file, and keep account."""
        at = len(self.prefix)
        if start < at:
            self.whole = False
            if stop > at:
                stop = at
            self.prefix = self.prefix[:start] + put + self.prefix[stop:]
            return
        for i, piece in enumerate(self.pieces):
            end = at + len(piece.raw)
            last = i == len(self.pieces) - 1
            # What is put right behind a record belongs to it, as does what replaces its bytes.
            if start <= end and stop <= end:
                self.touch(i, piece.raw[: start - at] + put + piece.raw[stop - at :])
                return
            if not last and start < end + len(self.sep):
                # It reaches into what parts two records: they become one, and nobody knows what it is.
                after = self.pieces.pop(i + 1)
                joined = piece.raw + self.sep + after.raw
                cut = min(stop - at, len(joined))
                self.touch(i, joined[: start - at] + put + joined[cut:])
                return
            if last:
                break
            at = end + len(self.sep)
        if not self.pieces:
            return
        end = len(self.render()) - len(self.suffix)
        if start < end:
            self.touch(len(self.pieces) - 1, self.pieces[-1].raw[: start - end] + put)
            return
        # What stands behind the last record makes a row of its own at most, or spoils that record.
        self.suffix = self.suffix[: start - end] + put + self.suffix[max(stop - end, 0) :]
        self.touch(len(self.pieces) - 1, self.pieces[-1].raw)
        self.further += 1 + put.count(b"\n") + put.count(b"\r")
        self.lost = self.lost or self.kind in ("array", "object")

    def cut(self, at: int) -> None:
        """End the file at a byte."""
        if at <= len(self.prefix):
            self.prefix, self.pieces, self.suffix, self.whole = self.prefix[:at], [], b"", False
            return
        here = len(self.prefix)
        kept = []
        for piece in self.pieces:
            end = here + len(piece.raw)
            if at <= here:
                break
            kept.append(piece if at >= end else Piece(piece.raw[: at - here], -1))
            here = end + len(self.sep)
        self.suffix = b"" if len(kept) < len(self.pieces) or at < len(self.render()) else self.suffix
        self.pieces = kept


def some_record(draft: Draft, rng: random.Random) -> int | None:
    return rng.randrange(len(draft.pieces)) if draft.pieces else None


@dataclass(frozen=True)
class Mutated:
    """A damaged file, and what is claimed of it."""

    original: Original
    seed: int
    mutators: tuple[str, ...]
    filename: str
    data: bytes
    must_read: bool
    survivors: tuple[int, ...]
    """Numbers of the untouched records in the order of the file."""

    spare: int
    """Most rows that touched records and further text can make."""

    exact: bool
    expected: tuple[tuple, ...] = ()


def claim(
    original: Original,
    seed: int,
    done: tuple[str, ...],
    draft: Draft,
    filename: str,
    data: bytes,
    *,
    broken: bool,
) -> Mutated:
    pieces = draft.pieces
    untouched = [i for i, piece in enumerate(pieces) if piece.origin >= 0]
    survivors = _out_of_reach(draft, untouched)
    touched = [piece.raw for piece in pieces if piece.origin < 0]
    ends = (b"\n", b"\r") if draft.kind in ("delimited", "lines") else (b",", b"\n")
    spare = draft.further + sum(1 + sum(raw.count(end) for end in ends) for raw in touched)
    spare += len(untouched) - len(survivors)
    must = (
        not broken
        and draft.whole
        and not draft.bent
        and not draft.lost
        and 2 * len(untouched) >= len(pieces)
        and bool(survivors)
        and _has_the_fields(original, [pieces[i].raw for i in survivors], draft)
    )
    expected = []
    for i, known in draft.expected.items():
        if i < len(pieces) and pieces[i].origin < 0 and len(done) == 1:
            expected += known
    return Mutated(
        original,
        seed,
        done,
        filename,
        data,
        must_read=must,
        survivors=tuple(pieces[i].origin for i in survivors),
        spare=spare,
        exact=must and not touched and not draft.further,
        expected=tuple(expected),
    )


def _out_of_reach(draft: Draft, untouched: list[int]) -> list[int]:
    """Return the untouched records that damage before them cannot reach, by the rules of the form.

    In a table an open quote reaches to the next quote, and is closed there for good only if a delimiter or a line
    end follows; anything else tells that it was none of its own, and its first line alone is lost. Lines reach
    nowhere, and neither do the elements of an array, whose next one is known by how it begins.
    """
    here = set(untouched)
    if draft.kind != "delimited":
        return untouched
    out = []
    shadow = False
    after = rb'(?:[^"]|"")*(?:"(?:$|[' + re.escape(draft.delimiter.encode()) + rb"\r\n])|$)"
    for i in range(len(draft.pieces)):
        if i in here and i - 1 not in here and i > 0 and b'"' in draft.pieces[i - 1].raw:
            rest = draft.sep.join(piece.raw for piece in draft.pieces[i:]) + draft.suffix
            shadow = shadow or (b'"' in rest and re.match(after, rest) is not None)
        if i in here and not shadow:
            out.append(i)
    return out


def _has_the_fields(original: Original, raws: list[bytes], draft: Draft) -> bool:
    """Whether untouched records show all that the format is known by; a table shows it in its header."""
    if original.kind == "delimited":
        return True
    seen: set[str] = set()
    for raw in raws:
        value = loaded(raw)
        rows = value["data"] if value is not None and is_page(value) else [value]
        for row in rows:
            seen |= _names(row, "")
    wanted = fg.presets()[original.preset].marks if original.preset != "none" else COLUMNS[:3]
    return all(any(part in seen for part in mark.split("|")) for mark in wanted)


def _names(value, prefix: str) -> set[str]:
    found = set()
    for key, inner in value.items() if isinstance(value, dict) else ():
        found |= {prefix + key} | _names(inner, f"{prefix}{key}.")
    return found
