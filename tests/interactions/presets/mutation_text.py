"""Mutators of text: bytes, characters and lines, whatever they mean.

Each takes the draft and a source of random numbers, and returns False where it does not apply.
"""

import codecs
import random
from collections.abc import Callable
from dataclasses import replace

from interactions.presets.mutation_account import Draft, Piece, some_record


def flip_bytes(draft: Draft, rng: random.Random) -> bool:
    return _bytes_in(draft, rng, lambda old: bytes([old[0] ^ rng.randrange(1, 256)]) if old else b"")


def insert_bytes(draft: Draft, rng: random.Random) -> bool:
    return _bytes_in(draft, rng, lambda old: old + rng.randbytes(rng.randrange(1, 4)))


def delete_bytes(draft: Draft, rng: random.Random) -> bool:
    return _bytes_in(draft, rng, lambda old: b"")


def insert_nul(draft: Draft, rng: random.Random) -> bool:
    return _bytes_in(draft, rng, lambda old: old + b"\0")


def mark_in_the_middle(draft: Draft, rng: random.Random) -> bool:
    return _bytes_in(draft, rng, lambda old: old + codecs.BOM_UTF8)


def punctuation(draft: Draft, rng: random.Random) -> bool:
    """Insert what means something: quotes, brackets, commas, backslashes, line ends."""
    return _bytes_in(
        draft, rng, lambda old: old + rng.choice([b'"', b"{", b"}", b"[", b"]", b",", b"\\", b"\n"])
    )


def _bytes_in(draft: Draft, rng: random.Random, change: Callable[[bytes], bytes]) -> bool:
    """Change one to three places, now and then in header or bracket, else among the records."""
    for _ in range(rng.randrange(1, 4)):
        low = 0 if rng.random() < 0.1 else len(draft.prefix)
        size = len(draft.render())
        if size <= low:
            return False
        at = rng.randrange(low, size)
        draft.splice(at, at + 1, change(draft.render()[at : at + 1]))
    return True


def unbalance_quotes(draft: Draft, rng: random.Random) -> bool:
    """Take a quote away, or put one in, in one record."""
    i = some_record(draft, rng)
    if i is None:
        return False
    raw = draft.pieces[i].raw
    quotes = [k for k, byte in enumerate(raw) if byte == ord('"')]
    if quotes and rng.random() < 0.5:
        k = rng.choice(quotes)
        draft.touch(i, raw[:k] + raw[k + 1 :])
    else:
        k = rng.randrange(len(raw) + 1)
        draft.touch(i, raw[:k] + b'"' + raw[k:])
    return True


def truncate(draft: Draft, rng: random.Random) -> bool:
    draft.cut(rng.randrange(len(draft.prefix) if rng.random() < 0.8 else 1, len(draft.render()) + 1))
    return True


def truncate_in_character(draft: Draft, rng: random.Random) -> bool:
    data = draft.render()
    inside = [i for i, byte in enumerate(data) if 0x80 <= byte < 0xC0]
    if not inside:
        return False
    draft.cut(rng.choice(inside))
    return True


def delete_lines(draft: Draft, rng: random.Random) -> bool:
    for _ in range(rng.randrange(1, 3)):
        if len(draft.pieces) > 1:
            draft.pieces.pop(rng.randrange(len(draft.pieces)))
    return True


def duplicate_lines(draft: Draft, rng: random.Random) -> bool:
    for _ in range(rng.randrange(1, 3)):
        i = some_record(draft, rng)
        if i is not None:
            draft.pieces.insert(rng.randrange(len(draft.pieces) + 1), replace(draft.pieces[i]))
    return True


def swap_lines(draft: Draft, rng: random.Random) -> bool:
    if len(draft.pieces) < 2:
        return False
    i, k = rng.sample(range(len(draft.pieces)), 2)
    draft.pieces[i], draft.pieces[k] = draft.pieces[k], draft.pieces[i]
    return True


def blank_lines(draft: Draft, rng: random.Random) -> bool:
    if draft.kind not in ("delimited", "lines"):
        return False
    for _ in range(rng.randrange(1, 4)):
        draft.pieces.insert(rng.randrange(len(draft.pieces) + 1), Piece(rng.choice([b"", b" ", b"  "]), -1))
    return True


def blank_ends(draft: Draft, rng: random.Random) -> bool:
    """Put empty lines at both ends."""
    n = rng.randrange(1, 4)
    draft.prefix = b"\n" * n + draft.prefix
    draft.suffix += b"\n" * n
    draft.further += 2 * n
    return True


def line_ends(draft: Draft, rng: random.Random) -> bool:
    """End lines with CR LF or CR; JSON lines that end with CR are no usual form."""
    if draft.sep != b"\n":
        return False
    end = rng.choice([b"\r\n", b"\r"])
    draft.bent = draft.bent or (draft.kind == "lines" and end == b"\r")
    draft.prefix, draft.suffix = draft.prefix.replace(b"\n", end), draft.suffix.replace(b"\n", end)
    draft.sep = end
    return True


def no_last_line_end(draft: Draft, rng: random.Random) -> bool:
    if draft.kind not in ("delimited", "lines"):
        return False
    draft.suffix = b""
    return True
