"""Compiled loops over the bytes of a text log: where records, lines and fields begin and end.

Imported only by the functions that need it, because loading numba takes time. All loops
release the GIL and are cached on disk after their first run.
"""

from typing import Any

import numpy as np
from numba import njit

# A record's code: 0 is clean, the others are explained in records.REASONS.
CLEAN, BLANK, FEW, MANY, BROKEN, UNCLOSED, NUL, NOT_UTF8, TOO_LONG = range(9)

# Offsets inside a block are int32; a record of a gigabyte is no record.
_LONGEST = 1 << 30

_QUOTE, _LF, _CR, _SPACE, _TAB = 34, 10, 13, 32, 9


def byte_classes(delimiter: int) -> np.ndarray:
    """Return the table of byte classes: 0 means that the byte changes nothing."""
    classes = np.zeros(256, dtype=np.uint8)
    classes[128:] = 6
    classes[0] = 5
    classes[_CR] = 4
    classes[_LF] = 3
    classes[_QUOTE] = 2
    classes[delimiter] = 1
    return classes


@njit(nogil=True, cache=True)
def character_length(data: Any, i: int, end: int) -> int:
    """Return how many bytes the character of UTF-8 at `i` has (RFC 3629: no surrogates, nothing overlong), or 0."""
    c = data[i]
    if c < 0x80:
        return 1
    low, high = 0x80, 0xBF
    if 0xC2 <= c <= 0xDF:
        more = 1
    elif 0xE0 <= c <= 0xEF:
        more = 2
        if c == 0xE0:
            low = 0xA0
        elif c == 0xED:
            high = 0x9F
    elif 0xF0 <= c <= 0xF4:
        more = 3
        if c == 0xF0:
            low = 0x90
        elif c == 0xF4:
            high = 0x8F
    else:
        return 0
    if i + more >= end or data[i + 1] < low or data[i + 1] > high:
        return 0
    for k in range(i + 2, i + more + 1):
        if data[k] < 0x80 or data[k] > 0xBF:
            return 0
    return more + 1


@njit(nogil=True, cache=True)
def is_utf8(data: Any, start: int, end: int) -> bool:
    """Whether the bytes are well-formed UTF-8."""
    i = start
    while i < end:
        n = character_length(data, i, end)
        if n == 0:
            return False
        i += n
    return True


@njit(nogil=True, cache=True)
def count_characters(data: Any, seen: Any) -> tuple[bool, int, int]:
    """Note the bytes beyond ASCII: (whether there is no control byte, characters of UTF-8, bytes that are in none)."""
    n = len(data)
    n_whole = 0
    n_broken = 0
    inside = 0
    for start in range(0, n, 4096):
        stop = min(start + 4096, n)
        # Without a branch, so that text in ASCII passes at once.
        high = np.uint8(0)
        control = np.uint8(0)
        for c in data[start:stop]:
            high |= c
            control |= np.uint8((c < 32) & (c != _TAB) & (c != _LF) & (c != _CR))
        if control:
            return False, n_whole, n_broken
        if high < 128:
            continue
        for i in range(start, stop):
            if data[i] < 128:
                continue
            seen[data[i]] = True
            if i < inside:
                continue
            length = character_length(data, i, n)
            if length:
                n_whole += 1
                inside = i + length
            else:
                n_broken += 1
    return True, n_whole, n_broken


@njit(nogil=True, cache=True)
def find_not_utf8(data: Any, offsets: Any, bad: Any) -> None:
    """Mark the texts, one after the other in `data`, that are not UTF-8."""
    for r in range(len(bad)):
        bad[r] = not is_utf8(data, offsets[r], offsets[r + 1])


@njit(nogil=True, cache=True)
def _only_spaces(data: Any, start: int, end: int) -> bool:
    i = start
    while i < end and data[i] == _SPACE:
        i += 1
    return i == end


@njit(nogil=True, cache=True)
def scan_records(
    data: Any,
    pos: int,
    classes: Any,
    n_fields: int,
    wanted: Any,
    starts: Any,
    ends: Any,
    codes: Any,
    begin: Any,
    stop: Any,
    max_bytes: int,
) -> tuple[int, int]:
    """Find the records of a delimited text from `pos` on, until the arrays or `max_bytes` are full.

    A quote opens a field only at its start, two quotes inside stand for one, and a line
    ends with LF, CR LF or CR outside quotes. `begin` and `stop` (fields by records) receive where the `wanted`
    fields (indices, ascending) of clean records stand, quotes left out.
    Returns the number of records and the position after them.
    """
    n = len(data)
    first = pos
    count = 0
    n_wanted = len(wanted)
    while pos < n and count < len(starts) and pos - first < max_bytes:
        field = 0
        w = 0
        code = CLEAN
        nul = False
        high = False
        opened = pos
        closed = -1
        i = pos
        while i < n:
            c = classes[data[i]]
            if c == 0:
                i += 1
                while i < n and classes[data[i]] == 0:
                    i += 1
            elif c == 1:
                if w < n_wanted and wanted[w] == field:
                    begin[w, count] = opened
                    stop[w, count] = i if closed < 0 else closed
                    w += 1
                field += 1
                i += 1
                opened = i
                closed = -1
            elif c == 3 or c == 4:
                break
            elif c == 2 and i == opened:
                i += 1
                opened = i
                code = UNCLOSED
                while i < n:
                    c = classes[data[i]]
                    while i + 1 < n and (c == 0 or c == 1 or c == 3 or c == 4):
                        i += 1
                        c = classes[data[i]]
                    if c == 2:
                        if i + 1 < n and data[i + 1] == _QUOTE:
                            i += 2
                            continue
                        code = CLEAN
                        closed = i
                        i += 1
                        break
                    if c == 5:
                        nul = True
                    elif c == 6:
                        high = True
                    i += 1
                if code == CLEAN and i < n:
                    c = classes[data[i]]
                    if c != 1 and c != 3 and c != 4:
                        code = BROKEN
                if code != CLEAN:
                    break
            else:
                if c == 5:
                    nul = True
                elif c == 6:
                    high = True
                i += 1
        if code == CLEAN and w < n_wanted and wanted[w] == field:
            begin[w, count] = opened
            stop[w, count] = i if closed < 0 else closed
        if code != CLEAN:
            # Nobody can tell where this field was meant to end, so only its first line is lost.
            i = pos
            while i < n and data[i] != _LF and data[i] != _CR:
                i += 1
        elif i - pos > _LONGEST:
            code = TOO_LONG
        elif nul:
            code = NUL
        elif high and not is_utf8(data, pos, i):
            code = NOT_UTF8
        elif field == 0 and _only_spaces(data, pos, i):
            code = BLANK
        elif field + 1 < n_fields:
            code = FEW
        elif field + 1 > n_fields:
            code = MANY
        starts[count] = pos
        ends[count] = i
        codes[count] = code
        count += 1
        pos = i + 1
        if i + 1 < n and data[i] == _CR and data[i + 1] == _LF:
            pos = i + 2
    return count, min(pos, n)


@njit(nogil=True, cache=True)
def trim(data: Any, start: int, end: int) -> tuple[int, int]:
    """Shrink a range by the white space that JSON allows around a value."""
    while start < end and (data[start] <= _SPACE and (data[start] == _SPACE or 9 <= data[start] <= 13)):
        start += 1
    while end > start and (data[end - 1] <= _SPACE and (data[end - 1] == _SPACE or 9 <= data[end - 1] <= 13)):
        end -= 1
    return start, end


@njit(nogil=True, cache=True)
def text_code(data: Any, start: int, end: int) -> int:
    """Say what keeps a text from being parsed as JSON, or that nothing does."""
    if end == start:
        return BLANK
    if end - start > _LONGEST:
        return TOO_LONG
    high = False
    for i in range(start, end):
        if data[i] == 0:
            return NUL
        if data[i] >= 128:
            high = True
    if high and not is_utf8(data, start, end):
        return NOT_UTF8
    return CLEAN


@njit(nogil=True, cache=True)
def scan_lines(data: Any, pos: int, starts: Any, ends: Any, codes: Any, max_bytes: int) -> tuple[int, int]:
    """Find the lines of a text from `pos` on; white space around them is left out."""
    n = len(data)
    first = pos
    count = 0
    while pos < n and count < len(starts) and pos - first < max_bytes:
        i = pos
        while i < n and data[i] != _LF:
            i += 1
        starts[count], ends[count] = trim(data, pos, i)
        codes[count] = text_code(data, starts[count], ends[count])
        count += 1
        pos = i + 1
    return count, min(pos, n)


@njit(nogil=True, cache=True)
def gather(data: Any, begin: Any, stop: Any, unquote: bool, offsets: Any, out: Any) -> None:
    """Copy ranges of bytes behind each other; in quoted ones two quotes become one."""
    at = 0
    offsets[0] = 0
    for r in range(len(begin)):
        i = begin[r]
        end = stop[r]
        if unquote and i > 0 and i < end and data[i - 1] == _QUOTE:
            while i < end:
                out[at] = data[i]
                at += 1
                i += 2 if data[i] == _QUOTE else 1
        else:
            while i < end:
                out[at] = data[i]
                at += 1
                i += 1
        offsets[r + 1] = at
